"""Orders and what was given back of them."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from connectors.kit import Buyer, Order, OrderTable, Raw, Refund, amount_of, dig

FIELDS = (
    "id,status,created_at,updated_at,canceled_at,email,customer_id,currency_code,is_draft_order,"
    "shipping_total,payment_status,fulfillment_status,*items,*items.adjustments,*billing_address,"
    "*shipping_address,*payment_collections,*payment_collections.payments,"
    "*payment_collections.payments.refunds"
)
# https://docs.medusajs.com/resources/commerce-modules/order/concepts; an order is placed before
# it is paid, and goods that are partly on their way count as paid.
SENT = {"shipped", "delivered", "fulfilled"}
UNPAID = {"not_paid", "awaiting", "requires_action", "canceled"}


def address(raw: Raw) -> dict[str, Any]:
    """Return where somebody lives and can be called, as fields of a contact or a buyer."""
    return {
        "first_name": raw.get("first_name"),
        "last_name": raw.get("last_name"),
        "phone": raw.get("phone"),
        "country": raw.get("country_code"),
        "region": raw.get("province"),
        "city": raw.get("city"),
        "postcode": raw.get("postal_code"),
    }


def sale(raw: Raw, statuses: Mapping[str, str]) -> Iterator[Refund | Order]:
    """Yield the order, and money that was given back of it."""
    codes: dict[Any, Decimal] = {}
    for each in (each for item in raw["items"] for each in item.get("adjustments") or ()):
        code = each.get("code")
        codes[code] = codes.get(code, Decimal()) + amount_of(each["amount"])
    used = [{"code": code, "amount": amount} for code, amount in codes.items()]
    yield SALE.build({**raw, "codes": used}, statuses, buyer=_buyer(raw))
    for collection in raw.get("payment_collections") or ():
        for payment in collection.get("payments") or ():
            for each in payment.get("refunds") or ():
                yield Refund(
                    id=each["id"],
                    order=raw["id"],
                    at=each["created_at"],
                    total=each["amount"],
                    reason=each.get("note"),
                )


def _buyer(raw: Raw) -> Buyer:
    bill = raw.get("billing_address") or raw.get("shipping_address") or {}
    return Buyer(**{**address(bill), "email": raw.get("email")})


def _status(raw: Raw) -> Any:
    if raw.get("is_draft_order") or raw["status"] == "canceled":
        return "draft" if raw.get("is_draft_order") else "canceled"
    if raw.get("fulfillment_status") in SENT:
        return "fulfilled"
    return "pending" if raw.get("payment_status") in UNPAID else "paid"


def _net(row: Raw) -> Decimal:
    return amount_of(row["total"]) - amount_of(row["tax_total"])


def _total(row: Raw, order: Raw) -> Decimal:
    return amount_of(row["total"]) if includes_tax(order) else _net(row)


def _off(row: Raw, order: Raw) -> Decimal:
    name = "discount_total" if includes_tax(order) else "discount_subtotal"
    return amount_of(row.get(name) or row["discount_total"])


def includes_tax(raw: Raw) -> bool:
    """Whether the prices of an order include tax, as its first line says."""
    return any(each.get("is_tax_inclusive") for each in raw["items"])


SALE = OrderTable(
    statuses={"canceled": "cancelled"},
    tax_included=includes_tax,
    order={
        "id": "id",
        "updated_at": "updated_at",
        "placed_at": "created_at",
        "status": _status,
        "channel": lambda _: "web",
        "contact": "customer_id?",
        "ship_country": lambda raw: dig(raw, "shipping_address.country_code"),
        "currency": lambda raw: raw["currency_code"].upper(),
        "shipping": "shipping_total?",
    },
    lines="items",
    line={
        "id": "id",
        "product": "product_id?",
        "variant": "variant_id?",
        "sku": "variant_sku?",
        "title": ("product_title?", "title?"),
        "quantity": "quantity",
        "total": _total,
        "tax": "tax_total",
        "list_price": "compare_at_unit_price?",
        "coupon_discount": _off,
        "gift_card": lambda row: bool(row.get("is_giftcard")),
    },
    discounts="codes",
    discount={"code": "code", "amount": "amount"},
)
