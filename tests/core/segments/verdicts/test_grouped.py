"""Grouped verdicts: one query for every value of a `for_each` family."""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from core import records as r
from core.segments.compile.sql.clock import Clock
from core.segments.compile.sql.context import EvaluationContext
from core.segments.definition import KnownNames
from core.segments.evaluate import evaluate
from core.segments.evaluate.queries import recomputed_ids
from core.segments.validate import segments_of
from core.segments.verdicts.for_each import expand
from core.segments.verdicts.grouped import groups
from core.store.database import Database
from tests.core.segments.cases import NOW, SHOP, ZONE
from tests.core.segments.small_hub import SmallHub, noon

LINES: dict[str, Any] = {"items": "lines", "where": {"brand": "{value}"}, "at_least": 1}


def sold(number: int, who: str, *brands: str | None, day: int = 1, **more: Any) -> r.Order:
    """An order with a line of each brand."""
    lines = tuple(
        r.Line(id=str(place), brand=brand, total=Decimal(10)) for place, brand in enumerate(brands)
    )
    return r.Order(
        id=str(number), contact=who, placed_at=noon(day), currency="DKK", lines=lines,
        total=None if lines else Decimal(10), **more,
    )  # fmt: skip


def hub_of(database: Database, each: str, **families: dict[str, Any]) -> SmallHub:
    return SmallHub(database, {name: {**rule, "for_each": each} for name, rule in families.items()})


def test_a_line_in_two_categories_counts_once_in_each(database: Database) -> None:
    condition = {"where": {"category": "{value}"}}
    hub = hub_of(
        database, "category",
        lines={"items": "lines", **condition, "is": 1},
        units={"items": "count", **condition, "is": 2},
        whole={"items": "share", **condition, "is": "100%"},
    )  # fmt: skip
    hub.tell(
        r.Category(id="all", title="All"), r.Category(id="shoes", title="Shoes", parent="all"),
        r.Category(id="sale", title="Sale", parent="all"), r.Category(id="hats", title="Hats"),
        r.Product(id="boot", category="shoes", categories=("sale", "all")),
        r.Order(
            id="1", contact="ann", placed_at=noon(1),
            lines=(r.Line(id="1", product="boot", quantity=Decimal(2), total=Decimal(10)),),
        ),
    )  # fmt: skip
    assert hub.members(noon(3)) == {
        f"{name}:{value}": "" if value == "Hats" else "ann"
        for name in ("lines", "units", "whole") for value in ("All", "Hats", "Sale", "Shoes")
    }  # fmt: skip


def test_people_without_rows_of_a_value_meet_rules_for_few(database: Database) -> None:
    few = {"items": "lines", "where": {"brand": "{value}"}, "at_most": 1}
    hub = hub_of(database, "brand", few=few, never={"not": LINES})
    hub.tell(
        sold(1, "ann", "x", "x", "y"), sold(2, "bob", "y", "z"), sold(3, "cat", None),
        r.Contact(id="dan"),
    )  # fmt: skip
    # Of whose lines none names a brand nothing is known.
    assert hub.members(noon(3)) == {
        "few:x": "bob dan", "few:y": "ann bob dan", "few:z": "ann bob dan",
        "never:x": "bob dan", "never:y": "dan", "never:z": "ann dan",
    }  # fmt: skip
    assert hub.found is not None
    hub.tell(sold(4, "dan", "z", "z", day=3))
    assert hub.members(noon(4))["never:z"] == "ann"
    assert hub.present()["few:z"] == "ann bob"
    assert hub.looked_at == 1


def test_of_rows_that_nobody_delivers_every_value_is_unknown(sqlite: Database) -> None:
    hub = hub_of(sqlite, "brand", fans=LINES, never={"not": LINES})
    hub.tell(sold(1, "ann", "x", "y"))
    hub.delivered -= {"Order"}
    assert set(hub.members(noon(3)).values()) == {""}
    hub.delivered |= {"Order"}
    assert hub.members(noon(3))["fans:x"] == "ann"


def test_a_store_is_called_by_its_id_and_by_its_title(database: Database) -> None:
    hub = hub_of(
        database, "store",
        bought={"orders": "count", "where": {"store": "{value}"}, "is": 1},
    )  # fmt: skip
    hub.tell(
        r.Store(id="1", title="North"), r.Store(id="north", title="South"),
        sold(1, "ann", store="1"), sold(2, "bob", store="north"), sold(3, "cat", store="North"),
        sold(4, "cat", store="2"),
    )  # fmt: skip
    found = {name.casefold(): who for name, who in hub.members(noon(3)).items()}
    assert found == {"bought:1": "ann", "bought:2": "cat", "bought:north": "ann bob cat"}


def test_people_with_other_topics_are_known_not_to_have_this_one(database: Database) -> None:
    rules: dict[str, dict[str, Any]] = {
        "contains": {"interests": "topics", "contains": "{value}"},
        "only": {"interests": "topics", "only": ["{value}"]},
    }
    hub = hub_of(
        database, "topic", **rules, **{f"not {name}": {"not": rule} for name, rule in rules.items()}
    )
    hub.tell(
        r.Interest(contact="ann", topic="Boots"), r.Interest(contact="bob", topic="Boots"),
        r.Interest(contact="bob", topic="Crime"), r.Interest(contact="cat"), r.Contact(id="dan"),
    )  # fmt: skip
    assert hub.members(noon(3)) == {
        "contains:Boots": "ann bob", "contains:Crime": "bob",
        "only:Boots": "ann", "only:Crime": "",
        "not contains:Boots": "cat", "not contains:Crime": "ann cat",
        "not only:Boots": "bob cat", "not only:Crime": "ann bob cat",
    }  # fmt: skip


def test_two_values_that_mean_one_brand_have_the_same_members(database: Database) -> None:
    hub = hub_of(database, "custom.club", fans=LINES)
    hub.tell(
        sold(1, "ann", "Lego"), sold(2, "bob", "acme"),
        r.Contact(id="ann", custom={"club": "LEGO A/S"}),
        r.Contact(id="bob", custom={"club": "lego"}),
    )  # fmt: skip
    assert hub.members(noon(3)) == {"fans:LEGO A/S": "ann", "fans:lego": "ann"}


def test_a_value_may_stand_in_several_rules_and_beside_others(database: Database) -> None:
    hub = hub_of(
        database, "brand",
        loyal={"all": [
            LINES, {"items": "share", "where": {"brand": "{value}"}, "over": "50%"},
            {"orders": "total", "at_least": "50% of average"},
        ]},
    )  # fmt: skip
    hub.rules = {**hub.rules, "x": {"segment": "loyal:x"}, "no x": {"not": {"segment": "loyal:x"}}}
    hub.tell(sold(1, "ann", "x", "x", "y"), sold(2, "bob", "x", "y", "y"), sold(3, "cat", "x"))
    # Cat's 10 are less than half of the average, which is 70 / 3.
    assert hub.members(noon(3)) == {
        "loyal:x": "ann", "loyal:y": "bob", "x": "ann", "no x": "bob cat",
    }  # fmt: skip
    hub.tell(sold(4, "cat", "x", day=3))
    assert hub.members(noon(4))["loyal:x"] == "ann cat"


def test_a_new_value_is_evaluated_alone_and_then_with_the_others(database: Database) -> None:
    hub = hub_of(database, "brand", fans=LINES | {"within": "7 days"}, never={"not": LINES})
    hub.tell(sold(1, "ann", "x", "y"), sold(2, "bob", "y"))
    assert hub.members(noon(3))["fans:y"] == "ann bob"
    hub.tell(sold(3, "cat", "z", "x", day=3))
    assert hub.members(noon(4)) == {
        "fans:x": "ann cat", "fans:y": "ann bob", "fans:z": "cat",
        "never:x": "bob", "never:y": "cat", "never:z": "ann bob",
    }  # fmt: skip
    assert hub.looked_at == 1
    assert hub.members(noon(9)) == {
        "fans:x": "cat", "fans:y": "", "fans:z": "cat",
        "never:x": "bob", "never:y": "cat", "never:z": "ann bob",
    }  # fmt: skip


def test_members_at_another_date_are_computed_anew(database: Database) -> None:
    hub = hub_of(database, "brand", fans=LINES, never={"not": LINES})
    hub.tell(sold(1, "ann", "x"), sold(2, "bob", "y", day=20))
    found, wrong = segments_of(dict(hub.rules), KnownNames())
    assert not wrong
    number = hub.known["shop"]
    with database.transaction() as transaction:
        for day, buyers, others in ((3, [], ["ann", "bob"]), (21, ["bob"], ["ann"])):
            world = EvaluationContext(
                SHOP, Clock.at(noon(day), ZONE), {"shop": number}, hub.delivered
            )
            assert recomputed_ids(transaction, world, found, "fans:y", number) == buyers
            assert recomputed_ids(transaction, world, found, "never:y", number) == others


FEW = {"at_least": 1}
TOGETHER: list[tuple[str, dict[str, Any]]] = [
    ("brand", LINES),
    ("brand", {"recipe": "brand_fans", "share": "20%"}),
    ("brand", {"items": "lines", "where": {"brand": ["{value}"], "on_sale": True}, **FEW}),
    ("brand", {"items": "lines", "where": {"sku": "{value}"}, "then_no": "orders", **FEW}),
    ("category", {"recipe": "category_customers", "orders": 5, "within": "12 months"}),
    ("store", {"recipe": "store_customers"}),
    ("topic", {"recipe": "interested_in"}),
    ("topic", {"recipe": "interested_in", "only": True}),
    ("topic", {"messages": "open_rate", "where": {"topic": "{value}"}, "over": "5%"}),
]
APART: list[tuple[str, dict[str, Any]]] = [
    ("brand", LINES | {"of": "company"}),
    ("brand", LINES | {"at_least": "top 10%"}),
    ("brand", {"all": [LINES, {"field": "city", "is": "{value}"}]}),
    ("brand", {"items": "lines", "where": {"brand": "{value}", "sku": "{value}"}, **FEW}),
    ("brand", {"items": "lines", "where": {"brand": {"is_not": "{value}"}}, **FEW}),
    ("brand", {"items": "lines", "where": {"brand": ["{value}", "Acme"]}, **FEW}),
    ("store", {"recipe": "store_customers", "by": "chosen"}),
    ("store", {"orders": "gap", "where": {"store": "{value}"}, "under": 9}),
    ("topic", {"messages": "opened", "where": {"topic": "{value}"}, "of_last": 3, **FEW}),
    ("topic", {"messages": "opened", "where": {"campaign": "{value}"}, **FEW}),
    ("topic", {"interests": "topics", "in": ["{value}", "crime"]}),
]


@pytest.mark.parametrize(
    ("each", "rule", "shared"),
    [(*case, True) for case in TOGETHER] + [(*case, False) for case in APART],
)
def test_only_rules_about_one_attribute_of_rows_are_grouped(
    each: str, rule: dict[str, Any], *, shared: bool
) -> None:
    found, wrong = segments_of({"family": {**rule, "for_each": each}}, KnownNames())
    assert not wrong
    world = EvaluationContext(SHOP, Clock.at(NOW, ZONE), {}, frozenset())
    members = [found[0].for_value(value) for value in ("one", "two")]
    names = [each.names for each in groups(members, world)]
    assert names == ([("family:one", "family:two")] if shared else [])
    assert groups(members[:1], world) == []


@contextmanager
def statements_about(transaction: sa.Connection) -> Iterator[list[str]]:
    """The statements about temporary tables of traits and verdicts."""
    found: list[str] = []

    def hear(*told: Any) -> None:
        if any(word in told[2] for word in ("pass_", "verdicts_")):
            found.append(told[2])

    sa.event.listen(transaction, "before_cursor_execute", hear)
    yield found
    sa.event.remove(transaction, "before_cursor_execute", hear)


def test_statements_do_not_grow_with_the_number_of_values(sqlite: Database) -> None:
    brands = [f"brand {number}" for number in range(60)]
    hub = hub_of(sqlite, "brand", fans=LINES, best={"recipe": "brand_fans", "share": "20%"})
    hub.rules = {**hub.rules, "any": {**LINES, "where": {"brand": brands}}}
    found, wrong = segments_of(dict(hub.rules), KnownNames())
    assert not wrong
    sizes: list[tuple[int, list[int]]] = []
    # The first evaluation has nothing to compare with.
    for number, some in enumerate((brands[:1], brands[1:2], brands[2:])):
        hub.tell(sold(number, "ann", *some))
        with sqlite.transaction() as transaction:
            world = EvaluationContext(SHOP, Clock.at(NOW, ZONE), hub.known, hub.delivered)
            members = expand(transaction, SHOP, found)
            with statements_about(transaction) as statements:
                evaluate(transaction, world, found, NOW, full=True)
        # What is bound grows, by a value and a number each.
        lengths = [len(text.partition("VALUES")[0]) for text in statements]
        sizes.append((len(members), lengths))
    assert [members for members, _ in sizes] == [3, 5, 121]
    assert sizes[1][1] == sizes[2][1]
