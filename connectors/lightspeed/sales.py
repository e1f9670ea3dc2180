"""Sales and returns: one list, in which a return is a sale with lines of negative quantity."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from connectors.kit import OrderTable, Raw, Taxed, amount_of, dig

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
WALK_IN = "WALKIN"
NO_ID = "00000000-0000-0000-0000-000000000000"


def is_walk_in(customer: Raw) -> bool:
    """Whether a customer stands for sales to nobody in particular."""
    return customer.get("customer_code") == WALK_IN or customer.get("id") == NO_ID


def _rows(raw: Raw) -> list[Raw]:
    return [row for row in raw["line_items"] if row.get("status") != "VOIDED"]


def _sold(raw: Raw) -> list[Raw]:
    return [row for row in _rows(raw) if row["quantity"] >= 0 and not row.get("is_return")]


def _returned(raw: Raw) -> Sequence[Raw]:
    is_return = not _sold(raw)
    return [row for row in _rows(raw) if is_return or row.get("is_return")]


def _deduction(raw: Raw) -> Decimal | None:
    """Return the lines of negative quantity beside goods that were sold, which are a discount.

    https://x-series-api.lightspeedhq.com/docs/sales_discounts
    """
    others = [*_sold(raw), *_returned(raw)]
    off = [CHARGE.of(row, included=True) for row in _rows(raw) if row not in others]
    return -sum(off, Decimal()) or None


def _status(raw: Raw) -> Any:
    return "VOIDED" if raw.get("deleted_at") else raw.get("status") or raw["state"]


def _shows_tax(raw: Raw) -> bool:
    return bool(dig(raw, "outlet.display_prices") == "inclusive")


def _discount(row: Raw, raw: Raw) -> Decimal:
    """Return the discount of a line with the tax that is due on it, at the rate of its price."""
    price, off = CHARGE.of(row, included=False), amount_of(row.get("discount_total"))
    return off * CHARGE.of(row, included=_shows_tax(raw)) / price if price else off


SALES = OrderTable(
    statuses={word: ours for ours, words in MEANINGS.items() for word in words.split()},
    # The amounts of a sale never include tax; the outlet says how it shows its prices.
    tax_included=_shows_tax,
    order={
        "id": "id",
        "updated_at": "updated_at",
        "placed_at": "sale_date",
        "status": _status,
        "channel": lambda raw: "web" if raw.get("source") in {"ECOMMERCE", "SHOPIFY"} else "pos",
        "store": "outlet_id?",
        "contact": lambda raw: None if is_walk_in(raw["customer"]) else raw["customer"]["id"],
        "currency": "outlet.currency",
        "discount": _deduction,
    },
    lines=_sold,
    line={
        "id": "id",
        "product": "product_id?",
        "quantity": "quantity",
        "total": CHARGE,
        "tax": "tax_total?",
        "discount": _discount,
    },
    returned=_returned,
    returned_of="return_for",
)
"""Sales beside the rows of their `outlet` and `customer`."""
