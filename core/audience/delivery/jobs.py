"""Jobs that destinations have accepted and not answered yet, and when each is asked about.

The outcomes of a job are stored in one transaction with its end, so that a process that dies in
between asks again. Changes of a job that is lost are sent again once, and rejected when that is
lost too.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import (
    ColumnElement,
    Connection,
    delete,
    func,
    literal_column,
    or_,
    select,
    update,
)

from core.audience import ledger
from core.audience.ledger import LOST, SentChange
from core.contract import Change, Outcome, Target
from core.store.bulk import insert_missing
from core.store.tables import CONNECTIONS, LEDGER, LEDGER_TARGETS, PUSH_JOBS

BACKOFF = (timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=10))
"""Pauses before the first questions about a job."""
LATER = timedelta(minutes=30)
"""Pause before each further question."""
FORGOTTEN = "the destination no longer knows it"
OVERDUE = "it did not end within {} hours"


@dataclass(frozen=True)
class PushJob:
    """A job that a destination has accepted."""

    handle: str
    handed_in_at: datetime
    due_at: datetime
    tries: int


@dataclass(frozen=True)
class RunningJobs:
    """The jobs of one connection that are not answered yet."""

    connection: str
    changes: int
    handed_in_at: datetime
    """Of the oldest."""
    due_at: datetime
    """Of the one that is asked about next."""


@dataclass
class Settled:
    """The outcomes of one question about a job."""

    outcomes: list[Outcome]
    lost: list[tuple[Target, str]]
    """Targets of the changes that are sent again, each with the reason."""


def record_outcomes(
    transaction: Connection,
    connection: int,
    outcomes: Sequence[tuple[SentChange, Outcome]],
    now: datetime,
) -> None:
    """Store the outcomes of changes that were sent, and the jobs that they were handed in with."""
    ledger.record_outcomes(transaction, outcomes, now)
    for handle in {each.handle for _, each in outcomes if each.result == "pending"} - {""}:
        row = {
            "connection_id": connection, "handle": handle, "handed_in_at": now,
            "due_at": now + _pause(0), "tries": 0,
        }  # fmt: skip
        insert_missing(transaction, PUSH_JOBS, row)


def settle(
    transaction: Connection,
    connection: int,
    job: PushJob,
    outcomes: Iterable[Outcome],
    longest: timedelta,
    now: datetime,
) -> Settled:
    """Store the outcomes of a job, and its end or when it is asked about again.

    A change without an outcome is lost, and so is one that still waits after the `longest` time.
    Of two outcomes of one change the first counts.
    """
    given = {each.change: each for each in reversed([*outcomes])}
    is_overdue = now - job.handed_in_at >= longest
    settled = Settled([], [])
    changed: list[tuple[SentChange, Outcome]] = []
    # Another process may have asked meanwhile, and sent anew: only rows of this job count.
    for change, sent in of_job(transaction, connection, job.handle).items():
        outcome = given.get(change, Outcome(change, "pending", LOST))
        waits = outcome.result == "pending" and outcome.handle == job.handle
        if change not in given or (waits and is_overdue):
            reason = OVERDUE.format(longest // timedelta(hours=1)) if waits else FORGOTTEN
            if sent.was_lost:
                outcome = Outcome(change, "rejected", f"lost twice: {reason}")
            else:
                outcome = Outcome(change, "pending", LOST)
                settled.lost.append((change.target, reason))
        elif waits:
            settled.outcomes.append(outcome)
            continue
        changed.append((sent, outcome))
    record_outcomes(transaction, connection, changed, now)
    if settled.outcomes:
        postpone(transaction, connection, job, now)
    else:
        _end(transaction, connection, job.handle)
    settled.outcomes += [outcome for _, outcome in changed]
    return settled


def of_job(transaction: Connection, connection: int, handle: str) -> dict[Change, SentChange]:
    """The changes that wait for one job."""
    rows = transaction.execute(
        select(LEDGER, LEDGER_TARGETS.c.kind, LEDGER_TARGETS.c.name)
        .join(LEDGER_TARGETS, LEDGER_TARGETS.c.id == LEDGER.c.target_id)
        .where(
            LEDGER_TARGETS.c.connection_id == connection,
            LEDGER.c.state == "pending",
            LEDGER.c.handle == handle,
            literal_column("handle <> ''"),
        )
        .order_by(LEDGER.c.target_id, LEDGER.c.key)
    )
    sent = (
        SentChange(
            row.target_id,
            row.value,
            row.profile_id,
            Outcome(
                Change(Target(row.kind, row.name), row.key, row.wanted),
                "pending",
                row.reason,
                handle,
            ),
            row.tries,
        )
        for row in rows
    )
    return {each.outcome.change: each for each in sent}


def due_jobs(transaction: Connection, connection: int, now: datetime) -> list[PushJob]:
    """The jobs that are to be asked about, the oldest first."""
    rows = transaction.execute(
        select(PUSH_JOBS.c.handle, PUSH_JOBS.c.handed_in_at, PUSH_JOBS.c.due_at, PUSH_JOBS.c.tries)
        .where(PUSH_JOBS.c.connection_id == connection, _is_due(now))
        .order_by(PUSH_JOBS.c.handed_in_at, PUSH_JOBS.c.handle)
    )
    return [PushJob(**row) for row in rows.mappings()]


def due_connections(transaction: Connection, now: datetime) -> frozenset[str]:
    """Names of the connections with jobs that are to be asked about."""
    names = (
        select(CONNECTIONS.c.name)
        .join(PUSH_JOBS, PUSH_JOBS.c.connection_id == CONNECTIONS.c.id)
        .where(_is_due(now))
    )
    return frozenset(transaction.scalars(names))


def postpone(transaction: Connection, connection: int, job: PushJob, now: datetime) -> None:
    """Ask about a job again after a pause."""
    transaction.execute(
        update(PUSH_JOBS)
        .where(PUSH_JOBS.c.connection_id == connection, PUSH_JOBS.c.handle == job.handle)
        .values(
            tries=job.tries + 1,
            due_at=now + _pause(job.tries + 1),
            handed_in_at=min(job.handed_in_at, now),
        )
    )


def running_jobs(transaction: Connection) -> list[RunningJobs]:
    """The jobs that are not answered yet, by connection."""
    waiting = (
        select(LEDGER_TARGETS.c.connection_id, func.count().label("changes"))
        .join(LEDGER, LEDGER.c.target_id == LEDGER_TARGETS.c.id)
        .where(LEDGER.c.state == "pending", LEDGER.c.handle != "")
        .group_by(LEDGER_TARGETS.c.connection_id)
        .subquery()
    )
    rows = transaction.execute(
        select(
            CONNECTIONS.c.name.label("connection"),
            func.coalesce(func.max(waiting.c.changes), 0).label("changes"),
            func.min(PUSH_JOBS.c.handed_in_at).label("handed_in_at"),
            func.min(PUSH_JOBS.c.due_at).label("due_at"),
        )
        .join(PUSH_JOBS, PUSH_JOBS.c.connection_id == CONNECTIONS.c.id)
        .outerjoin(waiting, waiting.c.connection_id == CONNECTIONS.c.id)
        .group_by(CONNECTIONS.c.name)
        .order_by(CONNECTIONS.c.name)
    )
    return [RunningJobs(**row) for row in rows.mappings()]


def _is_due(now: datetime) -> ColumnElement[bool]:
    """Whether a job is asked about now."""
    # Due later than any pause lasts: it was handed in while the clock was ahead.
    return or_(PUSH_JOBS.c.due_at <= now, PUSH_JOBS.c.due_at > now + LATER)


def _pause(tries: int) -> timedelta:
    return BACKOFF[tries] if tries < len(BACKOFF) else LATER


def _end(transaction: Connection, connection: int, handle: str) -> None:
    """Delete a job that nothing waits for any more."""
    transaction.execute(
        delete(PUSH_JOBS).where(
            PUSH_JOBS.c.connection_id == connection, PUSH_JOBS.c.handle == handle
        )
    )
