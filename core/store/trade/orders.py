"""Orders and refunds on their way into the store."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal

import orjson

from core import records
from core.store.bulk import Row, add, blank, numbers, remove, rows_where, values_where
from core.store.ingest.facts import assign, contact_of, when
from core.store.keys import fold
from core.store.money import ten_thousandths
from core.store.people.reassign import ORDERS
from core.store.tables import trade
from core.store.trade.amounts import KNOWN_STATUSES
from core.store.trade.categories import LINE_CATEGORY
from core.store.trade.coupons import own_codes, write_coupons
from core.store.trade.products import LINE, meet, take_over
from core.store.trade.settle import (
    Purchase,
    count_days,
    derive_all,
    refunds_of,
    settle,
    shelve,
    write_refunds,
)
from core.store.upsert.external_ids import row_name
from core.store.upsert.page_context import PageContext
from core.store.upsert.rejected import RecordRejected
from core.store.upsert.timestamps import placed
from core.store.upsert.upsert import RowChange, compare, store

_PLAIN = ("stated_total", "stated_tax")
_STATED = {
    "total": "stated_total",
    "tax": "stated_tax",
    "discount": "stated_discount",
    "refunded": "stated_refunded",
    "shipping": "shipping",
}


def take_orders(intake: PageContext, orders: Sequence[records.Order]) -> None:
    """Store orders with lines, coupons, refunds that waited, and the sums of their days."""

    def columns(record: records.Order, known: Row) -> Row:
        return _columns(intake, record, known)

    arrivals = compare(intake, trade.Order, orders, columns)
    if not arrivals:
        return
    assign(intake, arrivals)
    new = [arrival for arrival in arrivals if arrival.before is None]
    taken = numbers(intake.transaction, ORDERS, len(new))
    for arrival, number in zip(new, taken, strict=True):
        arrival.after["id"] = number
    old = [arrival.after["id"] for arrival in arrivals if arrival.before is not None]
    stored = _stored_lines(intake, old)
    refunds = refunds_of(
        intake, {arrival.after["external_id"]: arrival.after["id"] for arrival in arrivals}
    )
    purchases: dict[int, Purchase] = {}
    for arrival in arrivals:
        number = arrival.after["id"]
        lines = _lines(intake, arrival, stored[number])
        purchases[number] = Purchase(arrival.after, lines, refunds[number])
    every = [line for each in purchases.values() for line in each.lines]
    meet(intake, every)
    for line in every:
        take_over(intake.shop, line)
    refused = derive_all(intake, purchases.values())
    for arrival in arrivals:
        number = arrival.after["id"]
        if number in refused:
            intake.refuse(row_name(arrival.record), refused[number])
            del purchases[number]
        else:
            arrival.differs = not _alike(purchases[number].lines, stored[number])
    _write(intake, [each for each in arrivals if each.after["id"] in purchases], purchases)


def take_refunds(intake: PageContext, refunds: Sequence[records.Refund]) -> None:
    """Store refunds; those whose order is there change it, the others wait."""
    arrivals = compare(
        intake, trade.Refund, refunds, lambda record, known: _refund(intake, record, known)
    )
    names = {arrival.after["order_external_id"] for arrival in arrivals}
    there = {
        row["external_id"]: row
        for row in rows_where(
            intake.transaction,
            ORDERS,
            ORDERS.c.external_id,
            names,
            ORDERS.c.connection_id == intake.connection_id,
        )
    }
    for arrival in arrivals:
        order = there.get(arrival.after["order_external_id"])
        arrival.after["order_id"] = order["id"] if order else None
        arrival.after["profile_id"] = order["profile_id"] if order else None
    changed = store(intake, trade.Refund, arrivals)
    concerned = {arrival.after["order_id"] for arrival in changed} | {
        arrival.before["order_id"] for arrival in changed if arrival.before
    }
    settle(intake, concerned - {None})


def waiting(refund: Row) -> Row:
    """A refund whose order is not there."""
    parts = orjson.loads(refund["lines"])
    goods = sum(part["total"] for part in parts) if parts else refund["total"]
    stated = refund["stated_goods"]
    return {
        **refund,
        "order_id": None,
        "profile_id": None,
        "goods": goods if stated is None else stated,
        "goods_shop": None,
    }


def _write(
    intake: PageContext, arrivals: Sequence[RowChange], purchases: dict[int, Purchase]
) -> None:
    transaction = intake.transaction
    stated = {
        arrival.after["id"]: codes for arrival in arrivals if (codes := _codes(arrival)) is not None
    }
    for arrival in arrivals:
        # A code that came or went is a change, though no amount moved.
        arrival.differs = arrival.differs or arrival.after["id"] in stated
    changed = store(intake, trade.Order, arrivals)
    numbers_of = [arrival.after["id"] for arrival in changed]
    old = [arrival.after["id"] for arrival in changed if arrival.before is not None]
    own = own_codes(intake, old) | stated
    gone = values_where(transaction, LINE.c.id, LINE.c.order_id, old)
    remove(transaction, LINE_CATEGORY, LINE_CATEGORY.c.line_id, gone)
    remove(transaction, LINE, LINE.c.order_id, old)
    lines = [line for number in numbers_of for line in purchases[number].lines]
    taken = numbers(transaction, LINE, len(lines))
    for line, number in zip(lines, taken, strict=True):
        line["id"] = number
    add(transaction, LINE, lines)
    shelve(intake, lines)
    write_coupons(intake, [arrival.after for arrival in changed], own)
    write_refunds(intake, [row for number in numbers_of for row in purchases[number].refunds])
    count_days(intake, ((arrival.before, arrival.after) for arrival in changed))


def _stored_lines(intake: PageContext, orders: Sequence[int]) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = defaultdict(list)
    for row in rows_where(intake.transaction, LINE, LINE.c.order_id, orders):
        found[row["order_id"]].append(row)
    return found


def _lines(intake: PageContext, arrival: RowChange, stored: Sequence[Row]) -> list[Row]:
    """The order's lines, as the last record that tells any states them."""
    order = _telling(arrival, "lines")
    if order is None:
        return [dict(line) for line in stored]
    empty = {
        **blank(trade.OrderLine),
        "order_id": arrival.after["id"],
        "connection_id": intake.connection_id,
    }
    met = {line["external_id"]: line for line in stored if line["product_id"] is not None}
    lines: dict[str, Row] = {}
    for line in order.lines:
        name = line.id
        if name in lines:
            intake.note("repeated line id")
            name = f"{name}#{len(lines) + 1}"
        lines[name] = _line(empty, name, line)
        before = met.get(name)
        if before is not None and before["product_external_id"] == line.product:
            # What the product said when they first met stays, whatever it says now.
            lines[name]["product_id"] = before["product_id"]
            lines[name]["snapshot"] = before["snapshot"]
    return list(lines.values())


def _line(empty: Row, name: str, line: records.Line) -> Row:
    return {
        **empty,
        "external_id": name,
        "product_external_id": line.product,
        "sku": line.sku,
        "title": line.title,
        "quantity": ten_thousandths(line.quantity),
        "stated_total": _amount(line.total),
        "unit_price": _amount(line.unit_price),
        "list_price": _amount(line.list_price),
        "discount": _amount(line.discount) or 0,
        "coupon_discount": _amount(line.coupon_discount) or 0,
        "tax": _amount(line.tax),
        "on_sale": line.on_sale,
        "stated_gift_card": line.gift_card,
        "stated_brand": line.brand,
        "stated_category": line.category,
    }


def _alike(lines: Sequence[Row], stored: Sequence[Row]) -> bool:
    before = {line["external_id"]: line for line in stored}
    return len(lines) == len(before) and all(
        line["external_id"] in before
        and all(before[line["external_id"]][name] == line[name] for name in line if name != "id")
        for line in lines
    )


def _codes(arrival: RowChange) -> list[str] | None:
    order = _telling(arrival, "discounts")
    return None if order is None else [fold(each.code) for each in order.discounts if each.code]


def _telling(arrival: RowChange, name: str) -> records.Order | None:
    """The last record of a row that states a field."""
    for record in reversed(arrival.records):
        if name in record.model_fields_set and isinstance(record, records.Order):
            return record
    return None


def _columns(intake: PageContext, record: records.Order, known: Row) -> Row:
    given = record.model_fields_set
    is_new = "id" not in known
    at, day = placed(record.placed_at, intake.shop.zone, "placed_at")
    columns: Row = {"placed_at": at, "day": day, **contact_of(record)}
    if "status" in given:
        columns["status"] = _status(intake, record.status)
    if "channel" in given:
        columns["channel"] = record.channel
    if "store" in given:
        columns["store_external_id"] = record.store
        columns["store_key"] = None if record.store is None else fold(record.store)
    if "currency" in given or is_new:
        columns["currency"] = record.currency or intake.shop.currency
    if "tax_included" in given:
        columns["tax_included"] = record.tax_included
    for name in _STATED.keys() & given:
        amount = _amount(getattr(record, name))
        column = _STATED[name]
        columns[column] = amount if column in _PLAIN else amount or 0
    total = columns.get("stated_total", known["stated_total"])
    if not record.lines and total is None and (is_new or "lines" in given):
        raise RecordRejected("total", "an order needs lines or a total")
    return columns


def _status(intake: PageContext, stated: str | None) -> str:
    status = fold(stated) if stated else "paid"
    if status not in KNOWN_STATUSES:
        intake.note("unknown status")
    return status


def _refund(intake: PageContext, record: records.Refund, known: Row) -> Row:
    given = record.model_fields_set
    columns: Row = {"order_external_id": record.order, **when(intake, record)}
    if "total" in given:
        columns["total"] = _amount(record.total) or 0
    if "goods" in given:
        columns["stated_goods"] = _amount(record.goods)
    if "lines" in given:
        columns["lines"] = orjson.dumps(
            [
                {
                    "line": line.line,
                    "quantity": ten_thousandths(line.quantity),
                    "total": ten_thousandths(line.total),
                    "tax": ten_thousandths(line.tax),
                }
                for line in record.lines
            ]
        ).decode()
    return waiting({**known, **columns})


def _amount(amount: Decimal | None) -> int | None:
    return None if amount is None else ten_thousandths(amount)
