"""The instant of an evaluation, and the edges of windows at that instant."""

import calendar
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

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
