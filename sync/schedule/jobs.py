"""The jobs of a config, and the slots into which their intervals divide time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from core.store.tables.types import EPOCH
from sync.destinations import bound_destinations
from sync.hub import Hub

EVALUATE_EVERY = timedelta(minutes=1)
"""The segments are evaluated at most once in this time, however much changes."""
RESOLVE_EVERY = timedelta(seconds=30)
"""A destination is asked about its jobs at most once in this time."""
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Interval:
    """Slots of one length: whole days are local dates, other lengths are counted in UTC."""

    every: timedelta
    zone: ZoneInfo
    """The shop's time zone."""

    def slot_start(self, now: datetime) -> datetime:
        """Start of the slot that contains an instant."""
        if self._days:
            today = now.astimezone(self.zone).date().toordinal()
            return self._midnight(today // self._days * self._days)
        return EPOCH + (now - EPOCH) // self.every * self.every

    def next_slot(self, now: datetime) -> datetime:
        """Start of the slot after the one that contains an instant."""
        begin = self.slot_start(now)
        if self._days:
            return self._midnight(self._day(begin) + self._days)
        return begin + self.every

    def length(self, now: datetime) -> timedelta:
        """Length of the slot that contains an instant."""
        return self.next_slot(now) - self.slot_start(now)

    def missed_slots(self, before: datetime, begin: datetime) -> int:
        """Number of slots between the ones that start at `before` and at `begin`."""
        if self._days:
            steps = (self._day(begin) - self._day(before)) // self._days
        else:
            steps = (begin - before) // self.every
        return max(0, steps - 1)

    @property
    def _days(self) -> int:
        """Days in a slot; 0 where it is not a number of whole days."""
        return 0 if self.every % DAY else self.every // DAY

    def _day(self, begin: datetime) -> int:
        return begin.astimezone(self.zone).date().toordinal()

    def _midnight(self, day: int) -> datetime:
        """Start of a local date; where midnight does not exist, the instant after the gap."""
        return datetime.combine(date.fromordinal(day), time(), tzinfo=self.zone).astimezone(UTC)


class JobKind(StrEnum):
    """Kinds of jobs, in the order in which they run when they fall due together."""

    pull = "pull"
    evaluate = "evaluate"
    resolve = "resolve"
    push = "push"

    @property
    def on_demand(self) -> bool:
        """Whether it runs when there is something to do, and its slots only say how often."""
        return self in (JobKind.evaluate, JobKind.resolve)


@dataclass(frozen=True)
class Job:
    """A job that runs once in each slot."""

    kind: JobKind
    interval: Interval
    connection: str = ""
    """"" for the evaluation."""

    @property
    def name(self) -> str:
        """Its name in the store and in the log: `pull shop`."""
        return f"{self.kind} {self.connection}".strip()


def jobs_of(hub: Hub) -> Sequence[Job]:
    """The jobs of a config; none where nothing is pulled or pushed."""
    zone = hub.config.hub.timezone
    configured = hub.config.connections
    pulls = {name: pull.every for name in hub.sources() if (pull := configured[name].pull)}
    targets = bound_destinations(hub)
    if not pulls and not targets:
        return []
    shortest = min(pulls.values(), default=timedelta(days=1))
    return [
        *(Job(JobKind.pull, Interval(every, zone), name) for name, every in pulls.items()),
        Job(JobKind.evaluate, Interval(EVALUATE_EVERY, zone)),
        *(Job(JobKind.resolve, Interval(RESOLVE_EVERY, zone), each.name) for each in targets),
        *(Job(JobKind.push, Interval(each.bindings.every or shortest, zone), each.name)
          for each in targets),
    ]  # fmt: skip
