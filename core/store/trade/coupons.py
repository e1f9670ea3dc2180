"""Codes that customers entered: an order's own, and discounts that stand beside orders."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from core import records
from core.store.bulk import Row, add, remove, rows_where, table_of
from core.store.ingest.facts import assign, contact_of, when
from core.store.keys import fold
from core.store.people.reassign import DISCOUNT, ORDERS
from core.store.tables.trade import Discount, OrderCoupon
from core.store.upsert.page_context import PageContext
from core.store.upsert.upsert import compare, store

COUPON = table_of(OrderCoupon)


def take_discounts(intake: PageContext, discounts: Sequence[records.Discount]) -> None:
    """Store coupon uses; one that names an order becomes part of it when it is there."""

    def columns(record: records.Discount, _known: Row) -> Row:
        row: Row = {**when(intake, record), **contact_of(record)}
        if "order" in record.model_fields_set:
            row["order_external_id"] = record.order
        if "code" in record.model_fields_set:
            row["code"] = fold(record.code or "")
        return row

    arrivals = compare(intake, Discount, discounts, columns)
    assign(intake, arrivals)
    changed = store(intake, Discount, arrivals)
    attach(intake, [arrival.after for arrival in changed])


def attach(intake: PageContext, discounts: Sequence[Row]) -> None:
    """Write the coupon of each discount: at its order, alone, or not yet."""
    ids = [row["id"] for row in discounts]
    intake.touched |= {
        row["profile_id"]
        for row in rows_where(intake.transaction, COUPON, COUPON.c.discount_id, ids)
    }
    remove(intake.transaction, COUPON, COUPON.c.discount_id, ids)
    orders = {
        row["external_id"]: row
        for row in rows_where(
            intake.transaction,
            ORDERS,
            ORDERS.c.external_id,
            {row["order_external_id"] for row in discounts} - {None},
            ORDERS.c.connection_id == intake.connection_id,
        )
    }
    coupons = []
    for row in discounts:
        if row["order_external_id"] is None:
            coupons.append(_alone(row))
        elif row["order_external_id"] in orders:
            coupons.append(_part(orders[row["order_external_id"]], row["code"], row["id"]))
    add(intake.transaction, COUPON, coupons)
    intake.touched |= {coupon["profile_id"] for coupon in coupons}


def own_codes(intake: PageContext, orders: Sequence[int]) -> dict[int, list[str]]:
    """The codes that stored orders state themselves, by order number."""
    found: dict[int, list[str]] = defaultdict(list)
    for row in rows_where(
        intake.transaction, COUPON, COUPON.c.order_id, orders, COUPON.c.discount_id.is_(None)
    ):
        found[row["order_id"]].append(row["code"])
    return found


def write_coupons(
    intake: PageContext, orders: Sequence[Row], codes: Mapping[int, Sequence[str]]
) -> None:
    """Write the coupons of orders anew: their own codes and the discounts that name them."""
    remove(intake.transaction, COUPON, COUPON.c.order_id, [row["id"] for row in orders])
    by_name = {row["external_id"]: row for row in orders}
    named = rows_where(
        intake.transaction,
        DISCOUNT,
        DISCOUNT.c.order_external_id,
        by_name.keys(),
        DISCOUNT.c.connection_id == intake.connection_id,
    )
    coupons = [_part(row, code) for row in orders for code in sorted(set(codes.get(row["id"], ())))]
    coupons += [_part(by_name[row["order_external_id"]], row["code"], row["id"]) for row in named]
    add(intake.transaction, COUPON, coupons)


def _part(order: Row, code: str, discount: int | None = None) -> Row:
    return {
        "order_id": order["id"],
        "discount_id": discount,
        "connection_id": order["connection_id"],
        "profile_id": order["profile_id"],
        "at": order["placed_at"],
        "day": order["day"],
        "code": code,
    }


def _alone(discount: Row) -> Row:
    return {
        "order_id": None,
        "discount_id": discount["id"],
        "connection_id": discount["connection_id"],
        "profile_id": discount["profile_id"],
        "at": discount["at"],
        "day": discount["day"],
        "code": discount["code"],
    }
