"""Orders and credit memos, from the amounts that the buyer was shown."""

from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal
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
    order_status,
    utc,
)

# https://experienceleague.adobe.com/en/docs/commerce-admin/stores-sales/order-management/orders/order-status
STATES = {
    "new": "pending", "pending_payment": "pending", "payment_review": "pending",
    "holded": "pending", "processing": "paid", "complete": "fulfilled", "canceled": "cancelled",
    # Everything was given back: its credit memos say how much.
    "closed": "fulfilled",
}  # fmt: skip
REFUNDED, CANCELLED = 2, 3
CONFIGURABLE = "configurable"


def _with_tax(row: Raw) -> Decimal:
    """Price of a row after its discount, with tax.

    As grand_total is made: the compensation is the tax in a discount of prices with tax.
    """
    plus = ("row_total", "tax_amount", "discount_tax_compensation_amount")
    total = sum((amount_of(row.get(name)) for name in plus), Decimal())
    return total - abs(amount_of(row.get("discount_amount")))


def _lines(raw: Raw) -> list[Raw]:
    """The rows that are goods, the chosen variant beside each that has some.

    A bundle whose parts are priced is listed beside them with their sum.
    """
    rows = raw["items"]
    parts: dict[Any, list[Raw]] = {}
    for row in rows:
        if parent := row.get("parent_item_id"):
            parts.setdefault(parent, []).append(row)
    priced = {id_ for id_, own in parts.items() if any(map(_price, own))}
    types = {row["item_id"]: row.get("product_type") for row in rows}
    lines: list[Raw] = []
    for row in rows:
        parent, id_ = row.get("parent_item_id"), row["item_id"]
        is_variant = types.get(parent) == CONFIGURABLE
        if (id_ in priced and types[id_] != CONFIGURABLE) or is_variant:
            continue
        chosen = (
            parts[id_][0]["product_id"] if types[id_] == CONFIGURABLE and parts.get(id_) else None
        )
        lines.append({**row, "variant": chosen, "kit": None if parent in priced else parent})
    return lines


def _price(row: Raw) -> Decimal:
    return amount_of(row.get("row_total"))


def _total(row: Raw, raw: Raw) -> Decimal:
    return _with_tax(row) - (Decimal() if raw["includes_tax"] else amount_of(row.get("tax_amount")))


def _subtotal(row: Raw, raw: Raw) -> Decimal:
    return amount_of(row.get("row_total_incl_tax" if raw["includes_tax"] else "row_total"))


def _codes(raw: Raw) -> list[Raw]:
    told = dig(raw, "extension_attributes.coupon_codes") or [raw.get("coupon_code")]
    return [{"code": code} for code in told if code]


def buyer(raw: Raw) -> Buyer:
    """The person whom an order's billing address names."""
    place = raw.get("billing_address") or {}
    return Buyer(
        email=raw.get("customer_email") or place.get("email"),
        phone=place.get("telephone"),
        first_name=raw.get("customer_firstname") or place.get("firstname"),
        last_name=raw.get("customer_lastname") or place.get("lastname"),
        country=place.get("country_id"),
        region=place.get("region_code"),
        city=place.get("city"),
        postcode=place.get("postcode"),
    )


SALE = OrderTable(
    order={
        "id": "entity_id", "updated_at": lambda raw: utc(raw.get("updated_at")),
        "placed_at": lambda raw: utc(raw["created_at"]), "contact": "customer_id?", "buyer": buyer,
        "channel": lambda _: "web", "store": "store_id?", "currency": "order_currency_code",
        "shipping": lambda raw: (
            amount_of(raw.get("shipping_incl_tax")) - amount_of(raw.get("shipping_discount_amount"))
        ),
        # Points lower the price; gift cards and store credit pay it.
        "discount": lambda raw: dig(raw, "extension_attributes.reward_currency_amount"),
        "gift_card_paid": lambda raw: dig(raw, "extension_attributes.gift_cards_amount"),
    },
    tax_included="includes_tax",
    lines=_lines,
    line={
        "id": "item_id", "parent": "kit", "product": "product_id?", "variant": "variant",
        "sku": "sku", "title": "name?", "quantity": "qty_ordered", "total": _total,
        "subtotal": _subtotal, "tax": lambda row: amount_of(row.get("tax_amount")),
        "list_price": lambda row: row.get("original_price") or None,
        "gift_card": lambda row: row.get("product_type") == "giftcard",
    },
    discounts="codes",
    discount={"code": "code"},
)  # fmt: skip


def sale(raw: Raw, *, statuses: Mapping[str, str], untaxed: Collection[int]) -> Order:
    """An order; `untaxed` are the store views whose catalogue prices are without tax."""
    # The status may be a word of the shop's own; what it means to Magento is its state.
    usual = {str(raw.get("status")): STATES.get(str(raw.get("state")), str(raw.get("status")))}
    own = {"includes_tax": raw.get("store_id") not in untaxed, "codes": _codes(raw)}
    return SALE.build({**raw, **own}, status=order_status(str(raw.get("status")), statuses, usual))


def given_back(raw: Raw, *, untaxed: Collection[int]) -> Iterator[Refund | Deleted]:
    """A credit memo, once its money is on its way."""
    if raw["state"] == CANCELLED:
        yield Deleted(noun="Refund", id=raw["entity_id"])
    elif raw["state"] == REFUNDED:
        row = {"includes_tax": raw.get("store_id") not in untaxed}
        lines = tuple(
            RefundLine(
                line=each["order_item_id"],
                quantity=amount_of(each["qty"]),
                total=_total(each, row),
                tax=amount_of(each.get("tax_amount")),
            )
            for each in raw["items"]
            if amount_of(each["qty"]) and _price(each)
        )
        total = amount_of(raw["grand_total"])
        yield Refund(
            id=raw["entity_id"],
            order=raw["order_id"],
            updated_at=utc(raw.get("updated_at")),
            at=utc(raw["created_at"]),
            total=total,
            goods=None if lines else total - amount_of(raw.get("shipping_incl_tax")),
            lines=lines,
        )
