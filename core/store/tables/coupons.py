"""Coupons: the codes of orders, and uses that a source delivers by themselves."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from core.store.tables.people import Delivered
from core.store.tables.types import Key, instant, maybe_reference, reference, row_id


class OrderCoupon(SQLModel, table=True):
    """A code that the customer entered; an order of its own where `order_id` is none."""

    __tablename__ = "order_coupon"
    __table_args__ = (
        Index("ix_order_coupon_order", "order_id"),
        Index("ix_order_coupon_profile", "profile_id", "day"),
        Index("ix_order_coupon_at", "at", "day", "profile_id"),
    )
    id: int = row_id()
    order_id: int | None = maybe_reference("orders.id")
    discount_id: int | None = maybe_reference("discount.id", index=True)
    connection_id: int = reference("connection.id")
    profile_id: int | None = Field(default=None, sa_type=Key, nullable=True)
    at: datetime = instant()
    day: int
    code: str
    """Folded."""


class Discount(Delivered, table=True):
    """A coupon use that the source delivers by itself."""

    __tablename__ = "discount"
    __table_args__ = (
        UniqueConstraint("connection_id", "external_id"),
        # With the connection: SQLite would else take the other index and read all discounts of it.
        Index("ix_discount_order", "connection_id", "order_external_id"),
    )
    contact_id: int | None = maybe_reference("contact.id", index=True)
    profile_id: int | None = Field(default=None, sa_type=Key, nullable=True)
    order_external_id: str | None = None
    code: str = ""
    at: datetime = instant()
    day: int
