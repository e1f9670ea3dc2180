"""Which windows of the past were read again, so that a backfill that was cut off goes on."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from core.store.bulk import table_of
from core.store.tables.operations import Backfill

_BACKFILL = table_of(Backfill)
Edges = tuple[datetime, datetime]
"""Since and until of a window, aware UTC."""


def done(transaction: Connection, connection_id: int, stream: str) -> frozenset[Edges]:
    """The windows of a stream that were stored."""
    rows = transaction.execute(
        select(_BACKFILL.c.since, _BACKFILL.c.until).where(
            _BACKFILL.c.connection_id == connection_id, _BACKFILL.c.stream == stream
        )
    )
    return frozenset((row.since, row.until) for row in rows)


def finish(
    transaction: Connection, connection_id: int, stream: str, edges: Edges, now: datetime
) -> None:
    """Note that a window is stored, in the transaction that stores it."""
    # Two backfills of one window are no mistake; the later one says when.
    forget(transaction, connection_id, stream, [edges])
    since, until = edges
    note = Backfill(
        connection_id=connection_id, stream=stream, since=since, until=until, done_at=now
    )
    transaction.execute(insert(_BACKFILL).values(**note.model_dump()))


def forget(
    transaction: Connection, connection_id: int, stream: str, windows: Iterable[Edges]
) -> None:
    """Let these windows be read anew."""
    for since, until in windows:
        transaction.execute(
            delete(_BACKFILL).where(
                _BACKFILL.c.connection_id == connection_id,
                _BACKFILL.c.stream == stream,
                _BACKFILL.c.since == since,
                _BACKFILL.c.until == until,
            )
        )
