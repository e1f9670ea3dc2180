"""Orders with their lines, discounts and buyers, and what was given back of them.

All amounts are those in which the shop keeps its books (`shopMoney`), whatever was presented.
"""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from connectors.kit import Buyer, Order, OrderTable, Raw, Refund, RefundLine, amount_of, dig
from connectors.shopify.people import ADDRESS, number

# https://shopify.dev/docs/api/admin-graphql/2026-10/enums/OrderDisplayFinancialStatus; a payment
# that is authorized is taken when the goods are sent.
MEANINGS = {
    "cancelled": "CANCELLED VOIDED",
    "fulfilled": "FULFILLED",
    "paid": "AUTHORIZED PAID PARTIALLY_PAID PARTIALLY_REFUNDED REFUNDED",
    "pending": "EXPIRED PENDING",
    "test": "TEST",
}
KINDS = {"Automatic": "automatic", "DiscountCode": "coupon", "Manual": "staff"}
"""Kinds of discounts by their types, DiscountCodeApplication and the like."""
PAID = {"CAPTURE", "SALE"}
# https://community.shopify.dev/t/order-paid-webhook-sourcename-property-changed-for-subscription/23868
RENEWALS = {"subscription_contract", "subscription_contract_checkout_one"}
VISIT = "customerJourneySummary.lastVisit"


def money(raw: Raw, name: str) -> Decimal:
    """Return an amount as the shop books it; zero where there is none."""
    return amount_of(dig(raw, f"{name}.shopMoney.amount"))


def sale(raw: Raw, statuses: Mapping[str, str]) -> Iterator[Refund | Order]:
    """An order without what an edit took off it, and the refunds that paid something back."""
    refunds = [each for each in raw["refunds"] if money(each, "totalRefundedSet")]
    lines = [_line(each, _bought(each, raw, refunds)) for each in raw["lineItems"]["nodes"]]
    made = {"lines": lines, "discounts": _discounts(raw)}
    yield ORDER.build({**raw, **made}, statuses, buyer=_buyer(raw))
    yield from (_refund(each, raw) for each in refunds)


def _bought(line: Raw, raw: Raw, refunds: Iterable[Raw]) -> int:
    """Return the units that were bought: an edit takes off others, and pays nothing back."""
    quantity = int(line["quantity"])
    returned = sum(
        int(each["quantity"])
        for refund in refunds
        for each in refund["refundLineItems"]["nodes"]
        if each["lineItem"]["id"] == line["id"]
    )
    left = quantity if raw.get("cancelledAt") else int(line["currentQuantity"]) + returned
    return min(quantity, left)


def _line(raw: Raw, bought: int) -> Raw:
    """Return a row with its amounts, all for so many of its units."""
    off = {True: Decimal(), False: Decimal()}
    for each in raw["discountAllocations"]:
        off["code" in each["discountApplication"]] += money(each, "allocatedAmountSet")
    part = Decimal(bought) / int(raw["quantity"]) if raw["quantity"] else Decimal(1)
    amounts = {
        "total": money(raw, "originalTotalSet") - off[True] - off[False],
        "discount": off[False],
        "coupon_discount": off[True],
        "tax": sum((money(each, "priceSet") for each in raw["taxLines"]), Decimal()),
    }
    return {**raw, **{name: each * part for name, each in amounts.items()}, "quantity": bought}


def _discounts(raw: Raw) -> list[Raw]:
    """Return the discounts on lines, added up, and codes that lower the freight alone."""
    found: dict[Any, dict[str, Any]] = {}
    for each in (
        each for line in raw["lineItems"]["nodes"] for each in line["discountAllocations"]
    ):
        applied = each["discountApplication"]
        kind = KINDS.get(applied["__typename"].removesuffix("Application"), "automatic")
        one = {"code": applied.get("code"), "kind": kind, "amount": Decimal()}
        one = found.setdefault(applied["index"], one)
        one["amount"] += money(each, "allocatedAmountSet")
    codes = {each["code"] for each in found.values()}
    others = (code for code in raw.get("discountCodes") or () if code not in codes)
    return [*found.values(), *({"code": code, "kind": "coupon"} for code in others)]


def _buyer(raw: Raw) -> Buyer | None:
    bill = raw.get("billingAddress") or raw.get("shippingAddress") or {}
    stated = {ours: bill.get(theirs) for ours, theirs in ADDRESS.items()}
    stated |= {"email": raw.get("email"), "phone": raw.get("phone") or bill.get("phone")}
    return Buyer(**stated) if any(stated.values()) else None


def _status(raw: Raw) -> Any:
    payment = raw.get("displayFinancialStatus")
    if raw.get("test") or raw.get("cancelledAt"):
        return "TEST" if raw.get("test") else "CANCELLED"
    # An invoice may be paid long after the goods are handed over.
    is_sent = raw.get("displayFulfillmentStatus") == "FULFILLED" and payment != "VOIDED"
    return "FULFILLED" if is_sent else payment


def _gift_cards(raw: Raw) -> Decimal | None:
    paid = [
        money(each, "amountSet")
        for each in raw.get("transactions") or ()
        if (each["gateway"], each["status"]) == ("gift_card", "SUCCESS") and each["kind"] in PAID
    ]
    return sum(paid, Decimal()) if paid else None


def _goods(raw: Raw) -> Decimal | None:
    """Return the total of an order without lines."""
    total = money(raw, "totalPriceSet") - money(raw, "totalShippingPriceSet")
    return None if raw["lines"] else total


ORDER = OrderTable(
    statuses={word: ours for ours, words in MEANINGS.items() for word in words.split()},
    tax_included="taxesIncluded",
    order={
        "id": "legacyResourceId",
        "updated_at": "updatedAt",
        # An order that was imported was processed long before it was created.
        "placed_at": "processedAt",
        "status": _status,
        "channel": lambda raw: "pos" if raw.get("sourceName") == "pos" else "web",
        "subscription": lambda raw: "renewal" if raw.get("sourceName") in RENEWALS else None,
        "store": "retailLocation.legacyResourceId",
        "contact": "customer.legacyResourceId",
        "ship_country": "shippingAddress.countryCodeV2",
        "source": (f"{VISIT}.utmParameters.source", f"{VISIT}.source"),
        "campaign": f"{VISIT}.utmParameters.campaign",
        "gift_card_paid": _gift_cards,
        "currency": "currencyCode",
        "total": _goods,
        "shipping": "totalShippingPriceSet.shopMoney.amount",
    },
    lines="lines",
    line={
        "id": lambda row: number(row["id"]),
        "product": "product.legacyResourceId",
        "variant": "variant.legacyResourceId",
        "brand": "vendor?",
        "gift_card": "isGiftCard",
        **{name: name for name in ("sku", "title", "quantity", "total", "tax")},
        **{name: name for name in ("discount", "coupon_discount")},
    },
    discounts="discounts",
    discount={"code": "code", "kind": "kind", "amount": "amount?"},
)


def _refund(raw: Raw, order: Raw) -> Refund:
    """Money that was given back: for lines at their prices, and whatever was paid beyond them."""
    taxes = () if order["taxesIncluded"] else ("taxAmountSet",)
    freight = [
        money(each, name)
        for each in raw["refundShippingLines"]["nodes"]
        for name in ("subtotalAmountSet", *taxes)
    ]
    total = money(raw, "totalRefundedSet")
    paid = max(total - sum(freight), Decimal())
    taxed = Decimal(not order["taxesIncluded"])
    lines = tuple(
        RefundLine(
            line=number(each["lineItem"]["id"]),
            quantity=each["quantity"],
            total=money(each, "subtotalSet"),
            tax=money(each, "totalTaxSet"),
        )
        for each in raw["refundLineItems"]["nodes"]
    )
    return Refund(
        id=raw["legacyResourceId"],
        order=order["legacyResourceId"],
        updated_at=raw["updatedAt"],
        at=raw["processedAt"],
        total=total,
        goods=None
        if lines and paid <= sum(each.total + taxed * each.tax for each in lines)
        else paid,
        reason=raw.get("note"),
        lines=lines,
    )
