"""Values that fill a field: a field of the profile, or a trait over all time."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, Subquery, and_, case, func, select

from core.errors import Misconfigured
from core.store.money import units
from core.store.tables import ORDERS, PROFILE_FIELDS, PROFILES

_COLUMNS = (
    "email", "phone", "first_name", "last_name", "gender", "language", "country", "birth_month",
)  # fmt: skip
"""Profile fields with a column of their own, written unchanged."""
TRAITS = ("orders.count", "orders.total", "orders.largest", "orders.first", "orders.last")
"""Traits over all time that may fill a field."""


@dataclass(frozen=True)
class FieldValue:
    """The source of a field's value: one row per profile, and how a row becomes text."""

    rows: Subquery
    """`profile_id` and the columns that `text` reads; their names begin with `value_`."""
    text: Callable[[Row[Any]], str | None]
    """Text of a row; None where the value is unknown. Every column may be None."""


def field_value(expression: str, date_format: str, as_of: datetime) -> FieldValue:
    """The source of a profile field or trait; raises Misconfigured for an unknown trait.

    Facts after `as_of` do not count. Dates are written in `date_format`, amounts in the hub's
    currency with two decimals or more.
    """
    if expression.startswith("orders."):
        return _of_orders(expression, date_format, as_of)
    if expression in _COLUMNS:
        return _column(expression)
    if expression == "birthday":
        return _birthday(date_format)
    if expression == "created":
        past = case((PROFILES.c.created_at <= as_of, PROFILES.c.created_day))
        rows = select(PROFILES.c.id.label("profile_id"), past.label("value_day"))
        return FieldValue(rows.subquery(), lambda row: _date(row.value_day, date_format))
    return _custom_field(expression, date_format)


def _column(name: str) -> FieldValue:
    rows = select(PROFILES.c.id.label("profile_id"), PROFILES.c[name].label("value_text"))
    return FieldValue(
        rows.subquery(), lambda row: None if row.value_text is None else str(row.value_text)
    )


def _birthday(date_format: str) -> FieldValue:
    rows = select(
        PROFILES.c.id.label("profile_id"),
        PROFILES.c.birth_year.label("value_year"),
        PROFILES.c.birth_month.label("value_month"),
        PROFILES.c.birth_day.label("value_day"),
    )

    def text(row: Row[Any]) -> str | None:
        if None in (row.value_year, row.value_month, row.value_day):
            return None
        return date(row.value_year, row.value_month, row.value_day).strftime(date_format)

    return FieldValue(rows.subquery(), text)


def _custom_field(name: str, date_format: str) -> FieldValue:
    rows = select(
        PROFILE_FIELDS.c.profile_id,
        PROFILE_FIELDS.c.text.label("value_text"),
        PROFILE_FIELDS.c.day.label("value_day"),
    ).where(PROFILE_FIELDS.c.field == name)
    return FieldValue(
        rows.subquery(),
        lambda row: row.value_text if row.value_day is None else _date(row.value_day, date_format),
    )


def _of_orders(expression: str, date_format: str, as_of: datetime) -> FieldValue:
    measures = {
        "orders.count": func.count(),
        "orders.total": func.sum(ORDERS.c.net_shop),
        "orders.largest": func.max(ORDERS.c.net_shop),
        "orders.first": func.min(ORDERS.c.day),
        "orders.last": func.max(ORDERS.c.day),
    }
    if expression not in measures:
        known = ", ".join(measures)
        raise Misconfigured(f"{expression!r} cannot fill a field; known are {known}")
    valid = and_(ORDERS.c.valid.is_(True), ORDERS.c.placed_at <= as_of)
    per_person = (
        select(ORDERS.c.profile_id, measures[expression].label("value_number"))
        .where(valid, ORDERS.c.profile_id.is_not(None))
        .group_by(ORDERS.c.profile_id)
        .subquery()
    )
    if expression in ("orders.first", "orders.last"):
        return FieldValue(per_person, lambda row: _date(row.value_number, date_format))
    if expression == "orders.largest":
        return FieldValue(per_person, lambda row: _amount(row.value_number))
    # Without orders of their own people count as 0 once any order is stored, and unknown before.
    any_order = select(func.max(ORDERS.c.id)).where(valid).scalar_subquery()
    all_profiles = select(
        PROFILES.c.id.label("profile_id"),
        func.coalesce(per_person.c.value_number, any_order * 0).label("value_number"),
    ).select_from(PROFILES.outerjoin(per_person, per_person.c.profile_id == PROFILES.c.id))
    write = _amount if expression == "orders.total" else _count
    return FieldValue(all_profiles.subquery(), lambda row: write(row.value_number))


def _date(day: int | None, date_format: str) -> str | None:
    return None if day is None else date.fromordinal(day).strftime(date_format)


def _count(number: int | None) -> str | None:
    return None if number is None else str(number)


def _amount(number: int | None) -> str | None:
    if number is None:
        return None
    exact = units(int(number))
    return format(exact if number % 100 else round(exact, 2), "f")
