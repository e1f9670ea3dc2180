"""The parts of WooCommerce's rows that are read; the rest is neither asked for nor parsed.

Names as in https://woocommerce.github.io/woocommerce-rest-api-docs/#order-properties.
Shops and plugins omit fields and change types, so every field may be absent and no value is of a
type that is relied on.
"""

from typing import Any, TypedDict

from connectors.kit import Unread


class RawSaved(TypedDict, total=False):
    """A row that tells when it was saved."""

    id: Any
    date_modified_gmt: Any


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


class RawFee(TypedDict, total=False):
    """A fee, or what points and store credit paid for; the amounts of any line."""

    total: Any
    total_tax: Any


class RawLine(RawFee, total=False):
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


class RawCoupon(TypedDict, total=False):
    """A code that was entered, and what it took off."""

    code: Any
    discount: Any
    discount_tax: Any


class RawOrder(RawSaved, total=False):
    """One order."""

    parent_id: Any
    customer_id: Any
    status: Any
    created_via: Any
    currency: Any
    prices_include_tax: Any
    date_created_gmt: Any
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


class RawRefundLine(RawFee, total=False):
    """The part of one line, of shipping or of a fee that is given back."""

    quantity: Any
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


class RawRefunded(RawSaved, total=False):
    """The part of an order that its refunds need."""

    prices_include_tax: Any
    refunds: Any


class RawBuyer(RawSaved, total=False):
    """The account that bought."""

    customer_id: Any


class RawCustomer(RawSaved, total=False):
    """One account."""

    email: Any
    first_name: Any
    last_name: Any
    date_created_gmt: Any
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


class RawProduct(RawSaved, total=False):
    """One product."""

    sku: Any
    name: Any
    type: Any
    price: Any
    regular_price: Any
    brands: list[RawNamed] | None
    categories: list[RawNamed] | None
    attributes: list[RawAttribute] | None
    meta_data: Unread


class RawVariable(RawSaved, total=False):
    """The part of a product that its variations need."""

    variations: list[Any] | None


class RawVariation(RawSaved, total=False):
    """One size or colour of a product."""

    parent_id: Any
    sku: Any
    price: Any
    regular_price: Any


class RawCategory(RawNamed, total=False):
    """One category."""

    parent: Any
