"""The list price that a line's markdown is measured against.

A list price that the line states belongs to the purchase. One that only the product states says
nothing about a purchase in another currency, where prices include tax on one side only, or where
it has changed after the purchase as far as the store has seen: the markdown is then unknown.

Prices that include tax also differ where a buyer abroad pays another rate, or none. Shops state
the tax of a line and not that of a list price, but they sell abroad for the price without tax and
put the buyer's on it. So where the line's price without tax, with another rate that is in use,
comes to the product's own price, the difference is tax, no markdown: 80 + 19 % of a list price of
100 that holds 25 %. A line that costs what the product does has the product's rate.
"""

from collections.abc import Mapping
from typing import Any

from core.store.money import SCALE
from core.store.tables.rows import LineRow, OrderRow
from core.store.trade.snapshots import product_of

_PER_MILLE = 1000
RATES_IN_USE = frozenset(
    {0, 26, 38, 50, 55, 60, 70, 77, 80, 81, 90, 100, 110, 120, 130, 135, 140, 150, 160, 170, 180}
    | {190, 200, 210, 220, 230, 240, 250, 255, 270}
)
"""Value added tax in Europe, per mille of the price without it: standard and reduced rates, at
https://europa.eu/youreurope/business/taxation/vat/vat-rules-rates/ and of its neighbours."""
_CENT = SCALE // 100


def list_price(order: OrderRow, line: LineRow, before_coupon: int) -> int | None:
    """Price of one unit before any sale, comparable with what the line costs; None is unknown.

    `before_coupon` is the line's total without a coupon's part.
    """
    if line["stated_list_price"] is not None:
        return line["stated_list_price"]
    product = product_of(line)
    price: int | None = product.get("list_price")
    if price is None or product["currency"] != order["currency"]:
        return None
    if product["tax_included"] not in (None, order["tax_included"]):
        return None
    changed = product["list_price_changed_at"]
    if changed is not None and changed > order["placed_at"]:
        return None
    return None if _has_another_rate(order, line, before_coupon, product) else price


def _has_another_rate(
    order: OrderRow, line: LineRow, before_coupon: int, product: Mapping[str, Any]
) -> bool:
    total, tax = line["total"], line["tax"]
    if not order["tax_included"] or tax is None or not 0 <= tax < total or line["quantity"] <= 0:
        return False
    # Amounts are rounded to cents by most shops, those of each unit by some.
    tolerance = _CENT * max(1, line["quantity"] // SCALE)
    prices = []
    for each in (product["price"], product["list_price"]):
        if each:
            price = each * line["quantity"] // SCALE
            if abs(price - before_coupon) <= tolerance:
                return False
            prices.append(price)
    # The coupon took off its part of the tax.
    without_tax = before_coupon * (total - tax) // total
    return any(
        abs(price - without_tax * (_PER_MILLE + rate) // _PER_MILLE) <= tolerance
        for price in prices
        for rate in RATES_IN_USE
    )
