"""Values made of facts: orders, carts, loyalty accounts, groups and children."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Column, ColumnElement, Row, Subquery, and_, case, func, select

from core.audience.values.wording import FieldValue, Wording, amount_text, count_text
from core.store.keys import SEPARATOR
from core.store.tables import CARTS, CHILDREN, GROUPS, LOYALTIES, ORDERS, PROFILES


def of_orders(expression: str, wording: Wording) -> FieldValue:
    """Number, amounts and dates of the person's valid orders."""
    net = ORDERS.c.net_shop
    # An amount without a rate makes the total unknown, not smaller.
    is_known = func.count(net) == func.count()
    measures = {
        "orders.count": func.count(),
        "orders.total": case((is_known, func.sum(net))),
        "orders.largest": case((is_known, func.max(net))),
        "orders.first": func.min(ORDERS.c.day),
        "orders.last": func.max(ORDERS.c.day),
    }
    past = ORDERS.c.placed_at <= wording.as_of
    valid = and_(ORDERS.c.valid.is_(True), past, wording.is_delivered(ORDERS))
    per_person = (
        select(
            ORDERS.c.profile_id,
            measures[expression].label("value_number"),
            func.count().label("value_orders"),
        )
        .where(valid, wording.counts(ORDERS))
        .group_by(ORDERS.c.profile_id)
        .subquery()
    )
    if expression in ("orders.first", "orders.last"):
        return FieldValue(per_person, lambda row: wording.date(row.value_number))
    if expression == "orders.largest":
        return FieldValue(per_person, lambda row: amount_text(row.value_number))
    # Without orders of their own people count as 0 once any order is stored, and unknown before.
    any_order = select(func.max(ORDERS.c.id)).where(valid).scalar_subquery()
    number = case(
        (per_person.c.value_orders.is_(None), any_order * 0), else_=per_person.c.value_number
    )
    all_profiles = select(
        PROFILES.c.id.label("profile_id"), number.label("value_number")
    ).select_from(PROFILES.outerjoin(per_person, per_person.c.profile_id == PROFILES.c.id))
    write = amount_text if expression == "orders.total" else count_text
    return FieldValue(all_profiles.subquery(), lambda row: write(row.value_number))


def of_cart(expression: str, wording: Wording) -> FieldValue:
    """The latest cart that is still open."""
    is_open = and_(CARTS.c.status == "open", wording.begun(CARTS))
    newest_first = (CARTS.c.at.desc(), CARTS.c.id.desc())
    if expression == "cart.url":
        return FieldValue(_first(CARTS.c.url, newest_first, is_open), lambda row: row.value_first)
    total = _first(CARTS.c.total_shop, newest_first, is_open)
    return FieldValue(total, lambda row: amount_text(row.value_first))


def of_loyalty(expression: str, wording: Wording) -> FieldValue:
    """The account with the largest balance; of equal ones the first programme by name."""
    begun = wording.begun(LOYALTIES)
    points, tier = LOYALTIES.c.points, LOYALTIES.c.tier
    largest_first = (func.coalesce(points, -1).desc(), LOYALTIES.c.programme, LOYALTIES.c.id)
    if expression == "loyalty.tier":
        return FieldValue(_first(tier, largest_first, begun), lambda row: row.value_first)
    balance = _first(points, largest_first, begun)
    return FieldValue(balance, lambda row: count_text(row.value_first, scaled=True))


def _first(
    column: Column[Any], order: Sequence[ColumnElement[Any]], where: ColumnElement[bool]
) -> Subquery:
    """A column of each person's first row in an order, as `value_first`."""
    profile = column.table.c.profile_id
    rank = func.row_number().over(partition_by=profile, order_by=order).label("value_rank")
    ranked = select(profile, column.label("value_first"), rank).where(where).subquery()
    return select(ranked).where(ranked.c.value_rank == 1).subquery()


def groups(_expression: str, wording: Wording) -> FieldValue:
    """The titles of a person's groups, sorted."""
    titles = (
        select(GROUPS.c.profile_id, GROUPS.c.title)
        .where(wording.begun(GROUPS))
        .distinct()
        .subquery()
    )
    rows = (
        select(
            titles.c.profile_id,
            func.aggregate_strings(titles.c.title, SEPARATOR).label("value_text"),
        )
        .group_by(titles.c.profile_id)
        .subquery()
    )

    return FieldValue(rows, lambda row: wording.names(row.value_text))


def next_birthday(_expression: str, wording: Wording) -> FieldValue:
    """The next birthday of any child, today included."""
    code = CHILDREN.c.birth_month * 100 + CHILDREN.c.birth_day
    today = wording.today.month * 100 + wording.today.day
    rows = (
        select(
            CHILDREN.c.profile_id,
            func.min(case((code >= today, code))).label("value_ahead"),
            func.min(code).label("value_first"),
        )
        .where(wording.counts(CHILDREN), code.is_not(None))
        .group_by(CHILDREN.c.profile_id)
        .subquery()
    )

    def text(row: Row[Any]) -> str | None:
        if row.value_first is None:
            return None
        ahead, year = row.value_ahead, wording.today.year
        month, day = divmod(row.value_first if ahead is None else ahead, 100)
        return wording.date(_birthday_in(year + (ahead is None), month, day).toordinal())

    return FieldValue(rows, text)


def _birthday_in(year: int, month: int, day: int) -> date:
    """29 February counts as the 28th in common years."""
    try:
        return date(year, month, day)
    except ValueError:
        return date(year, month, 28)
