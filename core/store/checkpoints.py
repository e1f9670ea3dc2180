"""Positions of streams, whether the last read is believed, and windows that are backfilled."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, insert, select, update

from core.errors import StoreUnavailable
from core.store.findings import Tally
from core.store.tables import BACKFILLS, CHECKPOINTS
from core.store.tables.operations import Backfill, Checkpoint

LEAST_LOSS = 5
"""A stream that shrinks by fewer rows is never suspect."""


@dataclass(frozen=True)
class Reading:
    """One read of one stream. Its version lets it move the checkpoint until another read begins."""

    connection_id: int
    stream: str
    version: int
    number: int
    """Number of this read among all reads of the stream."""
    cursor: datetime | None = None
    """Position of the previous read."""
    state: str | None = None
    """State that the source wants back."""
    began: datetime | None = None
    accepted: bool = False
    """Whether a person accepts this read, however much is gone."""
    live: bool = True
    """Whether it moves the checkpoint; a backfill does not, and proves no deletion."""
    tally: Tally = field(default_factory=Tally, compare=False)

    @property
    def full(self) -> bool:
        """Whether nothing that an earlier read saved narrows it."""
        return self.live and self.cursor is None and self.state is None


def begin(
    transaction: Connection,
    connection_id: int,
    stream: str,
    now: datetime,
    *,
    accepted: bool = False,
    anew: bool = False,
) -> Reading:
    """Begin a read; an earlier read of the stream can no longer move its checkpoint.

    `anew` reads everything again; `accepted` also believes it, however much is gone.
    """
    anew = anew or accepted
    row = (
        transaction.execute(select(CHECKPOINTS).where(*_named(connection_id, stream)))
        .mappings()
        .one_or_none()
    )
    if row is None:
        values = Checkpoint(connection_id=connection_id, stream=stream, version=1, reads=1)
        transaction.execute(insert(CHECKPOINTS).values(**values.model_dump()))
        return Reading(connection_id, stream, version=1, number=1, began=now)
    reading = Reading(
        connection_id,
        stream,
        version=row["version"] + 1,
        number=row["reads"] + 1,
        cursor=None if anew else row["cursor"],
        state=None if anew else row["state"],
        began=now,
        accepted=accepted,
    )
    _move(
        transaction, connection_id, stream, row["version"],
        {"version": reading.version, "reads": reading.number},
    )  # fmt: skip
    return reading


def beside(transaction: Connection, connection_id: int, stream: str) -> Reading:
    """A read beside the live one, for this transaction; it moves no checkpoint.

    The pages of the live read wait until the transaction ends, so that both never write the same
    rows.
    """
    # Its rows count as shown by the latest live read, so that the live read does not sweep them.
    touched = update(CHECKPOINTS).where(*_named(connection_id, stream))
    reads = transaction.execute(
        touched.values(version=CHECKPOINTS.c.version).returning(CHECKPOINTS.c.reads)
    ).scalar_one_or_none()
    if reads is None:
        unread = Checkpoint(connection_id=connection_id, stream=stream)
        transaction.execute(insert(CHECKPOINTS).values(**unread.model_dump()))
    return Reading(connection_id, stream, version=0, number=reads or 0, live=False)


def advance(
    transaction: Connection,
    reading: Reading,
    cursor: datetime | None = None,
    state: str | None = None,
) -> None:
    """Save the position of the read; None leaves the stored value.

    Raises Unavailable where another read of the stream has begun meanwhile.
    """
    if not reading.live:
        return
    # Even without values this checks that the read may go on: its rows commit with it.
    values: dict[str, object] = {"version": reading.version}
    if cursor is not None:
        values["cursor"] = cursor
    if state is not None:
        values["state"] = state
    _move(transaction, reading.connection_id, reading.stream, reading.version, values)


def complete(
    transaction: Connection,
    reading: Reading,
    now: datetime,
    *,
    rows: int,
    full: bool,
    cursor: datetime | None = None,
    loaded: int | None = None,
    missing: int = 0,
    questions: Iterable[str] = (),
) -> str:
    """Record a read to the end of the stream: `rows` rows, `full` if nothing narrowed it.

    Returns the reason why the read is suspect, "" where it is believed. Only full reads are
    compared with each other; a later read that gives no reason for suspicion lifts it. Where
    `missing` rows were counted by the vendor and not listed, the cursor stays, so that the next
    read asks for them again; the same number once more is taken for the vendor's own. `questions`
    replace those of the read before. After a full read of which no row could be loaded (`loaded`
    is 0) the next one begins anew: it may have been told nothing, or everything in a broken form.
    """
    row = (
        transaction.execute(
            select(CHECKPOINTS).where(*_named(reading.connection_id, reading.stream))
        )
        .mappings()
        .one()
    )
    suspect = "" if reading.accepted else str(row["suspect"])
    if row["suspect_read"] != reading.number and full and not reading.accepted:
        suspect = _shrunk(row["completed_rows"], rows)
    values: dict[str, object] = {
        "completed_at": now,
        "first_completed_at": row["first_completed_at"] or now,
        "suspect": suspect,
        "suspect_origin": row["suspect_origin"] if suspect else None,
    }
    if suspect and row["suspect_read"] != reading.number and full:
        values["suspect_read"] = reading.number
    # A suspect read must not become the history that the next one is compared with.
    if full and not suspect:
        values["completed_rows"] = rows
    values |= {"missing": missing, "questions": "\n".join(questions)}
    if full and loaded == 0:
        values |= {"cursor": None, "state": None}
    elif cursor is not None and missing in (0, row["missing"]):
        values["cursor"] = cursor
    _move(transaction, reading.connection_id, reading.stream, reading.version, values)
    return suspect


def suspect(transaction: Connection, reading: Reading, reason: str, origin: str) -> None:
    """Mark the read of a part as suspect; the reason is for a person."""
    _move(
        transaction, reading.connection_id, reading.stream, reading.version,
        {"suspect": reason, "suspect_origin": origin, "suspect_read": reading.number},
    )  # fmt: skip


def suspicion(transaction: Connection, reading: Reading) -> str:
    """Return why the stream is suspect now; "" where it is believed."""
    place = _named(reading.connection_id, reading.stream)
    reason: str | None = transaction.scalar(select(CHECKPOINTS.c.suspect).where(*place))
    return reason or ""


def believe(transaction: Connection, reading: Reading, origin: str) -> None:
    """Lift the suspicion of a part after a read that gives no reason for one."""
    transaction.execute(
        update(CHECKPOINTS)
        .where(
            *_named(reading.connection_id, reading.stream),
            CHECKPOINTS.c.suspect_origin == origin,
            CHECKPOINTS.c.suspect_read != reading.number,
        )
        .values(suspect="", suspect_origin=None)
    )


def delivered(
    transaction: Connection, nouns: Mapping[int, Mapping[str, Iterable[str]]]
) -> frozenset[str]:
    """The nouns of the streams that were once read to their end.

    `nouns` is connection number -> stream -> class names of the records that it yields.
    """
    rows = transaction.execute(
        select(CHECKPOINTS.c.connection_id, CHECKPOINTS.c.stream).where(
            CHECKPOINTS.c.connection_id.in_(list(nouns)),
            CHECKPOINTS.c.first_completed_at.is_not(None),
        )
    )
    return frozenset(
        noun for connection, stream in rows for noun in nouns[connection].get(stream, ())
    )


def _shrunk(before: int | None, now: int) -> str:
    if not before:
        return ""
    if now == 0:
        return f"came back empty; the last complete read had {before} rows"
    if before - now >= LEAST_LOSS and 2 * now < before:
        return f"shrank from {before} rows to {now}"
    return ""


def _named(connection_id: int, stream: str) -> tuple[ColumnElement[bool], ...]:
    return (CHECKPOINTS.c.connection_id == connection_id, CHECKPOINTS.c.stream == stream)


def _move(
    transaction: Connection,
    connection_id: int,
    stream: str,
    version: int,
    values: Mapping[str, object],
) -> None:
    moved = transaction.execute(
        update(CHECKPOINTS)
        .where(*_named(connection_id, stream), CHECKPOINTS.c.version == version)
        .values(**values)
    )
    if moved.rowcount != 1:
        raise StoreUnavailable(
            f"the stream {stream!r} is being read by another run; this read stops, "
            "and what it stored stays"
        )


Edges = tuple[datetime, datetime]
"""Since and until of a window, aware UTC."""


def backfilled(transaction: Connection, connection_id: int, stream: str) -> frozenset[Edges]:
    """The stored windows of a stream."""
    rows = transaction.execute(
        select(BACKFILLS.c.since, BACKFILLS.c.until).where(
            BACKFILLS.c.connection_id == connection_id, BACKFILLS.c.stream == stream
        )
    )
    return frozenset((row.since, row.until) for row in rows)


def record_backfilled(
    transaction: Connection, connection_id: int, stream: str, edges: Edges, now: datetime
) -> None:
    """Record a stored window, in the transaction that stores it."""
    # Two backfills of one window are no mistake; the later one gives the time.
    forget_backfilled(transaction, connection_id, stream, [edges])
    since, until = edges
    note = Backfill(
        connection_id=connection_id, stream=stream, since=since, until=until, done_at=now
    )
    transaction.execute(insert(BACKFILLS).values(**note.model_dump()))


def forget_backfilled(
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
