"""The handwritten statement on the hub's own database.

Run as `python -m benchmarks.evaluate.handwritten FILE`; the segments' rows must be there already.
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

from benchmarks.evaluate.shop import settings
from benchmarks.evaluate.statements import statements
from benchmarks.measure import measured
from core.segments.compile.geography import places_near
from core.segments.compile.sql.clock import Clock
from core.segments.rules.values import read_duration
from core.store.database import Database
from core.store.tables.types import microseconds

RESULTS = {
    "membership": "segment_id, profile_id, entered_day",
    "verdict": "segment_id, profile_id",
    "trait_value": "profile_id, value",
}
"""Tables that an evaluation writes, with the columns that must be equal."""
_SPANS = ("30 days", "70 days", "90 days", "6 months", "12 months", "24 months")
_OLDEST = 50


def run(file: Path) -> None:
    """Write the results of the segments by the handwritten statement, and measure it."""
    database = Database(f"sqlite:///{file}")
    with measured(), database.transaction() as transaction:
        prepare(transaction, near_store(transaction))
        for statement in handwritten_statements():
            transaction.exec_driver_sql(statement, parameters(statement))
        transaction.exec_driver_sql("DROP TABLE nearby")
    database.close()


def handwritten_statements() -> Sequence[str]:
    """The handwritten statements, one by one."""
    return statements((files(__package__) / "handwritten.sql").read_text("utf-8"))


def near_store(transaction: sa.Connection) -> list[str]:
    """The store's own postcodes and those near it; distances are not part of the statement."""
    area = transaction.exec_driver_sql(
        "SELECT store_postcode.postcode FROM store_postcode JOIN store ON store.id = store_id "
        "WHERE title_key = 'store 3'"
    )
    # Everybody lives in the country of the shop.
    near = places_near(transaction, "store 3", 20.0, settings.SHOP.country)
    postcodes = near.postcodes.values() if near else ()
    return sorted({*area.scalars(), *chain.from_iterable(postcodes)})


def prepare(transaction: Any, near: Iterable[str]) -> None:
    """Create the table of postcodes near the store."""
    run_ = getattr(transaction, "exec_driver_sql", None) or transaction.execute
    run_("CREATE TEMP TABLE nearby (postcode TEXT)")
    for postcode in near:
        run_(f"INSERT INTO nearby VALUES ('{postcode}')")  # noqa: S608 - digits that we made up


def parameters(statement: str) -> dict[str, Any]:
    """The parameters that a statement names."""
    edges = edges_at(settings.NOW)
    return {name: edges[name] for name in set(re.findall(r"\$(\w+)", statement))}


def edges_at(now: datetime) -> dict[str, Any]:
    """Window edges as day numbers, ages as year-month-day digits, instants as stored."""
    clock = Clock.at(now, settings.SHOP.zone)
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
    """Digest of rows in their order."""
    found = hashlib.sha256()
    for row in rows:
        found.update(repr(tuple(row)).encode())
    return found.hexdigest()


def ordered(table: str) -> str:
    """The query of what an evaluation wrote into a table, in a stable order."""
    columns = RESULTS[table]
    return f"SELECT {columns} FROM {table} ORDER BY {columns}"  # noqa: S608 - our own names


if __name__ == "__main__":
    run(Path(sys.argv[1]))
