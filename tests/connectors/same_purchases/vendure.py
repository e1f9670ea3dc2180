"""The same purchases as Vendure's Admin API answers them.

https://docs.vendure.io/reference/graphql-api/admin/object-types/#order
"""

from itertools import count
from typing import Any

from connectors.vendure import Vendure
from tests.connectors.same_purchases.purchases import GUEST, IDA
from tests.connectors.same_purchases.reading import ServedPlatform

Raw = dict[str, Any]
PLACED, CHANGED = "2024-03-01T23:30:00.000Z", "2024-03-01T23:40:00.000Z"
REFUNDED = "2024-03-04T12:00:00.000Z"
IDA_ID, GUEST_ID = "11", "12"
NUMBERS = count(101)


def taken(net: int, gross: int, promotion: str = "7") -> Raw:
    """The part that a promotion took off, of a line or of the order."""
    source = f"PROMOTION:{promotion}"
    return {"adjustmentSource": source, "amount": -net, "amountWithTax": -gross}


def line(
    net: int,
    gross: int,
    quantity: int = 1,
    *,
    off: tuple[int, int] = (0, 0),
    left: int | None = None,
) -> Raw:
    """A line by its charge without tax and with it; `left` units were not cancelled."""
    kept = quantity if left is None else left
    return {
        "id": str(next(NUMBERS)), "quantity": kept, "orderPlacedQuantity": quantity,
        "linePrice": (net + off[0]) * kept // quantity,
        "linePriceWithTax": (gross + off[1]) * kept // quantity,
        "proratedUnitPrice": net // quantity, "proratedUnitPriceWithTax": gross // quantity,
        "proratedLinePrice": net * kept // quantity,
        "proratedLinePriceWithTax": gross * kept // quantity,
        "discounts": [taken(*off)] if any(off) else [],
        "productVariant": {"id": "21", "sku": "S-1", "name": "A shirt", "productId": "20"},
    }  # fmt: skip


def refund(total: int, *lines: tuple[Raw, int]) -> Raw:
    """Money that was given back, perhaps for units of lines."""
    return {
        "id": str(next(NUMBERS)), "createdAt": REFUNDED, "updatedAt": REFUNDED, "shipping": 0,
        "total": total, "state": "Settled", "reason": None,
        "lines": [{"orderLineId": each["id"], "quantity": units} for each, units in lines],
    }  # fmt: skip


def order(
    *lines: Raw,
    included: bool = True,
    code: str | None = None,
    refunds: list[Raw] | None = None,
    **fields: Any,
) -> Raw:
    """An order of Ida, delivered, unless `fields` say otherwise."""
    channel = {"code": "__default_channel__", "pricesIncludeTax": included}
    payment = {"id": str(next(NUMBERS)), "state": "Settled", "refunds": refunds or []}
    off = [each for one in lines for each in one["discounts"]]
    whole = [taken(*(-sum(each[name] for each in off) for name in ("amount", "amountWithTax")))]
    return {
        "id": str(next(NUMBERS)), "createdAt": PLACED, "updatedAt": CHANGED,
        "orderPlacedAt": PLACED, "state": "Delivered", "active": False, "currencyCode": "DKK",
        "subTotalWithTax": sum(each["proratedLinePriceWithTax"] for each in lines),
        "shippingWithTax": 0, "couponCodes": [code] if code else [], "channels": [channel],
        "customer": {"id": IDA_ID, "emailAddress": IDA}, "billingAddress": None,
        "shippingAddress": None, "promotions": [{"id": "7", "couponCode": code}] if off else [],
        "discounts": whole if off else [], "surcharges": [], "lines": list(lines),
        "payments": [payment], **fields,
    }  # fmt: skip


def customer(number: str, email: str) -> Raw:
    """A customer; a guest is one too, without a user."""
    return {
        "id": number, "createdAt": PLACED, "updatedAt": PLACED, "firstName": "", "lastName": "",
        "emailAddress": email, "phoneNumber": None, "addresses": [],
    }  # fmt: skip


HALF_BACK, BACK = line(20000, 25000, 2, left=1), line(8000, 10000)
ORDERS = {
    "tax_included": order(line(20000, 25000, 2)),
    "tax_on_top": order(line(20000, 25000, 2), included=False),
    "coupon_on_order": order(
        line(21600, 27000, off=(2400, 3000)), line(7200, 9000, off=(800, 1000)), code="Spring10"
    ),
    "coupon_on_line": order(
        line(20000, 25000, off=(4000, 5000)), line(8000, 10000), code="Jacket50"
    ),
    # A promotion without a code.
    "sale_price": order(line(16000, 20000, off=(4000, 5000)), line(8000, 10000)),
    "partial_refund": order(HALF_BACK, included=False, refunds=[refund(12500, (HALF_BACK, 1))]),
    "amount_only_refund": order(line(16000, 20000), refunds=[refund(3000)]),
    "full_refund": order(BACK, refunds=[refund(10000, (BACK, 1))]),
    "guest": order(
        line(8000, 10000), customer={"id": GUEST_ID, "emailAddress": GUEST}
    ),
    "second_currency": order(line(1600, 2000), currencyCode="EUR"),
    "free_order": order(line(0, 0, off=(8000, 10000)), code="gratis"),
    "store_credit": order(line(16000, 20000), surcharges=[{"priceWithTax": -5000}]),
    "odd_cents": order(line(7999, 9999, 3), line(39, 49, 7)),
    # The server takes the units of a cancelled order from its lines.
    "cancelled": order(line(8000, 10000, left=0), state="Cancelled"),
    "shipping_and_fee": order(
        line(16000, 20000), shippingWithTax=4900, surcharges=[{"priceWithTax": 1500}]
    ),
}  # fmt: skip
PLATFORM = ServedPlatform(
    orders={name: raw["id"] for name, raw in ORDERS.items()},
    cannot={
        "gift_card": "Gift cards are plugins, each of its own.",
        "nobody": "There is no till, and every order has a customer.",
    },
    source=Vendure.model_validate({"url": "https://shop.example", "api_key": "made-up"}),
    raws={
        "data.customers": [customer(IDA_ID, IDA), customer(GUEST_ID, GUEST)],
        "data.orders": [*ORDERS.values()],
    },
)
