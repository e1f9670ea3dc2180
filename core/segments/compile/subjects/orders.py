"""Orders, with and without coupons, and refunds and deals."""

from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.selectable import Subquery

from core.records import Order
from core.segments.compile.sql.aggregates import FactSource
from core.segments.compile.sql.clock import Window
from core.segments.compile.sql.comparisons import Quantity, text_condition
from core.segments.compile.sql.context import EvaluationContext
from core.segments.compile.sql.vocabulary import StoredValues, Vocabulary, words_of
from core.segments.compile.sql.window_edges import DatedRows
from core.segments.compile.subjects.attributes import (
    Attribute,
    RowCondition,
    channel_key,
    connection,
    flag,
    joined,
    number,
    store,
    text,
)
from core.segments.compile.subjects.own_fields import own_field
from core.segments.compile.subjects.subject import Subject, dated, lies
from core.segments.rules.conditions import TextComparisons
from core.store.keys import country_key, fold
from core.store.money import SCALE
from core.store.tables import COMPANIES, COUPONS, DAYS, DEALS, ORDERS, PROFILES, REFUNDS

Coupon = bool | TextComparisons
"""Any code, no code, or a condition on the code."""
ORDERED = DatedRows(ORDERS.c.profile_id, ORDERS.c.placed_at, ORDERS.c.day)
"""Purchases as dated rows; lines have the instant and day of their order."""
_CODES = Vocabulary(fold, (StoredValues(COUPONS.c.code),))
_COUPON_USED = DatedRows(COUPONS.c.profile_id, COUPONS.c.at, COUPONS.c.day)


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
        | {
            "coupon": Attribute(
                lambda coupon, _bind: _without_coupon(context, coupon), vocabulary=_CODES
            )
        },
        ORDERS.c.net_shop,
        custom=lambda name: own_field(name, ORDERS, (ORDERS, ORDERS.c.id)),
    )


def order_values(
    context: EvaluationContext, edges: Window
) -> tuple[sa.Select[Any], sa.Select[Any] | None]:
    """The net of every valid order in a window, and the query of their sum and count.

    Days before today are read from their totals; windows in hours have none.
    """
    net, configured = ORDERS.c.net_shop, context.configured(ORDERS.c.connection_id)
    net_of_valid = sa.select(net).where(ORDERS.c.valid, net.is_not(None), *configured)
    inside = lies(edges, ORDERS.c.placed_at, ORDERS.c.day)
    if edges.after_instant is not None or edges.before_instant is not None:
        return net_of_valid.where(inside, ORDERS.c.placed_at <= context.clock.instant), None
    today = context.clock.day.toordinal()
    of_today = net_of_valid.where(
        ORDERS.c.day >= today, ORDERS.c.placed_at <= context.clock.instant, inside
    )
    of_earlier_days = net_of_valid.where(ORDERS.c.day < today, inside)
    values = sa.union_all(of_earlier_days, of_today).subquery("values")
    now = of_today.subquery("now")
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
        "channel": text(rows.c.channel, channel_key, words=words_of(Order, "channel")),
        "currency": text(rows.c.currency, key=lambda word: word.strip().upper(), always=True),
        "connection": connection(context.connections, rows.c.connection_id),
    } | _seldom_asked(rows)


def _seldom_asked(rows: Any) -> dict[str, Attribute]:
    """Attributes that no index has beside the others: only rules that name them read the rows."""
    if rows is ORDERS:
        order, on = ORDERS, None
    else:
        order = ORDERS.alias("its_order")
        on = order.c.id == rows.c.id
    country, gift_card = order.c.ship_country, order.c.gift_card_paid > 0
    found = {
        "ship_country": text(country, key=country_key),
        "source": text(order.c.source_key),
        "campaign": text(order.c.campaign_key),
        "subscription": text(order.c.subscription, words=words_of(Order, "subscription")),
        "gift_card": flag(gift_card),
    }
    return found if on is None else {name: joined(a, order, on) for name, a in found.items()}


def _with_code(context: EvaluationContext, coupon: Coupon) -> Subquery:
    statement = sa.select(COUPONS.c.order_id).where(
        COUPONS.c.order_id.is_not(None), *context.selected(COUPONS.c.profile_id)
    )
    if not isinstance(coupon, bool):
        statement = statement.where(text_condition(COUPONS.c.code, coupon))
    return context.derived(statement.distinct(), "coupon")


def _without_coupon(context: EvaluationContext, coupon: Coupon) -> RowCondition:
    if coupon is not False:
        raise ValueError("orders with a coupon are counted together with coupons without order")
    used = _with_code(context, coupon=True)
    return RowCondition(used.c.order_id.is_(None), ((used, used.c.order_id == ORDERS.c.id),))


def coupon_orders(context: EvaluationContext) -> Subject:
    """Valid orders, and coupons that came without one: each an order without an amount."""
    columns = [
        ORDERS.c.id, ORDERS.c.profile_id, ORDERS.c.placed_at, ORDERS.c.day, ORDERS.c.net_shop,
        ORDERS.c.store_key, ORDERS.c.channel, ORDERS.c.currency, ORDERS.c.connection_id,
    ]  # fmt: skip
    none = {column.name: sa.cast(sa.null(), column.type).label(column.name) for column in columns}
    alone = none | {
        "id": (-COUPONS.c.id).label("id"),
        "profile_id": COUPONS.c.profile_id,
        "placed_at": COUPONS.c.at.label("placed_at"),
        "day": COUPONS.c.day,
        "connection_id": COUPONS.c.connection_id,
    }
    both = sa.union_all(
        sa.select(*columns, sa.cast(sa.null(), sa.String).label("code")).where(
            ORDERS.c.valid, *context.selected(ORDERS.c.profile_id)
        ),
        sa.select(*alone.values(), COUPONS.c.code.label("code")).where(
            COUPONS.c.order_id.is_(None), *context.selected(COUPONS.c.profile_id)
        ),
    )
    rows = context.derived(both, "coupon_orders")

    def with_coupon(coupon: Coupon) -> RowCondition:
        used = _with_code(context, coupon)
        by_itself = (
            rows.c.code.is_not(None)
            if isinstance(coupon, bool)
            else sa.func.coalesce(text_condition(rows.c.code, coupon), sa.false())
        )
        return RowCondition(
            sa.or_(used.c.order_id.is_not(None), by_itself), ((used, used.c.order_id == rows.c.id),)
        )

    stored = (ORDERED, _COUPON_USED)
    always = (context.past(rows.c.placed_at, *stored), *context.configured(rows.c.connection_id))
    return Subject(
        context,
        FactSource("coupon_orders", rows, rows.c.profile_id, always),
        rows.c.placed_at,
        rows.c.day,
        _order_attributes(context, rows)
        | {"coupon": Attribute(lambda coupon, _bind: with_coupon(coupon), vocabulary=_CODES)},
        rows.c.net_shop,
        has_amount=rows.c.code.is_(None),
        stored=stored,
        custom=lambda name: own_field(name, rows, (ORDERS, rows.c.id)),
    )


def refunds(context: EvaluationContext) -> Subject:
    """Refunds; their amount is that of the goods."""
    attributes = {
        "reason": text(REFUNDS.c.reason),
        "store": store(context, REFUNDS.c.store_key, StoredValues(REFUNDS.c.store_key)),
        "channel": text(REFUNDS.c.channel, channel_key, words=words_of(Order, "channel")),
        "connection": connection(context.connections, REFUNDS.c.connection_id),
    }
    return dated(context, REFUNDS, "refunds", attributes, amount=REFUNDS.c.goods_shop)


def deals(context: EvaluationContext) -> Subject:
    """Deals of a CRM, open and closed."""
    attributes = {
        "status": text(DEALS.c.status),
        "stage": text(DEALS.c.stage),
        "owner": text(DEALS.c.owner),
        "closed": number(Quantity(DEALS.c.closed_day)),
        "expected": number(Quantity(DEALS.c.expected_day)),
        "connection": connection(context.connections, DEALS.c.connection_id),
    }
    named = sa.and_(
        COMPANIES.c.connection_id == DEALS.c.connection_id,
        COMPANIES.c.external_id == DEALS.c.company_external_id,
    )
    rows = DEALS.outerjoin(COMPANIES, named)
    found = dated(context, DEALS, "deals", attributes, amount=DEALS.c.amount_shop, rows=rows)
    staff = DEALS.join(COMPANIES, named).join(PROFILES, PROFILES.c.company_id == COMPANIES.c.id)
    of_staff = (
        sa.select(PROFILES.c.id.label("profile_id"), DEALS.c.at, DEALS.c.day)
        .select_from(staff)
        .subquery("deals_of_staff")
    )
    own = DatedRows(DEALS.c.profile_id, DEALS.c.at, DEALS.c.day)
    colleagues = DatedRows(of_staff.c.profile_id, of_staff.c.at, of_staff.c.day)
    context.past(of_staff.c.at, colleagues)
    source = replace(found.source, company=COMPANIES.c.id)
    return replace(found, source=source, stored=(own, colleagues))
