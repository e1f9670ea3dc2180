"""Completeness of the streams: a missing order is evidence only while its stream is complete.

Until then "has not bought" would hold for everybody, so whatever rests on the stream is held.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from core.store.connections import connection_names
from core.store.tables import CHECKPOINTS

LATE_AFTER = 3
"""Intervals (`every`) after which a stream that has not completed counts as incomplete."""


@dataclass(frozen=True)
class RequiredStream:
    """A stream that a segment or a pushed value rests on, and how often it is read."""

    connection: str
    stream: str
    every: timedelta


@dataclass(frozen=True)
class _Completion:
    completed_at: datetime | None
    suspect: str


def incomplete(
    transaction: Connection, needs: Mapping[str, Collection[RequiredStream]], now: datetime
) -> dict[str, str]:
    """Reasons to hold what rests on an incomplete or suspect stream.

    The keys of `needs` are segment names, values (`orders.last`), or names of connections, which
    stand for everything pushed there. The answer has the same keys; complete ones are left out.
    """
    completions = _completions(transaction)
    reasons: dict[str, str] = {}
    for name, streams in needs.items():
        for need in sorted(streams, key=lambda each: (each.connection, each.stream)):
            reason = _reason(need, completions.get((need.connection, need.stream)), now)
            if reason:
                reasons[name] = reason
                break
    return reasons


def has_been_read(transaction: Connection, connection: str, streams: Collection[str]) -> bool:
    """Whether each of these streams of a connection has completed at least once."""
    completions = _completions(transaction)
    return all(
        (read := completions.get((connection, stream))) is not None
        and read.completed_at is not None
        for stream in streams
    )


def _completions(transaction: Connection) -> dict[tuple[str, str], _Completion]:
    names = connection_names(transaction)
    return {
        (names[row.connection_id], row.stream): _Completion(row.completed_at, row.suspect)
        for row in transaction.execute(select(CHECKPOINTS))
    }


def _reason(need: RequiredStream, read: _Completion | None, now: datetime) -> str:
    what = f"{need.stream} of {need.connection}"
    if read is None or read.completed_at is None:
        return f"{what} has never been read to its end; run: segmenthub pull {need.connection}"
    if read.suspect:
        return f"{what} is suspect: {read.suspect}"
    if now - read.completed_at > LATE_AFTER * need.every:
        return (
            f"{what} was last read to its end at {read.completed_at:%Y-%m-%d %H:%M} UTC, "
            f"more than {LATE_AFTER} intervals ago; run: segmenthub pull {need.connection}"
        )
    return ""
