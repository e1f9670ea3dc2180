"""Contacts as each connection sees them, and the one profile behind them."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from core.store.tables.types import (
    Key,
    instant,
    maybe_amount,
    maybe_instant,
    maybe_reference,
    reference,
    row_id,
)


class Connection(SQLModel, table=True):
    """A configured connection; rows carry its number, so that `rename` changes this row alone."""

    __tablename__ = "connection"
    id: int = row_id()
    name: str = Field(unique=True)
    kind: str
    said: str | None = None
    """Last snapshot of its connector, as JSON text; none if there never was one."""


class Delivered(SQLModel):
    """Columns of every delivered row."""

    id: int = row_id()
    connection_id: int = reference("connection.id")
    external_id: str
    stream: str
    origin: str = ""
    """The part of the stream (a file) that delivered it last."""
    seen: int = 0
    """Number of the read that showed it last; only kept for streams that are read whole."""
    updated_at: datetime | None = maybe_instant()
    content: str = ""
    """Hash of the delivered record, so that an unchanged row costs no write."""


def _of_merged(name: str, column: str) -> Index:
    """An index of the few contacts that were merged into others."""
    few = text(f"{column} IS NOT NULL")
    return Index(name, column, sqlite_where=few, postgresql_where=few)


class Contact(Delivered, table=True):
    """A person as one connection sees them. Facts always point here."""

    __tablename__ = "contact"
    __table_args__ = (
        UniqueConstraint("connection_id", "external_id"),
        Index("ix_contact_company", "connection_id", "company_external_id"),
        Index("ix_contact_profile", "profile_id", "connection_id"),
        _of_merged("ix_contact_merged", "merged_into"),
    )
    profile_id: int | None = maybe_reference("profile.id")
    bare: bool = False
    """Named by a fact and not delivered yet; its fields are what the buyers of its orders state."""
    guest: bool = False
    """Made by the hub for a buyer without an id; such a contact is always bare."""
    created_at: datetime | None = maybe_instant()
    company_external_id: str | None = None
    merged_into: str | None = None
    """Id of the contact at the connection that this one was merged into there."""
    stated: str = "{}"
    """The fields as this connection states them, as JSON text."""


class Identifier(SQLModel, table=True):
    """A normalized email, phone or loyalty number of a contact, by which contacts join."""

    __tablename__ = "identifier"
    __table_args__ = (
        UniqueConstraint("contact_id", "kind", "value"),
        Index("ix_identifier_value", "kind", "value"),
    )
    id: int = row_id()
    contact_id: int = reference("contact.id")
    kind: str
    value: str
    names: str = ""
    """Folded names that stand beside a phone, sorted and separated; no more than decide that it is
    nobody's."""
    main: bool = True
    """Of addresses: whether it is the one that is written to."""


class Split(SQLModel, table=True):
    """A contact that was split from its profile by hand; it is never joined again."""

    __tablename__ = "split"
    contact_id: int = Field(primary_key=True, sa_type=Key, foreign_key="contact.id")
    at: datetime = instant()


class Profile(SQLModel, table=True):
    """The one person: the smallest contact number of a connected component names it."""

    __tablename__ = "profile"
    __table_args__ = (
        Index("ix_profile_birthday", "birth_month", "birth_day"),
        Index("ix_profile_created", "created_at", "created_day"),
    )
    id: int = Field(primary_key=True, sa_type=Key)
    email: str | None = Field(default=None, index=True)
    """Normalized."""
    phone: str | None = None
    """Normalized, E.164."""
    first_name: str | None = None
    last_name: str | None = None
    gender: str | None = None
    birth_year: int | None = None
    birth_month: int | None = None
    birth_day: int | None = None
    language: str | None = None
    """Two letters, lower case."""
    country: str | None = None
    """Two letters, upper case."""
    created_at: datetime | None = maybe_instant()
    created_day: int | None = None
    company_id: int | None = maybe_reference("company.id", index=True)
    holdout: int = 0
    """A stable number in [0, 1,000,000), from a keyed hash of the oldest contact."""


class ProfileField(SQLModel, table=True):
    """Any further field of a profile, built-in (`city`) or `custom.<name>`, of several texts."""

    __tablename__ = "profile_field"
    __table_args__ = (Index("ix_profile_field_value", "field", "value"),)
    profile_id: int = Field(primary_key=True, sa_type=Key, foreign_key="profile.id")
    field: str = Field(primary_key=True)
    text: str
    """As stated."""
    value: str = Field(primary_key=True)
    """Folded, so that case does not matter to rules."""
    number: int | None = Field(default=None, sa_type=Key, nullable=True)
    """Ten-thousandths, where the field is a number."""
    day: int | None = None
    """Day number, where the field is a date."""


class CustomValue(SQLModel, table=True):
    """A value of a field of the source's own, of an order, a line, a product or a company."""

    __tablename__ = "custom_value"
    owner: str = Field(primary_key=True)
    """Table of the row that has it."""
    owner_id: int = Field(primary_key=True, sa_type=Key)
    field: str = Field(primary_key=True)
    """Without `custom.`."""
    value: str = Field(primary_key=True)
    """As of a profile's field, and so are the others."""
    text: str
    number: int | None = Field(default=None, sa_type=Key, nullable=True)
    day: int | None = None


class Company(Delivered, table=True):
    """A company that contacts work for."""

    __tablename__ = "company"
    __table_args__ = (UniqueConstraint("connection_id", "external_id"),)
    name: str | None = None
    name_key: str | None = None
    """Folded, as every `_key`: what rules compare with."""
    number: str | None = None
    number_key: str | None = None
    industry: str | None = None
    industry_key: str | None = None
    size: str | None = None
    size_key: str | None = None
    employees: int | None = None
    revenue: int | None = maybe_amount()
    """Ten-thousandths."""
    founded: int | None = None
    country: str | None = None
    region: str | None = None
    region_key: str | None = None
    city: str | None = None
    city_key: str | None = None
    postcode: str | None = None
    postcode_key: str | None = None
    custom: str | None = None
    """Fields of the source's own, as JSON text; rules read them in `custom_value`."""


def _of_tracking(name: str, column: str) -> Index:
    """An index of the few statements that say whether opens may be watched."""
    few = text("channel = 'tracking'")
    return Index(name, column, sqlite_where=few, postgresql_where=few)


class Consent(SQLModel, table=True):
    """The newest statement per identifier, channel, list and connection."""

    __tablename__ = "consent"
    __table_args__ = (
        UniqueConstraint("kind", "value", "channel", "list", "connection_id"),
        Index("ix_consent_connection", "connection_id"),
        _of_tracking("ix_consent_tracking", "value"),
    )
    id: int = row_id()
    kind: str
    """email or phone"""
    value: str
    """Normalized."""
    channel: str
    list: str = ""
    """Id of the list at the connection; "" is the whole channel."""
    granted: bool
    permission: bool | None = None
    """Whether the permission that is asked for beside the grant is given; none: none is."""
    reason: str = "asked"
    method: str | None = None
    """single, double, imported, admin"""
    origin: str | None = None
    at: datetime = instant()
    connection_id: int = reference("connection.id")


class PendingConsent(SQLModel, table=True):
    """A statement about a contact: it holds for every address that the contact has or gets."""

    __tablename__ = "pending_consent"
    __table_args__ = (
        UniqueConstraint("contact_id", "channel", "list"),
        _of_tracking("ix_pending_consent_tracking", "contact_id"),
    )
    id: int = row_id()
    contact_id: int = reference("contact.id", index=True)
    channel: str
    list: str = ""
    granted: bool
    permission: bool | None = None
    reason: str = "asked"
    method: str | None = None
    origin: str | None = None
    at: datetime = instant()


class Suppression(SQLModel, table=True):
    """An identifier that must never come back, as a keyed hash."""

    __tablename__ = "suppression"
    digest: str = Field(primary_key=True)
    reason: str
    at: datetime = instant()
