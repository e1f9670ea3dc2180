"""How the values of fields are written, and which facts count in them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Subquery, Table, and_, or_, true

from core.store.keys import SEPARATOR
from core.store.money import units


@dataclass(frozen=True)
class Wording:
    """How a destination writes values, and the present."""

    date_format: str
    separator: str
    """Between several names."""
    as_of: datetime
    today: date
    """The shop's local date."""
    connections: frozenset[int] | None = None
    """Numbers of the connections whose facts count; None: of all."""

    def date(self, day: int | None) -> str | None:
        """A day number as text."""
        return None if day is None else date.fromordinal(day).strftime(self.date_format)

    def names(self, joined: str | None) -> str | None:
        """Names that the database joined, sorted; a single one as it is."""
        names = sorted((joined or "").split(SEPARATOR), key=str.casefold)
        if len(names) == 1:
            return joined
        # A name with the separator in it would read back as two.
        return self.separator.join(each.replace(self.separator, " ") for each in names)

    def is_delivered(self, table: Table) -> ColumnElement[bool]:
        """Whether a fact comes from a connection that counts."""
        if self.connections is None:
            return true()
        return table.c.connection_id.in_(sorted(self.connections))

    def counts(self, table: Table) -> ColumnElement[bool]:
        """The same of a fact that has a person."""
        return and_(table.c.profile_id.is_not(None), self.is_delivered(table))

    def begun(self, table: Table) -> ColumnElement[bool]:
        """Whether a fact that may lack a date counts, and has begun."""
        return and_(self.counts(table), or_(table.c.at.is_(None), table.c.at <= self.as_of))


@dataclass(frozen=True)
class FieldValue:
    """The source of a field's value: one row per profile, and how a row becomes text."""

    rows: Subquery
    """`profile_id` and the columns that `text` reads; their names begin with `value_`."""
    text: Callable[[Row[Any]], str | None]
    """Text of a row; None where the value is unknown. Every column may be None."""


def count_text(number: int | None, *, scaled: bool = False) -> str | None:
    """A whole number as text, or one that is stored in ten-thousandths (`scaled`)."""
    if number is None:
        return None
    return format(units(int(number)).normalize(), "f") if scaled else str(number)


def amount_text(number: int | None) -> str | None:
    """Ten-thousandths as text, with two decimals or more."""
    if number is None:
        return None
    exact = units(int(number))
    return format(exact if number % 100 else round(exact, 2), "f")
