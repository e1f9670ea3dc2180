"""The parts of WooCommerce's rows that are read; the rest is neither asked for nor parsed.

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


class RawShipping(TypedDict, total=False):
    """Where an order was sent."""

    country: Any


class RawLine(TypedDict, total=False):
    """One line."""

    id: Any
    bundled_by: Any
    composite_parent: Any
    product_id: Any
    variation_id: Any
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
    shipping: RawShipping | None
    line_items: list[RawLine]
    coupon_lines: list[RawCoupon]
    fee_lines: list[RawFee] | None
    refunds: Any
    meta_data: Unread


class RawRefundLine(TypedDict, total=False):
    """The part of one line, of shipping or of a fee that is given back."""

    quantity: Any
    total: Any
    total_tax: Any
    meta_data: Unread


class RawRefund(TypedDict, total=False):
    """One refund."""

    id: Any
    parent_id: Any
    amount: Any
    date_created_gmt: Any
    line_items: list[RawRefundLine]
    shipping_lines: list[RawRefundLine] | None
    fee_lines: list[RawRefundLine] | None


class RawRefunded(TypedDict, total=False):
    """The part of an order that its refunds need."""

    id: Any
    date_modified_gmt: Any
    prices_include_tax: Any
    refunds: Any


class RawBuyer(TypedDict, total=False):
    """The account that bought."""

    id: Any
    date_modified_gmt: Any
    customer_id: Any


class RawCustomer(TypedDict, total=False):
    """One account."""

    id: Any
    email: Any
    first_name: Any
    last_name: Any
    date_created_gmt: Any
    date_modified_gmt: Any
    billing: RawBilling | None
    meta_data: Unread


class RawNotes(TypedDict, total=False):
    """The meta data of an account."""

    id: Any
    meta_data: Unread


class RawNamed(TypedDict, total=False):
    """A brand or a category of a product."""

    id: Any
    name: Any


class RawAttribute(TypedDict, total=False):
    """An attribute of a product."""

    name: Any
    options: list[Any] | None


class RawProduct(TypedDict, total=False):
    """One product."""

    id: Any
    date_modified_gmt: Any
    sku: Any
    name: Any
    type: Any
    price: Any
    regular_price: Any
    brands: list[RawNamed] | None
    categories: list[RawNamed] | None
    attributes: list[RawAttribute] | None
    meta_data: Unread


class RawVariable(TypedDict, total=False):
    """The part of a product that its variations need."""

    id: Any
    date_modified_gmt: Any
    variations: list[Any] | None


class RawVariation(TypedDict, total=False):
    """One size or colour of a product."""

    id: Any
    parent_id: Any
    date_modified_gmt: Any
    sku: Any
    price: Any
    regular_price: Any


class RawCategory(TypedDict, total=False):
    """One category."""

    id: Any
    name: Any
    parent: Any
