"""Absence is evidence only while the stream is complete: which segments may not move now."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from core.store.connections import connection_names
from core.store.tables import CHECKPOINTS

PATIENCE = 3
"""A stream counts as incomplete when it has not completed within so many times its `every`."""


@dataclass(frozen=True)
class Need:
    """A stream that a segment or a pushed value rests on."""

    connection: str
    stream: str
    every: timedelta


@dataclass(frozen=True)
class _Read:
    completed_at: datetime | None
    suspect: str


def incomplete(
    transaction: Connection, needs: Mapping[str, Collection[Need]], now: datetime
) -> dict[str, str]:
    """What rests on a stream that cannot be believed now, each with the reason.

    `needs` is keyed by segment name, by value (`orders.last`) or by the name of a connection,
    which then stands for everything that is pushed there; the answer has the same keys.
    """
    reads = _reads(transaction)
    reasons: dict[str, str] = {}
    for name, streams in needs.items():
        for need in sorted(streams, key=lambda each: (each.connection, each.stream)):
            reason = _reason(need, reads.get((need.connection, need.stream)), now)
            if reason:
                reasons[name] = reason
                break
    return reasons


def has_been_read(transaction: Connection, connection: str, streams: Collection[str]) -> bool:
    """Whether each of these streams of a connection was read to its end at least once."""
    reads = _reads(transaction)
    return all(
        (read := reads.get((connection, stream))) is not None and read.completed_at is not None
        for stream in streams
    )


def _reads(transaction: Connection) -> dict[tuple[str, str], _Read]:
    names = connection_names(transaction)
    return {
        (names[row.connection_id], row.stream): _Read(row.completed_at, row.suspect)
        for row in transaction.execute(select(CHECKPOINTS))
    }


def _reason(need: Need, read: _Read | None, now: datetime) -> str:
    what = f"{need.stream} of {need.connection}"
    if read is None or read.completed_at is None:
        return f"{what} has never been read to its end; run: segmenthub pull {need.connection}"
    if read.suspect:
        return f"{what} is not believed: {read.suspect}"
    if now - read.completed_at > PATIENCE * need.every:
        return (
            f"{what} was last read to its end at {read.completed_at:%Y-%m-%d %H:%M} UTC, "
            f"longer ago than {PATIENCE} times its interval; run: segmenthub pull {need.connection}"
        )
    return ""
