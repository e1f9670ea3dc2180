"""Streams from which nothing new comes: how many rows were to be expected, and since when.

Rows are expected as they came on the same weekdays of the eight weeks before.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Table, func, select, update

from core.store import checkpoints
from core.store.checkpoints import Reading
from core.store.tables import CHECKPOINTS, METADATA
from core.store.tables.types import local_day

WEEKS = 8
DAYS = 7
ORIGIN = "silence"
"""The part of a stream that is suspect while it is silent: all of it."""
DATED: Mapping[str, str] = {
    "Order": "orders", "Refund": "refund", "Visit": "visit", "Cart": "cart", "Support": "support",
    "MessageEvent": "message_event",
}  # fmt: skip
"""Noun -> table of rows that happened on a day; of others nobody knows how many come in a week."""


@dataclass(frozen=True)
class Silence:
    """A time in which an incremental stream had nothing to show."""

    since: datetime
    """Position of the last read before it."""
    likely: float
    """Rows that were to be expected until now."""
    certain: float
    """Those of them that belong to whole local days, whatever the hours of the shop are."""


def note(
    transaction: Connection,
    reading: Reading,
    nouns: Iterable[str],
    now: datetime,
    zone: ZoneInfo,
) -> Silence:
    """Record a read that brought no row, and weigh how long that has been so."""
    before = _quiet_since(transaction, reading)
    since = before or reading.cursor or now
    if before is None:
        _remember(transaction, reading, since)
    by_day = _rows_by_day(transaction, reading, nouns, local_day(since, zone))
    return Silence(since, *_expected(by_day, since, now, zone))


def end(
    transaction: Connection,
    reading: Reading,
    nouns: Iterable[str],
    now: datetime,
    zone: ZoneInfo,
) -> bool:
    """Record a read that brought rows; returns whether the silence before it has to be read again.

    Then the stream stands where it stood before the silence. Else it is no longer suspect.
    """
    since = _quiet_since(transaction, reading)
    if since is not None:
        _remember(transaction, reading, None)
        by_day = _rows_by_day(transaction, reading, nouns, local_day(since, zone))
        if _expected(by_day, since, now, zone)[0] >= 1:
            checkpoints.advance(transaction, reading, since)
            return True
    checkpoints.believe(transaction, reading, ORIGIN)
    return False


def confirm(transaction: Connection, reading: Reading) -> None:
    """Record that the newest row at the source is one that is stored: the silence is genuine."""
    _remember(transaction, reading, None)
    checkpoints.believe(transaction, reading, ORIGIN)


def _quiet_since(transaction: Connection, reading: Reading) -> datetime | None:
    since: datetime | None = transaction.scalar(
        select(CHECKPOINTS.c.quiet_since).where(*checkpoints.named(reading))
    )
    return since


def _remember(transaction: Connection, reading: Reading, since: datetime | None) -> None:
    transaction.execute(
        update(CHECKPOINTS)
        .where(*checkpoints.named(reading), CHECKPOINTS.c.version == reading.version)
        .values(quiet_since=since)
    )


def _rows_by_day(
    transaction: Connection, reading: Reading, nouns: Iterable[str], until: int
) -> Mapping[int, int]:
    """Rows of each local day of the eight weeks before a day."""
    found: dict[int, int] = {}
    for noun in nouns:
        if noun in DATED:
            table: Table = METADATA.tables[DATED[noun]]
            days = select(table.c.day, func.count()).where(
                table.c.connection_id == reading.connection_id,
                table.c.stream == reading.stream,
                table.c.day.between(until - WEEKS * DAYS, until - 1),
            )
            for day, rows in transaction.execute(days.group_by(table.c.day)):
                found[day] = found.get(day, 0) + rows
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
    usual = [0.0] * DAYS
    for day, rows in by_day.items():
        usual[day % DAYS] += rows / weeks
    certain = sum(usual[day % DAYS] for day in range(first + 1, last))
    if first == last:
        return usual[first % DAYS] * ((now - since) / timedelta(days=1)), certain
    parts = usual[first % DAYS] * (1 - _share_of_day(since, zone)) + usual[
        last % DAYS
    ] * _share_of_day(now, zone)
    return certain + parts, certain


def _share_of_day(instant: datetime, zone: ZoneInfo) -> float:
    local = instant.astimezone(zone)
    return (local.hour * 60 + local.minute) / (24 * 60)
