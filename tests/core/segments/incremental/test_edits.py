"""Segments and settings are edited, and what depends on them is judged anew."""

from dataclasses import replace
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from core.records import Contact, Line, Order, Record
from core.store.database import Database
from tests.core.segments.counted import SHOP
from tests.core.segments.incremental.hub import SmallHub, noon

BOUGHT: dict[str, Any] = {"bought": {"orders": "count", "at_least": 1}}


def sold(number: int, who: str, brand: str, day: int = 1) -> Order:
    lines = (Line(id="1", brand=brand, total=Decimal(10)),)
    return Order(id=str(number), contact=who, placed_at=noon(day), currency="DKK", lines=lines)


def test_an_edited_segment_is_judged_alone_and_with_its_dependants(sqlite: Database) -> None:
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


@pytest.mark.parametrize("change", [
    {"zone": ZoneInfo("Asia/Tokyo")},
    {"currency": "EUR"},
    {"precedence": ("till", "shop")},
    {"brand_aliases": {"acme": "Lego"}},
    {"country": "SE"},
    {"joins_nobody": ("@mail.example",)},
])  # fmt: skip
def test_a_changed_setting_judges_everybody(sqlite: Database, change: dict[str, Any]) -> None:
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
