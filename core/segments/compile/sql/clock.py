"""The instant of an evaluation, the edges of windows then, and those that moved since the last."""

import calendar
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement

from core.segments.rules.values import Duration

MATURITY = timedelta(hours=24)
"""Messages younger than this count in no rate and in no last-n."""


@dataclass(frozen=True)
class Clock:
    """An aware UTC instant and its date in the shop's time zone."""

    instant: datetime
    day: date

    @classmethod
    def at(cls, as_of: datetime | date, zone: ZoneInfo) -> "Clock":
        """An instant as it is; a date is the end of that local day."""
        if isinstance(as_of, datetime):
            if as_of.tzinfo is None:
                raise ValueError("as_of needs a time zone")
            # In UTC, because Python subtracts hours from a local time without regard to its offset.
            return cls(as_of.astimezone(UTC), as_of.astimezone(zone).date())
        midnight = datetime.combine(as_of + timedelta(days=1), time(), tzinfo=zone)
        return cls(midnight.astimezone(UTC) - timedelta(microseconds=1), as_of)

    def born_by(self, age: int) -> date:
        """The latest birth date of a person who has completed `age` years.

        29 February counts as the 28th in common years.
        """
        year = self.day.year - age
        if (self.day.month, self.day.day) == (2, 28) and calendar.isleap(year):
            return date(year, 2, 28 if calendar.isleap(self.day.year) else 29)
        if (self.day.month, self.day.day) == (2, 29) and not calendar.isleap(year):
            return date(year, 2, 28)
        return date(year, self.day.month, self.day.day)

    def birthdays_within(self, ahead: Duration) -> tuple[int, ...]:
        """The birthdays (month * 100 + day) from today on, as many days as `ahead` has.

        29 February is kept on the 28th in common years.
        """
        end = min(ahead.after(self.day), self.day + timedelta(days=366))
        days = (self.day + timedelta(days=n) for n in range((end - self.day).days))
        codes: set[int] = set()
        for day in days:
            codes.add(day.month * 100 + day.day)
            if (day.month, day.day) == (2, 28) and not calendar.isleap(day.year):
                codes.add(229)
        return tuple(sorted(codes))


@dataclass(frozen=True)
class Window:
    """Edges in time between which rows count: local dates, or instants for hours."""

    after: date | None = None
    """Strictly after this date."""
    through: date | None = None
    """This date or earlier."""
    older_than: date | None = None
    """Strictly before this date."""
    from_: date | None = None
    """This date or later."""
    after_instant: datetime | None = None
    before_instant: datetime | None = None
    earlier: "Window | None" = None
    """The same window at the clock of the previous evaluation, if there is one."""


def window(
    clock: Clock,
    within: Duration | Literal["ever"] | None,
    before: Duration | None = None,
    from_: date | None = None,
    to: date | None = None,
) -> Window:
    """The window that a rule's `within`, `before`, `from` and `to` describe at `clock`."""
    after, after_instant = _edge(clock, within)
    older_than, before_instant = _edge(clock, before)
    return Window(after, to, older_than, from_, after_instant, before_instant)


def _edge(
    clock: Clock, ago: Duration | Literal["ever"] | None
) -> tuple[date | None, datetime | None]:
    """The local date, or for hours the instant, that lies so long ago; neither for "ever"."""
    if not isinstance(ago, Duration):
        return None, None
    if ago.unit == "hour":
        return None, ago.before_instant(clock.instant)
    return ago.before(clock.day), None


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
