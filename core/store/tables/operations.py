"""Records of the hub's own work: runs, checkpoints, quarantine, settings."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from core.store.tables.types import (
    Instant,
    Key,
    instant,
    maybe_instant,
    maybe_reference,
    reference,
    row_id,
)


class Setting(SQLModel, table=True):
    """A value of the store's own: fingerprints of its key, of its settings and of gates, a salt."""

    __tablename__ = "setting"
    name: str = Field(primary_key=True)
    value: str


class AccessToken(SQLModel, table=True):
    """The token of one connection, encrypted with a key that is not in the store."""

    __tablename__ = "access_token"
    connection_id: int = Field(primary_key=True, sa_type=Key, foreign_key="connection.id")
    version: int = 0
    """Counted up with each token, so that a renewal replaces only the token that it spent."""
    sealed: str = ""
    """Empty: the connection has no token."""
    stored_at: datetime | None = maybe_instant()
    ends_at: datetime | None = maybe_instant()
    """When a person must sign in again; none: not known."""
    lease: str = ""
    """The process that renews it; empty: nobody, and from `leased_until` on anybody may."""
    leased_until: datetime | None = maybe_instant()
    unanswered_at: datetime | None = maybe_instant()
    """Begin of a renewal whose answer was not stored: the token may be spent."""
    refused: str = ""
    """Why the other side refused it; empty: it did not."""


class Quota(SQLModel, table=True):
    """The requests that an account has sent under one of its vendor's long limits."""

    __tablename__ = "quota"
    name: str = Field(primary_key=True)
    """A keyed hash of the account and the limit."""
    spent: str
    """Pairs of a part of the limit's time and the requests begun in it, as JSON."""


class Wait(SQLModel, table=True):
    """A connection whose system has failed to answer since it last answered."""

    __tablename__ = "wait"
    connection_id: int = Field(primary_key=True, sa_type=Key, foreign_key="connection.id")
    not_before: datetime = instant()
    """Nothing is asked before."""
    failures: int = 0
    """Number of times in a row that it did not answer and did not say until when."""


class Run(SQLModel, table=True):
    """One command or slot: pull, evaluate, push."""

    __tablename__ = "run"
    id: int = row_id()
    command: str
    started_at: datetime = instant()
    ended_at: datetime | None = maybe_instant()
    result: str = "running"
    """running, complete, partial, failed, held"""
    message: str = ""
    """For a person; never holds personal data."""


class RunStep(SQLModel, table=True):
    """One step of a run: one stream, the segments, or one destination."""

    __tablename__ = "run_step"
    __table_args__ = (Index("ix_run_step_connection", "connection_id", "stream"),)
    id: int = row_id()
    run_id: int = reference("run.id", index=True)
    step: str
    """pull, evaluate, resolve, reconcile, push"""
    connection_id: int | None = maybe_reference("connection.id")
    stream: str = ""
    started_at: datetime = instant()
    ended_at: datetime | None = maybe_instant()
    result: str = "running"
    message: str = ""
    counts: str = "{}"
    """Name -> number, as JSON text: fetched, inserted, updated, unchanged, quarantined, ..."""


class Checkpoint(SQLModel, table=True):
    """Position of a stream; moves in the transaction that stores the rows."""

    __tablename__ = "checkpoint"
    connection_id: int = Field(primary_key=True, sa_type=Key, foreign_key="connection.id")
    stream: str = Field(primary_key=True)
    version: int = 0
    """Counted up when a read begins, so that an overtaken read cannot move it."""
    cursor: datetime | None = maybe_instant()
    state: str | None = None
    reads: int = 0
    """Reads begun; rows of whole streams are marked with it."""
    missing: int = 0
    """Rows that the vendor counted and did not list in the last read that was narrowed."""
    completed_at: datetime | None = maybe_instant()
    completed_rows: int | None = None
    """Rows fetched by the last completed read."""
    first_completed_at: datetime | None = maybe_instant()
    """From then on the stream counts as delivered."""
    suspect: str = ""
    """Reason for which the last read is not believed; empty if it is."""
    suspect_origin: str | None = None
    """The part whose rows were missing; its next credible read lifts the suspicion."""
    suspect_read: int = 0
    """Number of the read that raised the suspicion; only a later one can lift it."""
    questions: str = ""
    """Questions that the last complete read leaves to a person, one per line."""


class Backfill(SQLModel, table=True):
    """A window of the past that a backfill has stored; the next one skips it."""

    __tablename__ = "backfill"
    connection_id: int = Field(primary_key=True, sa_type=Key, foreign_key="connection.id")
    stream: str = Field(primary_key=True)
    since: datetime = Field(primary_key=True, sa_type=Instant)
    until: datetime = Field(primary_key=True, sa_type=Instant)
    done_at: datetime = instant()


class Slot(SQLModel, table=True):
    """The latest slot of a scheduled job, and which hub does it or has done it."""

    __tablename__ = "slot"
    job: str = Field(primary_key=True)
    """`pull shop`, `evaluate`, `push news`"""
    begin: datetime = instant()
    """The slot's first instant, which names it."""
    token: int = 0
    """Counted up with each claim, so that an overtaken hub commits nothing more."""
    holder: str = ""
    """The hub that does it; empty if none, and any hub may from `expires_at` on."""
    claimed_at: datetime = instant()
    expires_at: datetime = instant()
    finished_at: datetime | None = maybe_instant()
    result: str = ""
    missed: int = 0
    """Earlier slots that were never done; one run makes up for them."""
    run_id: int | None = maybe_reference("run.id")


class Tombstone(SQLModel, table=True):
    """Something that was deleted at the source, so that an older copy does not bring it back."""

    __tablename__ = "tombstone"
    connection_id: int = Field(primary_key=True, sa_type=Key, foreign_key="connection.id")
    noun: str = Field(primary_key=True)
    external_id: str = Field(primary_key=True)
    at: datetime = instant()


class Quarantine(SQLModel, table=True):
    """A row that could not be loaded: where and why, never its values."""

    __tablename__ = "quarantine"
    __table_args__ = (
        UniqueConstraint("connection_id", "stream", "row", "path"),
        Index("ix_quarantine_key", "connection_id", "stream", "key"),
    )
    id: int = row_id()
    connection_id: int = reference("connection.id")
    stream: str
    row: str
    path: str
    reason: str
    key: str = ""
    """Id of the row at the source; empty where it has none."""
    shape: str = ""
    """Shape of the value at fault."""
    first_at: datetime = instant()
    last_at: datetime = instant()
    attempts: int = 1


class Finding(SQLModel, table=True):
    """Something that reads of a stream lost or pushes to a target did not get done."""

    __tablename__ = "finding"
    __table_args__ = (UniqueConstraint("connection_id", "place", "kind", "path", "origin"),)
    id: int = row_id()
    connection_id: int = reference("connection.id")
    place: str
    """The stream, or the target: `tag Loyal`."""
    kind: str
    """emptied, unknown, ambiguous, spoilt, quarantined, unlisted, rejected, unanswered,
    drifted"""
    path: str
    """The field or column; empty where it concerns whole rows; of drift the cause."""
    origin: str = ""
    """The part of the stream, as a page names it."""
    number: int = 0
    """How many in the read or push at `last_at`."""
    earlier: int = 0
    """How many in the reads before, of a stream that each read shows in part."""
    total: int = 0
    """Of how many in that read; 0 where that is not known."""
    example: str = ""
    """Where the first stood."""
    shape: str = ""
    """Shape of the first value."""
    reason: str = ""
    """A vendor's words, without personal data."""
    fails: bool = False
    """Whether the read or push is not good because of it."""
    first_at: datetime = instant()
    last_at: datetime = instant()
