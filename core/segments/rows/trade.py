"""What people buy, as rows that rules count: orders, coupons, items, refunds, deals."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.selectable import Subquery

from core.segments.rows.attributes import (
    Asked,
    Attribute,
    Joins,
    Spread,
    code,
    connection,
    flag,
    number,
    store,
    text,
)
from core.segments.rows.subjects import Subject, dated, lies
from core.segments.rules.conditions import TextComparisons
from core.segments.sql.clock import Window
from core.segments.sql.compare import Quantity, text_condition
from core.segments.sql.crossings import Dated
from core.segments.sql.passes import Beside, Predicate, Source
from core.segments.sql.tables import (
    ANCESTORS,
    CATEGORIES,
    COUPONS,
    DAYS,
    DEALS,
    LINE_CATEGORIES,
    LINES,
    ORDERS,
    REFUNDS,
)
from core.segments.sql.temporary import Temporary
from core.segments.sql.world import World
from core.store.keys import fold
from core.store.money import SCALE

Coupon = bool | TextComparisons
"""With a code at all, with none, or with such a code."""
ORDERED = Dated(ORDERS.c.profile_id, ORDERS.c.placed_at, ORDERS.c.day)
"""When people bought; an order's lines have its instant and its day."""
_TOLD = Dated(COUPONS.c.profile_id, COUPONS.c.at, COUPONS.c.day)


def orders(world: World) -> Subject:
    """Valid orders."""
    always = (
        ORDERS.c.valid,
        world.past(ORDERS.c.placed_at, ORDERED),
        *world.configured(ORDERS.c.connection_id),
    )
    return Subject(
        world,
        Source("orders", ORDERS, ORDERS.c.profile_id, always),
        ORDERS.c.placed_at,
        ORDERS.c.day,
        _order_attributes(world, ORDERS)
        | {"coupon": Attribute(lambda asked, _bind: _without_coupon(world, asked))},
    )


def order_values(world: World, edges: Window) -> tuple[sa.Select[Any], sa.Select[Any] | None]:
    """What every valid order in a window came to, and their sum and number.

    Days that are over are told by their sums, and by an index alone; of hours there are no sums.
    """
    net, whose = ORDERS.c.net_shop, world.configured(ORDERS.c.connection_id)
    every = sa.select(net).where(ORDERS.c.valid, net.is_not(None), *whose)
    inside = lies(edges, ORDERS.c.placed_at, ORDERS.c.day)
    if edges.after_instant is not None or edges.before_instant is not None:
        return every.where(inside, ORDERS.c.placed_at <= world.clock.instant), None
    today = world.clock.day.toordinal()
    begun = every.where(ORDERS.c.day >= today, ORDERS.c.placed_at <= world.clock.instant, inside)
    over = every.where(ORDERS.c.day < today, inside)
    values = sa.union_all(over, begun).subquery("values")
    now = begun.subquery("now")
    sums = sa.union_all(
        sa.select(sa.func.sum(DAYS.c.net_shop).label("net"), sa.func.sum(DAYS.c.orders).label("n"))
        .where(DAYS.c.day < today, lies(edges, DAYS.c.day, DAYS.c.day))
        .where(*world.configured(DAYS.c.connection_id)),
        sa.select(sa.func.sum(now.c[0]), sa.func.count(now.c[0])),
    ).subquery("sums")
    totals = sa.select(sa.func.sum(sums.c.net), sa.func.sum(sums.c.n))
    return sa.select(values.c[0]), totals


def _order_attributes(world: World, rows: Any) -> dict[str, Attribute]:
    return {
        "total": number(Quantity(rows.c.net_shop, SCALE)),
        "store": store(world, rows.c.store_key),
        "channel": text(rows.c.channel),
        "currency": text(rows.c.currency, key=lambda word: word.strip().upper(), always=True),
        "connection": connection(world.connections, rows.c.connection_id),
    }


def _with_code(world: World, asked: Coupon) -> Subquery:
    statement = sa.select(COUPONS.c.order_id).where(
        COUPONS.c.order_id.is_not(None), *world.whose(COUPONS.c.profile_id)
    )
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
        sa.select(*told, sa.cast(sa.null(), sa.String).label("code")).where(
            ORDERS.c.valid, *world.whose(ORDERS.c.profile_id)
        ),
        sa.select(*alone.values(), COUPONS.c.code.label("code")).where(
            COUPONS.c.order_id.is_(None), *world.whose(COUPONS.c.profile_id)
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

    stored = (ORDERED, _TOLD)
    always = (world.past(rows.c.placed_at, *stored), *world.configured(rows.c.connection_id))
    return Subject(
        world,
        Source("coupon_orders", rows, rows.c.profile_id, always),
        rows.c.placed_at,
        rows.c.day,
        _order_attributes(world, rows) | {"coupon": Attribute(lambda asked, _bind: coupon(asked))},
        stored=stored,
    )


def items(world: World) -> Subject:
    """Lines of valid orders that were not given back whole."""
    always = (
        LINES.c.valid,
        world.past(LINES.c.placed_at, ORDERED),
        *world.configured(LINES.c.connection_id),
    )
    return Subject(
        world,
        Source("items", LINES, LINES.c.profile_id, always),
        LINES.c.placed_at,
        LINES.c.day,
        {
            "category": _category(world),
            "brand": text(LINES.c.brand_key, key=world.brand_key),
            "product": code(LINES.c.product_external_id, LINES.c.product_key),
            "sku": code(LINES.c.sku, LINES.c.sku_key),
            "on_sale": flag(LINES.c.on_sale),
            "markdown": number(Quantity(LINES.c.markdown, SCALE, share=True)),
            "price": number(Quantity(LINES.c.total_shop, per=sa.func.nullif(LINES.c.quantity, 0))),
            "store": store(world, LINES.c.store_key),
            "channel": text(LINES.c.channel),
            "connection": connection(world.connections, LINES.c.connection_id),
        },
        stored=(ORDERED,),
    )


def _category(world: World) -> Attribute:
    """The categories of a line, those above them included."""

    def joined(statement: sa.Select[Any], name: str) -> tuple[Subquery, Predicate]:
        if world.people is not None:
            mine = LINES.alias("mine")
            theirs = sa.select(mine.c.id).where(*world.whose(mine.c.profile_id))
            statement = statement.where(LINE_CATEGORIES.c.line_id.in_(theirs))
        rows = world.derived(statement.distinct(), name)
        return rows, rows.c.line_id == LINES.c.id

    above = LINE_CATEGORIES.join(
        ANCESTORS, ANCESTORS.c.category_id == LINE_CATEGORIES.c.category_id
    ).join(CATEGORIES, CATEGORIES.c.id == ANCESTORS.c.ancestor_id)

    def beside(values: Temporary) -> Beside:
        meant = above.join(values, values.c.key == CATEGORIES.c.key)
        line = sa.select(LINE_CATEGORIES.c.line_id, values.c.number).select_from(meant)
        rows, on = joined(line, "categories")
        return Beside(rows, on, rows.c.number, values)

    def in_any(asked: TextComparisons) -> Asked:
        meant = text_condition(CATEGORIES.c.key, asked)
        if world.people is None:
            line = sa.select(LINE_CATEGORIES.c.line_id).select_from(above)
            rows, on = joined(line.where(meant), "category")
            return Asked(rows.c.line_id.is_not(None), ((rows, on),))
        # Of some people line by line: to gather their lines first costs more. A sum, so that a
        # line's few categories are read and not every one looked for that is meant.
        category = LINE_CATEGORIES.c.category_id + 0
        below = sa.select(ANCESTORS.c.category_id).where(
            ANCESTORS.c.ancestor_id == CATEGORIES.c.id, meant
        )
        here = sa.exists().where(LINE_CATEGORIES.c.line_id == LINES.c.id, category.in_(below))
        return Asked(here.correlate(LINES))

    def ask(asked: TextComparisons) -> Asked:
        positive, negative = _positive(asked)
        joins: Joins = ()
        found: list[Predicate] = []
        if positive is not None:
            has = in_any(positive)
            joins += has.joins
            found.append(has.condition)
        if negative is not None:
            lacks = in_any(negative)
            joins += lacks.joins
            found += [sa.not_(lacks.condition), has_any]
        return Asked(sa.and_(*found), joins)

    # Looked up line by line: nearly every line has one, and a table of them all costs more.
    has_any = sa.exists().where(LINE_CATEGORIES.c.line_id == LINES.c.id).correlate(LINES)
    return Attribute(lambda asked, _bind: ask(asked), Asked(has_any), spread=Spread(fold, beside))


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
