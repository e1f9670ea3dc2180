"""Coupon codes: an order's own, and discounts that the source delivers by themselves."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from core import records
from core.store.bulk import Row, delete_ids, delete_where, insert_rows, rows_where
from core.store.keys import fold
from core.store.people.contacts import assign_contacts
from core.store.tables import COUPONS, DISCOUNTS, ORDERS
from core.store.tables.coupons import Discount
from core.store.upsert import compare, rows_by_id, store
from core.store.upsert.page_context import PageContext
from core.store.upsert.timestamps import placed_columns


def take_discounts(context: PageContext, discounts: Sequence[records.Discount]) -> None:
    """Store coupon uses; one that names an order becomes part of it once that is stored."""

    def columns(record: records.Discount, _known: Row) -> Row:
        row: Row = {**placed_columns(record.at, context.shop.zone)}
        if "order" in record.model_fields_set:
            row["order_external_id"] = record.order
        if "code" in record.model_fields_set:
            row["code"] = fold(record.code or "")
        return row

    changes = compare(context, Discount, discounts, columns)
    assign_contacts(context, changes)
    changed = store(context, Discount, changes)
    write_discount_coupons(context, [change.after for change in changed])


def write_discount_coupons(context: PageContext, discounts: Sequence[Row]) -> None:
    """Write the coupon of each discount: with its order, alone, or not until the order arrives."""
    ids = [row["id"] for row in discounts]
    context.touched |= {
        row["profile_id"]
        for row in rows_where(context.transaction, COUPONS, COUPONS.c.discount_id, ids)
    }
    delete_where(context.transaction, COUPONS, COUPONS.c.discount_id, ids)
    named = {row["order_external_id"] for row in discounts} - {None}
    orders = rows_by_id(context, ORDERS, named)
    coupons = []
    for row in discounts:
        if row["order_external_id"] is None:
            coupons.append(_coupon(row, row["at"], row["code"], discount=row["id"]))
        elif row["order_external_id"] in orders:
            order = orders[row["order_external_id"]]
            coupons.append(_of_order(order, row["code"], row["id"]))
    insert_rows(context.transaction, COUPONS, coupons)
    context.touched |= {coupon["profile_id"] for coupon in coupons}


def own_codes(context: PageContext, orders: Sequence[int]) -> dict[int, list[str]]:
    """The codes that stored orders state themselves, by order number."""
    found: dict[int, list[str]] = defaultdict(list)
    for row in rows_where(
        context.transaction, COUPONS, COUPONS.c.order_id, orders, COUPONS.c.discount_id.is_(None)
    ):
        found[row["order_id"]].append(row["code"])
    return found


def write_coupons(
    context: PageContext, orders: Sequence[Row], codes: Mapping[int, Sequence[str]]
) -> None:
    """Replace the coupons of orders: their own codes and the discounts that name them."""
    delete_where(context.transaction, COUPONS, COUPONS.c.order_id, [row["id"] for row in orders])
    by_name = {row["external_id"]: row for row in orders}
    named = rows_where(
        context.transaction, DISCOUNTS, DISCOUNTS.c.order_external_id, by_name.keys(),
        DISCOUNTS.c.connection_id == context.connection_id,
    )  # fmt: skip
    coupons = [
        _of_order(row, code) for row in orders for code in sorted(set(codes.get(row["id"], ())))
    ]
    coupons += [
        _of_order(by_name[row["order_external_id"]], row["code"], row["id"]) for row in named
    ]
    insert_rows(context.transaction, COUPONS, coupons)


def _of_order(order: Row, code: str, discount: int | None = None) -> Row:
    return _coupon(order, order["placed_at"], code, order=order["id"], discount=discount)


def _coupon(
    used: Row, at: datetime, code: str, *, order: int | None = None, discount: int | None = None
) -> Row:
    copied = {name: used[name] for name in ("connection_id", "profile_id", "day")}
    return {"order_id": order, "discount_id": discount, **copied, "at": at, "code": code}


def delete_discounts(context: PageContext, rows: Sequence[Row]) -> None:
    """Delete discounts with their coupons."""
    ids = [row["id"] for row in rows]
    coupons = rows_where(context.transaction, COUPONS, COUPONS.c.discount_id, ids)
    context.touched |= {coupon["profile_id"] for coupon in coupons}
    delete_where(context.transaction, COUPONS, COUPONS.c.discount_id, ids)
    delete_ids(context.transaction, DISCOUNTS, ids)
