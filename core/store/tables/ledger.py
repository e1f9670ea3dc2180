"""The ledger: our deliveries, what was there before them, and what waits for a person or a job."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from core.store.tables.types import Key, instant, maybe_instant, reference, row_id

_IN_A_JOB = text("handle <> ''")


class LedgerTarget(SQLModel, table=True):
    """A tag, field, list or audience at a destination that a binding writes."""

    __tablename__ = "ledger_target"
    __table_args__ = (UniqueConstraint("connection_id", "kind", "name"),)
    id: int = row_id()
    connection_id: int = reference("connection.id")
    kind: str
    name: str
    read_at: datetime | None = maybe_instant()
    """Time of the read of its present carriers; none if never read."""
    pushed_day: int | None = None
    """Local day of the last push that was sent whole; none until its first delivery is."""


class PushJob(SQLModel, table=True):
    """A job that a destination has accepted; the ledger's pending rows name it by its handle."""

    __tablename__ = "push_job"
    connection_id: int = Field(primary_key=True, sa_type=Key, foreign_key="connection.id")
    handle: str = Field(primary_key=True)
    """The destination's own name for it."""
    handed_in_at: datetime = instant()
    due_at: datetime = instant()
    """When it is next asked about."""
    tries: int = 0
    """Number of times that it was asked about in vain."""


class Ledger(SQLModel, table=True):
    """Our deliveries, and what was there before them."""

    __tablename__ = "ledger"
    __table_args__ = (
        Index("ix_ledger_state", "target_id", "state"),
        Index("ix_ledger_handle", "handle", sqlite_where=_IN_A_JOB, postgresql_where=_IN_A_JOB),
    )
    target_id: int = Field(primary_key=True, sa_type=Key, foreign_key="ledger_target.id")
    key: str = Field(primary_key=True)
    """The person's key at the destination."""
    state: str
    """delivered, found, released, pending, skipped, rejected"""
    value: str | None = None
    wanted: str | None = None
    """The value that we tried to write, if skipped, rejected or pending."""
    reason: str = ""
    handle: str = ""
    """The job that a pending row waits for."""
    tries: int = 0
    """Number of times in a row that it was refused for a reason that passes."""
    due_at: datetime | None = maybe_instant()
    """When a change that was refused is sent again; none: not by itself."""
    profile_id: int | None = Field(default=None, sa_type=Key, nullable=True)
    at: datetime = instant()
    seen_at: datetime | None = maybe_instant()
    """When a read of the destination last showed the value; none: not since it was delivered."""


class SentIdentifier(SQLModel, table=True):
    """An identifier that an audience may hold through us: personal data, in the platform's form.

    It stays until the platform has acknowledged that it is taken back, whatever becomes of the
    person and the address meanwhile.
    """

    __tablename__ = "sent_identifier"
    __table_args__ = (Index("ix_sent_identifier_identifier", "target_id", "identifier"),)
    target_id: int = Field(primary_key=True, sa_type=Key, foreign_key="ledger_target.id")
    key: str = Field(primary_key=True)
    """As in the ledger."""
    identifier: str = Field(primary_key=True)
    """The parts of it by the platform's names, as JSON text."""
    stale: bool = False
    """Whether the last change of the person takes it back."""


class Removal(SQLModel, table=True):
    """A removal of the last week that only changed facts or rules explain: the brake's memory."""

    __tablename__ = "removal"
    target_id: int = Field(primary_key=True, sa_type=Key)
    segment: str = Field(primary_key=True)
    """Of a field that lists segments: the segment; else empty."""
    key: str = Field(primary_key=True)
    """As in the ledger."""
    at: datetime = instant()


class HeldChange(SQLModel, table=True):
    """A held change that a person was shown; `push --approve` releases these and no others."""

    __tablename__ = "held_change"
    connection_id: int = Field(primary_key=True, sa_type=Key, foreign_key="connection.id")
    kind: str = Field(primary_key=True)
    target: str = Field(primary_key=True)
    """Kind and name of the target; it may never have been written, and then has no ledger."""
    key: str = Field(primary_key=True)
    """As in the ledger."""
    action: str
    """enter, update, leave, release, forget, settle"""
    value: str | None = None
    """The value that the person should carry afterwards."""
