"""The hub and the statement that a person would write by hand agree row for row."""

import re
import shutil
import sqlite3
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb
import pytest

from benchmarks.evaluate import duck, handwritten, report
from benchmarks.evaluate.hub import evaluated, one_by_one
from benchmarks.evaluate.scenario import NEWS, Scenario
from benchmarks.evaluate.segments import EDITED, segments
from benchmarks.evaluate.shop import settings
from benchmarks.evaluate.shop.writing import write_news, write_shop
from benchmarks.measure import Cost
from core.segments.recipes import catalogue
from core.store.database import Database

CUSTOMERS = 300


@pytest.fixture(scope="module")
def evaluated_shop(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small shop after its first evaluation."""
    file = tmp_path_factory.mktemp("shop") / "shop.db"
    shutil.copy(migrated_sqlite, file)
    write_shop(file, CUSTOMERS)
    evaluate(file, full=True)
    return file


@pytest.fixture
def shop(evaluated_shop: Path, tmp_path: Path) -> Path:
    """The same for one test alone."""
    file = tmp_path / "shop.db"
    shutil.copy(evaluated_shop, file)
    return file


def evaluate(file: Path, at: Any = settings.NOW, *, full: bool = False, **others: Any) -> int:
    """Evaluate a shop; how many were looked at."""
    database = Database(f"sqlite:///{file}")
    with database.transaction() as transaction:
        found = evaluated(transaction, segments(**others), at, full=full)
    database.close()
    return found.looked_at


def written(file: Path, table: str) -> list[Any]:
    """Rows that an evaluation wrote into a table."""
    with sqlite3.connect(file) as store:
        return store.execute(handwritten.ordered(table)).fetchall()


@pytest.mark.parametrize("table", handwritten.RESULTS)
def test_the_statement_by_hand_writes_the_same_rows(shop: Path, table: str) -> None:
    expected = written(shop, table)
    with sqlite3.connect(shop) as store:
        for each in handwritten.RESULTS:
            store.execute(f"DELETE FROM {each}")
    assert written(shop, table) == []
    handwritten.run(shop)
    assert expected
    assert written(shop, table) == expected


@pytest.mark.parametrize("table", handwritten.RESULTS)
def test_duckdb_writes_the_same_rows(shop: Path, tmp_path: Path, table: str) -> None:
    store = duckdb.connect(":memory:")
    duck.judge(store, duck.load(store, shop, tmp_path))
    assert duck.result(store, table) == written(shop, table)
    store.close()


def test_the_statement_scans_each_fact_table_once() -> None:
    judging = handwritten.handwritten_statements()[0]
    for table in ("order_line", "message_event", "delivery", "line_category", "order_coupon"):
        assert len(re.findall(rf"\bFROM {table}\b", judging)) == 1


def test_every_segment_has_members_who_are_not_everybody(shop: Path) -> None:
    with sqlite3.connect(shop) as store:
        sizes = dict(store.execute("SELECT name, members FROM segment"))
    assert len(sizes) == len(segments())
    # Few buy three things of one brand; so few customers may hold nobody who does.
    rare = {"brand_fans", "clicked_of_last"}
    assert {name for name, size in sizes.items() if not 0 < size < CUSTOMERS} <= rare


def test_all_twenty_recipes_are_measured() -> None:
    text = (files("benchmarks.evaluate") / "segments.toml").read_text("utf-8")
    used = {table["recipe"] for table in tomllib.loads(text).values()}
    assert used == {name for name, recipe in catalogue().items() if recipe.number}


def test_a_customer_has_ten_orders_twenty_lines_and_thirty_events(shop: Path) -> None:
    with sqlite3.connect(shop) as store:
        per_customer = {
            table: store.execute(f"SELECT count(*) FROM {table}").fetchone()[0] / CUSTOMERS
            for table in ("orders", "order_line", "message_event")
        }
    expected = {"orders": 10, "order_line": 20, "message_event": 30}
    assert per_customer == pytest.approx(expected, rel=0.25)


def test_news_are_evaluated_as_in_full_and_at_fewer_people(shop: Path, tmp_path: Path) -> None:
    write_news(shop, CUSTOMERS, 3, 1)
    twin = tmp_path / "twin.db"
    shutil.copy(shop, twin)
    assert 3 <= evaluate(shop, settings.NOW + settings.AN_HOUR) < CUSTOMERS // 2
    assert evaluate(twin, settings.NOW + settings.AN_HOUR, full=True) == CUSTOMERS
    for table in handwritten.RESULTS:
        assert written(shop, table) == written(twin, table)


def test_an_edited_segment_is_evaluated_alone(shop: Path, tmp_path: Path) -> None:
    twin = tmp_path / "twin.db"
    shutil.copy(shop, twin)
    assert evaluate(shop, loyal=EDITED) == 0
    assert evaluate(twin, full=True, loyal=EDITED) == CUSTOMERS
    for table in handwritten.RESULTS:
        assert written(shop, table) == written(twin, table)


def test_one_query_per_segment_writes_the_same(shop: Path) -> None:
    before = [written(shop, table) for table in handwritten.RESULTS]
    database = Database(f"sqlite:///{shop}")
    with database.transaction() as transaction:
        for table in handwritten.RESULTS:
            transaction.exec_driver_sql(f"DELETE FROM {table}")
        one_by_one(transaction, segments(), settings.NOW)
    database.close()
    assert [written(shop, table) for table in handwritten.RESULTS] == before


@pytest.fixture
def scenario() -> Scenario:
    """Made-up costs of the smallest size at which targets hold."""
    parts = (
        "full",
        "unchanged",
        "edited",
        "duck",
        "again",
        "hour",
        "night",
        "medians",
        "medians, 1 %",
        *NEWS,
    )
    costs = {name: Cost(cpu=1.25, user=1.0, peak=100_000_000) for name in parts}
    costs |= {"first": Cost(user=3.0), "handwritten": Cost(user=2.0), "apart": Cost(user=9.0)}
    return Scenario(report.LARGE, costs)


def ratios(scenario: Scenario) -> Iterator[tuple[str, str, float, str]]:
    """The lines of a course, without their targets."""
    for line in report.lines(scenario):
        yield line.what, line.beside, line.ratio, line.reached


def test_ratios_are_taken_to_what_they_are_compared_with(scenario: Scenario) -> None:
    lines = list(ratios(scenario))
    assert ("first evaluation", "by hand, SQLite", 1.5, "yes") in lines
    assert ("first evaluation", "one query per segment", 1 / 3, "yes") in lines
    assert ("new facts of 1 %", "full evaluation again", 1.0, "**no**") in lines
    assert ("new facts of 10 %", "full evaluation again", 1.0, "") in lines


def test_targets_of_incremental_evaluation_hold_for_large_shops_only(scenario: Scenario) -> None:
    small = replace(scenario, customers=report.LARGE - 1)
    assert ("new facts of 1 %", "full evaluation again", 1.0, "") in list(ratios(small))


def test_memory_is_that_of_the_hub_and_not_of_what_stands_beside_it(scenario: Scenario) -> None:
    scenario.costs["duck"].peak = 2 * report.MOST_MEMORY
    scenario.costs["apart"].peak = report.MOST_MEMORY // 2
    (memory,) = [line for line in report.lines(scenario) if line.what.startswith("most memory")]
    assert (memory.ratio, memory.reached) == (0.5, "yes")


def test_the_cost_of_a_touched_profile_is_compared_between_sizes(scenario: Scenario) -> None:
    larger = Scenario(5 * report.LARGE, scenario.costs | {"1 %": Cost(user=7.0)})
    (line,) = report.per_profile([scenario, larger])
    assert line.ratio == pytest.approx(1.4)
    assert line.reached == "yes"


def test_the_tables_name_every_size(scenario: Scenario) -> None:
    scenarios = [scenario, replace(scenario, customers=5 * report.LARGE)]
    expected = "| first evaluation | 200,000 | by hand, SQLite | 1.500 | at most 1.5 | yes |"
    assert expected in report.ratios(scenarios)
    assert "per profile touched, of 1,000,000" in report.ratios(scenarios)
    assert "| nothing changed | 1,000,000 | 1.00 | 0.25 | 95 MB |  |" in report.costs(scenarios)
