"""Streams from which nothing new comes: how many rows were to be expected, and since when.

Rows are expected as they mostly came on the same weekdays of the eight weeks before.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median_low
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, select

from core.store import checkpoints
from core.store.checkpoints import Reading
from core.store.tables import STORED
from core.store.tables.types import local_day

WEEKS = 8
DAYS = 7
ORIGIN = "silence"
"""The part of a stream that is suspect while it is silent: all of it."""
DATED = frozenset({"Order", "Refund", "Visit", "Cart", "Support", "MessageEvent"})
"""Nouns that happened on a day; of others nobody knows how many come in a week."""


@dataclass(frozen=True)
class Silence:
    """A time in which an incremental stream had nothing to show."""

    since: datetime
    """Position of the last read before it."""
    likely: float
    """Rows that were to be expected until now."""
    certain: float
    """Those of them that belong to whole local days, whatever the hours of the shop are."""


def weighed(
    transaction: Connection,
    reading: Reading,
    nouns: Iterable[str],
    now: datetime,
    zone: ZoneInfo,
) -> Silence:
    """Weigh a read that brought no row; its stream stays where it was before the silence."""
    since = reading.cursor or now
    by_day = _rows_by_day(transaction, reading, nouns, local_day(since, zone))
    return Silence(since, *_expected(by_day, since, now, zone))


def confirm(transaction: Connection, reading: Reading, until: datetime) -> None:
    """Record that the newest row at the source is one that is stored: the silence is genuine."""
    checkpoints.advance(transaction, reading, until)
    checkpoints.believe(transaction, reading, ORIGIN)


def _rows_by_day(
    transaction: Connection, reading: Reading, nouns: Iterable[str], until: int
) -> Mapping[int, int]:
    """Rows of each local day of the eight weeks before a day."""
    found: Counter[int] = Counter()
    for table in (STORED[noun] for noun in nouns if noun in DATED):
        days = select(table.c.day, func.count()).where(
            table.c.connection_id == reading.connection_id,
            table.c.stream == reading.stream,
            table.c.day.between(until - WEEKS * DAYS, until - 1),
        )
        for day, rows in transaction.execute(days.group_by(table.c.day)):
            found[day] += rows
    return found


def _expected(
    by_day: Mapping[int, int], since: datetime, now: datetime, zone: ZoneInfo
) -> tuple[float, float]:
    """Rows to be expected in a time, all of them and those of its whole days."""
    if not by_day:
        return 0.0, 0.0
    first, last = local_day(since, zone), local_day(now, zone)
    # A stream that is younger than eight weeks has fewer days of each kind.
    weeks = max(1, min(WEEKS, -((min(by_day) - first) // DAYS)))
    # The median of them: neither a sale nor a holiday makes an expectation.
    usual = {
        day % DAYS: median_low(by_day.get(day - DAYS * week, 0) for week in range(weeks))
        for day in range(first - DAYS, first)
    }
    certain = sum(usual[day % DAYS] for day in range(first + 1, last))
    if first == last:
        return usual[first % DAYS] * ((now - since) / timedelta(days=1)), certain
    rest_of_first = usual[first % DAYS] * (1 - _share_of_day(since, zone))
    part_of_last = usual[last % DAYS] * _share_of_day(now, zone)
    return certain + rest_of_first + part_of_last, certain


def _share_of_day(instant: datetime, zone: ZoneInfo) -> float:
    local = instant.astimezone(zone)
    return (local.hour * 60 + local.minute) / (24 * 60)
