"""One slot from its claim to its end."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from core import log
from core.contract import Stream
from core.errors import HubError, Unavailable
from core.store import history, slots
from core.store.database import Transaction
from core.store.slots import Claim, Overtaken
from sync.destinations import push_destinations
from sync.evaluation import evaluate
from sync.hub import Hub
from sync.pull import IsDue, pull
from sync.runs import FAILED, STOPPED, Run, running
from sync.schedule.jobs import Interval, Job, JobKind
from sync.shutdown import Stopped

RETRY_UNAVAILABLE = timedelta(hours=1)
"""After this time a side that did not answer is asked again."""
RETRY_EVALUATION = timedelta(minutes=15)
"""After this time a failed evaluation is tried again."""
_LOG = log.get(__name__)


def claim_slot(hub: Hub, job: Job, holder: str) -> Claim | None:
    """Claim a job's present slot; None where another hub has it or has done it."""
    now = hub.now()
    begin = job.interval.begin(now)
    with hub.database.transaction() as transaction:
        before = {row.job: row for row in slots.slots(transaction)}.get(job.name)
        missed = 0
        if before is not None and job.what != JobKind.evaluate:
            again = before.begin == begin
            missed = before.missed if again else job.interval.missed(before.begin, begin)
        return slots.claim(transaction, job.name, begin, holder, now, missed)


def execute(hub: Hub, job: Job, claim: Claim) -> None:
    """Do a claimed slot, and say in the store how it ended; raises Stopped only."""
    if claim.missed:
        _LOG.warning("missed", job=job.name, slots=claim.missed, made_up_for=claim.begin)
    end = partial(_end, hub, job, claim)
    try:
        _bury(hub, claim)
        run = _run(hub, job, claim)
    except Overtaken as overtaken:
        _LOG.warning("overtaken", job=job.name, message=str(overtaken))
    except HubError as error:
        _LOG.error("failed", job=job.name, message=str(error))
        end(away=isinstance(error, Unavailable), result=FAILED)
    except Exception:  # noqa: BLE001 - one slot that fails stops no other
        _LOG.exception("fault", job=job.name)
        end(away=False, result=FAILED)
    except Stopped:
        end(away=False, result=STOPPED)
        raise
    else:
        end(away=any(isinstance(each, Unavailable) for each in run.errors), result=run.result)


def _run(hub: Hub, job: Job, claim: Claim) -> Run:
    def still_ours(transaction: Transaction) -> None:
        slots.hold(transaction, claim, hub.now())

    ours = replace(hub, database=hub.database.under(still_ours))
    with running(ours, job.what, _message(hub, claim)) as run:
        with ours.database.transaction() as transaction:
            slots.hold(transaction, claim, hub.now(), run.id)
        match job.what:
            case JobKind.pull:
                pull(run, [job.connection], is_due=_dueness(ours))
            case JobKind.evaluate:
                evaluate(run)
            case JobKind.push:
                push_destinations(run, [job.connection])
    return run


def _message(hub: Hub, claim: Claim) -> str:
    local = claim.begin.astimezone(hub.config.hub.timezone)
    slot = f"the slot of {local:%Y-%m-%d %H:%M}"
    if not claim.missed:
        return slot
    were = "1 slot before it was" if claim.missed == 1 else f"{claim.missed:,} slots before it were"
    return f"{slot}; {were} missed"


def _dueness(hub: Hub) -> IsDue:
    """Whether a stream that is read less often than its connection is to be read now."""
    now = hub.now()
    with hub.database.read() as transaction:
        marks = history.checkpoints(transaction)
    read = {(mark.connection, mark.stream): mark.completed_at for mark in marks}

    def is_due(connection: str, stream: Stream) -> bool:
        last = read.get((connection, stream.name))
        if stream.every is None or last is None:
            return True
        return Interval(stream.every, hub.config.hub.timezone).begin(now) > last

    return is_due


def _bury(hub: Hub, claim: Claim) -> None:
    """Say of the run of a hub that fell silent that it has ended."""
    if claim.abandoned_run is not None:
        with hub.database.transaction() as transaction:
            history.end_run(transaction, claim.abandoned_run, hub.now(), STOPPED)


def _end(hub: Hub, job: Job, claim: Claim, *, away: bool, result: str) -> None:
    now = hub.now()
    ending: Callable[[Transaction], None]
    if again_at := _again_at(job, now, away=away, result=result):
        ending = partial(slots.release, claim=claim, again_at=again_at, result=result)
    else:
        ending = partial(slots.finish, claim=claim, now=now, result=result)
    try:
        with hub.database.transaction() as transaction:
            ending(transaction)
    except HubError as error:
        # Its lease ends, and then the slot is done again.
        _LOG.warning("not ended", job=job.name, message=str(error))


def _again_at(job: Job, now: datetime, *, away: bool, result: str) -> datetime | None:
    """When a slot that is not done may be gone on with; None where it is done."""
    if result == STOPPED:
        return now
    if job.what == JobKind.evaluate:
        return now + RETRY_EVALUATION if result == FAILED else None
    return min(now + RETRY_UNAVAILABLE, job.interval.next(now)) if away else None
