"""Orders with their lines, discounts and buyers, and what was given back of them.

All amounts are those in which the shop keeps its books (`shopMoney`), whatever was presented.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from connectors.kit import Buyer, Order, OrderTable, Raw, Refund, RefundLine, amount_of, dig
from connectors.shopify.account import number

# https://shopify.dev/docs/api/admin-graphql/2026-10/enums/OrderDisplayFinancialStatus; a payment
# that is authorized is taken when the goods are sent.
STATUSES = {
    "AUTHORIZED": "paid",
    "EXPIRED": "pending",
    "PAID": "paid",
    "PARTIALLY_PAID": "paid",
    "PARTIALLY_REFUNDED": "paid",
    "PENDING": "pending",
    "REFUNDED": "paid",
    "VOIDED": "cancelled",
    "CANCELLED": "cancelled",
    "FULFILLED": "fulfilled",
    "TEST": "test",
}
KINDS: Mapping[str, str] = {
    "AutomaticDiscountApplication": "automatic",
    "DiscountCodeApplication": "coupon",
    "ManualDiscountApplication": "staff",
    "ScriptDiscountApplication": "automatic",
}
"""Kinds of discounts by their types."""
PAID = {"CAPTURE", "SALE"}


def money(raw: Raw, name: str) -> Decimal:
    """Return an amount as the shop books it; zero where there is none."""
    return amount_of(dig(raw, f"{name}.shopMoney.amount"))


def sale(raw: Raw, statuses: Mapping[str, str]) -> Iterator[Refund | Order]:
    """An order without what an edit took off it, and the refunds that paid something back."""
    refunds = [each for each in raw["refunds"] if money(each, "totalRefundedSet")]
    lines = [_line(each, _left(each, raw, refunds)) for each in raw["lineItems"]["nodes"]]
    yield ORDER.build(
        {**raw, "lines": lines, "discounts": _discounts(raw)}, statuses, buyer=_buyer(raw)
    )
    for each in refunds:
        yield _refund(each, raw)


def _left(line: Raw, raw: Raw, refunds: list[Raw]) -> int:
    """Return the units that were bought: an edit takes off others, and pays nothing back."""
    bought = int(line["quantity"])
    if raw.get("cancelledAt"):
        return bought
    returned = sum(
        each["quantity"]
        for refund in refunds
        for each in refund["refundLineItems"]["nodes"]
        if each["lineItem"]["id"] == line["id"]
    )
    return min(bought, int(line["currentQuantity"]) + int(returned))


def _line(raw: Raw, quantity: int) -> Raw:
    """Return a row with its amounts, all for so many of its units."""
    off = {True: Decimal(), False: Decimal()}
    for each in raw["discountAllocations"]:
        off["code" in each["discountApplication"]] += money(each, "allocatedAmountSet")
    tax = sum((money(each, "priceSet") for each in raw["taxLines"]), Decimal())
    amounts = {
        "total": money(raw, "originalTotalSet") - off[True] - off[False],
        "discount": off[False],
        "coupon_discount": off[True],
        "tax": tax,
    }
    bought = int(raw["quantity"])
    if quantity != bought:
        amounts = {name: each * quantity / bought for name, each in amounts.items()}
    return {**raw, **amounts, "quantity": quantity}


def _discounts(raw: Raw) -> list[Raw]:
    """Return the discounts on lines, added up, and codes that lower the freight alone."""
    found: dict[int, dict[str, Any]] = {}
    for line in raw["lineItems"]["nodes"]:
        for each in line["discountAllocations"]:
            applied = each["discountApplication"]
            one = found.setdefault(
                applied["index"],
                {"code": applied.get("code"), "kind": KINDS.get(applied["__typename"])},
            )
            one["amount"] = one.get("amount", Decimal()) + money(each, "allocatedAmountSet")
    codes = {each["code"] for each in found.values()}
    others = (code for code in raw.get("discountCodes") or () if code not in codes)
    return [*found.values(), *({"code": code, "kind": "coupon"} for code in others)]


def _buyer(raw: Raw) -> Buyer | None:
    bill = raw.get("billingAddress") or raw.get("shippingAddress") or {}
    stated = {
        "email": raw.get("email"),
        "phone": raw.get("phone") or bill.get("phone"),
        "first_name": bill.get("firstName"),
        "last_name": bill.get("lastName"),
        "country": bill.get("countryCodeV2"),
        "region": bill.get("province"),
        "city": bill.get("city"),
        "postcode": bill.get("zip"),
    }
    return Buyer(**stated) if any(stated.values()) else None


def _status(raw: Raw) -> Any:
    if raw.get("test"):
        return "TEST"
    payment = raw.get("displayFinancialStatus")
    if raw.get("cancelledAt"):
        return "CANCELLED"
    # An invoice may be paid long after the goods are handed over.
    is_sent = raw.get("displayFulfillmentStatus") == "FULFILLED" and payment != "VOIDED"
    return "FULFILLED" if is_sent else payment


def _goods(raw: Raw) -> Decimal | None:
    """Return the total of an order without lines."""
    if raw["lines"]:
        return None
    return money(raw, "totalPriceSet") - money(raw, "totalShippingPriceSet")


def _gift_cards(raw: Raw) -> Decimal | None:
    paid = [
        money(each, "amountSet")
        for each in raw.get("transactions") or ()
        if each.get("gateway") == "gift_card"
        and each.get("status") == "SUCCESS"
        and each.get("kind") in PAID
    ]
    return sum(paid, Decimal()) if paid else None


VISIT = "customerJourneySummary.lastVisit"
ORDER = OrderTable(
    statuses=STATUSES,
    tax_included="taxesIncluded",
    order={
        "id": "legacyResourceId",
        "updated_at": "updatedAt",
        # An order that was imported was processed long before it was created.
        "placed_at": "processedAt",
        "status": _status,
        "channel": lambda raw: "pos" if raw.get("sourceName") == "pos" else "web",
        "store": "retailLocation.legacyResourceId",
        "contact": "customer.legacyResourceId",
        "ship_country": "shippingAddress.countryCodeV2",
        "source": (f"{VISIT}.utmParameters.source", f"{VISIT}.source"),
        "campaign": f"{VISIT}.utmParameters.campaign",
        "gift_card_paid": _gift_cards,
        "currency": "currencyCode",
        "total": _goods,
        "shipping": lambda raw: money(raw, "totalShippingPriceSet"),
    },
    lines="lines",
    line={
        "id": lambda row: number(row["id"]),
        "product": "product.legacyResourceId",
        "variant": "variant.legacyResourceId",
        "sku": "sku?",
        "title": "title",
        "brand": "vendor?",
        "quantity": "quantity",
        "total": "total",
        "discount": "discount",
        "coupon_discount": "coupon_discount",
        "tax": "tax",
        "gift_card": "isGiftCard",
    },
    discounts="discounts",
    discount={"code": "code?", "kind": "kind?", "amount": "amount?"},
)


def _refund(raw: Raw, order: Raw) -> Refund:
    """Money that was given back, for lines at their prices or, without lines, as an amount."""
    lines = [
        RefundLine(
            line=number(each["lineItem"]["id"]),
            quantity=each["quantity"],
            total=money(each, "subtotalSet"),
            tax=money(each, "totalTaxSet"),
        )
        for each in raw["refundLineItems"]["nodes"]
    ]
    total = money(raw, "totalRefundedSet")
    freight = sum(
        (
            money(each, "subtotalAmountSet")
            + (Decimal() if order["taxesIncluded"] else money(each, "taxAmountSet"))
            for each in raw["refundShippingLines"]["nodes"]
        ),
        Decimal(),
    )
    return Refund(
        id=raw["legacyResourceId"],
        order=order["legacyResourceId"],
        updated_at=raw["updatedAt"],
        at=raw["processedAt"],
        total=total,
        goods=None if lines else max(total - freight, Decimal()),
        reason=raw.get("note"),
        lines=tuple(lines),
    )
