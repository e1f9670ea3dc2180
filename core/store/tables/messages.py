"""Messages, and what became of them at each person."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from core.store.tables.behaviour import PersonFact
from core.store.tables.people import Delivered
from core.store.tables.types import Key, instant, maybe_instant, reference, row_id


class Message(Delivered, table=True):
    """One message that was written once and sent to many."""

    __tablename__ = "message"
    __table_args__ = (UniqueConstraint("connection_id", "external_id"),)
    key: str
    """Folded id."""
    title: str | None = None
    title_key: str | None = None
    kind: str = "campaign"
    channel: str = "email"
    """email, sms, push"""
    variant_key: str | None = None
    topic_key: str | None = None
    sent_at: datetime | None = maybe_instant()
    bare: bool = False
    """Named by an event and not delivered yet."""


class MessageEvent(PersonFact, table=True):
    """An event of a message at one person."""

    __tablename__ = "message_event"
    __table_args__ = (
        UniqueConstraint("connection_id", "external_id"),
        # Evaluation reads this index alone, all events of a person side by side.
        Index(
            "ix_message_event_profile", "profile_id", "day", "at", "message_id", "kind",
            "evidence", "connection_id",
        ),
        Index("ix_message_event_at", "at", "day", "profile_id"),
        Index("ix_message_event_delivery", "contact_id", "message_id"),
    )  # fmt: skip
    message_id: int = reference("message.id")
    kind: str
    """delivered, opened, clicked, bounced, unsubscribed, complained"""
    at: datetime = instant()
    day: int
    evidence: int
    """3 human, 2 probable, 1 machine."""
    hard: bool | None = None
    """Of a bounce: whether it is for good; none where the source does not say."""
    link: str | None = None
    """Folded."""


class Delivery(SQLModel, table=True):
    """A message that reached a contact, with the first open and click of each evidence grade.

    Derived from the events, so that rates need not read them: at an instant T a message is opened
    if its first open is at or before T.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        UniqueConstraint("contact_id", "message_id"),
        # As with events.
        Index(
            "ix_delivery_profile", "profile_id", "at", "day", "message_id", "connection_id",
            "opened_human", "opened_probable", "opened_any", "clicked_human", "clicked_probable",
        ),
        Index("ix_delivery_at", "at", "day", "profile_id"),
    )  # fmt: skip
    id: int = row_id()
    connection_id: int = reference("connection.id")
    contact_id: int = reference("contact.id")
    message_id: int = reference("message.id")
    profile_id: int | None = Field(default=None, sa_type=Key, nullable=True)
    at: datetime = instant()
    day: int
    opened_human: datetime | None = maybe_instant()
    opened_probable: datetime | None = maybe_instant()
    opened_any: datetime | None = maybe_instant()
    clicked_human: datetime | None = maybe_instant()
    clicked_probable: datetime | None = maybe_instant()
