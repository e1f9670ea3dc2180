"""What people buy, as rows that rules count: orders, coupons, items, refunds, deals."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.selectable import Subquery

from core.segments.rows.attributes import Asked, Attribute, connection, flag, number, store, text
from core.segments.rows.subjects import Subject, dated
from core.segments.rules.conditions import TextComparisons
from core.segments.sql.compare import Quantity, text_condition
from core.segments.sql.passes import Predicate, Source
from core.segments.sql.tables import (
    ANCESTORS,
    CATEGORIES,
    COUPONS,
    DEALS,
    LINE_CATEGORIES,
    LINES,
    ORDERS,
    REFUNDS,
)
from core.segments.sql.world import World
from core.store.money import SCALE

Coupon = bool | TextComparisons
"""With a code at all, with none, or with such a code."""


def orders(world: World) -> Subject:
    """Valid orders."""
    always = (
        ORDERS.c.valid,
        ORDERS.c.placed_at <= world.clock.instant,
        *world.configured(ORDERS.c.connection_id),
    )
    return Subject(
        Source("orders", ORDERS, ORDERS.c.profile_id, always),
        ORDERS.c.placed_at,
        ORDERS.c.day,
        _order_attributes(world, ORDERS)
        | {"coupon": Attribute(lambda asked, _bind: _without_coupon(world, asked))},
    )


def _order_attributes(world: World, rows: Any) -> dict[str, Attribute]:
    return {
        "total": number(Quantity(rows.c.net_shop, SCALE)),
        "store": store(rows.c.store_key),
        "channel": text(rows.c.channel),
        "currency": text(rows.c.currency, key=lambda word: word.strip().upper(), always=True),
        "connection": connection(world.connections, rows.c.connection_id),
    }


def _with_code(world: World, asked: Coupon) -> Subquery:
    statement = sa.select(COUPONS.c.order_id).where(COUPONS.c.order_id.is_not(None))
    if not isinstance(asked, bool):
        statement = statement.where(text_condition(COUPONS.c.code, asked))
    return world.derived(statement.distinct(), "coupon")


def _without_coupon(world: World, asked: Coupon) -> Asked:
    if asked is not False:
        raise ValueError("coupons are asked of orders and of coupons that stand alone")
    coupon = _with_code(world, asked=True)
    return Asked(coupon.c.order_id.is_(None), ((coupon, coupon.c.order_id == ORDERS.c.id),))


def coupon_orders(world: World) -> Subject:
    """Valid orders, and coupons that were told without one: each an order without amount."""
    told = [
        ORDERS.c.id, ORDERS.c.profile_id, ORDERS.c.placed_at, ORDERS.c.day, ORDERS.c.net_shop,
        ORDERS.c.store_key, ORDERS.c.channel, ORDERS.c.currency, ORDERS.c.connection_id,
    ]  # fmt: skip
    none = {column.name: sa.cast(sa.null(), column.type).label(column.name) for column in told}
    alone = none | {
        "id": (-COUPONS.c.id).label("id"),
        "profile_id": COUPONS.c.profile_id,
        "placed_at": COUPONS.c.at.label("placed_at"),
        "day": COUPONS.c.day,
        "connection_id": COUPONS.c.connection_id,
    }
    both = sa.union_all(
        sa.select(*told, sa.cast(sa.null(), sa.String).label("code")).where(ORDERS.c.valid),
        sa.select(*alone.values(), COUPONS.c.code.label("code")).where(
            COUPONS.c.order_id.is_(None)
        ),
    )
    rows = world.derived(both, "coupon_orders")

    def coupon(asked: Coupon) -> Asked:
        used = _with_code(world, asked)
        by_itself = (
            rows.c.code.is_not(None)
            if isinstance(asked, bool)
            else sa.func.coalesce(text_condition(rows.c.code, asked), sa.false())
        )
        return Asked(
            sa.or_(used.c.order_id.is_not(None), by_itself),
            ((used, used.c.order_id == rows.c.id),),
        )

    always = (rows.c.placed_at <= world.clock.instant, *world.configured(rows.c.connection_id))
    return Subject(
        Source("coupon_orders", rows, rows.c.profile_id, always),
        rows.c.placed_at,
        rows.c.day,
        _order_attributes(world, rows) | {"coupon": Attribute(lambda asked, _bind: coupon(asked))},
    )


def items(world: World) -> Subject:
    """Lines of valid orders that were not given back whole."""
    always = (
        LINES.c.valid,
        LINES.c.placed_at <= world.clock.instant,
        *world.configured(LINES.c.connection_id),
    )
    return Subject(
        Source("items", LINES, LINES.c.profile_id, always),
        LINES.c.placed_at,
        LINES.c.day,
        {
            "category": _category(world),
            "brand": text(LINES.c.brand_key, key=world.brand_key),
            "product": text(LINES.c.product_external_id, key=str.strip),
            "sku": text(LINES.c.sku, key=str.strip),
            "on_sale": flag(LINES.c.on_sale),
            "markdown": number(Quantity(LINES.c.markdown, SCALE, share=True)),
            "price": number(Quantity(LINES.c.total_shop, per=sa.func.nullif(LINES.c.quantity, 0))),
            "store": store(LINES.c.store_key),
            "channel": text(LINES.c.channel),
            "connection": connection(world.connections, LINES.c.connection_id),
        },
    )


def _category(world: World) -> Attribute:
    """The categories of a line, those above them included."""

    def joined(statement: sa.Select[Any], name: str) -> tuple[Subquery, Predicate]:
        rows = world.derived(statement.distinct(), name)
        return rows, rows.c.line_id == LINES.c.id

    def ask(asked: TextComparisons) -> Asked:
        positive, negative = _positive(asked)
        above = LINE_CATEGORIES.join(
            ANCESTORS, ANCESTORS.c.category_id == LINE_CATEGORIES.c.category_id
        ).join(CATEGORIES, CATEGORIES.c.id == ANCESTORS.c.ancestor_id)
        line = sa.select(LINE_CATEGORIES.c.line_id).select_from(above)
        joins, found = [], []
        if positive is not None:
            under = joined(line.where(text_condition(CATEGORIES.c.key, positive)), "category")
            joins.append(under)
            found.append(under[0].c.line_id.is_not(None))
        if negative is not None:
            under = joined(line.where(text_condition(CATEGORIES.c.key, negative)), "category")
            joins += [under, _any]
            found += [under[0].c.line_id.is_(None), _any[0].c.line_id.is_not(None)]
        return Asked(sa.and_(*found), tuple(joins))

    _any = joined(sa.select(LINE_CATEGORIES.c.line_id), "categorised")
    present = Asked(_any[0].c.line_id.is_not(None), (_any,))
    return Attribute(lambda asked, _bind: ask(asked), present)


def _positive(asked: TextComparisons) -> tuple[TextComparisons | None, TextComparisons | None]:
    """What a many-valued attribute must have, and what it must not."""
    has = {
        name: value
        for name in ("is_", "in_", "contains", "starts_with")
        if (value := getattr(asked, name)) is not None
    }
    if asked.known:
        has["known"] = True
    lacks: dict[str, Any] = {}
    if asked.is_not is not None:
        lacks["in_"] = (asked.is_not, *(asked.not_in or ()))
    elif asked.not_in is not None:
        lacks["in_"] = asked.not_in
    if asked.known is False:
        raise ValueError("`known = false` cannot be asked of a category")
    return (
        TextComparisons(**has) if has else None,
        TextComparisons(**lacks) if lacks else None,
    )


def refunds(world: World) -> Subject:
    """Money given back."""
    subject = dated(world, REFUNDS, "refunds")
    subject.attributes = {"connection": connection(world.connections, REFUNDS.c.connection_id)}
    return subject


def deals(world: World) -> Subject:
    """Sales in the making."""
    subject = dated(world, DEALS, "deals")
    subject.attributes = {
        "status": text(DEALS.c.status),
        "stage": text(DEALS.c.stage),
        "connection": connection(world.connections, DEALS.c.connection_id),
    }
    return subject
