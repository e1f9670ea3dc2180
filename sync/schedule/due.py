"""The jobs that are due, decided from the store alone, so that several hubs decide alike."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from core.audience.delivery.jobs import due_connections
from core.segments.evaluate.queries import Freshness, freshness
from core.store.database import Transaction
from core.store.slots import SlotRow, slots
from sync.schedule.jobs import Job, JobKind

WAIT_FOR_PULLS = timedelta(minutes=5)
"""Evaluations and pushes wait at most this long for a pull that is not done."""


@dataclass(frozen=True)
class JobStates:
    """The state of all jobs at one instant."""

    rows: Mapping[str, SlotRow]
    """Job -> its latest slot; jobs that were never claimed are left out."""
    fresh: Freshness
    waiting: frozenset[str]
    """Connections whose destination is to be asked about jobs."""
    now: datetime
    zone: ZoneInfo
    """The shop's time zone; it decides which date is today."""
    started: datetime
    """When this hub started: its config may differ from that of the last evaluation."""

    def is_open(self, job: Job) -> bool:
        """Whether the job's present slot may be claimed."""
        row = self.rows.get(job.name)
        return row is None or row.is_open(
            job.interval.slot_start(self.now), self.now, job.interval.length(self.now)
        )

    def is_held(self, job: Job) -> bool:
        """Whether a hub is running it."""
        row = self.rows.get(job.name)
        return (
            row is not None
            and row.is_held(self.now)
            and not row.is_ahead(self.now, job.interval.length(self.now))
        )


def job_states(
    transaction: Transaction, now: datetime, zone: ZoneInfo, started: datetime
) -> JobStates:
    """Read the state of all jobs from the store."""
    rows = {row.job: row for row in slots(transaction)}
    waiting = due_connections(transaction, now)
    return JobStates(rows, freshness(transaction), waiting, now, zone, started)


def due(jobs: Sequence[Job], kind: JobKind, states: JobStates) -> list[Job]:
    """The jobs of one kind that may start."""
    open_jobs = [job for job in jobs if job.kind == kind and states.is_open(job)]
    if kind == JobKind.pull:
        return open_jobs
    if kind == JobKind.resolve:
        pushing = _held(jobs, JobKind.push, states)
        return [job for job in open_jobs if job.connection in states.waiting - pushing]
    if any(_is_awaited(job, states) for job in jobs if job.kind == JobKind.pull):
        return []
    if kind == JobKind.evaluate:
        return open_jobs if _evaluation_is_needed(jobs, states) else []
    if any(states.is_held(job) for job in jobs if job.kind == JobKind.evaluate):
        return []
    resolving = _held(jobs, JobKind.resolve, states)
    return [
        job for job in open_jobs if not _is_stale(job, states) and job.connection not in resolving
    ]


def _held(jobs: Sequence[Job], kind: JobKind, states: JobStates) -> set[str]:
    """The connections whose job of a kind is running."""
    return {job.connection for job in jobs if job.kind == kind and states.is_held(job)}


def _is_awaited(pull: Job, states: JobStates) -> bool:
    """Whether evaluations and pushes wait for a pull."""
    row = states.rows.get(pull.name)
    if row is not None and states.is_held(pull):
        return states.now - row.claimed_at < WAIT_FOR_PULLS
    start = pull.interval.slot_start(states.now)
    return states.is_open(pull) and states.now - max(start, states.started) < WAIT_FOR_PULLS


def _evaluation_is_needed(jobs: Sequence[Job], states: JobStates) -> bool:
    """Whether the segments need an evaluation."""
    fresh = states.fresh
    today = states.now.astimezone(states.zone).date()
    if fresh.marked or fresh.at is None or fresh.day != today or fresh.at < states.started:
        return True
    pushes = [job for job in jobs if job.kind == JobKind.push and states.is_open(job)]
    return any(_is_stale(job, states) for job in pushes)


def _is_stale(push: Job, states: JobStates) -> bool:
    """Whether a push would rest on an evaluation older than its slot, or not of today."""
    fresh = states.fresh
    today = states.now.astimezone(states.zone).date()
    start = push.interval.slot_start(states.now)
    return fresh.at is None or fresh.day != today or fresh.at < start
