"""What an order and its lines amount to: pure arithmetic on rows, in ten-thousandths.

The rules are those of the architecture's paragraph on money. Every figure is derived from what
was stated and from the products', so that deriving again after a later arrival gives the same.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from core.store.bulk import Row
from core.store.money import LARGEST, SCALE, convert
from core.store.upsert.rejected import RecordRejected

VALID = frozenset({"paid", "fulfilled"})
KNOWN_STATUSES = VALID | {"pending", "cancelled", "failed", "refunded", "draft", "test"}
_SHARED = ("profile_id", "placed_at", "day", "channel", "store_key")
"""What a line has of its order."""
LEAST_MARKDOWN = SCALE // 100
"""From one per cent on an item counts as on sale."""


def derive(order: Row, lines: Sequence[Row], refunds: Sequence[Row], rate: int | None) -> bool:
    """Fill in every derived column of an order, its lines and its refunds.

    `rate` is what one unit of the order's currency is worth, in billionths; none: unknown.
    Returns whether a stated total differs from what the lines say. Raises Refused where an
    amount does not fit.
    """
    for line in lines:
        _price(line)
    differs = _charge(order, lines)
    given_back = _refund(order, lines, refunds)
    charged = order["goods"] + order["tax"] - order["discount"]
    # Money given back for shipping must not count against the goods.
    order["refunded"] = min(given_back, max(charged, 0))
    order["net"] = charged - order["refunded"]
    is_refunded = bool(refunds) or order["stated_refunded"] > 0
    order["valid"] = order["status"] in VALID and not (
        is_refunded and _nothing_kept(charged, given_back, lines)
    )
    shared = {name: order[name] for name in _SHARED}
    for line in lines:
        line.update(shared)
        is_gone = line.pop("gone")
        line["valid"] = order["valid"] and not is_gone
        line["total_shop"] = in_shop(line["total"], rate)
    order["net_shop"] = in_shop(order["net"], rate)
    for refund in refunds:
        refund["goods_shop"] = in_shop(refund["goods"], rate)
        refund["order_id"], refund["profile_id"] = order["id"], order["profile_id"]
    _check(order, ("goods", "tax", "net"))
    for line in lines:
        _check(line, ("total", "list_total"))
    return differs


def times(price: int, quantity: int) -> int:
    """Price of a unit times a quantity, both in ten-thousandths, half rounded to even."""
    whole, rest = divmod(price * quantity, SCALE)
    return whole + (2 * rest > SCALE or (2 * rest == SCALE and whole % 2 == 1))


def in_shop(amount: int, rate: int | None) -> int | None:
    """An amount in the shop's currency; unknown without a rate, or where it does not fit."""
    if rate is None:
        return None
    worth = convert(amount, rate)
    return worth if abs(worth) <= LARGEST else None


def _price(line: Row) -> None:
    quantity = line["quantity"]
    if line["stated_total"] is not None:
        line["total"] = line["stated_total"]
    else:
        line["total"] = times(line["unit_price"] or 0, quantity)
    before_coupon = line["total"] + line["coupon_discount"]
    line["list_total"] = None
    if line["list_price"] is not None:
        line["list_total"] = times(line["list_price"], quantity)
    elif line["discount"]:
        line["list_total"] = before_coupon + line["discount"]
    line["markdown"] = None
    if line["list_total"] is not None and line["list_total"] > 0:
        off = max(line["list_total"] - before_coupon, 0)
        # Rounded down, so that "at least 1 %" stays exact.
        line["markdown"] = off * SCALE // line["list_total"]
        line["on_sale"] = line["markdown"] >= LEAST_MARKDOWN


def _charge(order: Row, lines: Sequence[Row]) -> bool:
    if not lines:
        # It states only a total: that is what was charged, with everything in it.
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
    every = sum(line["total"] for line in lines)
    return bool(stated != every + order["tax"] - order["discount"])


def _tax(order: Row, lines: Sequence[Row], goods: Sequence[Row]) -> int:
    if any(line["tax"] is not None for line in lines):
        return sum(line["tax"] or 0 for line in goods)
    return (order["stated_tax"] or 0) if goods else 0


def _refund(order: Row, lines: Sequence[Row], refunds: Sequence[Row]) -> int:
    """What was given back for goods, with their tax; counts what came back of each line."""
    money: dict[str, int] = {}
    units: dict[str, int] = {}
    cards = {line["external_id"] for line in lines if line["gift_card"]} if refunds else set()
    given_back = 0
    for refund in refunds:
        parts: list[Mapping[str, Any]] = orjson.loads(refund["lines"])
        worth = 0
        for part in parts:
            amount = part["total"] + (0 if order["tax_included"] else part["tax"])
            if part["line"] not in cards:
                worth += amount
            money[part["line"]] = money.get(part["line"], 0) + amount
            units[part["line"]] = units.get(part["line"], 0) + part["quantity"]
        if refund["stated_goods"] is not None:
            refund["goods"] = refund["stated_goods"]
        else:
            refund["goods"] = worth if parts else refund["total"]
        given_back += refund["goods"]
    for line in lines:
        name = line["external_id"]
        _return(line, units.get(name, 0), money.get(name, 0), order)
    # Once: a source that tells the single refunds has told what its sum is made of.
    return given_back if refunds else int(order["stated_refunded"])


def _return(line: Row, units: int, money: int, order: Row) -> None:
    quantity = line["quantity"]
    charged = line["total"] + (0 if order["tax_included"] else line["tax"] or 0)
    line["returned"] = units
    line["kept"] = max(quantity - units, 0) if quantity >= 0 else quantity
    line["gone"] = (quantity > 0 and units >= quantity) or (charged > 0 and money >= charged)


def _nothing_kept(charged: int, given_back: int, lines: Sequence[Row]) -> bool:
    if charged > 0:
        return given_back >= charged
    return bool(lines) and all(line["gone"] for line in lines)


def _check(row: Row, names: Sequence[str]) -> None:
    for name in names:
        if abs(row[name] or 0) > LARGEST:
            raise RecordRejected(name, "the amount is larger than the store keeps")
