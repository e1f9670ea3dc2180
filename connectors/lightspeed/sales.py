"""Sales and returns: one list, in which a return is a sale with lines of negative quantity."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from connectors.kit import Deleted, Order, OrderTable, Raw, Refund, Taxed, utc

# https://x-series-api.lightspeedhq.com/docs/sales_states_and_attributes; of a sale on account the
# goods have left the store, of a layby they have not.
MEANINGS = {
    "fulfilled": "CLOSED ONACCOUNT ONACCOUNT_CLOSED LAYBY_CLOSED DISPATCHED_CLOSED "
    "PICKED_UP_CLOSED SERVICE_CLOSED closed",
    "paid": "AWAITING_DISPATCH AWAITING_PICKUP",
    "pending": "OPEN LAYBY SERVICE pending",
    "draft": "SAVED parked",
    "cancelled": "VOIDED voided",
}
CHARGE = Taxed("price_total", "tax_total")
DISCOUNT = Taxed("discount_total", "discount_tax")
SALES = OrderTable(
    statuses={word: ours for ours, words in MEANINGS.items() for word in words.split()},
    tax_included="tax_included",
    order={
        "id": "id",
        "updated_at": lambda raw: utc(raw["updated_at"]),
        "placed_at": lambda raw: utc(raw["sale_date"]),
        "status": lambda raw: (
            "VOIDED" if raw.get("deleted_at") else raw.get("status") or raw["state"]
        ),
        "channel": lambda raw: "web" if raw.get("source") in {"ECOMMERCE", "SHOPIFY"} else "pos",
        "store": "outlet_id?",
    },
    lines="line_items",
    line={
        "id": "id",
        "product": "product_id?",
        "quantity": "quantity",
        "total": CHARGE,
        "tax": "tax_total?",
        "discount": DISCOUNT,
    },
)


def sale(
    raw: Raw, statuses: Mapping[str, str], *, tax_included: bool, **known: str | None
) -> Iterator[Refund | Deleted | Order]:
    """Map the lines that were sold, and those that came back once the return is completed.

    `tax_included` is how the outlet shows its prices; the amounts of a sale never include tax.
    """
    lines = [line for line in raw["line_items"] if line.get("status") != "VOIDED"]
    sold = [line for line in lines if line["quantity"] >= 0 and not line.get("is_return")]
    returned = [line for line in lines if line.get("is_return") or not sold]
    # Beside goods that were sold, any other line of negative quantity is a discount
    # (https://x-series-api.lightspeedhq.com/docs/sales_discounts).
    off = [line for line in lines if line not in returned and line["quantity"] < 0]
    lines_sold = [{**line, "discount_tax": _discount_tax(line)} for line in sold]
    whole = {**raw, "line_items": lines_sold, "tax_included": tax_included}
    order = SALES.build(whole, statuses, discount=-_charge(off) or None, **known)
    if sold or not returned:
        yield order
    if returned and order.status == "cancelled":
        yield Deleted(noun="Refund", id=order.id)
    elif returned and order.status in {"fulfilled", "paid"}:
        yield Refund(
            id=order.id,
            # Without a receipt no sale is named; then it lowers none.
            order=raw.get("return_for") or order.id,
            updated_at=order.updated_at,
            at=order.placed_at,
            total=-_charge(returned),
        )


def _discount_tax(line: Raw) -> Decimal:
    """Tax that would be due on the discount of a line, at the rate of its price."""
    price = CHARGE.of(line, included=False)
    tax = CHARGE.of(line, included=True) - price
    return DISCOUNT.of(line, included=False) * tax / price if price else Decimal()


def _charge(lines: Iterable[Raw]) -> Decimal:
    return sum((CHARGE.of(line, included=True) for line in lines), Decimal())
