"""The same purchases in the shapes of Shopify's GraphQL Admin API.

https://shopify.dev/docs/api/admin-graphql/2026-10/objects/Order
"""

from collections.abc import Sequence
from itertools import count
from typing import Any

from connectors.shopify import Shopify
from tests.connectors.same_purchases.purchases import GUEST, IDA
from tests.connectors.same_purchases.reading import ServedPlatform

Raw = dict[str, Any]
PLACED, CHANGED = "2024-03-01T23:30:00Z", "2024-03-01T23:40:00Z"
REFUNDED = "2024-03-04T12:00:00Z"
IDA_ID, GUEST_ID, SHIRT = "7001", "7002", "8001"
NUMBERS = count(101)


def gid(noun: str, number: int | str) -> str:
    """A global id."""
    return f"gid://shopify/{noun}/{number}"


def money(amount: str) -> Raw:
    """An amount in the shop's currency; what was presented is not asked for."""
    return {"shopMoney": {"amount": amount, "currencyCode": "DKK"}}


def whole(nodes: Sequence[Raw]) -> Raw:
    """A connection of one page."""
    return {"nodes": list(nodes), "pageInfo": {"hasNextPage": False, "endCursor": None}}


def line(
    total: str,
    tax: str,
    quantity: int = 1,
    *,
    code: str | None = None,
    off: str | None = None,
    kind: str = "DiscountCodeApplication",
    **fields: Any,
) -> Raw:
    """A line with its price before discounts, and its part of one discount."""
    applied = {"__typename": kind, "index": 0} | ({"code": code} if code else {})
    allocated = [{"allocatedAmountSet": money(off), "discountApplication": applied}] if off else []
    return {
        "id": gid("LineItem", next(NUMBERS)), "title": "A thing", "sku": None, "vendor": None,
        "quantity": quantity, "currentQuantity": quantity, "isGiftCard": False,
        "product": None, "variant": None, "originalTotalSet": money(total),
        "discountAllocations": allocated, "taxLines": [{"priceSet": money(tax)}], **fields,
    }  # fmt: skip


def refund(total: str, *lines: Raw) -> Raw:
    """Money that was given back, and the lines that came back."""
    number = next(NUMBERS)
    return {
        "id": gid("Refund", number), "legacyResourceId": str(number), "note": None,
        "processedAt": REFUNDED, "updatedAt": REFUNDED, "totalRefundedSet": money(total),
        "refundLineItems": whole(lines), "refundShippingLines": whole([]),
    }  # fmt: skip


def returned(of: Raw, quantity: int, total: str, tax: str) -> Raw:
    """Units of a line that came back, after which the line counts fewer."""
    of["currentQuantity"] -= quantity
    return {
        "quantity": quantity, "lineItem": {"id": of["id"]}, "subtotalSet": money(total),
        "totalTaxSet": money(tax),
    }  # fmt: skip


def order(*lines: Raw, **fields: Any) -> Raw:
    """An order of Ida in the web shop, paid and sent, unless `fields` say otherwise."""
    number = next(NUMBERS)
    return {
        "id": gid("Order", number), "legacyResourceId": str(number), "processedAt": PLACED,
        "updatedAt": CHANGED, "cancelledAt": None, "test": False, "sourceName": "web",
        "email": IDA, "phone": None, "displayFinancialStatus": "PAID",
        "displayFulfillmentStatus": "FULFILLED", "currencyCode": "DKK", "taxesIncluded": True,
        "discountCodes": [], "customer": {"legacyResourceId": IDA_ID}, "retailLocation": None,
        "billingAddress": None, "shippingAddress": None, "customerJourneySummary": None,
        "totalPriceSet": money("0.0"), "totalShippingPriceSet": money("0.0"),
        "transactions": [], "lineItems": whole(lines), "refunds": [], **fields,
    }  # fmt: skip


def customer(number: str, email: str) -> Raw:
    """A customer; a guest is one too, without an account."""
    return {
        "id": gid("Customer", number), "legacyResourceId": number, "createdAt": PLACED,
        "updatedAt": PLACED, "firstName": None, "lastName": None, "locale": "da",
        "defaultPhoneNumber": None, "defaultAddress": None,
        "defaultEmailAddress": {
            "emailAddress": email, "openTrackingLevel": "UNKNOWN", "state": "NOT_SUBSCRIBED",
            "optInLevel": None, "updatedAt": None,
        },
    }  # fmt: skip


def product(number: str, price: str, before: str | None) -> Raw:
    """A product with one variant, of the next number."""
    variant = {
        "id": gid("ProductVariant", f"{number}1"), "legacyResourceId": f"{number}1", "sku": None,
        "title": "Default Title", "price": price,
        "compareAtPrice": before,
    }  # fmt: skip
    return {
        "id": gid("Product", number), "legacyResourceId": number, "title": "A shirt",
        "vendor": "Fjeld", "isGiftCard": False, "updatedAt": PLACED,
        "priceRangeV2": {"minVariantPrice": {"amount": price, "currencyCode": "DKK"}},
        "collections": whole([]), "variants": whole([variant]),
    }  # fmt: skip


def of(number: str) -> Raw:
    """The product and variant of a line."""
    return {
        "product": {"legacyResourceId": number}, "variant": {"legacyResourceId": f"{number}1"}
    }  # fmt: skip


TWO = line("200.0", "50.0", 2)
BACK = line("100.0", "20.0")
ORDERS = {
    "tax_included": order(line("250.0", "50.0", 2)),
    "tax_on_top": order(line("200.0", "50.0", 2), taxesIncluded=False),
    # A discount of the whole order is allocated to its lines.
    "coupon_on_order": order(
        line("300.0", "54.0", code="Spring10", off="30.0"),
        line("100.0", "18.0", code="Spring10", off="10.0"),
        discountCodes=["Spring10"],
    ),
    "coupon_on_line": order(
        line("300.0", "50.0", code="Jacket50", off="50.0"), line("100.0", "20.0"),
        discountCodes=["Jacket50"],
    ),
    "sale_price": order(line("200.0", "40.0", **of("8001")), line("100.0", "20.0", **of("8002"))),
    "partial_refund": order(
        TWO, taxesIncluded=False, displayFinancialStatus="PARTIALLY_REFUNDED",
        refunds=[refund("125.0", returned(TWO, 1, "100.0", "25.0"))],
    ),
    "amount_only_refund": order(
        line("200.0", "40.0"), displayFinancialStatus="PARTIALLY_REFUNDED", refunds=[refund("30.0")]
    ),
    "full_refund": order(
        BACK, displayFinancialStatus="REFUNDED",
        refunds=[refund("100.0", returned(BACK, 1, "100.0", "20.0"))],
    ),
    "gift_card": order(line("100.0", "20.0"), line("500.0", "0.0", isGiftCard=True)),
    "guest": order(line("100.0", "20.0"), email=GUEST, customer={"legacyResourceId": GUEST_ID}),
    "nobody": order(line("100.0", "20.0"), email=None, customer=None, sourceName="pos"),
    "free_order": order(
        line("100.0", "0.0", code="gratis", off="100.0"), discountCodes=["gratis"]
    ),
    "odd_cents": order(line("99.99", "20.0", 3), line("0.49", "0.1", 7)),
    "cancelled": order(
        line("100.0", "20.0", currentQuantity=0), cancelledAt=CHANGED,
        displayFinancialStatus="VOIDED", displayFulfillmentStatus="UNFULFILLED",
    ),
    "shipping_and_fee": order(
        line("200.0", "40.0"), totalPriceSet=money("264.0"), totalShippingPriceSet=money("64.0")
    ),
}  # fmt: skip
PLATFORM = ServedPlatform(
    orders={name: raw["legacyResourceId"] for name, raw in ORDERS.items()},
    cannot={
        "second_currency": "A shop keeps its books in one currency, whatever it presents.",
        "store_credit": "Store credit is a payment and takes nothing off the price.",
    },
    source=Shopify.model_validate(
        {"url": "https://example.myshopify.com", "token": "made-up-token"}
    ),
    raws={
        "data.currentAppInstallation": [{"handle": "read_all_orders"}],
        "data.products": [product("8001", "200.00", "250.00"), product("8002", "100.00", None)],
        "data.customers": [customer(IDA_ID, IDA), customer(GUEST_ID, GUEST)],
        "data.orders": [*ORDERS.values()],
    },
)
