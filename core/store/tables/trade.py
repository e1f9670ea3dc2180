"""Purchases: orders, lines, refunds, coupons, products, categories, rates."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from core.store.tables.people import Delivered
from core.store.tables.types import (
    Key,
    amount,
    instant,
    maybe_amount,
    maybe_instant,
    maybe_reference,
    reference,
    row_id,
)


class Order(Delivered, table=True):
    """A purchase. Amounts are ten-thousandths of `currency`; `*_shop` of the hub's currency."""

    __tablename__ = "orders"
    __table_args__ = (
        UniqueConstraint("connection_id", "external_id"),
        # Evaluation reads orders and lines from these indexes alone, a person's side by side.
        Index(
            "ix_orders_profile", "profile_id", "valid", "day", "placed_at", "net_shop",
            "store_key", "channel", "currency", "connection_id",
        ),
        Index("ix_orders_day", "valid", "day", "net_shop"),
        Index("ix_orders_placed_at", "placed_at", "day", "profile_id"),
        Index("ix_orders_net", "net_shop", "profile_id"),
        # For the values of a segment for each store; for each brand, the index of lines.
        Index("ix_orders_store", "store_key", "store_external_id"),
        Index("ix_orders_parent", "parent_external_id", "connection_id"),
    )  # fmt: skip
    contact_id: int | None = maybe_reference("contact.id", index=True)
    profile_id: int | None = Field(default=None, sa_type=Key, nullable=True)
    buyer: str | None = None
    """The person as the bill describes them, as JSON text."""
    guest: bool = False
    """The contact is the guest that the buyer is; the source names none."""
    placed_at: datetime = instant()
    day: int
    """Shop-local day number."""
    status: str = "paid"
    valid: bool = True
    """Paid or fulfilled; not cancelled, test, draft, fully refunded or a part of another."""
    parent_external_id: str | None = None
    is_part: bool = False
    """Whether the parent is stored, so that this order does not count beside it."""
    channel: str | None = None
    store_external_id: str | None = None
    store_key: str | None = None
    """Folded store id, what rules compare with."""
    ship_country: str | None = None
    """Two capital letters."""
    source_key: str | None = None
    """Folded."""
    campaign_key: str | None = None
    """Folded."""
    subscription: str | None = None
    """first, renewal"""
    gift_card_paid: int | None = maybe_amount()
    """Ten-thousandths of `currency`."""
    currency: str
    tax_included: bool = True
    stated_total: int | None = maybe_amount()
    stated_discount: int = amount()
    stated_tax: int | None = maybe_amount()
    stated_refunded: int = amount()
    shipping: int = amount()
    goods: int = amount()
    tax: int = amount()
    discount: int = amount()
    refunded: int = amount()
    net: int = amount()
    net_shop: int | None = maybe_amount()
    """Unknown where no rate of that day or the seven before is known."""
    custom: str | None = None
    """Fields of the source's own, as JSON text; rules read them in `custom_value`."""


class OrderLine(SQLModel, table=True):
    """A line of an order, with the columns of order and product that rules read."""

    __tablename__ = "order_line"
    __table_args__ = (
        UniqueConstraint("order_id", "external_id"),
        Index(
            "ix_order_line_profile", "profile_id", "valid", "day", "placed_at", "order_id", "kept",
            "on_sale", "total_shop", "brand_key", "channel", "connection_id", "several_brands",
        ),
        Index("ix_order_line_day", "day"),
        Index("ix_order_line_brand", "brand_key", "brand"),
        Index("ix_order_line_product", "connection_id", "product_external_id"),
    )  # fmt: skip
    id: int = row_id()
    order_id: int = reference("orders.id")
    connection_id: int = reference("connection.id")
    external_id: str
    profile_id: int | None = Field(default=None, sa_type=Key, nullable=True)
    placed_at: datetime = instant()
    day: int
    channel: str | None = None
    store_key: str | None = None
    valid: bool = True
    """Order valid, not everything of the line given back, and no kit or component that another
    line stands for."""
    parent_external_id: str | None = None
    product_external_id: str | None = None
    product_key: str | None = None
    """Folded, where that takes more than small letters of a to z; nearly always none."""
    variant_external_id: str | None = None
    variant_key: str | None = None
    """As `product_key`."""
    product_id: int | None = Field(default=None, sa_type=Key, nullable=True)
    """Set when line and product first meet; the snapshot is taken then, and outlives it."""
    sku: str | None = None
    sku_key: str | None = None
    """As `product_key`."""
    title: str | None = None
    quantity: int = amount()
    """Ten-thousandths of a unit."""
    returned: int = amount()
    """Ten-thousandths of a unit."""
    kept: int = amount()
    """quantity - returned, what rules count as units."""
    total: int = amount()
    """Charged after every discount, ten-thousandths of the order's currency."""
    total_shop: int | None = maybe_amount()
    stated_total: int | None = maybe_amount()
    unit_price: int | None = maybe_amount()
    list_price: int | None = maybe_amount()
    """Of one unit; None where none is known that is comparable."""
    stated_list_price: int | None = maybe_amount()
    list_total: int | None = maybe_amount()
    discount: int = amount()
    coupon_discount: int = amount()
    tax: int | None = maybe_amount()
    """None where the line says nothing; then the order's tax stands for all of them."""
    markdown: int | None = maybe_amount()
    """Share off the list total in ten-thousandths (10,000 is all of it); None is unknown."""
    on_sale: bool | None = None
    """markdown of at least 1 %, or as stated; None is unknown."""
    stated_on_sale: bool | None = None
    gift_card: bool = False
    stated_gift_card: bool | None = None
    brand: str | None = None
    brand_key: str | None = None
    """Folded, after aliases."""
    several_brands: bool = False
    """Whether the product has further brands; then all of them are in `line_brand`."""
    stated_brand: str | None = None
    stated_category: str | None = None
    snapshot: str = ""
    """Snapshot of the product when it and the line first met, as JSON text."""
    custom: str | None = None
    """As of an order."""


class LineCategory(SQLModel, table=True):
    """The categories a line was sold under."""

    __tablename__ = "line_category"
    __table_args__ = (Index("ix_line_category_category", "category_id", "line_id"),)
    line_id: int = Field(primary_key=True, sa_type=Key, foreign_key="order_line.id")
    category_id: int = Field(primary_key=True, sa_type=Key, foreign_key="category.id")


class LineBrand(SQLModel, table=True):
    """The brands of a line that has several."""

    __tablename__ = "line_brand"
    __table_args__ = (Index("ix_line_brand_key", "key", "brand"),)
    line_id: int = Field(primary_key=True, sa_type=Key, foreign_key="order_line.id")
    key: str = Field(primary_key=True)
    """Folded, after aliases."""
    brand: str


class Refund(Delivered, table=True):
    """Money given back; `order_id` is none until the order has come.

    One that names no order has a contact and a currency of its own; of all others they are none.
    """

    __tablename__ = "refund"
    __table_args__ = (
        UniqueConstraint("connection_id", "external_id"),
        Index("ix_refund_order", "connection_id", "order_external_id"),
        Index("ix_refund_profile", "profile_id", "day"),
        Index("ix_refund_at", "at", "day", "profile_id"),
    )
    order_external_id: str | None = None
    order_id: int | None = maybe_reference("orders.id", index=True)
    contact_id: int | None = maybe_reference("contact.id", index=True)
    profile_id: int | None = Field(default=None, sa_type=Key, nullable=True)
    buyer: str | None = None
    """As of an order."""
    guest: bool = False
    """As of an order."""
    at: datetime = instant()
    day: int
    currency: str | None = None
    reason: str | None = None
    """Folded."""
    channel: str | None = None
    """As stated, else the order's."""
    stated_channel: str | None = None
    store_key: str | None = None
    """As stated, else the order's; folded."""
    stated_store: str | None = None
    """Folded."""
    goods: int = amount()
    """Goods with their tax, ten-thousandths of the currency."""
    goods_shop: int | None = maybe_amount()
    total: int = amount()
    stated_goods: int | None = maybe_amount()
    lines: str = "[]"
    """Returned part of each line, as JSON text."""


class Product(Delivered, table=True):
    """Something a shop sells."""

    __tablename__ = "product"
    __table_args__ = (
        UniqueConstraint("connection_id", "external_id"),
        Index("ix_product_parent", "connection_id", "parent_external_id"),
    )
    parent_external_id: str | None = None
    """Of a variant."""
    sku: str | None = None
    title: str | None = None
    brand: str | None = None
    brands: str = "[]"
    """Further ones, as JSON text."""
    price: int | None = maybe_amount()
    list_price: int | None = maybe_amount()
    list_price_changed_at: datetime | None = maybe_instant()
    """When another list price than the one before was first seen."""
    currency: str | None = None
    """Of its prices; None where the source does not say."""
    tax_included: bool | None = None
    """Whether its prices include tax; None where the source does not say."""
    gift_card: bool | None = None
    categories: str = "[]"
    """External ids of its categories, as JSON text."""
    custom: str | None = None
    """As of an order."""


class Category(Delivered, table=True):
    """A category of a shop; bare where only a product has named it."""

    __tablename__ = "category"
    __table_args__ = (UniqueConstraint("connection_id", "external_id"),)
    title: str
    key: str = Field(index=True)
    """Folded title, what rules compare with."""
    parent_external_id: str | None = None
    bare: bool = False


class CategoryAncestor(SQLModel, table=True):
    """Every category above one, itself included."""

    __tablename__ = "category_ancestor"
    __table_args__ = (Index("ix_category_ancestor_ancestor", "ancestor_id", "category_id"),)
    category_id: int = Field(primary_key=True, sa_type=Key, foreign_key="category.id")
    ancestor_id: int = Field(primary_key=True, sa_type=Key, foreign_key="category.id")


class Rate(SQLModel, table=True):
    """Worth of one unit of a currency in the hub's, in billionths."""

    __tablename__ = "rate"
    currency: str = Field(primary_key=True)
    day: int = Field(primary_key=True)
    rate: int = Field(sa_type=Key)


class DailyOrders(SQLModel, table=True):
    """Valid orders of one connection and local day, those of nobody included.

    For shop-wide averages; an order whose net in shop currency is unknown is left out.
    """

    __tablename__ = "daily_orders"
    connection_id: int = Field(primary_key=True, sa_type=Key, foreign_key="connection.id")
    day: int = Field(primary_key=True)
    orders: int = Field(default=0, sa_type=Key)
    net_shop: int = amount()
