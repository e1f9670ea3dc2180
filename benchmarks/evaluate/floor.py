"""The hand-written statement on the hub's own database, and what it leaves behind.

Run as `python -m benchmarks.evaluate.floor FILE`; the segments' rows must be there already.
"""

import hashlib
import re
import sys
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from importlib.resources import files
from itertools import chain
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from benchmarks.evaluate.shop import town
from benchmarks.evaluate.statements import statements
from benchmarks.measure import measured
from core.segments.compile.geography import postcodes_near
from core.segments.compile.sql.clock import Clock
from core.segments.rules.values import read_duration
from core.store.database import Database
from core.store.tables.types import microseconds

RESULTS = {
    "membership": "segment_id, profile_id, entered_day",
    "verdict": "segment_id, profile_id",
    "trait_value": "profile_id, value",
}
"""What an evaluation writes, table by table; the columns that must be equal."""
_SPANS = ("30 days", "70 days", "90 days", "6 months", "12 months", "24 months")
_OLDEST = 50


def run(file: Path) -> None:
    """Write what the segments are by the hand-written statement, and measure it."""
    database = Database(f"sqlite:///{file}")
    with measured(), database.transaction() as transaction:
        prepare(transaction, near_store(transaction))
        for statement in floor():
            transaction.exec_driver_sql(statement, told(statement))
        transaction.exec_driver_sql("DROP TABLE nearby")
    database.close()


def floor() -> Sequence[str]:
    """The hand-written statements, one by one."""
    return statements((files(__package__) / "floor.sql").read_text("utf-8"))


def near_store(transaction: sa.Connection) -> list[str]:
    """The store's own postcodes and those near it; distances are no work of the statement."""
    area = transaction.exec_driver_sql(
        "SELECT store_postcode.postcode FROM store_postcode JOIN store ON store.id = store_id "
        "WHERE title_key = 'store 3'"
    )
    # Everybody lives in the one country of the shop.
    near = postcodes_near(transaction, "store 3", 20.0, town.SHOP.country) or {}
    return sorted({*area.scalars(), *chain.from_iterable(near.values())})


def prepare(transaction: Any, near: Iterable[str]) -> None:
    """Lay down the postcodes near the store."""
    run_ = getattr(transaction, "exec_driver_sql", None) or transaction.execute
    run_("CREATE TEMP TABLE nearby (postcode TEXT)")
    for postcode in near:
        run_(f"INSERT INTO nearby VALUES ('{postcode}')")  # noqa: S608 - digits that we made up


def told(statement: str) -> dict[str, Any]:
    """What a statement names of the clock and its edges."""
    edges = edges_at(town.NOW)
    return {name: edges[name] for name in set(re.findall(r"\$(\w+)", statement))}


def edges_at(now: datetime) -> dict[str, Any]:
    """Edges of windows as day numbers, ages as year-month-day digits, instants as kept."""
    clock = Clock.at(now, town.SHOP.zone)
    found: dict[str, Any] = {
        "now": microseconds(now),
        "mature": microseconds(now - timedelta(hours=24)),
        "today": clock.day.toordinal(),
        "month": clock.day.month,
        "worth": "worth",
    }
    for span in _SPANS:
        count, unit = span.split()
        found[f"{unit}_{count}"] = read_duration(span).before(clock.day).toordinal()
    for age in range(_OLDEST + 1):
        born = clock.born_by(age)
        found[f"aged_{age}"] = born.year * 10_000 + born.month * 100 + born.day
    birthdays = clock.birthdays_within(read_duration("14 days"))
    return found | {"birthday_first": birthdays[0], "birthday_last": birthdays[-1]}


def digest(rows: Iterable[Sequence[Any]]) -> str:
    """Equal for equal rows in equal order."""
    found = hashlib.sha256()
    for row in rows:
        found.update(repr(tuple(row)).encode())
    return found.hexdigest()


def ordered(table: str) -> str:
    """The query that shows what an evaluation wrote into a table, in a stable order."""
    columns = RESULTS[table]
    return f"SELECT {columns} FROM {table} ORDER BY {columns}"  # noqa: S608 - our own names


if __name__ == "__main__":
    run(Path(sys.argv[1]))
