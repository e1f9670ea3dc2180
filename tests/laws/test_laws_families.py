"""Laws of families, of attributes with many values, of children, and of bands."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from core.records import Category, Child, Contact, Interest, Line, Order, Product, Record
from core.segments.recipes import catalogue
from core.store.database import Database
from tests.laws.budget import named as by_seed
from tests.laws.budget import seeds
from tests.laws.judging import hub_verdicts, kept_verdicts
from tests.laws.small import names
from tests.laws.worlds import drawn_shop, saved

NOW = datetime(2026, 5, 5, 12, tzinfo=UTC)
FAMILIES: dict[str, dict[str, Any]] = {
    "category": {"items": "count", "where": {"category": "{value}"}, "at_least": 1},
    "brand": {"items": "lines", "where": {"brand": "{value}"}, "within": "2 years", "at_least": 1},
    "store": {"orders": "count", "where": {"store": "{value}"}, "at_least": 1},
    "gender": {"field": "gender", "is": "{value}"},
    "city": {"not": {"field": "city", "is": "{value}"}},
    "topic": {"interests": "topics", "contains": "{value}"},
}


@pytest.mark.parametrize("seed", seeds(1, start=5_000_000), ids=by_seed)
def test_a_family_is_its_members_written_out(database: Database, seed: int) -> None:
    drawn = drawn_shop(seed, people=6)
    families = {name: {"for_each": name, **rule} for name, rule in FAMILIES.items()}
    with database.transaction() as transaction:
        world = drawn.world(saved(transaction, drawn))
        found = hub_verdicts(transaction, world, families)
        assert {name.split(":")[0] for name in found} == FAMILIES.keys()
        written = {name.replace(":", " "): filled(name) for name in found}
        assert {name.replace(":", " "): truths for name, truths in found.items()} == hub_verdicts(
            transaction, world, written
        )


def filled(name: str) -> dict[str, Any]:
    """The rule of one member of a family."""
    family, value = name.split(":", 1)

    def put(table: Any) -> Any:
        if isinstance(table, dict):
            return {key: put(each) for key, each in table.items()}
        return value if table == "{value}" else table

    found: dict[str, Any] = put(FAMILIES[family])
    return found


def test_a_product_in_two_categories_counts_once(database: Database) -> None:
    records: list[Record] = [
        Category(id="shoes", title="Shoes", parent="all"),
        Category(id="sale", title="Sale", parent="all"),
        Category(id="all", title="All"),
        Product(id="boot", category="shoes", categories=("sale", "all")),
        Order(
            id="1", contact="ann", placed_at=NOW,
            lines=(Line(id="1", product="boot", quantity=Decimal(2), total=Decimal(10)),),
        ),
        Contact(id="bob"),
    ]  # fmt: skip
    some = {"category": ["Shoes", "Sale", "All"]}
    tables: dict[str, dict[str, Any]] = {
        "units": {"items": "count", "where": some, "is": 2},
        "lines": {"items": "lines", "where": some, "is": 1},
        "orders": {"items": "orders", "where": some, "is": 1},
        "total": {"items": "total", "where": some, "is": 10},
        "share": {"items": "share", "where": {"category": "all"}, "is": "100%"},
        "not on sale": {"items": "lines", "where": {"category": {"is_not": "Sale"}}, "at_least": 1},
    }
    with database.transaction() as transaction:
        found = names(transaction, records, tables, NOW)
    assert {name for name, (members, _) in found.items() if members == "ann"} == {
        "units", "lines", "orders", "total", "share",
    }  # fmt: skip
    assert found["not on sale"] == ("", "")


def test_all_that_is_said_of_a_child_is_about_the_same_child(database: Database) -> None:
    def child(who: str, number: int, gender: Any, birthday: date) -> Child:
        return Child(id=f"{who}{number}", contact=who, gender=gender, birthday=birthday)

    records: list[Record] = [
        child("same", 1, "female", date(2020, 5, 6)),
        child("other", 1, "female", date(2010, 5, 6)),
        child("other", 2, "male", date(2020, 5, 6)),
        child("leap", 1, "female", date(2020, 2, 29)),
        Child(id="none", contact="none", none=True),
        Contact(id="silent"),
    ]
    young_girl = {"gender": "female", "age": {"between": [0, 5]}}
    soon = {"gender": "female", "birthday": {"within_next": "2 days"}}
    tables: dict[str, dict[str, Any]] = {
        "young girl": {"children": "count", "where": young_girl, "at_least": 1},
        "no young girl": {"not": {"children": "count", "where": young_girl, "at_least": 1}},
        "soon": {"children": "count", "where": soon, "at_least": 1},
        "two": {"children": "count", "is": 2},
    }
    with database.transaction() as transaction:
        found = names(transaction, records, tables, NOW)
    assert found == {
        "young girl": ("same", "silent"),
        "no young girl": ("leap none other", "silent"),
        "soon": ("other same", "silent"),
        "two": ("other", "silent"),
    }


def test_only_means_exactly_this_set(database: Database) -> None:
    records: list[Record] = [
        Interest(contact="ann", topic="Boots"),
        Interest(contact="bob", topic="boots"),
        Interest(contact="bob", topic="Crime"),
        Interest(contact="cat"),
        Contact(id="dan"),
    ]
    tables: dict[str, dict[str, Any]] = {
        "one": {"interests": "topics", "only": "BOOTS"},
        "two": {"interests": "topics", "only": ["crime", "boots", "Boots"]},
        "not one": {"not": {"interests": "topics", "only": "boots"}},
    }
    with database.transaction() as transaction:
        found = names(transaction, records, tables, NOW)
    assert found == {
        "one": ("ann", "dan"),
        "two": ("bob", "dan"),
        "not one": ("bob cat", "dan"),
    }


LADDERS = [
    (name, ladder)
    for name, recipe in sorted(catalogue().items())
    if not recipe.required
    for ladder in recipe.ladders
]


def test_bands_share_nobody_and_leave_nobody_out(database: Database) -> None:
    drawn = drawn_shop(6, people=12)
    tables: dict[str, dict[str, Any]] = {}
    for name, ladder in LADDERS:
        for number in ladder:
            chosen = dict(catalogue()[name].variations[number - 1].parameters)
            tables[f"{name} {number}"] = {"recipe": name, **chosen}
            tables[f"{name} {number} band"] = {"recipe": name, **chosen, "band": True}
    with database.transaction() as transaction:
        world = drawn.world(saved(transaction, drawn))
        hub_verdicts(transaction, world, tables)
        found = kept_verdicts(transaction)
    members = {name: {who for who in found[name] if found[name][who]} for name in found}
    assert LADDERS
    for name, ladder in LADDERS:
        bands = [members[f"{name} {number} band"] for number in ladder]
        assert sum(map(len, bands)) == len(set().union(*bands)), name
        # Where nothing is unknown of a narrower one, the widest is the bands together.
        unsure = {
            who for n in ladder for who in found[f"{name} {n}"] if found[f"{name} {n}"][who] is None
        }
        assert members[f"{name} {ladder[0]}"] - unsure <= set().union(*bands), name
