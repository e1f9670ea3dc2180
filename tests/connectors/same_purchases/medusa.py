"""The same purchases as Medusa's Admin API answers them.

https://docs.medusajs.com/api/admin#orders_order_schema
"""

from itertools import count
from typing import Any

from connectors.medusa import Medusa
from tests.connectors.same_purchases.purchases import GUEST, IDA
from tests.connectors.same_purchases.reading import ServedPlatform

Raw = dict[str, Any]
PLACED, CHANGED = "2024-03-01T23:30:00.000Z", "2024-03-01T23:40:00.000Z"
REFUNDED = "2024-03-04T12:00:00.000Z"
IDA_ID, GUEST_ID = "cus_01", "cus_02"
NUMBERS = count(101)


def item(
    total: float,
    tax: float,
    quantity: int = 1,
    *,
    code: str | None = None,
    off: float = 0,
    included: bool = True,
    **fields: Any,
) -> Raw:
    """A line by its total with tax, its tax, and what a code took off."""
    adjustments = [{"id": f"ordliadj_{next(NUMBERS)}", "code": code, "amount": off}] if code else []
    return {
        "id": f"ordli_{next(NUMBERS)}", "title": "A shirt", "quantity": quantity,
        "unit_price": total / quantity, "is_tax_inclusive": included, "total": total,
        "tax_total": tax, "discount_total": off, "adjustments": adjustments, **fields,
    }  # fmt: skip


def order(*items: Raw, refunds: tuple[float, ...] = (), **fields: Any) -> Raw:
    """An order of Ida, delivered and paid, unless `fields` say otherwise."""
    given = [
        {"id": f"ref_{next(NUMBERS)}", "amount": each, "created_at": REFUNDED} for each in refunds
    ]
    payment = {"id": f"pay_{next(NUMBERS)}", "refunds": given}
    return {
        "id": f"order_{next(NUMBERS)}", "status": "pending", "created_at": PLACED,
        "updated_at": CHANGED, "email": IDA, "customer_id": IDA_ID, "currency_code": "dkk",
        "payment_status": "captured", "fulfillment_status": "delivered", "shipping_total": 0,
        "items": list(items),
        "payment_collections": [{"id": f"pay_col_{next(NUMBERS)}", "payments": [payment]}],
        **fields,
    }  # fmt: skip


def customer(key: str, email: str) -> Raw:
    """A customer; a guest is one too."""
    return {"id": key, "created_at": PLACED, "updated_at": PLACED, "email": email, "addresses": []}


ORDERS = {
    "tax_included": order(item(250, 50, 2)),
    "tax_on_top": order(item(250, 50, 2, included=False)),
    "coupon_on_order": order(
        item(270, 54, code="Spring10", off=30), item(90, 18, code="Spring10", off=10)
    ),
    "coupon_on_line": order(item(250, 50, code="Jacket50", off=50), item(100, 20)),
    "sale_price": order(item(200, 40, compare_at_unit_price=250), item(100, 20)),
    "amount_only_refund": order(item(200, 40), refunds=(30,)),
    "gift_card": order(item(100, 20), item(500, 0, is_giftcard=True)),
    "guest": order(item(100, 20), email=GUEST, customer_id=GUEST_ID),
    "second_currency": order(item(20, 4), currency_code="eur"),
    "free_order": order(item(0, 0, code="gratis", off=100)),
    "odd_cents": order(item(99.99, 20, 3), item(0.49, 0.1, 7)),
    "cancelled": order(item(100, 20), status="canceled"),
    "shipping_and_fee": order(item(200, 40), shipping_total=64),
}  # fmt: skip
PLATFORM = ServedPlatform(
    orders={name: raw["id"] for name, raw in ORDERS.items()},
    cannot={
        "partial_refund": "Money is given back of a payment, which names no line.",
        "full_refund": "Money is given back of a payment, which names no line.",
        "nobody": "There is no till, and every order has an address.",
        "store_credit": "Store credit is a payment and takes nothing off the price.",
    },
    source=Medusa.model_validate({"url": "https://shop.example", "api_key": "sk_made_up"}),
    raws={
        "/customers": [customer(IDA_ID, IDA), customer(GUEST_ID, GUEST)],
        "/orders": [*ORDERS.values()],
    },
)
