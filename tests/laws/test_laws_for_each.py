"""Laws of `for_each` families and of bands."""

import random
from datetime import date
from typing import Any

import pytest

from core.segments.recipes import catalogue
from core.store.database import Database
from tests.budget import named as by_seed
from tests.budget import seeds
from tests.laws.generators.measured_rules import (
    children,
    deals,
    items,
    messages,
    orders,
    refunds,
    visits,
)
from tests.laws.random_rules import mistakes
from tests.laws.random_shops import random_shop, save_shop
from tests.laws.reference.comparisons import NUMERIC
from tests.laws.reference.measures import DATES
from tests.laws.verdicts import differences, hub_verdicts, reference, spelt_out

FAMILIES: dict[str, dict[str, Any]] = {
    "category": {"items": "count", "where": {"category": "{value}"}, "at_least": 1},
    "brand": {"items": "lines", "where": {"brand": "{value}"}, "within": "2 years", "at_least": 1},
    "store": {"orders": "count", "where": {"store": "{value}"}, "at_least": 1},
    "gender": {"field": "gender", "is": "{value}"},
    "city": {"not": {"field": "city", "is": "{value}"}},
    "group": {"groups": "names", "contains": "{value}"},
    "topic": {"interests": "topics", "contains": "{value}"},
}


@pytest.mark.parametrize("seed", seeds(1, start=5_000_000), ids=by_seed)
def test_a_family_is_its_members_written_out(database: Database, seed: int) -> None:
    drawn = random_shop(seed, people=6)
    families = {name: {"for_each": name, **rule} for name, rule in FAMILIES.items()}
    with database.transaction() as transaction:
        world = drawn.world(save_shop(transaction, drawn))
        found = hub_verdicts(transaction, world, families)
        # What nobody in this shop tells has no values.
        named = {name.split(":")[0] for name in found}
        assert {"gender", "city"} <= named <= FAMILIES.keys()
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


LADDERS = [
    (name, ladder)
    for name, recipe in sorted(catalogue().items())
    if not recipe.required
    for ladder in recipe.ladders
]


@pytest.mark.parametrize("seed", seeds(1, start=9_000_000), ids=by_seed)
def test_bands_share_nobody_and_leave_nobody_out(database: Database, seed: int) -> None:
    drawn = random_shop(seed, people=8)
    tables: dict[str, dict[str, Any]] = {}
    for name, ladder in LADDERS:
        for number in ladder:
            chosen = dict(catalogue()[name].variations[number - 1].parameters)
            tables[f"{name} {number}"] = {"recipe": name, **chosen}
            tables[f"{name} {number} band"] = {"recipe": name, **chosen, "band": True}
    with database.transaction() as transaction:
        world = drawn.world(save_shop(transaction, drawn))
        found = hub_verdicts(transaction, world, tables)
        read = reference(transaction, world, drawn.calendar.as_of).verdicts(spelt_out(tables))
    assert differences(found, read) == []
    members = {name: {who for who in found[name] if found[name][who]} for name in found}
    assert LADDERS
    for name, ladder in LADDERS:
        bands = [members[f"{name} {number} band"] for number in ladder]
        assert sum(map(len, bands)) == len(set().union(*bands)), name
        # Where nothing is unknown of a narrower one, the variations are the bands together.
        unsure = {
            who for n in ladder for who in found[f"{name} {n}"] if found[f"{name} {n}"][who] is None
        }
        every = set().union(*(members[f"{name} {number}"] for number in ladder))
        assert every - unsure <= set().union(*bands) <= every, name


@pytest.mark.parametrize("seed", seeds(1, start=9_500_000), ids=by_seed)
def test_bands_of_a_measure_share_out_everybody_with_a_known_value(
    database: Database, seed: int
) -> None:
    drawn = random_shop(seed, people=8)
    draw = random.Random(seed)
    bands = [banded(draw, drawn.calendar.day) for _ in range(12)]
    tables: dict[str, dict[str, Any]] = {
        f"{number} {place}": band
        for number, of_measure in enumerate(bands)
        for place, band in enumerate(of_measure)
    }
    tables["decades"] = {"recipe": "age_group", "for_each": "decade"}
    with database.transaction() as transaction:
        world = drawn.world(save_shop(transaction, drawn))
        found = hub_verdicts(transaction, world, tables)
        plain = {name: rule for name, rule in tables.items() if name != "decades"}
        read = reference(transaction, world, drawn.calendar.as_of).verdicts(plain)
    assert differences(found, read) == []
    decades = [truths for name, truths in found.items() if name.startswith("decades:")]
    assert len(decades) == 12
    share_out(decades)
    for number in range(len(bands)):
        *within, known = [found[f"{number} {place}"] for place in range(4)]
        share_out(within)
        # Of what nobody delivers, nobody knows either whether it is known.
        at_all = {person for person in known if known[person]}
        placed = {who for who in known if any(band[who] is not None for band in within)}
        # A total of which a part is unknown may already have reached the band above.
        is_total = "total" in tables[f"{number} 0"].values()
        assert at_all == placed or (is_total and at_all < placed)


def share_out(bands: list[dict[int, bool | None]]) -> None:
    """Everybody is in one of the bands and surely in no other, or it is not known in which."""
    for person in bands[0]:
        truths = [band[person] for band in bands]
        if True in truths:
            assert truths.count(True) == 1
            assert truths.count(False) == len(truths) - 1
        else:
            assert None in truths


def banded(draw: random.Random, day: date) -> list[dict[str, Any]]:
    """A random measure in three bands that meet, and whether it is known."""
    edges: tuple[Any, Any]
    while True:
        rule = draw.choice((orders, items, messages, refunds, deals, visits, children, aged))(
            draw, day
        )
        measure = str(next(iter(rule.values())))
        bare = {key: each for key, each in rule.items() if key not in (*NUMERIC, "known")}
        match measure:
            case "share" | "open_rate" | "click_rate":
                edges = draw.choice((("5%", "50%"), ("0%", "100%")))
            case "total" | "average" | "largest":
                edges = draw.choice(((50, 100), (99.9999, 100.0001)))
            case "age":
                edges = (30, 31)
            case _:
                edges = draw.choice(((1, 2), (2, 3)))
        low, high = edges
        bands: list[dict[str, Any]] = draw.choice(
            (
                [{"under": low}, {"at_least": low, "under": high}, {"at_least": high}],
                [{"at_most": low}, {"over": low, "at_most": high}, {"over": high}],
            )
        )
        rules = [{**bare, **condition} for condition in (*bands, {"known": True})]
        if measure not in DATES and not any(map(mistakes, rules)):
            return rules


def aged(_draw: random.Random, _day: date) -> dict[str, Any]:
    """The age of a person, of whom perhaps only the year of birth is known."""
    return {"field": "age", "known": True}
