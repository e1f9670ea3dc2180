"""Ask destinations what became of the jobs that were handed in to them.

Each job is asked about once, with all its changes, when it is due.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from core.audience import ledger
from core.audience.delivery import jobs
from core.audience.delivery.answers import Answers
from core.contract import Destination, Outcome, Target
from core.errors import Broken, HubError
from core.plugins import answers
from core.store.database import Database
from core.store.findings import Finding


@dataclass(frozen=True)
class Resolved:
    """The answers of a destination."""

    outcomes: Mapping[str, int]
    """applied, skipped, rejected, pending -> number of changes."""
    reasons: Mapping[str, int]
    """Reason why changes were skipped or rejected -> number of changes."""
    error: HubError | None
    """The error that stopped it; recorded outcomes stay."""
    findings: Mapping[Target, Finding]
    """Targets of which every change was rejected, or whose changes were lost with their job."""


def resolve(
    database: Database, destination: Destination, connection: str, now: datetime
) -> Resolved:
    """Ask about the jobs of a connection that are due; an error is in the result."""
    counted = Answers()
    error: HubError | None
    with database.read() as transaction:
        number = ledger.known_connection_id(transaction, connection)
    try:
        error = resolve_due(database, destination, number, now, counted)
    except HubError as stopped:
        error = stopped
    with database.transaction() as transaction:
        found = counted.record(transaction, number, now)
    return Resolved(counted.outcomes, counted.reasons, error, found)


def resolve_due(
    database: Database, destination: Destination, connection: int, now: datetime, counted: Answers
) -> Broken | None:
    """Ask about each job that is due; returns the first fault that concerns one job alone.

    Raises what stops everything: a refused credential, or a destination that does not answer.
    """
    fault: Broken | None = None
    with database.read() as transaction:
        due = jobs.due_jobs(transaction, connection, now)
    for job in due:
        with database.read() as transaction:
            waiting = jobs.of_job(transaction, connection, job.handle)
        try:
            resolve = partial(destination.resolve, job.handle, list(waiting))
            outcomes = list(answers(destination, Outcome, resolve)) if waiting else []
        except HubError as error:
            if not isinstance(error, Broken):
                with database.transaction() as transaction:
                    jobs.postpone(transaction, connection, job, now)
                raise
            fault = fault or error
            outcomes = [each.outcome for each in waiting.values()]
        with database.transaction() as transaction:
            settled = jobs.settle(
                transaction, connection, job, outcomes, destination.longest_job, now
            )
        for outcome in settled.outcomes:
            counted.add(outcome)
        for target, reason in settled.lost:
            counted.add_lost(target, reason)
    return fault
