"""Sales and returns: one list, in which a return is a sale with lines of negative quantity."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from connectors.kit import OrderTable, Raw, Role, Taxed, amount_of, dig

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


def _is_sold(row: Raw) -> bool:
    return bool(row["quantity"] >= 0) and not row.get("is_return") and row.get("status") != "VOIDED"


def _role(row: Raw, raw: Raw) -> Role:
    """Role of a line; beside goods that were sold, one of negative quantity is a discount.

    https://x-series-api.lightspeedhq.com/docs/sales_discounts
    """
    if row.get("status") == "VOIDED":
        return "void"
    if _is_sold(row):
        return "sold"
    is_sale = any(map(_is_sold, raw["line_items"]))
    return "deducted" if is_sale and not row.get("is_return") else "returned"


def _status(raw: Raw) -> Any:
    return "VOIDED" if raw.get("deleted_at") else raw.get("status") or raw["state"]


def _contact(raw: Raw) -> Any:
    id_ = raw.get("customer_id")
    return None if is_walk_in({"id": id_, **raw["walk_in"]}) else id_


def _shows_tax(raw: Raw) -> bool:
    return bool(dig(raw, "outlet.display_prices") == "inclusive")


def _discount(row: Raw, raw: Raw) -> Decimal:
    """Return the discount of a line with the tax that is due on it, at the rate of its price."""
    price, off = CHARGE.of(row, included=False), amount_of(row.get("discount_total"))
    return off * CHARGE.of(row, included=_shows_tax(raw)) / price if price else off


ORDER: Mapping[str, Any] = {
    "id": "id", "updated_at": "updated_at", "placed_at": "sale_date", "status": _status,
    "channel": lambda raw: "web" if raw.get("source") in {"ECOMMERCE", "SHOPIFY"} else "pos",
    "store": "outlet_id?", "contact": _contact, "currency": "outlet.currency",
}  # fmt: skip
LINE: Mapping[str, Any] = {
    "id": "id", "product": "product_id?", "quantity": "quantity", "total": CHARGE,
    "tax": "tax_total?", "discount": _discount,
}  # fmt: skip
SALES = OrderTable(
    statuses={word: ours for ours, words in MEANINGS.items() for word in words.split()},
    # The amounts of a sale never include tax; the outlet says how it shows its prices.
    tax_included=_shows_tax, order=ORDER, lines="line_items", line=LINE, role=_role,
    returned_of="return_for",
)  # fmt: skip
"""Sales beside their `outlet` and `walk_in`, the customer that stands for nobody."""
