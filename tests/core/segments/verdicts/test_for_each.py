"""`for_each` makes a segment of every value in the store, in its first spelling."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from core import records as r
from core.errors import Misconfigured
from core.segments.definition import KnownNames
from core.segments.validate import segments_of
from core.store.database import Database
from tests.core.segments.cases import NOW, basket, line
from tests.core.segments.small_hub import SmallHub, noon

FAMILIES: dict[str, dict[str, Any]] = {
    "brand": {"items": "count", "where": {"brand": "{value}"}, "at_least": 1},
    "category": {"items": "count", "where": {"category": "{value}"}, "at_least": 1},
    "store": {"orders": "count", "where": {"store": "{value}"}, "at_least": 1},
    "topic": {"interests": "topics", "contains": "{value}"},
    "gender": {"field": "gender", "is": "{value}"},
    "custom.level": {"field": "custom.level", "is": "{value}"},
    "company.size": {"field": "company.size", "is": "{value}"},
    "company.city": {"field": "company.city", "is": "{value}"},
    "company.founded": {"field": "company.founded", "is": "{value}"},
    "decade": {"field": "age", "at_least": 0},
}


NAMES = KnownNames()


def bought(number: int, brand: str | None, store: str | None = None) -> r.Order:
    line = r.Line(id="1", brand=brand, category="Toys" if number % 2 else "GAMES", total=Decimal(1))
    return r.Order(
        id=str(number), contact="ann", placed_at=noon(1), currency="DKK", store=store, lines=(line,)
    )


def test_every_kind_of_value_is_found_once(database: Database) -> None:
    hub = SmallHub(database, {name: {**rule, "for_each": name} for name, rule in FAMILIES.items()})
    assert hub.members(noon(3)) == {}
    hub.tell(
        r.Company(id="k", size="10-49", city="Ry", founded=1998),
        r.Company(id="l", city="RY"),
        r.Contact(id="ann", gender="female", company="k", birth_year=1990),
        r.Contact(id="cat", custom={"level": "Gold"}),
        r.Contact(id="bob", gender="male", custom={"level": "gold"}),
        r.Interest(id="1", contact="ann", topic="crime"),
        r.Interest(id="2", contact="bob", topic="Crime"),
        r.Interest(id="3", contact="bob"),
        bought(1, "acme", "North"), bought(2, "Acme", "NORTH"), bought(3, "Zeta", "south"),
        bought(4, None),
    )  # fmt: skip
    found: dict[str, set[str]] = {}
    for name in hub.members(noon(3)):
        family, _, value = name.partition(":")
        found.setdefault(family, set()).add(value)
    assert found.pop("decade") == {str(each) for each in range(0, 120, 10)}
    assert {family: {each.casefold() for each in every} for family, every in found.items()} == {
        "brand": {"acme", "zeta"}, "category": {"games", "toys"}, "store": {"north", "south"},
        "topic": {"crime"}, "gender": {"female", "male"}, "custom.level": {"gold"},
        "company.size": {"10-49"}, "company.city": {"ry"}, "company.founded": {"1998"},
    }  # fmt: skip
    assert [len(every) for every in found.values()] == [2, 2, 2, 1, 2, 1, 1, 1, 1]


def in_group(number: int) -> r.Record:
    return r.GroupMember(contact="ann", group=f"group {number}")


def at_tier(number: int) -> r.Record:
    return r.Loyalty(contact="ann", programme=f"{number}", tier=f"tier {number}")


def did(number: int) -> r.Record:
    return r.Visit(id=f"{number}", contact="ann", kind="event", event=f"e{number}", at=noon(2))


@pytest.mark.parametrize(
    ("each", "rule", "record"),
    [
        ("brand", FAMILIES["brand"], lambda number: bought(number, f"brand {number}")),
        ("group", {"groups": "names", "is": "{value}"}, in_group),
        ("loyalty.tier", {"field": "loyalty.tier", "is": "{value}"}, at_tier),
        ("event", {"visits": "count", "where": {"event": "{value}"}, "at_least": 1}, did),
    ],
)
def test_more_values_than_a_family_may_have_are_refused_with_their_number(
    sqlite_url: str,
    monkeypatch: pytest.MonkeyPatch,
    each: str,
    rule: dict[str, Any],
    record: Callable[[int], r.Record],
) -> None:
    monkeypatch.setattr("core.segments.verdicts.for_each.MOST_VALUES", 3)
    sqlite = Database(sqlite_url)
    hub = SmallHub(sqlite, {"fans": {**rule, "for_each": each}})
    hub.tell(*map(record, range(3)))
    found = hub.members(noon(3))
    assert len(found) == 3
    assert each == "brand" or {*found.values()} == {"ann"}
    hub.tell(record(4), record(5))
    with pytest.raises(Misconfigured, match="has 5 values, at most 3 fit"):
        hub.evaluate(noon(3))
    sqlite.close()


def test_a_family_whose_rule_has_no_meaning_is_refused() -> None:
    shares = {"items": "share", "where": {"brand": "{value}"}, "at_least": "top 10%"}
    _, wrong = segments_of({"fans": {**shares, "for_each": "brand"}}, NAMES)
    assert [str(each) for each in wrong] == [
        "segments.fans: `share` is not compared with the population"
    ]


@pytest.mark.parametrize("field", ["company.revenue", "email", "age", "loyalty.points"])
def test_a_field_without_a_list_of_values_makes_no_family(field: str) -> None:
    _, wrong = segments_of({"each": {"field": field, "is": "{value}", "for_each": field}}, NAMES)
    refused = f"{field} has no list of values; name another field, or compare it in rules"
    assert [str(each) for each in wrong] == [f"segments.each.for_each: {refused}"]


def test_a_segment_may_refer_to_one_value_of_a_family(database: Database) -> None:
    hub = SmallHub(
        database,
        {
            "fans": {"recipe": "brand_fans", "for_each": "brand"},
            "bricks": {"segment": "fans:Lego"},
            "others": {"not": {"segment": "bricks"}},
        },
    )
    hub.tell(
        basket(1, "ann", 5, line(1, "x", 3, brand="Lego")),
        basket(2, "bob", 5, line(2, "x", 3, brand="LEGO A/S")),
        basket(3, "cat", 5, line(3, "y", 3, brand="Barbie")),
        r.Product(id="z", brand="Barbie", brands=("Lego", "Disney")),
        basket(4, "dan", 5, line(4, "z", 3)),
    )
    assert hub.members(NOW) == {
        "fans:Barbie": "cat dan", "fans:Disney": "dan", "fans:Lego": "ann bob dan",
        "bricks": "ann bob dan", "others": "cat",
    }  # fmt: skip
