"""Bindings: the segment that goes to a tag, list or audience, and the value that fills a field."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Row, Subquery, and_, case, func, select

from core.contract import Target
from core.errors import Misconfigured
from core.segments.definition import EACH_VALUE
from core.store.money import units
from core.store.tables import ORDERS, PROFILE_FIELDS, PROFILES

CARRIED = "yes"
"""Value of a tag, list or audience that a person carries."""
SEGMENT_NAMES = "segments"
"""Value of a field that is filled with the names of the bound segments."""
BRAKE = 1_000
"""Default share of the brake: ten per cent, in ten-thousandths."""

Requires = Literal["email", "ads", "none"]


@dataclass(frozen=True)
class Binding:
    """One line of a push stanza: a target, and the segments or the value that go there."""

    target: Target
    """Its name may hold `{value}`, for a `for_each` segment."""
    segments: tuple[str, ...] = ()
    """A tag, list or audience: members of any of these carry it. The field value `segments`:
    the segments whose names it may hold. Other fields: none."""
    value: str | None = None
    """A field: `segments`, the name of a profile field, or a trait over ever (`orders.last`).
    Absent for tags, lists and audiences."""
    requires: Requires = "email"
    """Consent needed before a person is written to."""
    adopt: bool = False
    """Take over an existing target although its carriers cannot be read back."""
    brake: int = BRAKE
    """Share of the delivered, in ten-thousandths, above which unexplained removals are held."""
    line: str = ""
    """The target's name in the config, before expansion; the brake also adds up each line."""

    @property
    def source(self) -> str:
        """The target as the config names it."""
        return self.line or self.target.name


@dataclass(frozen=True)
class Terms:
    """A segment's own settings for the push: holdout and ladder."""

    holdout: int = 0
    """Members whose stable number in [0, 1,000,000) is below this are never pushed."""
    yields_to: tuple[str, ...] = ()
    """Segments that come first on its ladder: their members are not pushed under this one."""


@dataclass(frozen=True)
class Bindings:
    """The push stanza of one destination connection."""

    connection: str
    """Name of the connection."""
    bindings: tuple[Binding, ...]
    every: timedelta | None = None
    """Least time between two scheduled pushes; None: with every pull."""
    terms: Mapping[str, Terms] = field(default_factory=dict)
    """By segment name; those of a `for_each` segment under its name without the value."""

    @property
    def segments(self) -> frozenset[str]:
        """Names of the bound segments, as in the config."""
        return frozenset(name for binding in self.bindings for name in binding.segments)

    def terms_of(self, segment: str) -> Terms:
        """The terms of a segment, or of the `for_each` segment that it comes from."""
        return self.terms.get(segment) or self.terms.get(segment.partition(":")[0]) or Terms()


def expand(bindings: Iterable[Binding], segments: Iterable[str]) -> tuple[Binding, ...]:
    """Bind the segments that exist: one binding per value where the target names `{value}`.

    `segments` are the names of all evaluated segments, such as `brand_fans:lego`. Bindings of one
    tag are merged: members of any of their segments carry it.
    """
    by_target: dict[Target, Binding] = {}
    for binding in _expanded(bindings, sorted(segments)):
        other = by_target.get(binding.target)
        if other is not None and binding.value is None:
            both = tuple(dict.fromkeys(other.segments + binding.segments))
            by_target[binding.target] = replace(other, segments=both)
        else:
            by_target[binding.target] = binding
    return tuple(by_target.values())


def _expanded(bindings: Iterable[Binding], known: Sequence[str]) -> Iterator[Binding]:
    for binding in bindings:
        names = tuple(
            name
            for bound in binding.segments
            for name in known
            if name == bound or name.startswith(f"{bound}:")
        )
        if EACH_VALUE not in binding.target.name:
            yield replace(binding, segments=names or binding.segments, line=binding.source)
            continue
        for name in names:
            _, colon, value = name.partition(":")
            if colon:
                target = replace(
                    binding.target, name=binding.target.name.replace(EACH_VALUE, value)
                )
                yield replace(binding, target=target, segments=(name,), line=binding.source)


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
