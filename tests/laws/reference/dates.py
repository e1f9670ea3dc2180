"""Clock and calendar in whole numbers.

An instant is microseconds since 1970, a local date the number that `date.toordinal` gives.
"""

from calendar import isleap, monthrange
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

_START = datetime(1970, 1, 1, tzinfo=UTC)
_HOUR = 3_600_000_000
MATURITY = 24 * _HOUR


def instant_of(moment: datetime) -> int:
    """Microseconds since 1970."""
    return (moment - _START) // timedelta(microseconds=1)


@dataclass(frozen=True)
class Now:
    """Instant and local day of an evaluation."""

    instant: int
    day: int

    @property
    def date(self) -> date:
        """The local date."""
        return date.fromordinal(self.day)


def as_of(moment: datetime | date, zone: ZoneInfo) -> Now:
    """An instant as it is; a date is its last microsecond in the zone, found by halving."""
    if isinstance(moment, datetime):
        return Now(instant_of(moment), moment.astimezone(zone).toordinal())
    noon = instant_of(datetime(moment.year, moment.month, moment.day, 12, tzinfo=UTC))
    early, late = noon - 24 * _HOUR, noon + 48 * _HOUR
    while late - early > 1:
        middle = (early + late) // 2
        local = (_START + timedelta(microseconds=middle)).astimezone(zone)
        if local.date() <= moment:
            early = middle
        else:
            late = middle
    return Now(early, moment.toordinal())


def length(text: str) -> tuple[int, str]:
    """`"6 months"` as 6 and `month`."""
    count, unit = text.split(" ")
    return int(count), unit.removesuffix("s")


def moved(day: int, count: int, unit: str) -> int:
    """A date so many units later (earlier where negative); a month's end is clamped."""
    if unit in {"day", "week"}:
        return day + count * {"day": 1, "week": 7}[unit]
    months = count * {"month": 1, "year": 12}[unit]
    start = date.fromordinal(day)
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    last = monthrange(year, month + 1)[1]
    return date(year, month + 1, min(start.day, last)).toordinal()


def ordinal(value: date | str) -> int:
    """A date of the config, written as one or as a text."""
    return (date.fromisoformat(value) if isinstance(value, str) else value).toordinal()


@dataclass(frozen=True)
class Stretch:
    """Where in time a rule counts: what its words say, held against one row."""

    now: Now
    words: Mapping[str, Any]

    def holds(self, instant: int | None, day: int | None) -> bool:
        """Whether a row of that instant and local date lies there; the future never does."""
        if instant is None or day is None or instant > self.now.instant:
            return False
        within, before = self.words.get("within", "ever"), self.words.get("before")
        if within != "ever" and not self._side(within, instant, day) > 0:
            return False
        if before is not None and not self._side(before, instant, day) < 0:
            return False
        first, last = self.words.get("from"), self.words.get("to")
        return (first is None or ordinal(first) <= day) and (last is None or day <= ordinal(last))

    def _side(self, written: str, instant: int, day: int) -> int:
        """How far after the edge that lies so long ago: in instants for hours, else in dates."""
        count, unit = length(written)
        if unit == "hour":
            return instant - (self.now.instant - count * _HOUR)
        return day - moved(self.now.day, -count, unit)

    @property
    def is_window(self) -> bool:
        """Whether the words say anything about time, `ever` included."""
        return bool({"within", "before", "from", "to"} & self.words.keys())


def birthday_in(year: int, month: int, day: int) -> date:
    """29 February counts as the 28th in common years."""
    if (month, day) == (2, 29) and not isleap(year):
        return date(year, 2, 28)
    return date(year, month, day)


def completed_years(year: int, month: int, day: int, on: date) -> int:
    """How old somebody is on a date."""
    return on.year - year - (birthday_in(on.year, month, day) > on)


def comes_within(month: int, day: int, ahead: str, now: Now) -> bool:
    """Whether the birthday lies from today on and before today plus `ahead`."""
    end = moved(now.day, *length(ahead))
    return any(
        now.day <= birthday_in(now.date.year + later, month, day).toordinal() < end
        for later in range(4)
    )


def typical_gap(days: Collection[int]) -> Fraction | None:
    """The median of the days between distinct purchase days."""
    ordered = sorted(days)
    gaps = sorted(later - earlier for earlier, later in pairwise(ordered))
    if not gaps:
        return None
    half = len(gaps) // 2
    return Fraction(gaps[half]) if len(gaps) % 2 else Fraction(gaps[half - 1] + gaps[half], 2)
