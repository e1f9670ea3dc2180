"""Derived amounts of an order and its lines: pure arithmetic on rows, in ten-thousandths.

An order's net is its goods (line totals without gift cards), plus their tax where the totals do
not include it, less the discount that no line carries, less refunded goods with their tax. Of an
order without lines it is the total, less what was refunded.
Every figure is derived from what the source stated, so that deriving again after a later arrival
gives the same.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import orjson

from core.store.money import LARGEST, SCALE, convert
from core.store.tables.rows import LineRow, OrderRow, RefundRow
from core.store.trade.list_prices import list_price
from core.store.trade.parts import counting_lines
from core.store.trade.snapshots import product_of
from core.store.upsert.page_context import RecordRejected

NO_PURCHASE = frozenset({"pending", "cancelled", "failed", "refunded", "draft", "test"})
"""Statuses of orders that do not count; a status that is not known counts, as in shops' reports."""
KNOWN_STATUSES = NO_PURCHASE | {"paid", "fulfilled"}
STATUS_WORDS: Mapping[str, str] = {
    word: status
    for status, words in {
        "paid": "betalt betald",
        "fulfilled": "completed complete gennemført fullført slutförd",
        "pending": "afventer avventer väntar",
        "cancelled": "canceled annulleret annullert kansellert avbruten annullerad",
        "failed": "fejlet mislykket misslyckad",
        "refunded": "refunderet refundert refunderad återbetald",
        "draft": "kladde utkast",
    }.items()
    for word in words.split()
}
"""Folded words of shops in English, Danish, Norwegian and Swedish, and what they mean."""
LEAST_MARKDOWN = SCALE // 100
"""From one per cent off, an item counts as on sale."""


def derive(
    order: OrderRow, lines: Sequence[LineRow], refunds: Sequence[RefundRow], rate: int | None
) -> bool:
    """Fill in every derived column of an order, its lines and its refunds.

    `rate` is the worth of one unit of the order's currency, in billionths; None is unknown.
    Returns whether a stated total differs from the sum of the lines. Raises RecordRejected where
    an amount does not fit.
    """
    for line in lines:
        _price(order, line)
    counting = _counting(lines)
    sold = [line for line in lines if line["external_id"] in counting]
    differs = _charge(order, sold)
    given_back, returned = _refund(order, lines, refunds)
    charged = order["goods"] + order["tax"] - order["discount"]
    # Money given back for shipping must not count against the goods.
    order["refunded"] = min(given_back, max(charged, 0))
    order["net"] = charged - order["refunded"]
    is_refunded = bool(refunds) or order["stated_refunded"] > 0
    is_counted = order["status"] not in NO_PURCHASE and not order["is_part"]
    everything = (
        given_back >= charged if charged > 0 else bool(sold) and returned.issuperset(counting)
    )
    order["valid"] = is_counted and not (is_refunded and everything)
    for line in lines:
        line["profile_id"] = order["profile_id"]
        line["placed_at"] = order["placed_at"]
        line["day"] = order["day"]
        line["channel"] = order["channel"]
        line["store_key"] = order["store_key"]
        name = line["external_id"]
        line["valid"] = order["valid"] and name in counting and name not in returned
        line["total_shop"] = in_shop(line["total"], rate)
    order["net_shop"] = in_shop(order["net"], rate)
    for refund in refunds:
        refund["goods_shop"] = in_shop(refund["goods"], rate)
        refund["order_id"], refund["profile_id"] = order["id"], order["profile_id"]
        refund["channel"] = refund["stated_channel"] or order["channel"]
        refund["store_key"] = refund["stated_store"] or order["store_key"]
    _check(goods=order["goods"], tax=order["tax"], net=order["net"])
    for line in lines:
        _check(total=line["total"], list_total=line["list_total"])
    return differs


def times(price: int, quantity: int) -> int:
    """Price of a unit times a quantity, both in ten-thousandths, half rounded to even."""
    whole, rest = divmod(price * quantity, SCALE)
    return whole + (2 * rest > SCALE or (2 * rest == SCALE and whole % 2 == 1))


def in_shop(amount: int, rate: int | None) -> int | None:
    """An amount in the shop's currency; unknown without a rate, or where it does not fit."""
    if rate is None:
        return None
    converted = convert(amount, rate)
    return converted if abs(converted) <= LARGEST else None


def _price(order: OrderRow, line: LineRow) -> None:
    quantity = line["quantity"]
    if line["stated_total"] is not None:
        line["total"] = line["stated_total"]
    else:
        price = line["unit_price"]
        price = product_of(line).get("price") if price is None else price
        line["total"] = times(price or 0, quantity)
    before_coupon = line["total"] + line["coupon_discount"]
    line["list_price"] = list_price(order, line, before_coupon)
    line["list_total"] = None
    if line["list_price"] is not None:
        line["list_total"] = times(line["list_price"], quantity)
    elif line["discount"]:
        line["list_total"] = before_coupon + line["discount"]
    line["markdown"], line["on_sale"] = None, line["stated_on_sale"]
    if line["list_total"] is not None and line["list_total"] > 0:
        off = max(line["list_total"] - before_coupon, 0)
        # Rounded down, so that "at least 1 %" stays exact.
        markdown = off * SCALE // line["list_total"]
        line["markdown"], line["on_sale"] = markdown, markdown >= LEAST_MARKDOWN


def _counting(lines: Sequence[LineRow]) -> Collection[str]:
    """Ids of the lines that count; nearly no order has kits with their components."""
    totals = {line["external_id"]: line["total"] for line in lines}
    if all(line["parent_external_id"] is None for line in lines):
        return totals.keys()
    parents = {line["external_id"]: line["parent_external_id"] for line in lines}
    return counting_lines(totals, parents)


def _charge(order: OrderRow, lines: Sequence[LineRow]) -> bool:
    if not lines:
        # A course, a fee or a custom amount: the total is all that tells its worth.
        order["goods"] = order["stated_total"] or 0
        order["tax"] = order["discount"] = 0
        return False
    goods = [line for line in lines if not line["gift_card"]]
    order["goods"] = sum(line["total"] for line in goods)
    order["discount"] = order["stated_discount"]
    order["tax"] = 0 if order["tax_included"] else _tax(order, lines, goods)
    stated = order["stated_total"]
    if stated is None:
        return False
    charged = sum(line["total"] for line in lines)
    return bool(stated != charged + order["tax"] - order["discount"])


def _tax(order: OrderRow, lines: Sequence[LineRow], goods: Sequence[LineRow]) -> int:
    if any(line["tax"] is not None for line in lines):
        return sum(line["tax"] or 0 for line in goods)
    return (order["stated_tax"] or 0) if goods else 0


def _refund(
    order: OrderRow, lines: Sequence[LineRow], refunds: Sequence[RefundRow]
) -> tuple[int, set[str]]:
    """Sum given back for goods with their tax, and the ids of lines that came back whole."""
    money: dict[str, int] = {}
    units: dict[str, int] = {}
    cards = {line["external_id"] for line in lines if line["gift_card"]} if refunds else set()
    given_back = 0
    for refund in refunds:
        parts: list[Mapping[str, Any]] = orjson.loads(refund["lines"])
        goods = 0
        for part in parts:
            amount = part["total"] + (0 if order["tax_included"] else part["tax"])
            if part["line"] not in cards:
                goods += amount
            money[part["line"]] = money.get(part["line"], 0) + amount
            units[part["line"]] = units.get(part["line"], 0) + part["quantity"]
        if refund["stated_goods"] is not None:
            refund["goods"] = refund["stated_goods"]
        else:
            refund["goods"] = goods if parts else refund["total"]
        given_back += refund["goods"]
    returned = {
        name
        for line in lines
        if _return(line, units.get(name := line["external_id"], 0), money.get(name, 0), order)
    }
    # Once: a source that lists the single refunds has listed the parts of its sum.
    return (given_back if refunds else order["stated_refunded"]), returned


def _return(line: LineRow, units: int, money: int, order: OrderRow) -> bool:
    quantity = line["quantity"]
    charged = line["total"] + (0 if order["tax_included"] else line["tax"] or 0)
    line["returned"] = units
    line["kept"] = max(quantity - units, 0) if quantity >= 0 else quantity
    return (quantity > 0 and units >= quantity) or (charged > 0 and money >= charged)


def _check(**amounts: int | None) -> None:
    for name, amount in amounts.items():
        if abs(amount or 0) > LARGEST:
            raise RecordRejected(name, "the amount is larger than the store keeps")
