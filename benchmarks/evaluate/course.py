"""The course that every size runs: first evaluation, floors, an edit, news, an hour, a night."""

import itertools
import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from benchmarks.evaluate import duck, floor
from benchmarks.evaluate.shop import town
from benchmarks.evaluate.shop.writing import write_news, write_shop
from benchmarks.measure import Cost, apart, best

NEWS = {"0.1 %": 1_000, "1 %": 100, "10 %": 10}
"""Share of the customers who have new facts, and one in how many that is."""
_HUB = "benchmarks.evaluate.hub"
_ROUNDS = 3
"""How often quick steps are taken; of full evaluations and the statement by hand two."""


@dataclass(frozen=True)
class Course:
    """What one size cost, step by step."""

    customers: int
    costs: dict[str, Cost] = field(default_factory=dict)


def run(file: Path, customers: int) -> Course:
    """Make a shop of this size in `file`, and measure everything that is done with it.

    Raises RuntimeError where the hub and what stands beside it differ in one row.
    """
    course = Course(customers)
    write_shop(file, customers)
    _of_everybody(course.costs, file)
    _of_news(course.costs, file, customers)
    return course


def _of_everybody(costs: dict[str, Cost], file: Path) -> None:
    costs["first"] = _hub(file, "evaluate", town.NOW)
    costs["full"] = best([_hub(file, "full", town.NOW) for _ in range(2)])
    costs["unchanged"] = best([_hub(file, "evaluate", town.NOW) for _ in range(_ROUNDS)])
    with _set_aside(file) as expected:
        costs["apart"] = _hub(file, "apart", town.NOW)
        _check("one query per segment", expected, _digests(file))
        _empty(file)
        costs["floor"] = best([_by_hand(file) for _ in range(2)])
        _check("the statement in SQLite", expected, _digests(file))
        costs["duck"] = apart("benchmarks.evaluate.duck", file)
        _check(
            "the statement in DuckDB", expected, json.loads(duck.answer(file).read_text("utf-8"))
        )
    costs["edited"] = _hub(file, "edited", town.NOW)
    _hub(file, "evaluate", town.NOW)


def _of_news(costs: dict[str, Cost], file: Path, customers: int) -> None:
    round_ = itertools.count(1)
    at = town.NOW
    few = customers // NEWS["0.1 %"]
    # Begun with, because after a tenth of the customers bought it is no day like others.
    rounds: list[Cost] = []
    for _ in range(_ROUNDS):
        write_news(file, customers, few, next(round_), town.NOW - town.AN_HOUR)
        at += 2 * town.A_MINUTE
        rounds.append(_hub(file, "again", at, customers, few, next(round_)))
    costs["again"] = best(rounds)
    for share, one_in in NEWS.items():
        rounds = []
        for _ in range(_ROUNDS):
            write_news(file, customers, customers // one_in, next(round_), town.NOW - town.AN_HOUR)
            at += town.A_MINUTE
            rounds.append(_hub(file, "evaluate", at))
        costs[share] = best(rounds)
    at = town.NOW + town.AN_HOUR
    write_news(file, customers, few, next(round_))
    costs["hour"] = _hub(file, "evaluate", at)
    write_news(file, customers, customers // NEWS["1 %"], next(round_), at)
    at += town.A_DAY
    costs["night"] = _hub(file, "evaluate", at)
    costs["medians"] = _hub(file, "medians", at)
    write_news(file, customers, customers // NEWS["1 %"], next(round_), at - town.AN_HOUR)
    costs["medians, 1 %"] = _hub(file, "medians", at)


def _by_hand(file: Path) -> Cost:
    _empty(file)
    return apart("benchmarks.evaluate.floor", file)


def _hub(file: Path, what: str, at: datetime, *news: int) -> Cost:
    return apart(_HUB, file, what, at.isoformat(), *news)


@contextmanager
def _set_aside(file: Path) -> Iterator[dict[str, str]]:
    """Take away what the hub wrote, and put it back afterwards; gives a digest of each table."""
    aside = file.with_suffix(".aside")
    aside.unlink(missing_ok=True)
    found = _digests(file)
    store = sqlite3.connect(file, isolation_level=None)
    store.execute("ATTACH ? AS aside", (str(aside),))
    for table in floor.RESULTS:
        store.execute(f"CREATE TABLE aside.{table} AS SELECT * FROM main.{table}")  # noqa: S608 - our own names
    _empty(file)
    yield found
    _empty(file)
    for table in floor.RESULTS:
        store.execute(f"INSERT INTO main.{table} SELECT * FROM aside.{table}")  # noqa: S608 - our own names
    store.close()
    aside.unlink()


def _empty(file: Path) -> None:
    store = sqlite3.connect(file, isolation_level=None)
    for table in floor.RESULTS:
        store.execute(f"DELETE FROM {table}")  # noqa: S608 - our own names
    store.close()


def _digests(file: Path) -> dict[str, str]:
    store = sqlite3.connect(file)
    found = {table: floor.digest(store.execute(floor.ordered(table))) for table in floor.RESULTS}
    store.close()
    return found


def _check(what: str, expected: dict[str, str], found: dict[str, str]) -> None:
    for table, digest in expected.items():
        if found[table] != digest:
            raise RuntimeError(f"the hub and {what} differ in {table}")
