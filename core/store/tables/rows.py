"""The shape of rows that several modules read and write, one type per table."""

from datetime import datetime
from typing import TypedDict


class DeliveredRow(TypedDict):
    """The columns of every delivered row."""

    id: int
    connection_id: int
    external_id: str
    stream: str
    origin: str
    seen: int
    updated_at: datetime | None
    content: str


class ContactRow(DeliveredRow):
    """A row of `contact`."""

    profile_id: int | None
    bare: bool
    guest: bool
    created_at: datetime | None
    company_external_id: str | None
    merged_into: str | None
    stated: str


class ProfileRow(TypedDict):
    """A row of `profile`."""

    id: int
    email: str | None
    phone: str | None
    first_name: str | None
    last_name: str | None
    gender: str | None
    birth_year: int | None
    birth_month: int | None
    birth_day: int | None
    language: str | None
    country: str | None
    created_at: datetime | None
    created_day: int | None
    company_id: int | None
    holdout: int


class OrderRow(DeliveredRow):
    """A row of `orders`."""

    contact_id: int | None
    profile_id: int | None
    buyer: str | None
    guest: bool
    placed_at: datetime
    day: int
    status: str
    valid: bool
    parent_external_id: str | None
    is_part: bool
    channel: str | None
    store_external_id: str | None
    store_key: str | None
    ship_country: str | None
    source_key: str | None
    campaign_key: str | None
    subscription: str | None
    gift_card_paid: int | None
    currency: str
    tax_included: bool
    stated_total: int | None
    stated_discount: int
    stated_tax: int | None
    stated_refunded: int
    shipping: int
    goods: int
    tax: int
    discount: int
    refunded: int
    net: int
    net_shop: int | None
    custom: str | None


class LineRow(TypedDict):
    """A row of `order_line`."""

    id: int
    order_id: int
    connection_id: int
    external_id: str
    profile_id: int | None
    placed_at: datetime
    day: int
    channel: str | None
    store_key: str | None
    valid: bool
    parent_external_id: str | None
    product_external_id: str | None
    product_key: str | None
    variant_external_id: str | None
    variant_key: str | None
    product_id: int | None
    sku: str | None
    sku_key: str | None
    title: str | None
    quantity: int
    returned: int
    kept: int
    total: int
    total_shop: int | None
    stated_total: int | None
    unit_price: int | None
    list_price: int | None
    stated_list_price: int | None
    list_total: int | None
    discount: int
    coupon_discount: int
    tax: int | None
    markdown: int | None
    on_sale: bool | None
    stated_on_sale: bool | None
    gift_card: bool
    stated_gift_card: bool | None
    brand: str | None
    brand_key: str | None
    several_brands: bool
    stated_brand: str | None
    stated_category: str | None
    snapshot: str
    custom: str | None


class RefundRow(DeliveredRow):
    """A row of `refund`."""

    order_external_id: str | None
    order_id: int | None
    contact_id: int | None
    profile_id: int | None
    buyer: str | None
    guest: bool
    at: datetime
    day: int
    currency: str | None
    reason: str | None
    channel: str | None
    stated_channel: str | None
    store_key: str | None
    stated_store: str | None
    goods: int
    goods_shop: int | None
    total: int
    stated_goods: int | None
    lines: str
