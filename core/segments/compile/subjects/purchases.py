"""What people buy, as rows that rules count: orders, coupons, items, refunds, deals."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.selectable import Subquery

from core.segments.compile.sql.aggregates import FactSource, Predicate, ValueJoin
from core.segments.compile.sql.clock import Window
from core.segments.compile.sql.comparisons import Quantity, text_condition
from core.segments.compile.sql.context import EvaluationContext
from core.segments.compile.sql.temporary import Temporary
from core.segments.compile.sql.window_edges import DatedRows
from core.segments.compile.subjects.attributes import (
    Attribute,
    GroupBy,
    Joins,
    RowCondition,
    code,
    connection,
    flag,
    number,
    store,
    text,
)
from core.segments.compile.subjects.subject import Subject, dated, lies
from core.segments.rules.conditions import TextComparisons
from core.store.keys import fold
from core.store.money import SCALE
from core.store.tables import (
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

Coupon = bool | TextComparisons
"""With a code at all, with none, or with such a code."""
ORDERED = DatedRows(ORDERS.c.profile_id, ORDERS.c.placed_at, ORDERS.c.day)
"""When people bought; an order's lines have its instant and its day."""
_TOLD = DatedRows(COUPONS.c.profile_id, COUPONS.c.at, COUPONS.c.day)


def orders(context: EvaluationContext) -> Subject:
    """Valid orders."""
    always = (
        ORDERS.c.valid,
        context.past(ORDERS.c.placed_at, ORDERED),
        *context.configured(ORDERS.c.connection_id),
    )
    return Subject(
        context,
        FactSource("orders", ORDERS, ORDERS.c.profile_id, always),
        ORDERS.c.placed_at,
        ORDERS.c.day,
        _order_attributes(context, ORDERS)
        | {"coupon": Attribute(lambda asked, _bind: _without_coupon(context, asked))},
    )


def order_values(
    context: EvaluationContext, edges: Window
) -> tuple[sa.Select[Any], sa.Select[Any] | None]:
    """What every valid order in a window came to, and their sum and number.

    Days that are over are told by their sums, and by an index alone; of hours there are no sums.
    """
    net, whose = ORDERS.c.net_shop, context.configured(ORDERS.c.connection_id)
    every = sa.select(net).where(ORDERS.c.valid, net.is_not(None), *whose)
    inside = lies(edges, ORDERS.c.placed_at, ORDERS.c.day)
    if edges.after_instant is not None or edges.before_instant is not None:
        return every.where(inside, ORDERS.c.placed_at <= context.clock.instant), None
    today = context.clock.day.toordinal()
    begun = every.where(ORDERS.c.day >= today, ORDERS.c.placed_at <= context.clock.instant, inside)
    over = every.where(ORDERS.c.day < today, inside)
    values = sa.union_all(over, begun).subquery("values")
    now = begun.subquery("now")
    sums = sa.union_all(
        sa.select(sa.func.sum(DAYS.c.net_shop).label("net"), sa.func.sum(DAYS.c.orders).label("n"))
        .where(DAYS.c.day < today, lies(edges, DAYS.c.day, DAYS.c.day))
        .where(*context.configured(DAYS.c.connection_id)),
        sa.select(sa.func.sum(now.c[0]), sa.func.count(now.c[0])),
    ).subquery("sums")
    totals = sa.select(sa.func.sum(sums.c.net), sa.func.sum(sums.c.n))
    return sa.select(values.c[0]), totals


def _order_attributes(context: EvaluationContext, rows: Any) -> dict[str, Attribute]:
    return {
        "total": number(Quantity(rows.c.net_shop, SCALE)),
        "store": store(context, rows.c.store_key),
        "channel": text(rows.c.channel),
        "currency": text(rows.c.currency, key=lambda word: word.strip().upper(), always=True),
        "connection": connection(context.connections, rows.c.connection_id),
    }


def _with_code(context: EvaluationContext, asked: Coupon) -> Subquery:
    statement = sa.select(COUPONS.c.order_id).where(
        COUPONS.c.order_id.is_not(None), *context.whose(COUPONS.c.profile_id)
    )
    if not isinstance(asked, bool):
        statement = statement.where(text_condition(COUPONS.c.code, asked))
    return context.derived(statement.distinct(), "coupon")


def _without_coupon(context: EvaluationContext, asked: Coupon) -> RowCondition:
    if asked is not False:
        raise ValueError("coupons are asked of orders and of coupons that stand alone")
    coupon = _with_code(context, asked=True)
    return RowCondition(coupon.c.order_id.is_(None), ((coupon, coupon.c.order_id == ORDERS.c.id),))


def coupon_orders(context: EvaluationContext) -> Subject:
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
            ORDERS.c.valid, *context.whose(ORDERS.c.profile_id)
        ),
        sa.select(*alone.values(), COUPONS.c.code.label("code")).where(
            COUPONS.c.order_id.is_(None), *context.whose(COUPONS.c.profile_id)
        ),
    )
    rows = context.derived(both, "coupon_orders")

    def coupon(asked: Coupon) -> RowCondition:
        used = _with_code(context, asked)
        by_itself = (
            rows.c.code.is_not(None)
            if isinstance(asked, bool)
            else sa.func.coalesce(text_condition(rows.c.code, asked), sa.false())
        )
        return RowCondition(
            sa.or_(used.c.order_id.is_not(None), by_itself),
            ((used, used.c.order_id == rows.c.id),),
        )

    stored = (ORDERED, _TOLD)
    always = (context.past(rows.c.placed_at, *stored), *context.configured(rows.c.connection_id))
    return Subject(
        context,
        FactSource("coupon_orders", rows, rows.c.profile_id, always),
        rows.c.placed_at,
        rows.c.day,
        _order_attributes(context, rows)
        | {"coupon": Attribute(lambda asked, _bind: coupon(asked))},
        stored=stored,
    )


def items(context: EvaluationContext) -> Subject:
    """Lines of valid orders that were not given back whole."""
    always = (
        LINES.c.valid,
        context.past(LINES.c.placed_at, ORDERED),
        *context.configured(LINES.c.connection_id),
    )
    return Subject(
        context,
        FactSource("items", LINES, LINES.c.profile_id, always),
        LINES.c.placed_at,
        LINES.c.day,
        {
            "category": _category(context),
            "brand": text(LINES.c.brand_key, key=context.brand_key),
            "product": code(LINES.c.product_external_id, LINES.c.product_key),
            "sku": code(LINES.c.sku, LINES.c.sku_key),
            "on_sale": flag(LINES.c.on_sale),
            "markdown": number(Quantity(LINES.c.markdown, SCALE, share=True)),
            "price": number(Quantity(LINES.c.total_shop, per=sa.func.nullif(LINES.c.quantity, 0))),
            "store": store(context, LINES.c.store_key),
            "channel": text(LINES.c.channel),
            "connection": connection(context.connections, LINES.c.connection_id),
        },
        stored=(ORDERED,),
    )


def _category(context: EvaluationContext) -> Attribute:
    """The categories of a line, those above them included."""

    def joined(statement: sa.Select[Any], name: str) -> tuple[Subquery, Predicate]:
        if context.people is not None:
            mine = LINES.alias("mine")
            theirs = sa.select(mine.c.id).where(*context.whose(mine.c.profile_id))
            statement = statement.where(LINE_CATEGORIES.c.line_id.in_(theirs))
        rows = context.derived(statement.distinct(), name)
        return rows, rows.c.line_id == LINES.c.id

    above = LINE_CATEGORIES.join(
        ANCESTORS, ANCESTORS.c.category_id == LINE_CATEGORIES.c.category_id
    ).join(CATEGORIES, CATEGORIES.c.id == ANCESTORS.c.ancestor_id)

    def beside(values: Temporary) -> ValueJoin:
        meant = above.join(values, values.c.key == CATEGORIES.c.key)
        line = sa.select(LINE_CATEGORIES.c.line_id, values.c.number).select_from(meant)
        rows, on = joined(line, "categories")
        return ValueJoin(rows, on, rows.c.number, values)

    def in_any(asked: TextComparisons) -> RowCondition:
        meant = text_condition(CATEGORIES.c.key, asked)
        if context.people is None:
            line = sa.select(LINE_CATEGORIES.c.line_id).select_from(above)
            rows, on = joined(line.where(meant), "category")
            return RowCondition(rows.c.line_id.is_not(None), ((rows, on),))
        # Of some people line by line: to gather their lines first costs more. A sum, so that a
        # line's few categories are read and not every one looked for that is meant.
        category = LINE_CATEGORIES.c.category_id + 0
        below = sa.select(ANCESTORS.c.category_id).where(
            ANCESTORS.c.ancestor_id == CATEGORIES.c.id, meant
        )
        here = sa.exists().where(LINE_CATEGORIES.c.line_id == LINES.c.id, category.in_(below))
        return RowCondition(here.correlate(LINES))

    def ask(asked: TextComparisons) -> RowCondition:
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
        return RowCondition(sa.and_(*found), joins)

    # Looked up line by line: nearly every line has one, and a table of them all costs more.
    has_any = sa.exists().where(LINE_CATEGORIES.c.line_id == LINES.c.id).correlate(LINES)
    return Attribute(
        lambda asked, _bind: ask(asked), RowCondition(has_any), spread=GroupBy(fold, beside)
    )


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


def refunds(context: EvaluationContext) -> Subject:
    """Money given back."""
    subject = dated(context, REFUNDS, "refunds")
    subject.attributes = {"connection": connection(context.connections, REFUNDS.c.connection_id)}
    return subject


def deals(context: EvaluationContext) -> Subject:
    """Sales in the making."""
    subject = dated(context, DEALS, "deals")
    subject.attributes = {
        "status": text(DEALS.c.status),
        "stage": text(DEALS.c.stage),
        "connection": connection(context.connections, DEALS.c.connection_id),
    }
    return subject
