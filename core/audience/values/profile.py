"""Values of the profile itself and of the person's company."""

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Row, case, func, select

from core.audience.values.wording import FieldValue, Wording, amount_text
from core.store.keys import SEPARATOR
from core.store.tables import COMPANIES, PROFILE_FIELDS, PROFILES

_COLUMNS = (
    "email", "phone", "first_name", "last_name", "gender", "language", "country", "birth_month",
)  # fmt: skip
"""Profile fields with a column of their own, written unchanged."""


def profile_field(name: str, wording: Wording) -> FieldValue:
    """A field of the profile, custom ones too; unknown where it has no such field."""
    if name in _COLUMNS:
        return _text(PROFILES, PROFILES.c.id, PROFILES.c[name])
    if name == "birthday":
        return _birthday(wording)
    if name == "created":
        past = case((PROFILES.c.created_at <= wording.as_of, PROFILES.c.created_day))
        rows = select(PROFILES.c.id.label("profile_id"), past.label("value_day"))
        return FieldValue(rows.subquery(), lambda row: wording.date(row.value_day))
    return _row_of_its_own(name, wording)


def company(expression: str, _wording: Wording) -> FieldValue:
    """A field of the company that the person works for."""
    column = COMPANIES.c[expression.removeprefix("company.")]
    people = PROFILES.join(COMPANIES, COMPANIES.c.id == PROFILES.c.company_id)
    value = _text(people, PROFILES.c.id, column)
    if expression != "company.revenue":
        return value
    return FieldValue(value.rows, lambda row: amount_text(row.value_text))


def _text(rows: Any, profile: ColumnElement[Any], column: ColumnElement[Any]) -> FieldValue:
    """A column that holds one text per profile."""
    chosen = select(profile.label("profile_id"), column.label("value_text")).select_from(rows)
    return FieldValue(
        chosen.subquery(), lambda row: None if row.value_text is None else str(row.value_text)
    )


def _birthday(wording: Wording) -> FieldValue:
    rows = select(
        PROFILES.c.id.label("profile_id"),
        PROFILES.c.birth_year.label("value_year"),
        PROFILES.c.birth_month.label("value_month"),
        PROFILES.c.birth_day.label("value_day"),
    )

    def text(row: Row[Any]) -> str | None:
        if None in (row.value_year, row.value_month, row.value_day):
            return None
        born = date(row.value_year, row.value_month, row.value_day)
        return wording.date(born.toordinal())

    return FieldValue(rows.subquery(), text)


def _row_of_its_own(name: str, wording: Wording) -> FieldValue:
    rows = (
        select(
            PROFILE_FIELDS.c.profile_id,
            func.aggregate_strings(PROFILE_FIELDS.c.text, SEPARATOR).label("value_text"),
            func.max(PROFILE_FIELDS.c.day).label("value_day"),
        )
        .where(PROFILE_FIELDS.c.field == name)
        .group_by(PROFILE_FIELDS.c.profile_id)
    )

    def text(row: Row[Any]) -> str | None:
        if row.value_day is not None:
            return wording.date(row.value_day)
        return wording.names(row.value_text)

    return FieldValue(rows.subquery(), text)
