"""Silence of a stream that is read incrementally: how many rows were to be expected meanwhile.

A source that has lost a right or a filter answers with an empty list, which looks like a quiet
shop. Only whole local days count, and of each weekday the median of eight weeks, so that neither a
sale nor a holiday makes an expectation.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median_low
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, select

from core.store.checkpoints import Reading
from core.store.tables import CHECKPOINTS, STORED
from core.store.tables.types import local_day

WEEKS = 8
"""Weeks before the silence from which the expectation is taken."""
LEAST_EXPECTED = 20
"""A silence over which fewer rows were to be expected raises no question."""


@dataclass(frozen=True)
class Silence:
    """A silence over which rows were to be expected."""

    reason: str
    """For a person."""
    known_since: datetime
    """An instant after which the source has shown rows that we know, aware UTC."""


def unexpected_silence(
    transaction: Connection, reading: Reading, nouns: Sequence[str], zone: ZoneInfo, now: datetime
) -> Silence | None:
    """The silence of a stream that has just shown nothing; None where it is no surprise.

    Only facts with a day (orders, visits, events of messages ...) give an expectation.
    """
    spoke_at = transaction.scalar(
        select(CHECKPOINTS.c.spoke_at).where(
            CHECKPOINTS.c.connection_id == reading.connection_id,
            CHECKPOINTS.c.stream == reading.stream,
        )
    )
    if spoke_at is None:
        return None
    last = local_day(spoke_at, zone)
    silent = range(last + 1, local_day(now, zone))
    if not silent:
        return None
    rows = _rows_by_day(transaction, reading, nouns, range(last - 7 * WEEKS, last))
    usual = [
        median_low(rows[last - 7 * week + weekday] for week in range(1, WEEKS + 1))
        for weekday in range(7)
    ]
    expected = sum(usual[(day - last) % 7] for day in silent)
    if expected < LEAST_EXPECTED:
        return None
    reason = (
        f"has shown nothing since {spoke_at.astimezone(zone):%Y-%m-%d}, where about {expected:,} "
        "rows were to be expected; check its permissions and filters there"
    )
    return Silence(reason, spoke_at - timedelta(weeks=WEEKS))


def _rows_by_day(
    transaction: Connection, reading: Reading, nouns: Sequence[str], days: range
) -> Counter[int]:
    rows: Counter[int] = Counter()
    for noun in nouns:
        table = STORED.get(noun)
        if table is None or not {"day", "stream"} <= {*table.c.keys()}:
            continue
        counted = transaction.execute(
            select(table.c.day, func.count())
            .where(
                table.c.connection_id == reading.connection_id,
                table.c.stream == reading.stream,
                table.c.day >= days.start,
                table.c.day < days.stop,
            )
            .group_by(table.c.day)
        )
        for day, number in counted:
            rows[day] += number
    return rows
