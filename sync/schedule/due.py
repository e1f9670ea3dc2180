"""What may begin now: decided from what the store says, so that several hubs decide alike."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from core.segments.evaluate.freshness import Freshness, freshness
from core.store.database import Transaction
from core.store.slots import SlotRow, slots
from sync.schedule.jobs import Job, JobKind

WAIT_FOR_PULLS = timedelta(minutes=5)
"""So long what has been read already waits for a pull that is not done."""


@dataclass(frozen=True)
class JobStates:
    """What the store says of the jobs at one moment."""

    rows: Mapping[str, SlotRow]
    """Job -> its latest slot; jobs that were never claimed are missing."""
    fresh: Freshness
    now: datetime
    zone: ZoneInfo
    """The shop's; it says which date is today."""
    started: datetime
    """When this hub began: its config may be another one than that of the last evaluation."""

    def is_open(self, job: Job) -> bool:
        """Whether the job's present slot may be claimed."""
        row = self.rows.get(job.name)
        return row is None or row.is_open(job.interval.begin(self.now), self.now)

    def is_held(self, job: Job) -> bool:
        """Whether a hub is at work on it."""
        row = self.rows.get(job.name)
        return row is not None and row.is_held(self.now)


def job_states(
    transaction: Transaction, now: datetime, zone: ZoneInfo, started: datetime
) -> JobStates:
    """Read what the store says."""
    rows = {row.job: row for row in slots(transaction)}
    return JobStates(rows, freshness(transaction), now, zone, started)


def due(jobs: Sequence[Job], what: JobKind, states: JobStates) -> list[Job]:
    """The jobs of one kind that may begin."""
    may = [job for job in jobs if job.what == what and states.is_open(job)]
    if what == JobKind.pull:
        return may
    if any(_is_awaited(job, states) for job in jobs if job.what == JobKind.pull):
        return []
    if what == JobKind.evaluate:
        return may if _is_wanted(jobs, states) else []
    if any(states.is_held(job) for job in jobs if job.what == JobKind.evaluate):
        return []
    return [job for job in may if not _is_stale(job, states)]


def _is_awaited(pull: Job, states: JobStates) -> bool:
    """Whether what rests on a pull waits for it."""
    row = states.rows.get(pull.name)
    if row is not None and row.is_held(states.now):
        return states.now - row.claimed_at < WAIT_FOR_PULLS
    begun = pull.interval.begin(states.now)
    return states.is_open(pull) and states.now - max(begun, states.started) < WAIT_FOR_PULLS


def _is_wanted(jobs: Sequence[Job], states: JobStates) -> bool:
    """Whether the segments have to be evaluated anew."""
    fresh = states.fresh
    today = states.now.astimezone(states.zone).date()
    if fresh.marked or fresh.at is None or fresh.day != today or fresh.at < states.started:
        return True
    pushes = [job for job in jobs if job.what == JobKind.push and states.is_open(job)]
    return any(_is_stale(job, states) for job in pushes)


def _is_stale(push: Job, states: JobStates) -> bool:
    """Whether a push would rest on an evaluation that is older than its slot, or not of today."""
    fresh = states.fresh
    today = states.now.astimezone(states.zone).date()
    begin = push.interval.begin(states.now)
    return fresh.at is None or fresh.day != today or fresh.at < begin
