"""The scenario of every size: first evaluation, comparisons, an edit, news, an hour, a night."""

import itertools
import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from benchmarks.evaluate import duck, handwritten
from benchmarks.evaluate.shop import settings
from benchmarks.evaluate.shop.writing import write_news, write_shop
from benchmarks.measure import Cost, best, run_apart

NEWS = {"0.1 %": 1_000, "1 %": 100, "10 %": 10}
"""Share of the customers with new facts -> one in how many."""
_HUB = "benchmarks.evaluate.hub"
_ROUNDS = 3
"""Rounds of quick steps; full evaluations and handwritten statements have two."""


@dataclass(frozen=True)
class Scenario:
    """Costs of one size, step by step."""

    customers: int
    costs: dict[str, Cost] = field(default_factory=dict)


def run(file: Path, customers: int) -> Scenario:
    """Make a shop of this size in `file`, and measure each step.

    Raises RuntimeError where the hub and a comparison differ in one row.
    """
    scenario = Scenario(customers)
    write_shop(file, customers)
    _of_everybody(scenario.costs, file)
    _of_news(scenario.costs, file, customers)
    return scenario


def _of_everybody(costs: dict[str, Cost], file: Path) -> None:
    costs["first"] = _hub(file, "evaluate", settings.NOW)
    costs["full"] = best([_hub(file, "full", settings.NOW) for _ in range(2)])
    costs["unchanged"] = best([_hub(file, "evaluate", settings.NOW) for _ in range(_ROUNDS)])
    with _set_aside(file) as expected:
        costs["apart"] = _hub(file, "apart", settings.NOW)
        _check("one query per segment", expected, _digests(file))
        _empty(file)
        costs["handwritten"] = best([_by_hand(file) for _ in range(2)])
        _check("the statement in SQLite", expected, _digests(file))
        costs["duck"] = run_apart("benchmarks.evaluate.duck", file)
        _check(
            "the statement in DuckDB", expected, json.loads(duck.answer(file).read_text("utf-8"))
        )
    costs["edited"] = _hub(file, "edited", settings.NOW)
    _hub(file, "evaluate", settings.NOW)


def _of_news(costs: dict[str, Cost], file: Path, customers: int) -> None:
    round_ = itertools.count(1)
    at = settings.NOW
    few = customers // NEWS["0.1 %"]
    # First, because after a tenth of the customers bought the store is not typical.
    rounds: list[Cost] = []
    for _ in range(_ROUNDS):
        write_news(file, customers, few, next(round_), settings.NOW - settings.AN_HOUR)
        at += 2 * settings.A_MINUTE
        rounds.append(_hub(file, "again", at, customers, few, next(round_)))
    costs["again"] = best(rounds)
    for share, one_in in NEWS.items():
        rounds = []
        for _ in range(_ROUNDS):
            write_news(
                file, customers, customers // one_in, next(round_), settings.NOW - settings.AN_HOUR
            )
            at += settings.A_MINUTE
            rounds.append(_hub(file, "evaluate", at))
        costs[share] = best(rounds)
    at = settings.NOW + settings.AN_HOUR
    write_news(file, customers, few, next(round_))
    costs["hour"] = _hub(file, "evaluate", at)
    write_news(file, customers, customers // NEWS["1 %"], next(round_), at)
    at += settings.A_DAY
    costs["night"] = _hub(file, "evaluate", at)
    costs["medians"] = _hub(file, "medians", at)
    write_news(file, customers, customers // NEWS["1 %"], next(round_), at - settings.AN_HOUR)
    costs["medians, 1 %"] = _hub(file, "medians", at)


def _by_hand(file: Path) -> Cost:
    _empty(file)
    return run_apart("benchmarks.evaluate.handwritten", file)


def _hub(file: Path, what: str, at: datetime, *news: int) -> Cost:
    return run_apart(_HUB, file, what, at.isoformat(), *news)


@contextmanager
def _set_aside(file: Path) -> Iterator[dict[str, str]]:
    """Move the hub's results away and back afterwards; yields a digest of each table."""
    aside = file.with_suffix(".aside")
    aside.unlink(missing_ok=True)
    found = _digests(file)
    store = sqlite3.connect(file, isolation_level=None)
    store.execute("ATTACH ? AS aside", (str(aside),))
    for table in handwritten.RESULTS:
        store.execute(f"CREATE TABLE aside.{table} AS SELECT * FROM main.{table}")  # noqa: S608 - our own names
    _empty(file)
    yield found
    _empty(file)
    for table in handwritten.RESULTS:
        store.execute(f"INSERT INTO main.{table} SELECT * FROM aside.{table}")  # noqa: S608 - our own names
    store.close()
    aside.unlink()


def _empty(file: Path) -> None:
    store = sqlite3.connect(file, isolation_level=None)
    for table in handwritten.RESULTS:
        store.execute(f"DELETE FROM {table}")  # noqa: S608 - our own names
    store.close()


def _digests(file: Path) -> dict[str, str]:
    store = sqlite3.connect(file)
    found = {
        table: handwritten.digest(store.execute(handwritten.ordered(table)))
        for table in handwritten.RESULTS
    }
    store.close()
    return found


def _check(what: str, expected: dict[str, str], found: dict[str, str]) -> None:
    for table, digest in expected.items():
        if found[table] != digest:
            raise RuntimeError(f"the hub and {what} differ in {table}")
