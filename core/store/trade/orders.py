"""Take in orders."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from copy import copy
from decimal import Decimal
from functools import partial
from typing import Any, cast

from core import records
from core.store.bulk import Row, blank, insert_rows, new_ids, rows_where
from core.store.keys import code_key, country_key, fold, row_name
from core.store.money import stated_amount, ten_thousandths
from core.store.people.buyers import buyer_text, mark_billed
from core.store.people.contacts import assign_contacts
from core.store.tables import LINES, ORDERS, trade
from core.store.tables.rows import LineRow, OrderRow
from core.store.trade.amounts import KNOWN_STATUSES, NO_PURCHASE, STATUS_WORDS
from core.store.trade.coupons import own_codes, write_coupons
from core.store.trade.purchases import (
    Purchase,
    count_days,
    delete_lines,
    derive_all,
    refunds_of,
    settle_parts,
    write_line_brands,
    write_line_categories,
    write_refunds,
)
from core.store.trade.snapshots import attach_products, copy_from_product
from core.store.upsert import RowChange, compare, store
from core.store.upsert.custom import custom_changes, merged, write_custom
from core.store.upsert.page_context import PageContext, RecordRejected
from core.store.upsert.timestamps import placed


def _plain(value: Any) -> Any:
    return value


def _folded(text: str | None) -> str | None:
    return None if text is None else fold(text)


def _country(text: str | None) -> str | None:
    return None if text is None else country_key(text)


def _sum(amount: Decimal | None) -> int:
    return stated_amount(amount) or 0


_STATED: Sequence[tuple[str, str, Callable[[Any], object]]] = (
    ("buyer", "buyer", buyer_text),
    ("parent", "parent_external_id", _plain),
    ("channel", "channel", _plain),
    ("store", "store_external_id", _plain),
    ("store", "store_key", _folded),
    ("source", "source_key", _folded),
    ("campaign", "campaign_key", _folded),
    ("subscription", "subscription", _plain),
    ("ship_country", "ship_country", _country),
    ("tax_included", "tax_included", _plain),
    ("gift_card_paid", "gift_card_paid", stated_amount),
    ("total", "stated_total", stated_amount),
    ("tax", "stated_tax", stated_amount),
    ("discount", "stated_discount", _sum),
    ("refunded", "stated_refunded", _sum),
    ("shipping", "shipping", _sum),
)
"""Field of an order, its column, and what is written there; an order changes what it states."""


def take_orders(context: PageContext, orders: Sequence[records.Order]) -> None:
    """Store orders with lines, coupons, waiting refunds and daily sums."""
    changes = compare(context, trade.Order, orders, partial(_columns, context))
    if not changes:
        return
    assign_contacts(context, changes)
    new = [change for change in changes if change.before is None]
    taken = new_ids(context.transaction, ORDERS, len(new))
    for change, number in zip(new, taken, strict=True):
        change.after["id"] = number
    old = [change.after["id"] for change in changes if change.before is not None]
    stored = _stored_lines(context, old)
    refunds = refunds_of(
        context, {change.after["external_id"]: change.after["id"] for change in changes}
    )
    purchases: dict[int, Purchase] = {}
    for change in changes:
        number = change.after["id"]
        lines = _lines(context, change, stored[number])
        purchases[number] = Purchase(cast("OrderRow", change.after), lines, refunds[number])
    all_lines = [line for each in purchases.values() for line in each.lines]
    attach_products(context, all_lines)
    for line in all_lines:
        copy_from_product(context.shop, line)
    refused = derive_all(context, purchases.values())
    for change in changes:
        number = change.after["id"]
        if number in refused:
            context.reject(row_name(change.record), refused[number])
            del purchases[number]
        else:
            change.differs = not _alike(purchases[number].lines, stored[number])
            if change.after["valid"] and change.before is not None and not change.before["valid"]:
                # A cart that was paid is news, as a new order is.
                context.new_rows.add(change.after["profile_id"])
    _write(context, [each for each in changes if each.after["id"] in purchases], purchases)


def _write(
    context: PageContext, changes: Sequence[RowChange], purchases: dict[int, Purchase]
) -> None:
    transaction = context.transaction
    stated = {
        change.after["id"]: codes for change in changes if (codes := _codes(change)) is not None
    }
    for change in changes:
        # A code that came or went is a change, though no amount did.
        change.differs = change.differs or change.after["id"] in stated
    changed = store(context, trade.Order, changes)
    mark_billed(context, ORDERS, changed)
    numbers_of = [change.after["id"] for change in changed]
    old = [change.after["id"] for change in changed if change.before is not None]
    own = own_codes(context, old) | stated
    delete_lines(context, old)
    lines = [line for number in numbers_of for line in purchases[number].lines]
    taken = new_ids(transaction, LINES, len(lines))
    for line, number in zip(lines, taken, strict=True):
        line["id"] = number
    insert_rows(transaction, LINES, lines)
    write_custom(transaction, ORDERS, custom_changes(changed))
    write_custom(transaction, LINES, ((line["id"], None, line["custom"]) for line in lines))
    write_line_categories(context, lines)
    write_line_brands(context, lines)
    write_coupons(context, [change.after for change in changed], own)
    write_refunds(context, [row for number in numbers_of for row in purchases[number].refunds])
    count_days(context, ((change.before, change.after) for change in changed))
    placed_anew = [change.after for change in changed if _has_new_place(change)]
    settle_parts(context, {row["external_id"]: row for row in placed_anew})


def _has_new_place(change: RowChange) -> bool:
    """Whether the order is new, or has another parent than before."""
    name = "parent_external_id"
    return change.before is None or change.before[name] != change.after[name]


def _stored_lines(context: PageContext, orders: Sequence[int]) -> dict[int, list[LineRow]]:
    found: dict[int, list[LineRow]] = defaultdict(list)
    for row in rows_where(context.transaction, LINES, LINES.c.order_id, orders):
        found[row["order_id"]].append(cast("LineRow", row))
    return found


def _lines(context: PageContext, change: RowChange, stored: Sequence[LineRow]) -> list[LineRow]:
    """The order's lines, as the last record that gives any states them."""
    order = change.last_record_with("lines")
    if not isinstance(order, records.Order):
        return [copy(line) for line in stored]
    empty = cast("LineRow", blank(trade.OrderLine))
    empty["order_id"], empty["connection_id"] = change.after["id"], context.connection_id
    attached = {
        (line["external_id"], line["product_external_id"], line["variant_external_id"]): line
        for line in stored
        if line["product_id"] is not None
    }
    lines: dict[str, LineRow] = {}
    for line in order.lines:
        name = line.id
        if name in lines:
            context.note("repeated line id")
        lines[name] = _line(empty, name, line)
        if line.custom:
            lines[name]["custom"] = merged(context, line.custom, None)
        before = attached.get((name, line.product, line.variant))
        if before is not None:
            # The snapshot of the first meeting stays, whatever the product says now.
            lines[name]["product_id"] = before["product_id"]
            lines[name]["snapshot"] = before["snapshot"]
    return list(lines.values())


def _line(empty: LineRow, name: str, line: records.Line) -> LineRow:
    return {
        **empty,
        "external_id": name,
        "parent_external_id": line.parent,
        "product_external_id": line.product,
        "variant_external_id": line.variant,
        "variant_key": None if line.variant is None else code_key(line.variant),
        "sku": line.sku,
        "title": line.title,
        "quantity": ten_thousandths(line.quantity),
        "stated_total": stated_amount(line.total),
        "unit_price": stated_amount(line.unit_price),
        "stated_list_price": stated_amount(line.list_price),
        "discount": stated_amount(line.discount) or 0,
        "coupon_discount": stated_amount(line.coupon_discount) or 0,
        "tax": stated_amount(line.tax),
        "stated_on_sale": line.on_sale,
        "stated_gift_card": line.gift_card,
        "stated_brand": line.brand,
        "stated_category": line.category,
    }


def _alike(lines: Sequence[LineRow], stored: Sequence[LineRow]) -> bool:
    """Whether the lines are those stored; only the new ones have no number yet."""
    before = {line["external_id"]: {**line, "id": 0} for line in stored}
    return len(lines) == len(before) and all(
        {**line, "id": 0} == before.get(line["external_id"]) for line in lines
    )


def _codes(change: RowChange) -> list[str] | None:
    order = change.last_record_with("discounts")
    if not isinstance(order, records.Order):
        return None
    return [
        fold(each.code) for each in order.discounts if each.code and each.kind in {None, "coupon"}
    ]


def _columns(context: PageContext, record: records.Order, known: Row) -> Row:
    given = record.model_fields_set
    is_new = "id" not in known
    at, day = placed(record.placed_at, context.shop.zone, "placed_at")
    columns: Row = {"placed_at": at, "day": day}
    for name, column, written in _STATED:
        if name in given:
            columns[column] = written(getattr(record, name))
    if "status" in given:
        columns["status"] = _status(context, record.status)
    if "currency" in given or is_new:
        columns["currency"] = record.currency or context.shop.currency
    if "custom" in given:
        columns["custom"] = merged(context, record.custom, known["custom"])
    states_lines = is_new or "lines" in given
    if not record.lines and states_lines and _needs_amount(known | columns):
        raise RecordRejected("total", "an order needs lines or a total")
    return columns


def _needs_amount(row: Row) -> bool:
    return row["status"] not in NO_PURCHASE and row["stated_total"] is None


def _status(context: PageContext, stated: str | None) -> str:
    word = fold(stated) if stated else "paid"
    status = STATUS_WORDS.get(word, word)
    if status not in KNOWN_STATUSES:
        context.note("unknown status")
    return status
