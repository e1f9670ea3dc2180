"""Edits of segments and settings, and the verdicts that they change."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from core.records import Contact, Deleted, Discount, Line, Order, Record, Visit
from core.store.database import Database
from core.store.tables import STAYS, UNKNOWNS
from tests.core.segments.cases import SHOP
from tests.core.segments.small_hub import SmallHub, noon

BOUGHT: dict[str, Any] = {"bought": {"orders": "count", "at_least": 1}}


def sold(number: int, who: str, brand: str, day: int = 1) -> Order:
    lines = (Line(id="1", brand=brand, total=Decimal(10)),)
    return Order(id=str(number), contact=who, placed_at=noon(day), currency="DKK", lines=lines)


def test_an_edited_segment_is_evaluated_alone_and_with_its_dependants(sqlite: Database) -> None:
    hub = SmallHub(sqlite, BOUGHT | {
        "base": {"orders": "count", "at_least": 1},
        "above": {"all": [{"segment": "base"}, {"field": "email", "known": False}]},
        "top": {"not": {"segment": "above"}},
    })  # fmt: skip
    hub.tell(sold(1, "ann", "x"), sold(2, "bob", "x"), sold(3, "bob", "x"))
    assert hub.members(noon(3))["top"] == ""
    hub.rules = {**hub.rules, "base": {"orders": "count", "at_least": 2}}
    assert hub.members(noon(3)) == {
        "bought": "ann bob", "base": "bob", "above": "bob", "top": "ann",
    }  # fmt: skip
    assert hub.looked_at == 0
    hub.rules = {name: rule for name, rule in hub.rules.items() if name != "bought"}
    assert "bought" not in hub.members(noon(3))
    hub.rules = {**hub.rules, **BOUGHT}
    assert hub.members(noon(4))["bought"] == "ann bob"


def test_a_new_value_of_a_family(sqlite: Database) -> None:
    rule = {"items": "count", "where": {"brand": "{value}"}, "at_least": 1, "for_each": "brand"}
    hub = SmallHub(sqlite, {"fans": rule})
    hub.tell(sold(1, "ann", "Acme"), sold(2, "bob", "Acme"))
    assert hub.members(noon(3)) == {"fans:Acme": "ann bob"}
    hub.tell(sold(3, "cat", "Lego"))
    assert hub.members(noon(3)) == {"fans:Acme": "ann bob", "fans:Lego": "cat"}
    assert hub.looked_at == 1


def test_a_value_that_a_family_does_not_have_is_unknown(sqlite: Database) -> None:
    rule = {"items": "count", "where": {"brand": "{value}"}, "at_least": 1, "for_each": "brand"}
    hub = SmallHub(sqlite, {"fans": rule, "others": {"not": {"segment": "fans:Lego"}}})
    hub.tell(sold(1, "ann", "Acme"))
    assert hub.members(noon(3)) == {"fans:Acme": "ann", "others": ""}
    hub.tell(sold(2, "bob", "Lego"))
    assert hub.members(noon(3))["others"] == "ann"


def test_unknowns_of_a_removed_segment_are_deleted(sqlite: Database) -> None:
    hub = SmallHub(sqlite, BOUGHT | {"men": {"field": "gender", "is": "male"}})
    hub.tell(sold(1, "ann", "x"))
    hub.members(noon(3))
    hub.rules = BOUGHT
    hub.members(noon(4))
    with sqlite.read() as transaction:
        assert transaction.execute(sa.select(UNKNOWNS)).all() == []


def test_coming_back_begins_another_stay(sqlite: Database) -> None:
    hub = SmallHub(sqlite, {"recent": {"orders": "count", "within": "7 days", "at_least": 1}})
    hub.tell(sold(1, "ann", "x", day=1))
    for instant in (noon(3), noon(9), noon(9, hours=1)):
        hub.members(instant)
    hub.tell(sold(2, "ann", "x", day=12))
    hub.members(noon(12))
    assert stays(sqlite) == [(3, 9), (12, None)]


def test_entering_and_leaving_on_one_day_leaves_no_stay(sqlite: Database) -> None:
    hub = SmallHub(sqlite, BOUGHT)
    hub.tell(Contact(id="ann"), sold(1, "ann", "x"))
    assert hub.members(noon(3))["bought"] == "ann"
    hub.tell(Deleted(noun="Order", id="1"))
    assert hub.members(noon(3, hours=1))["bought"] == ""
    assert stays(sqlite) == []


def stays(database: Database) -> list[tuple[int, int | None]]:
    """Every stay by the days of March on which it began and ended."""
    with database.read() as transaction:
        rows = transaction.execute(sa.select(STAYS).order_by(STAYS.c.entered_day)).all()
    march = date(2026, 2, 28).toordinal()
    return [
        (row.entered_day - march, None if row.left_day is None else row.left_day - march)
        for row in rows
    ]


@pytest.mark.parametrize("change", [
    {"zone": ZoneInfo("Asia/Tokyo")},
    {"currency": "EUR"},
    {"precedence": ("till", "shop")},
    {"brand_aliases": {"acme": "Lego"}},
    {"country": "SE"},
    {"joins_nobody": ("@mail.example",)},
])  # fmt: skip
def test_a_changed_setting_evaluates_everybody(sqlite: Database, change: dict[str, Any]) -> None:
    hub = SmallHub(
        sqlite,
        {
            "fans": {"items": "count", "where": {"brand": "Lego"}, "at_least": 1},
            "men": {"field": "gender", "is": "male"},
            "recent": {"orders": "count", "within": "2 days", "at_least": 1},
        },
        replace(SHOP, precedence=("shop", "till")),
        ("shop", "till"),
    )
    first: list[Record] = [Contact(id="ann", email="a@mail.example", gender="female")]
    hub.tell(*first, sold(1, "ann", "Acme"), sold(2, "bob", "Lego", day=2))
    hub.tell(Contact(id="ann", email="a@mail.example", gender="male"), by="till")
    before = hub.members(noon(3))
    hub.shop = replace(hub.shop, **change)
    after = hub.members(noon(3))
    assert hub.because == "settings changed"
    assert hub.members(noon(3)) == after
    assert hub.looked_at == 0
    decisive = {"precedence": "men", "brand_aliases": "fans", "joins_nobody": "men"}
    for name in decisive.keys() & change.keys():
        assert after[decisive[name]] != before[decisive[name]]


def test_a_newly_delivered_stream_evaluates_everybody(
    sqlite: Database,
) -> None:
    rules = {"idle": {"orders": "count", "is": 0}}
    hub = SmallHub(sqlite, rules, delivered=frozenset({"Contact"}))
    hub.tell(Contact(id="ann"))
    assert hub.members(noon(3))["idle"] == ""
    hub.delivered = frozenset({"Contact", "Order"})
    assert hub.members(noon(3))["idle"] == "ann"


def test_facts_of_a_removed_connection_count_nowhere(sqlite: Database) -> None:
    coupon = {"orders": "count", "where": {"coupon": True}, "at_least": 1}
    counted = ({"orders": "count"}, {"items": "count"}, {"visits": "count"})
    rules = {next(iter(each)): {**each, "at_least": 1} for each in counted}
    hub = SmallHub(sqlite, {**rules, "coupons": coupon}, configured=("shop", "till"))
    for who, name in (("ann", "shop"), ("bob", "till")):
        hub.tell(sold(1, who, "x"), Visit(id="v", contact=who, at=noon(1)), by=name)
        hub.tell(Discount(id="d", contact=who, code="x", at=noon(1)), by=name)
    assert set(hub.members(noon(3)).values()) == {"ann bob"}
    hub.configured = ("till",)
    assert set(hub.members(noon(3)).values()) == {"bob"}


def test_a_connection_is_added_renamed_and_removed(sqlite: Database) -> None:
    hub = SmallHub(sqlite, BOUGHT)
    hub.tell(sold(1, "ann", "x"))
    assert hub.members(noon(3))["bought"] == "ann"
    hub.configured = ("shop", "till")
    hub.tell(sold(1, "bob", "x"), by="till")
    assert hub.members(noon(3))["bought"] == "ann bob"
    assert hub.because == "settings changed"
    hub.configured = ("shop", "counter")
    hub.tell(sold(1, "bob", "x"), by="counter")
    assert hub.members(noon(3))["bought"] == "ann bob"
    hub.configured = ("counter",)
    assert hub.members(noon(3))["bought"] == "bob"
    hub.tell(sold(9, "cat", "x"), by="counter")
    assert hub.members(noon(4))["bought"] == "bob cat"
    assert hub.looked_at == 1


def test_a_member_who_is_back_on_the_day_of_leaving_never_left(sqlite: Database) -> None:
    hub = SmallHub(sqlite, {"cheap": {"orders": "total", "at_most": 10}})
    hub.tell(sold(1, "ann", "x"))
    assert hub.members(noon(3)) == {"cheap": "ann"}
    hub.tell(sold(2, "ann", "x", day=3))
    assert hub.members(noon(4)) == {"cheap": ""}
    hub.tell(Deleted(noun="Order", id="2", at=noon(4)))
    assert hub.members(noon(4)) == {"cheap": "ann"}
    with sqlite.read() as transaction:
        (stay,) = transaction.execute(sa.select(STAYS.c.entered_day, STAYS.c.left_day))
    assert (stay.entered_day, stay.left_day) == (noon(3).date().toordinal(), None)
