"""Windows that backfills have stored, so that an interrupted backfill continues."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from core.store.tables import BACKFILLS
from core.store.tables.operations import Backfill

Edges = tuple[datetime, datetime]
"""Since and until of a window, aware UTC."""


def done(transaction: Connection, connection_id: int, stream: str) -> frozenset[Edges]:
    """The stored windows of a stream."""
    rows = transaction.execute(
        select(BACKFILLS.c.since, BACKFILLS.c.until).where(
            BACKFILLS.c.connection_id == connection_id, BACKFILLS.c.stream == stream
        )
    )
    return frozenset((row.since, row.until) for row in rows)


def finish(
    transaction: Connection, connection_id: int, stream: str, edges: Edges, now: datetime
) -> None:
    """Record a stored window, in the transaction that stores it."""
    # Two backfills of one window are no mistake; the later one gives the time.
    forget(transaction, connection_id, stream, [edges])
    since, until = edges
    note = Backfill(
        connection_id=connection_id, stream=stream, since=since, until=until, done_at=now
    )
    transaction.execute(insert(BACKFILLS).values(**note.model_dump()))


def forget(
    transaction: Connection, connection_id: int, stream: str, windows: Iterable[Edges]
) -> None:
    """Forget windows, so that they are read again."""
    for since, until in windows:
        transaction.execute(
            delete(BACKFILLS).where(
                BACKFILLS.c.connection_id == connection_id,
                BACKFILLS.c.stream == stream,
                BACKFILLS.c.since == since,
                BACKFILLS.c.until == until,
            )
        )
