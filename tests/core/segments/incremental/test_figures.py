"""Baselines move: the people whom a threshold passes are evaluated again."""

from typing import Any

import pytest
import sqlalchemy as sa

from core.records import Contact, Deleted
from core.store.database import Database
from core.store.tables import BASELINES, TRAIT_VALUES, TRAITS
from tests.core.segments.small_hub import SmallHub, noon, ordered


def big(threshold: str, **more: Any) -> dict[str, Any]:
    """An order at least as large as a figure of all orders."""
    rule = {"orders": "count", "where": {"total": {"at_least": threshold}}, "at_least": 1}
    return {"big": {**rule, **more}}


def test_a_moved_average_of_orders(database: Database) -> None:
    hub = SmallHub(database, big("100% of average", within="30 days"))
    hub.tell(*(ordered(n, f"c{n}", 100 * n) for n in range(1, 6)))
    assert hub.members(noon(3))["big"] == "c3 c4 c5"
    hub.tell(ordered(6, "rich", 900, day=2))
    assert hub.members(noon(3))["big"] == "c4 c5 rich"
    # The new one and the one that the average has passed over.
    assert hub.looked_at == 2
    hub.tell(Deleted(noun="Order", id="6"))
    assert hub.members(noon(3))["big"] == "c3 c4 c5"


@pytest.mark.parametrize(("threshold", "before", "after"), [
    ("100% of median", "c3 c4 c5", "c4 c5 rich"),
    ("top 20%", "c5", "c5 rich"),
])  # fmt: skip
def test_a_moved_median_or_top_of_orders(
    sqlite: Database, threshold: str, before: str, after: str
) -> None:
    hub = SmallHub(sqlite, big(threshold))
    hub.tell(*(ordered(n, f"c{n}", 100 * n) for n in range(1, 6)))
    assert hub.members(noon(3))["big"] == before
    hub.tell(ordered(6, "rich", 900))
    assert hub.members(noon(3))["big"] == after
    assert hub.looked_at < 5


def test_orders_leave_the_window_of_the_average_alone(sqlite: Database) -> None:
    hub = SmallHub(sqlite, big("120% of average", baseline_within="10 days"))
    hub.tell(
        ordered(1, "ann", 300, day=1),
        ordered(2, "bob", 100, day=5),
        ordered(3, "cat", 150),
    )
    assert hub.members(noon(6))["big"] == "ann"
    assert hub.members(noon(12))["big"] == "ann cat"
    # Nobody is compared with an average of nothing.
    assert hub.members(noon(20))["big"] == ""
    hub.tell(ordered(4, None, 240, day=20))
    assert hub.members(noon(20))["big"] == "ann"


@pytest.mark.parametrize(("threshold", "before", "after"), [
    ("100% of average", "c3 c4 c5", "c4 c5 rich"),
    ("100% of median", "c3 c4 c5", "c4 c5 rich"),
    ("top 40%", "c4 c5", "c4 c5 rich"),
])  # fmt: skip
def test_a_moved_figure_of_persons(
    database: Database, threshold: str, before: str, after: str
) -> None:
    hub = SmallHub(database, {"rich": {"orders": "total", "at_least": threshold}})
    hub.tell(*(ordered(n, f"c{n}", 100 * n) for n in range(1, 6)), Contact(id="none"))
    assert hub.members(noon(3))["rich"] == before
    hub.tell(ordered(6, "rich", 400), ordered(7, "rich", 500))
    assert hub.members(noon(3))["rich"] == after
    assert hub.looked_at < 5
    hub.tell(Deleted(noun="Order", id="7"), Deleted(noun="Order", id="6"))
    assert hub.members(noon(4))["rich"] == before


def test_joined_people_count_once_in_an_average(database: Database) -> None:
    hub = SmallHub(database, {"rich": {"orders": "total", "over": "100% of average"}})
    hub.tell(ordered(1, "ann", 300), ordered(2, "annie", 100), ordered(3, "bob", 260))
    assert hub.members(noon(3))["rich"] == "ann bob"
    hub.tell(*(Contact(id=each, email="ann@x.dk") for each in ("ann", "annie")))
    assert hub.members(noon(3))["rich"] == "ann annie"
    # The figure of who is no more does not come back with those of the others.
    hub.tell(ordered(4, "bob", 100))
    assert hub.members(noon(3))["rich"] == "ann annie"


def test_looking_at_everybody_makes_a_wrong_total_good(sqlite: Database) -> None:
    hub = SmallHub(sqlite, {"rich": {"orders": "total", "over": "100% of average"}})
    hub.tell(ordered(1, "ann", 300), ordered(2, "bob", 100))
    hub.members(noon(3))
    with sqlite.read() as transaction:
        right = set(transaction.execute(sa.select(TRAITS)).all())
    with sqlite.transaction() as transaction:
        transaction.execute(sa.update(TRAITS).values(total=1, number=7))
    hub.members(noon(2))
    assert hub.because == "the clock moved backwards"
    with sqlite.read() as transaction:
        assert set(transaction.execute(sa.select(TRAITS)).all()) == right


@pytest.mark.parametrize("comparison", ["at_least", "over", "at_most", "under"])
def test_every_comparison_is_passed_exactly(sqlite: Database, comparison: str) -> None:
    hub = SmallHub(sqlite, {
        "many": {"orders": "count", comparison: "100% of average"},
        "few": {"orders": "count", "within": "20 days", comparison: "50% of average",
                "baseline_within": "ever"},
    })  # fmt: skip
    hub.tell(*(ordered(10 * n + m, f"c{n}", 1) for n in range(1, 6) for m in range(n)))
    hub.tell(Contact(id="none"))
    for day in range(2, 8):
        hub.members(noon(day))
        hub.tell(
            ordered(100 + day, "c1", 1, day=day),
            ordered(200 + day, f"new{day}", 1, day=day),
        )
        hub.tell(Deleted(noun="Order", id=f"{50 + day - 2}"))
    assert hub.members(noon(25)) == hub.members(noon(25))


def test_a_window_moves_the_values_of_persons_too(sqlite: Database) -> None:
    hub = SmallHub(sqlite, {
        "rich": {"orders": "total", "within": "20 days", "over": "100% of average"},
        "late": {"orders": "total", "over": "100% of average", "baseline_within": "10 days"},
    })  # fmt: skip
    hub.tell(ordered(1, "ann", 300, day=1), ordered(2, "ann", 100, day=9))
    hub.tell(ordered(3, "bob", 200, day=9), ordered(4, "cat", 50, day=9))
    assert hub.members(noon(10))["rich"] == "ann"
    assert hub.members(noon(12)) == {"rich": "ann", "late": "ann bob"}
    assert hub.members(noon(22)) == {"rich": "bob", "late": ""}


def test_one_figure_passes_over_whoever_is_compared_with_it(sqlite: Database) -> None:
    rule = {"orders": "total", "over": "100% of average", "baseline_within": "ever"}
    hub = SmallHub(sqlite, {
        "now": {**rule, "within": "5 days"}, "lately": {**rule, "within": "20 days"},
    })  # fmt: skip
    hub.tell(ordered(1, "ann", 150, day=1), ordered(2, "bob", 50, day=9))
    assert hub.members(noon(10)) == {"now": "", "lately": "ann"}
    hub.tell(ordered(3, "cat", 400, day=9))
    assert hub.members(noon(10)) == {"now": "cat", "lately": "cat"}


def test_one_average_is_rounded_as_each_comparison_needs_it(sqlite: Database) -> None:
    hub = SmallHub(sqlite, {
        "over": {"orders": "count", "over": "100% of average"},
        "from": {"orders": "count", "at_least": "100% of average"},
        "up to": {"orders": "count", "at_most": "100% of average"},
        "under": {"orders": "count", "under": "100% of average"},
    })  # fmt: skip
    hub.tell(ordered(1, "ann", 10), ordered(2, "ann", 10), ordered(3, "bob", 10))
    above, below = hub.members(noon(3)), {"up to": "bob", "under": "bob"}
    assert above == {"over": "ann", "from": "ann", **below}


@pytest.mark.parametrize("measure", [
    {"orders": "total", "within": "20 days", "over": "100% of average"},
    {"orders": "count", "within": "20 days", "where": {"total": {"over": "100% of average"}},
     "at_least": 1},
])  # fmt: skip
def test_averages_of_different_windows_differ(sqlite: Database, measure: dict[str, Any]) -> None:
    hub = SmallHub(sqlite, {
        "lately": {**measure, "baseline_within": "5 days"},
        "ever": {**measure, "baseline_within": "ever"},
    })  # fmt: skip
    hub.tell(ordered(1, "ann", 900, day=1), ordered(2, "bob", 300, day=19))
    hub.tell(ordered(3, "cat", 100, day=19))
    assert hub.members(noon(20)) == {"lately": "ann bob", "ever": "ann"}


def test_buyers_before_the_window_are_not_in_its_stored_population(sqlite: Database) -> None:
    rule = {"orders": "count", "within": "10 days", "at_least": "100% of average"}
    hub = SmallHub(sqlite, {"many": rule})
    hub.tell(ordered(1, "ann", 1, day=15), ordered(2, "bob", 1, day=15))
    hub.tell(ordered(3, "bob", 1, day=15), ordered(4, "cat", 1, day=1))
    assert hub.members(noon(20))["many"] == "bob"
    hub.tell(ordered(5, "dan", 1, day=1), ordered(6, "eve", 1, day=16))
    assert hub.members(noon(20))["many"] == "bob"


def test_a_figure_that_leaves_nothing_behind_passes_over_who_has_nothing(sqlite: Database) -> None:
    hub = SmallHub(sqlite, {"rich": {"orders": "total", "at_least": "100% of average"}})
    hub.tell(ordered(1, "ann", 0), Contact(id="none"))
    assert hub.members(noon(3))["rich"] == "ann none"
    hub.tell(ordered(2, "bob", 100))
    assert hub.members(noon(3))["rich"] == "bob"


def test_the_average_of_orders_counts_those_of_today_once(sqlite: Database) -> None:
    hub = SmallHub(sqlite, big("100% of average"))
    hub.tell(ordered(1, "ann", 100, day=3), ordered(2, "bob", 400, day=2))
    hub.tell(ordered(3, "cat", 240, day=2))
    assert hub.members(noon(3))["big"] == "bob"


def test_the_average_of_orders_leaves_out_those_of_later_today(sqlite: Database) -> None:
    hub = SmallHub(sqlite, big("100% of average"))
    hub.tell(ordered(1, "ann", 100, day=2), ordered(2, "bob", 900, placed_at=noon(3, hours=2)))
    assert hub.members(noon(3))["big"] == "ann"


def test_the_average_of_orders_leaves_out_a_removed_connection(sqlite: Database) -> None:
    hub = SmallHub(sqlite, big("100% of average"), configured=("shop", "till"))
    hub.tell(ordered(1, "ann", 100))
    hub.tell(ordered(1, "bob", 900), by="till")
    assert hub.members(noon(3))["big"] == "bob"
    hub.configured = ("shop",)
    assert hub.members(noon(3))["big"] == "ann"


def test_a_figure_is_noted_once_a_day(sqlite: Database) -> None:
    hub = SmallHub(sqlite, big("100% of average"))
    hub.tell(ordered(1, "ann", 100))
    for instant in (noon(2), noon(3), noon(3, hours=1)):
        hub.members(instant)
    with sqlite.read() as transaction:
        days = transaction.execute(sa.select(BASELINES.c.as_of_day)).scalars().all()
    assert len(days) == len(set(days)) == 2


def test_figures_of_different_rows_differ(sqlite: Database) -> None:
    rule = {"orders": "total", "at_least": "100% of average"}
    hub = SmallHub(sqlite, {name: {**rule, "where": {"channel": name}} for name in ("web", "pos")})
    hub.tell(ordered(1, "ann", 300, channel="web"), ordered(2, "bob", 100, channel="web"))
    hub.tell(ordered(3, "cat", 10, channel="pos"), ordered(4, "dan", 30, channel="pos"))
    assert hub.members(noon(3)) == {"web": "ann", "pos": "dan"}
    hub.tell(ordered(5, "eve", 500, channel="web"), ordered(6, "eve", 10, channel="pos"))
    assert hub.members(noon(3)) == {"web": "ann eve", "pos": "dan"}


def test_figures_that_nobody_asks_for_any_more_are_forgotten(sqlite: Database) -> None:
    rich = {"rich": {"orders": "total", "over": "100% of average"}}
    hub = SmallHub(sqlite, rich | {"any": {"orders": "count", "at_least": 1}})
    hub.tell(ordered(1, "ann", 300), ordered(2, "bob", 100))
    hub.members(noon(3))
    hub.rules = {"any": {"orders": "count", "at_least": 1}}
    assert hub.members(noon(3)) == {"any": "ann bob"}
    with sqlite.read() as transaction:
        assert transaction.execute(sa.select(TRAIT_VALUES)).all() == []
    hub.tell(ordered(3, "bob", 900))
    hub.members(noon(3))
    hub.rules = {**hub.rules, **rich}
    assert hub.members(noon(3))["rich"] == "bob"
