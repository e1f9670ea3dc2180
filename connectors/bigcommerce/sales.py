"""Orders with the rows of their consignments, and refunds."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any

from connectors.kit import (
    Buyer,
    Deleted,
    Order,
    OrderTable,
    Raw,
    Refund,
    RefundLine,
    amount_of,
    dig,
    utc,
)

# https://developer.bigcommerce.com/docs/rest-management/orders/order-status
MEANINGS = {
    "fulfilled": ("Shipped", "Completed", "Partially Refunded"),
    "paid": (
        "Partially Shipped", "Awaiting Pickup", "Awaiting Shipment", "Awaiting Fulfillment",
        "Disputed",
    ),
    "pending": ("Pending", "Awaiting Payment", "Manual Verification Required"),
    "draft": ("Incomplete",),
    "cancelled": ("Cancelled",),
    "failed": ("Declined",),
    "refunded": ("Refunded",),
}  # fmt: skip
GOODS = "PRODUCT"


def instant(text: Any) -> datetime | None:
    """An instant of orders, `Tue, 20 Nov 2012 00:00:00 +0000`, or of anything else, in ISO 8601.

    None where it is neither.
    """
    told = utc(text)
    if isinstance(told, datetime) or not isinstance(text, str):
        return told if isinstance(told, datetime) else None
    return parsedate_to_datetime(text)


def _rows(raw: Raw) -> list[Raw]:
    sent = raw["consignments"]
    cards = (sent.get("email") or {}).get("gift_certificates") or ()
    parcels = [*sent["shipping"], *(sent.get("pickups") or ()), *(sent.get("downloads") or ())]
    return [row for parcel in (*parcels, *cards) for row in parcel["line_items"]]


def _off(row: Raw, *, coupons: bool) -> Decimal:
    """Discounts of a row, those of the whole order distributed by the shop."""
    taken = row.get("applied_discounts") or ()
    amounts = (amount_of(each["amount"]) for each in taken if bool(each.get("code")) is coupons)
    return sum(amounts, Decimal())


def _total(row: Raw, raw: Raw) -> Decimal:
    if raw["is_tax_inclusive_pricing"] and row.get("discounted_total_inc_tax") is not None:
        return amount_of(row["discounted_total_inc_tax"])
    price = row["total_inc_tax" if raw["is_tax_inclusive_pricing"] else "total_ex_tax"]
    return amount_of(price) - _off(row, coupons=True) - _off(row, coupons=False)


def _status(raw: Raw) -> Any:
    # What was refunded is told by refunds; the status alone may be set without any.
    told = raw["status"] == "Refunded" and amount_of(raw.get("refunded_amount"))
    return "Completed" if told else raw["status"]


def _buyer(raw: Raw) -> Buyer:
    place = raw.get("billing_address") or {}
    return Buyer(
        email=place.get("email") or None,
        phone=place.get("phone"),
        first_name=place.get("first_name"),
        last_name=place.get("last_name"),
        country=place.get("country_iso2"),
        region=place.get("state"),
        city=place.get("city"),
        postcode=place.get("zip"),
    )


SALE = OrderTable(
    order={
        "id": "id", "updated_at": lambda raw: instant(raw.get("date_modified")),
        "placed_at": lambda raw: instant(raw["date_created"]), "status": _status,
        # The customer 0 is nobody.
        "contact": lambda raw: raw.get("customer_id") or None, "buyer": _buyer,
        "channel": lambda raw: "pos" if raw.get("external_source") == "POS" else "web",
        "store": "channel_id?", "currency": "default_currency_code",
        "shipping": lambda raw: amount_of(raw.get("shipping_cost_inc_tax")),
        "gift_card_paid": lambda raw: amount_of(raw.get("gift_certificate_amount")) or None,
        "ship_country": lambda raw: dig(raw, "consignments.shipping.0.country_iso2"),
    },
    statuses={word: ours for ours, words in MEANINGS.items() for word in words},
    tax_included="is_tax_inclusive_pricing",
    lines=_rows,
    line={
        "id": "id", "parent": lambda row: row.get("parent_order_product_id") or None,
        "product": lambda row: row.get("product_id") or None,
        "variant": lambda row: row.get("variant_id") or None,
        "sku": "sku?", "title": "name?", "brand": "brand?", "quantity": "quantity",
        "total": _total, "tax": lambda row: amount_of(row.get("total_tax")),
        "discount": lambda row: _off(row, coupons=False) or None,
        "coupon_discount": lambda row: _off(row, coupons=True) or None,
        "gift_card": lambda row: row.get("type") == "giftcertificate",
    },
    discounts="codes",
    discount={"code": "code"},
)  # fmt: skip


def sale(raw: Raw, statuses: Mapping[str, str]) -> Order | Deleted:
    """An order, or that it was deleted."""
    if raw.get("is_deleted"):
        return Deleted(noun="Order", id=raw["id"])
    taken = (each for row in _rows(raw) for each in row.get("applied_discounts") or ())
    codes = dict.fromkeys(each["code"] for each in taken if each.get("code"))
    return SALE.build({**raw, "codes": [{"code": each} for each in codes]}, statuses)


def refunds(raw: Raw) -> Iterator[Refund]:
    """A refund; its amounts have their tax in them."""
    items = raw.get("items") or ()
    lines = tuple(
        RefundLine(
            line=each["item_id"],
            quantity=amount_of(each["quantity"]),
            total=amount_of(each["requested_amount"]),
        )
        for each in items
        if each["item_type"] == GOODS
    )
    total = amount_of(raw["total_amount"])
    others = (each for each in items if each["item_type"] not in (GOODS, "ORDER", "TAX"))
    freight = sum((amount_of(each["requested_amount"]) for each in others), Decimal())
    yield Refund(
        id=raw["id"], order=raw["order_id"], at=utc(raw["created"]), total=total,
        goods=total - freight, reason=raw.get("reason") or None, lines=lines,
    )  # fmt: skip
