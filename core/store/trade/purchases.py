"""Derive the amounts of orders with their lines and refunds, and write what changed."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from typing import Any, cast

import orjson

from core.store.bulk import (
    ROWS_AT_ONCE,
    Row,
    delete_ids,
    delete_where,
    insert_rows,
    pieces,
    rows_where,
    update_rows,
)
from core.store.tables import COUPONS, DAYS, LINE_BRANDS, LINE_CATEGORIES, LINES, ORDERS, REFUNDS
from core.store.tables.rows import LineRow, OrderRow, RefundRow
from core.store.trade.amounts import derive
from core.store.trade.parts import stored_parents
from core.store.trade.products import known_categories
from core.store.trade.rates import rates_for
from core.store.trade.snapshots import attach_products, category_ids, copy_from_product, line_brands
from core.store.upsert import rows_by_id
from core.store.upsert.custom import delete_custom, with_custom
from core.store.upsert.page_context import PageContext, RecordRejected


@dataclass
class Purchase:
    """One order with its lines and refunds, as rows."""

    order: OrderRow
    lines: list[LineRow] = field(default_factory=list)
    refunds: list[RefundRow] = field(default_factory=list)


def derive_again(context: PageContext, orders: Collection[int]) -> None:
    """Derive stored orders again, because a product, a refund or a rate arrived for them."""
    for piece in pieces(sorted(orders), ROWS_AT_ONCE):
        _derive_piece(context, piece)


def derive_all(context: PageContext, purchases: Iterable[Purchase]) -> dict[int, RecordRejected]:
    """Derive every amount; returns the rejections of amounts that do not fit, by order number."""
    batch = list(purchases)
    rates = rates_for(
        context.transaction,
        context.shop.currency,
        {(each.order["currency"], each.order["day"]) for each in batch},
    )
    refused: dict[int, RecordRejected] = {}
    for each in batch:
        rate = rates.on(each.order["currency"], each.order["day"])
        try:
            differs = derive(each.order, each.lines, each.refunds, rate)
        except RecordRejected as error:
            refused[each.order["id"]] = error
            continue
        if differs:
            context.note("total differs from lines")
        if rate is None:
            context.note(f"no rate for {each.order['currency']}")
    return refused


def refunds_of(context: PageContext, orders: Mapping[str, int]) -> dict[int, list[RefundRow]]:
    """Refunds by order number; `orders` is id -> number."""
    found: dict[int, list[RefundRow]] = defaultdict(list)
    for row in rows_where(
        context.transaction, REFUNDS, REFUNDS.c.order_external_id, orders.keys(),
        REFUNDS.c.connection_id == context.connection_id,
    ):  # fmt: skip
        found[orders[row["order_external_id"]]].append(cast("RefundRow", row))
    return found


def write_refunds(context: PageContext, refunds: Iterable[RefundRow]) -> None:
    """Write the columns of refunds that depend on their orders."""
    rows = [
        {
            "id": row["id"], "order_id": row["order_id"], "profile_id": row["profile_id"],
            "goods": row["goods"], "goods_shop": row["goods_shop"],
            "channel": row["channel"], "store_key": row["store_key"],
        }
        for row in refunds
    ]  # fmt: skip
    update_rows(context.transaction, REFUNDS, rows)


def write_line_categories(context: PageContext, lines: Iterable[LineRow]) -> None:
    """Write the categories of lines that have none yet."""
    named = [(line["id"], name) for line in lines for name in category_ids(line)]
    if not named:
        return
    categories = known_categories(context, dict.fromkeys(name for _, name in named))
    insert_rows(
        context.transaction,
        LINE_CATEGORIES,
        [{"line_id": line, "category_id": categories[name]} for line, name in dict.fromkeys(named)],
    )


def write_line_brands(context: PageContext, lines: Iterable[LineRow]) -> None:
    """Write the brands of lines that have several."""
    rows = [row for line in lines for row in line_brands(context.shop, line)]
    insert_rows(context.transaction, LINE_BRANDS, rows)


def delete_lines(context: PageContext, orders: Collection[int]) -> None:
    """Delete the lines of orders with their categories, brands and own fields."""
    columns = (LINES.c.id, LINES.c.custom)
    rows = rows_where(context.transaction, LINES, LINES.c.order_id, orders, columns=columns)
    delete_custom(context.transaction, LINES, with_custom(rows))
    lines = [row["id"] for row in rows]
    for table in (LINE_CATEGORIES, LINE_BRANDS):
        delete_where(context.transaction, table, table.c.line_id, lines)
    delete_where(context.transaction, LINES, LINES.c.order_id, orders)


def count_days(
    context: PageContext,
    changes: Iterable[tuple[Mapping[str, Any] | None, Mapping[str, Any] | None]],
) -> None:
    """Update the daily sums of valid orders; `changes` are orders before and after."""
    counted: dict[tuple[int, int], list[int]] = defaultdict(lambda: [0, 0])
    for before, after in changes:
        for sign, row in ((-1, before), (1, after)):
            if row is not None and row["valid"] and row["net_shop"] is not None:
                sums = counted[row["connection_id"], row["day"]]
                sums[0] += sign
                sums[1] += sign * row["net_shop"]
    for connection in sorted({connection for connection, _ in counted}):
        days = [day for (of, day), sums in counted.items() if of == connection and any(sums)]
        mine = DAYS.c.connection_id == connection
        for row in rows_where(context.transaction, DAYS, DAYS.c.day, days, mine):
            counted[connection, row["day"]][0] += row["orders"]
            counted[connection, row["day"]][1] += row["net_shop"]
        delete_where(context.transaction, DAYS, DAYS.c.day, days, mine)
        due = [(day, *counted[connection, day]) for day in sorted(days)]
        insert_rows(
            context.transaction,
            DAYS,
            [
                {"connection_id": connection, "day": day, "orders": orders, "net_shop": net}
                for day, orders, net in due
                if orders
            ],
        )


def _derive_piece(context: PageContext, orders: list[int]) -> None:
    transaction = context.transaction
    purchases = {
        row["id"]: Purchase(cast("OrderRow", row))
        for row in rows_where(transaction, ORDERS, ORDERS.c.id, orders)
    }
    for row in rows_where(transaction, LINES, LINES.c.order_id, orders):
        purchases[row["order_id"]].lines.append(cast("LineRow", row))
    # Rates know no connection, and with them orders of every connection are derived.
    for row in rows_where(transaction, REFUNDS, REFUNDS.c.order_id, orders):
        purchases[row["order_id"]].refunds.append(cast("RefundRow", row))
    before = {number: copy(each.order) for number, each in purchases.items()}
    lines = [line for each in purchases.values() for line in each.lines]
    lines_before = {line["id"]: copy(line) for line in lines}
    refunds_before = {row["id"]: copy(row) for each in purchases.values() for row in each.refunds}
    attached = attach_products(context, lines)
    for line in attached:
        copy_from_product(context.shop, line)
    refused = derive_all(context, purchases.values())
    for number, error in refused.items():
        # The order stays as it was; the quarantine says why the later arrival did not count.
        context.reject(before[number]["external_id"], error, counted=False)
    good = [each for number, each in purchases.items() if number not in refused]
    changed = [each.order for each in good if each.order != before[each.order["id"]]]
    update_rows(transaction, ORDERS, changed)
    update_rows(
        transaction,
        LINES,
        [line for each in good for line in each.lines if line != lines_before[line["id"]]],
    )
    write_refunds(
        context, [row for each in good for row in each.refunds if row != refunds_before[row["id"]]]
    )
    met = [
        line
        for line in attached
        if line["order_id"] not in refused
        and line["product_id"] != lines_before[line["id"]]["product_id"]
    ]
    write_line_categories(context, [line for line in met if line["stated_category"] is None])
    write_line_brands(context, met)
    count_days(context, ((before[row["id"]], row) for row in changed))
    context.touched |= {row["profile_id"] for row in before.values()}


def waiting(refund: Row) -> Row:
    """A refund whose order is not stored, or that has none."""
    parts = orjson.loads(refund["lines"])
    goods = sum(part["total"] for part in parts) if parts else refund["total"]
    stated = refund["stated_goods"]
    return {
        **refund,
        "order_id": None,
        "profile_id": None,
        "channel": refund["stated_channel"],
        "store_key": refund["stated_store"],
        "goods": goods if stated is None else stated,
        "goods_shop": None,
    }


def settle_parts(context: PageContext, changed: Mapping[str, Row | None]) -> None:
    """Find which orders are parts of stored ones, and derive those again for which that is new.

    `changed` are the orders by id that came, or got another parent, or (None) were deleted. Their
    relatives are read level by level; nearly all orders have none.
    """
    family = {name: row for name, row in changed.items() if row is not None}
    place = ORDERS.c.parent_external_id
    mine = ORDERS.c.connection_id == context.connection_id
    columns = (ORDERS.c.id, ORDERS.c.external_id, place, ORDERS.c.is_part)
    below: Collection[str] = changed.keys()
    while below:
        rows = rows_where(context.transaction, ORDERS, place, below, mine, columns=columns)
        found = {row["external_id"]: row for row in rows if row["external_id"] not in changed}
        below = found.keys() - family.keys()
        family |= found
    above = {row[place.name] for row in family.values()} - {None}
    if not above and not any(row["is_part"] for row in family.values()):
        return
    while missing := above - family.keys() - changed.keys():
        rows = list(rows_by_id(context, ORDERS, missing, columns).values())
        family |= {row["external_id"]: row for row in rows}
        above = {row[place.name] for row in rows} - {None}
    parts = stored_parents({name: row[place.name] for name, row in family.items()})
    wrong = [
        {"id": row["id"], "is_part": name in parts}
        for name, row in family.items()
        if row["is_part"] != (name in parts)
    ]
    update_rows(context.transaction, ORDERS, wrong)
    derive_again(context, {row["id"] for row in wrong})
    if new := sum(row["is_part"] for row in wrong):
        context.note("part of another order", new)


def delete_orders(context: PageContext, rows: Sequence[Row]) -> None:
    """Delete orders with their lines and coupons; their refunds wait again."""
    ids = [row["id"] for row in rows]
    delete_lines(context, ids)
    delete_where(context.transaction, COUPONS, COUPONS.c.order_id, ids)
    refunds = rows_where(context.transaction, REFUNDS, REFUNDS.c.order_id, ids)
    update_rows(context.transaction, REFUNDS, [waiting(row) for row in refunds])
    count_days(context, ((row, None) for row in rows))
    delete_custom(context.transaction, ORDERS, with_custom(rows))
    delete_ids(context.transaction, ORDERS, ids)
    settle_parts(context, {row["external_id"]: None for row in rows})


def delete_refunds(context: PageContext, rows: Sequence[Row]) -> None:
    """Delete refunds, and derive their orders again."""
    delete_ids(context.transaction, REFUNDS, [row["id"] for row in rows])
    derive_again(context, {row["order_id"] for row in rows} - {None})
