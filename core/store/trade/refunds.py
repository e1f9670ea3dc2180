"""Take in refunds: of an order, which they change, or of a person alone."""

from collections.abc import Sequence
from functools import partial

import orjson

from core import records
from core.store.bulk import Row
from core.store.keys import fold
from core.store.money import stated_amount, ten_thousandths
from core.store.people.buyers import buyer_text, mark_billed
from core.store.people.contacts import assign_contacts
from core.store.tables import ORDERS, REFUNDS, trade
from core.store.trade.purchases import derive_again, waiting
from core.store.trade.rates import convert_amounts
from core.store.upsert import RowChange, compare, rows_by_id, store
from core.store.upsert.page_context import PageContext
from core.store.upsert.timestamps import placed_columns


def take_refunds(context: PageContext, refunds: Sequence[records.Refund]) -> None:
    """Store refunds.

    One of a stored order changes it, and one of an order that has not come waits for it. One
    without an order has a contact and a currency of its own.
    """
    changes = compare(context, trade.Refund, refunds, partial(_columns, context))
    of_orders = [each for each in changes if each.after["order_external_id"] is not None]
    by_themselves = [each for each in changes if each.after["order_external_id"] is None]
    _assign_orders(context, of_orders)
    assign_contacts(context, by_themselves)
    rows = [each.after for each in by_themselves]
    convert_amounts(context.transaction, context.shop, REFUNDS, rows)
    if of_nobody := sum(row["contact_id"] is None for row in rows):
        context.note("refund of nobody", of_nobody)
    changed = store(context, trade.Refund, changes)
    mark_billed(context, REFUNDS, changed)
    affected = {change.after["order_id"] for change in changed} | {
        change.before["order_id"] for change in changed if change.before
    }
    derive_again(context, affected - {None})


def _assign_orders(context: PageContext, changes: Sequence[RowChange]) -> None:
    """Fill in the numbers of the stored orders, and release contacts that refunds had before."""
    names = {change.after["order_external_id"] for change in changes}
    there = rows_by_id(context, ORDERS, names)
    for change in changes:
        row, order = change.after, there.get(change.after["order_external_id"])
        row["order_id"] = order["id"] if order else None
        row["profile_id"] = order["profile_id"] if order else None
        row |= {"contact_id": None, "buyer": None, "guest": False, "currency": None}
        if change.before is not None and change.before["contact_id"] is not None:
            context.left.add(change.before["contact_id"])
            context.touched.add(change.before["profile_id"])
        stating = change.last_record_with("currency")
        stated = getattr(stating, "currency", None)
        if order and stated is not None and stated != order["currency"]:
            context.note("refund in another currency than its order")


def _columns(context: PageContext, record: records.Refund, known: Row) -> Row:
    given = record.model_fields_set
    columns: Row = placed_columns(record.at, context.shop.zone)
    if "order" in given:
        columns["order_external_id"] = record.order
    if "buyer" in given:
        columns["buyer"] = buyer_text(record.buyer)
    if "currency" in given or known["currency"] is None:
        columns["currency"] = record.currency or context.shop.currency
    if "reason" in given:
        columns["reason"] = None if record.reason is None else fold(record.reason)
    if "channel" in given:
        columns["stated_channel"] = record.channel
    if "store" in given:
        columns["stated_store"] = None if record.store is None else fold(record.store)
    if "total" in given:
        columns["total"] = stated_amount(record.total) or 0
    if "goods" in given:
        columns["stated_goods"] = stated_amount(record.goods)
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
    row = {**known, **columns}
    return waiting(row) | {"profile_id": row["profile_id"]}
