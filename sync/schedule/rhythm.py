"""How often something is done: into which slots time is cut."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from core.store.tables.types import EPOCH

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Rhythm:
    """Slots of one length. Whole days are local dates, anything else is counted in UTC."""

    every: timedelta
    zone: ZoneInfo
    """The shop's."""

    def begin(self, now: datetime) -> datetime:
        """The first instant of the slot that an instant lies in."""
        if self._days:
            today = now.astimezone(self.zone).date().toordinal()
            return self._midnight(today // self._days * self._days)
        return EPOCH + (now - EPOCH) // self.every * self.every

    def next(self, now: datetime) -> datetime:
        """The first instant of the slot after that one."""
        begin = self.begin(now)
        if self._days:
            return self._midnight(self._day(begin) + self._days)
        return begin + self.every

    def missed(self, before: datetime, begin: datetime) -> int:
        """How many slots lie between the one that began then and the one that begins now."""
        if self._days:
            steps = (self._day(begin) - self._day(before)) // self._days
        else:
            steps = (begin - before) // self.every
        return max(0, steps - 1)

    @property
    def _days(self) -> int:
        """How many days a slot has; 0 where it is no number of whole days."""
        return 0 if self.every % DAY else self.every // DAY

    def _day(self, begin: datetime) -> int:
        return begin.astimezone(self.zone).date().toordinal()

    def _midnight(self, day: int) -> datetime:
        """The first instant of a local date; where midnight is left out, the one after the gap."""
        return datetime.combine(date.fromordinal(day), time(), tzinfo=self.zone).astimezone(UTC)
