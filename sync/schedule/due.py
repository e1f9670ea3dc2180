"""What may begin now: decided from what the store says, so that several hubs decide alike."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from core.segments.evaluate.queries import Freshness, freshness
from core.store.database import Transaction
from core.store.slots import SlotRow, slots
from sync.schedule.jobs import Job, What

PATIENCE = timedelta(minutes=5)
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
        return row is None or row.is_open(job.rhythm.begin(self.now), self.now)

    def is_held(self, job: Job) -> bool:
        """Whether a hub is at work on it."""
        row = self.rows.get(job.name)
        return row is not None and row.is_held(self.now)


def look(transaction: Transaction, now: datetime, zone: ZoneInfo, started: datetime) -> JobStates:
    """Read what the store says."""
    rows = {row.job: row for row in slots(transaction)}
    return JobStates(rows, freshness(transaction), now, zone, started)


def due(jobs: Sequence[Job], what: What, standing: JobStates) -> list[Job]:
    """The jobs of one kind that may begin."""
    may = [job for job in jobs if job.what == what and standing.is_open(job)]
    if what == What.pull:
        return may
    if any(_is_awaited(job, standing) for job in jobs if job.what == What.pull):
        return []
    if what == What.evaluate:
        return may if _is_wanted(jobs, standing) else []
    if any(standing.is_held(job) for job in jobs if job.what == What.evaluate):
        return []
    return [job for job in may if not _is_stale(job, standing)]


def _is_awaited(pull: Job, standing: JobStates) -> bool:
    """Whether what rests on a pull waits for it."""
    row = standing.rows.get(pull.name)
    if row is not None and row.is_held(standing.now):
        return standing.now - row.claimed_at < PATIENCE
    begun = pull.rhythm.begin(standing.now)
    return standing.is_open(pull) and standing.now - max(begun, standing.started) < PATIENCE


def _is_wanted(jobs: Sequence[Job], standing: JobStates) -> bool:
    """Whether the segments have to be evaluated anew."""
    fresh = standing.fresh
    today = standing.now.astimezone(standing.zone).date()
    if fresh.marked or fresh.at is None or fresh.day != today or fresh.at < standing.started:
        return True
    pushes = [job for job in jobs if job.what == What.push and standing.is_open(job)]
    return any(_is_stale(job, standing) for job in pushes)


def _is_stale(push: Job, standing: JobStates) -> bool:
    """Whether a push would rest on an evaluation that is older than its slot, or not of today."""
    fresh = standing.fresh
    today = standing.now.astimezone(standing.zone).date()
    begin = push.rhythm.begin(standing.now)
    return fresh.at is None or fresh.day != today or fresh.at < begin
