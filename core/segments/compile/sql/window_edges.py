"""Window edges that moved since the last evaluation, and the profiles whose rows they passed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement

from core.segments.compile.sql.clock import Window

_A_DAY = timedelta(days=1)
_INSTANT = timedelta(microseconds=1)
"""The resolution of stored instants."""
_LEAP_DAYS = (228, 229, 301)
"""Days on which a birthday of 29 February may fall, as month * 100 + day."""
_YEAR_ONLY = (101, 1231)
"""Days on which the possible ages change where only the birth year is known."""


@dataclass(frozen=True, eq=False)
class DatedRows:
    """Stored rows with a time: profile, instant, and number of the local day."""

    profile: ColumnElement[Any]
    at: ColumnElement[Any] | None
    """None where only a day is known."""
    day: ColumnElement[Any]


@dataclass(frozen=True, eq=False)
class BirthDates:
    """Stored rows with a birth date: profile, and the parts of the date."""

    profile: ColumnElement[Any]
    year: ColumnElement[Any] | None
    """None where the year is never known without the day."""
    month: ColumnElement[Any]
    day: ColumnElement[Any]


class WindowEdges:
    """The moved edges that the rules of one evaluation compare rows with.

    Rows that no edge passed over count exactly as they did before.
    """

    def __init__(self) -> None:
        """Begin with none."""
        self._rows: dict[tuple[object, ...], sa.Select[Any]] = {}
        self._born: dict[str, tuple[BirthDates, set[int]]] = {}
        self._of_a_year: dict[str, BirthDates] = {}

    def track(self, rows: DatedRows, window: Window) -> None:
        """Record the edges of a window that moved over some rows."""
        then = window.earlier
        if then is None:
            return
        if then.after is not None and window.after is not None:
            self.days(rows, then.after.toordinal(), window.after.toordinal())
        if then.after_instant is not None and window.after_instant is not None:
            self.instants(rows, then.after_instant, window.after_instant)
        # Strictly before an edge means up to the day or instant just before it.
        if then.older_than is not None and window.older_than is not None:
            old, new = then.older_than.toordinal(), window.older_than.toordinal()
            self.days(rows, old - 1, new - 1)
        if then.before_instant is not None and window.before_instant is not None:
            self.instants(rows, then.before_instant - _INSTANT, window.before_instant - _INSTANT)

    def instants(self, rows: DatedRows, old: datetime, new: datetime) -> None:
        """An edge moved between instants: rows after one of them and not after the other."""
        if old == new or rows.at is None:
            return
        low, high = sorted((old, new))
        condition = sa.and_(rows.at > low, rows.at <= high)
        self._rows.setdefault((str(rows.at), low, high), _profiles(rows, condition))

    def days(self, rows: DatedRows, old: int, new: int) -> None:
        """An edge moved between local days: rows after one of them and not after the other."""
        if old == new:
            return
        low, high = sorted((old, new))
        condition = sa.and_(rows.day > low, rows.day <= high)
        if rows.at is not None:
            # A day either side covers every time zone; the index is on the instant.
            first, last = _midnight(low + 1) - _A_DAY, _midnight(high + 1) + _A_DAY
            condition = sa.and_(rows.at >= first, rows.at < last, condition)
        self._rows.setdefault((str(rows.day), low, high), _profiles(rows, condition))

    def birthdays(self, born: BirthDates, codes: Iterable[int]) -> None:
        """These birthdays (month * 100 + day) came into a window or left it."""
        self._born.setdefault(str(born.profile), (born, set()))[1].update(codes)

    def ages(self, born: BirthDates, old: date, new: date) -> None:
        """The present moved between dates: birthdays after one of them and not after the other."""
        first, last = sorted((old, new))
        passed = {_code(first + n * _A_DAY) for n in range(1, min((last - first).days, 366) + 1)}
        if not passed.isdisjoint(_LEAP_DAYS):
            passed.update(_LEAP_DAYS)
        if not passed.isdisjoint(_YEAR_ONLY) and born.year is not None:
            self._of_a_year[str(born.profile)] = born
        self.birthdays(born, passed)

    def all(self) -> list[sa.Select[Any]]:
        """Queries for the profiles that were passed over, one per edge."""
        born = [_born_on(each, codes) for each, codes in self._born.values() if codes]
        of_a_year = [
            sa.select(each.profile.label("profile_id")).where(
                each.month.is_(None), each.year.is_not(None)
            )
            for each in self._of_a_year.values()
            if each.year is not None
        ]
        return [*self._rows.values(), *born, *of_a_year]


def _profiles(rows: DatedRows, condition: ColumnElement[bool]) -> sa.Select[Any]:
    return sa.select(rows.profile.label("profile_id")).where(condition)


def _midnight(day: int) -> datetime:
    return datetime.combine(date.fromordinal(day), time(), tzinfo=UTC)


def _code(day: date) -> int:
    return day.month * 100 + day.day


def _born_on(born: BirthDates, codes: set[int]) -> sa.Select[Any]:
    months = sorted({code // 100 for code in codes})
    conditions = [
        sa.and_(
            born.month == month,
            born.day.in_(sorted(code % 100 for code in codes if code // 100 == month)),
        )
        for month in months
    ]
    return sa.select(born.profile.label("profile_id")).where(sa.or_(*conditions))
