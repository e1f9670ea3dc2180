"""What is to be done again and again, as the config says it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from core.store.tables.types import EPOCH
from sync.destinations import bound_destinations
from sync.hub import Hub

EVALUATE_EVERY = timedelta(minutes=1)
"""The segments are evaluated once in this time, however much changes."""
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Interval:
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


class JobKind(StrEnum):
    """Kinds of jobs, in the order in which they are done where they fall due together."""

    pull = "pull"
    evaluate = "evaluate"
    push = "push"


@dataclass(frozen=True)
class Job:
    """One thing that is done in slots."""

    what: JobKind
    interval: Interval
    connection: str = ""
    """"" for the evaluation."""

    @property
    def name(self) -> str:
        """What it is called in the store and in the log: `pull shop`."""
        return f"{self.what} {self.connection}".strip()


def jobs_of(hub: Hub) -> Sequence[Job]:
    """Every job of a config; none where nothing is read and nothing written to."""
    zone = hub.config.hub.timezone
    configured = hub.config.connections
    pulls = {name: pull.every for name in hub.sources() if (pull := configured[name].pull)}
    targets = bound_destinations(hub)
    if not pulls and not targets:
        return []
    often = min(pulls.values(), default=timedelta(days=1))
    return [
        *(Job(JobKind.pull, Interval(every, zone), name) for name, every in pulls.items()),
        Job(JobKind.evaluate, Interval(EVALUATE_EVERY, zone)),
        *(Job(JobKind.push, Interval(each.bindings.every or often, zone), each.name)
          for each in targets),
    ]  # fmt: skip
