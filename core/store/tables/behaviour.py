"""Behaviour of people: visits, carts, lists, groups, interests, children, answers, cases."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from core.store.tables.people import Delivered
from core.store.tables.types import (
    Key,
    instant,
    maybe_amount,
    maybe_instant,
    maybe_reference,
)


class PersonFact(Delivered):
    """A delivered fact about a person."""

    contact_id: int | None = maybe_reference("contact.id", index=True)
    profile_id: int | None = Field(default=None, sa_type=Key, nullable=True)


class ListMember(PersonFact, table=True):
    """A contact's place on one list."""

    __tablename__ = "list_member"
    __table_args__ = (
        UniqueConstraint("connection_id", "external_id"),
        Index("ix_list_member_profile", "profile_id", "day"),
        Index("ix_list_member_list", "connection_id", "list"),
        Index("ix_list_member_at", "at", "day", "profile_id"),
    )
    list: str
    """Id of the list at the connection."""
    list_key: str
    """Folded id."""
    title_key: str | None = None
    """Folded title."""
    status: str
    at: datetime | None = maybe_instant()
    """Start of the present unbroken stay; none where the person is not on the list."""
    day: int | None = None


class GroupMember(PersonFact, table=True):
    """A contact's place in a group."""

    __tablename__ = "group_member"
    __table_args__ = (
        UniqueConstraint("connection_id", "external_id"),
        Index("ix_group_member_profile", "profile_id"),
        Index("ix_group_member_title", "title_key", "title"),
        Index("ix_group_member_at", "at", "day", "profile_id"),
    )
    group: str
    """Id of the group at the connection."""
    group_key: str
    """Folded id."""
    title: str
    """Its name; the id where the source gives none."""
    title_key: str
    """Folded title."""
    at: datetime | None = maybe_instant()
    """Since when; none where the source does not say."""
    day: int | None = None


class Loyalty(PersonFact, table=True):
    """A contact's account in a loyalty programme."""

    __tablename__ = "loyalty"
    __table_args__ = (
        UniqueConstraint("connection_id", "external_id"),
        Index("ix_loyalty_profile", "profile_id"),
        Index("ix_loyalty_tier", "tier_key", "tier"),
        Index("ix_loyalty_at", "at", "day", "profile_id"),
    )
    programme: str = ""
    """Folded."""
    points: int | None = maybe_amount()
    """Ten-thousandths of a point."""
    tier: str | None = None
    tier_key: str | None = None
    """Folded."""
    at: datetime | None = maybe_instant()
    """Since when; none where the source does not say."""
    day: int | None = None


def _of_events(name: str, column: str) -> Index:
    """An index of the visits that are events, which are few or none in most stores."""
    named = text(f"{column} IS NOT NULL")
    return Index(name, column, sqlite_where=named, postgresql_where=named)


class Visit(PersonFact, table=True):
    """Something a person looked at, searched for, put into a cart or did. Texts are folded."""

    __tablename__ = "visit"
    __table_args__ = (
        UniqueConstraint("connection_id", "external_id"),
        Index("ix_visit_profile", "profile_id", "day"),
        Index("ix_visit_at", "at", "day", "profile_id"),
        _of_events("ix_visit_event", "event"),
    )
    kind: str
    """view, search, cart, checkout, event"""
    value: int | None = maybe_amount()
    """Worth of an event, in ten-thousandths."""
    at: datetime = instant()
    day: int
    event: str | None = None
    """Name of an event."""
    url: str | None = None
    category_key: str | None = None
    product_external_id: str | None = None
    product_key: str | None = None
    query: str | None = None
    source: str | None = None
    campaign: str | None = None
    device: str | None = None


class Cart(PersonFact, table=True):
    """A cart or a checkout that was begun."""

    __tablename__ = "cart"
    __table_args__ = (
        UniqueConstraint("connection_id", "external_id"),
        Index("ix_cart_profile", "profile_id", "day"),
        Index("ix_cart_at", "at", "day", "profile_id"),
    )
    at: datetime = instant()
    day: int
    status: str = "open"
    """open, ordered, expired"""
    url: str | None = None
    """As stated, for the field that leads back to the cart."""
    url_key: str | None = None
    """Folded."""
    total: int | None = maybe_amount()
    total_shop: int | None = maybe_amount()
    currency: str | None = None
    order_external_id: str | None = None


class CartLine(SQLModel, table=True):
    """Something that lies in a cart, by place. Keys are folded."""

    __tablename__ = "cart_line"
    cart_id: int = Field(primary_key=True, sa_type=Key, foreign_key="cart.id")
    place: int = Field(primary_key=True)
    product_key: str | None = None
    category_key: str | None = None
    brand: str | None = None
    """As stated."""
    brand_key: str | None = None
    """Folded, after aliases."""


class Interest(PersonFact, table=True):
    """A topic that a person cares about; an empty topic states that there is none."""

    __tablename__ = "interest"
    __table_args__ = (
        UniqueConstraint("connection_id", "external_id"),
        Index("ix_interest_profile", "profile_id"),
        Index("ix_interest_topic", "topic", "title"),
    )
    topic: str = ""
    """Folded."""
    title: str | None = None
    source: str = "stated"


class Child(PersonFact, table=True):
    """A child of a person, as declared; `none` states that there is none."""

    __tablename__ = "child"
    __table_args__ = (
        UniqueConstraint("connection_id", "external_id"),
        Index("ix_child_profile", "profile_id"),
        Index("ix_child_birthday", "birth_month", "birth_day"),
    )
    gender: str | None = None
    birth_day_number: int | None = None
    birth_date: int | None = None
    """year * 10,000 + month * 100 + day, what ages are read from."""
    birth_month: int | None = None
    birth_day: int | None = None
    none: bool = False


class Answer(PersonFact, table=True):
    """An answer to a question that the person was asked."""

    __tablename__ = "answer"
    __table_args__ = (
        UniqueConstraint("connection_id", "external_id"),
        Index("ix_answer_profile", "profile_id"),
    )
    question: str
    """Folded."""
    text: str | None = None
    value: str | None = None
    """Folded."""
    at: datetime | None = maybe_instant()


class Deal(PersonFact, table=True):
    """A sale in the making."""

    __tablename__ = "deal"
    __table_args__ = (
        UniqueConstraint("connection_id", "external_id"),
        Index("ix_deal_profile", "profile_id", "day"),
        Index("ix_deal_at", "at", "day", "profile_id"),
    )
    company_external_id: str | None = None
    """The company as the deal names it."""
    at: datetime = instant()
    day: int
    closed_at: datetime | None = maybe_instant()
    closed_day: int | None = None
    expected_at: datetime | None = maybe_instant()
    expected_day: int | None = None
    owner: str | None = None
    """Folded."""
    stage: str | None = None
    status: str | None = None
    amount: int | None = maybe_amount()
    amount_shop: int | None = maybe_amount()
    currency: str | None = None


class Support(PersonFact, table=True):
    """A case at the support desk."""

    __tablename__ = "support"
    __table_args__ = (
        UniqueConstraint("connection_id", "external_id"),
        Index("ix_support_profile", "profile_id", "day"),
        Index("ix_support_at", "at", "day", "profile_id"),
    )
    at: datetime = instant()
    day: int
    status: str | None = None
    topic: str | None = None
