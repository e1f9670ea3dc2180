"""The parts of a WooCommerce order that are read; the rest is skipped without being parsed.

Names as in https://woocommerce.github.io/woocommerce-rest-api-docs/#order-properties.
Shops and plugins omit fields and change types, so every field may be absent and no value is of a
type that is relied on.
"""

from typing import Any, TypedDict

from connectors.kit import Unread


class RawBilling(TypedDict, total=False):
    """Billing details of an order."""

    first_name: Any
    last_name: Any
    email: Any
    phone: Any
    country: Any
    state: Any
    city: Any
    postcode: Any


class RawLine(TypedDict, total=False):
    """One line."""

    id: Any
    product_id: Any
    sku: Any
    name: Any
    quantity: Any
    subtotal: Any
    subtotal_tax: Any
    total: Any
    total_tax: Any


class RawCoupon(TypedDict, total=False):
    """A code that was entered, and what it took off."""

    code: Any
    discount: Any
    discount_tax: Any


class RawFee(TypedDict, total=False):
    """A fee, or what points and store credit paid for."""

    total: Any
    total_tax: Any


class RawOrder(TypedDict, total=False):
    """One order."""

    id: Any
    parent_id: Any
    customer_id: Any
    status: Any
    created_via: Any
    currency: Any
    prices_include_tax: Any
    date_created_gmt: Any
    date_modified_gmt: Any
    total: Any
    shipping_total: Any
    shipping_tax: Any
    billing: RawBilling | None
    line_items: list[RawLine]
    coupon_lines: list[RawCoupon]
    fee_lines: list[RawFee] | None
    refunds: Any
    meta_data: Unread
