"""One slot of a job, from its claim to its end."""

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
from sync.destinations import push_destinations, reconcile_daily, resolve_jobs
from sync.evaluation import evaluate
from sync.hub import Hub
from sync.pull import IsDue, pull
from sync.runs import FAILED, STOPPED, Run, running
from sync.schedule.jobs import Interval, Job, JobKind
from sync.shutdown import Stopped

RETRY_UNAVAILABLE = slots.LONGEST_WAIT
"""Time after which a system that did not answer is tried again."""
RETRY_EVALUATION = timedelta(minutes=15)
"""Time after which a failed evaluation is tried again."""
_LOG = log.get(__name__)


def claim_slot(hub: Hub, job: Job, holder: str) -> Claim | None:
    """Claim a job's present slot; None where it is claimed or done already."""
    now = hub.now()
    begin, length = job.interval.slot_start(now), job.interval.length(now)
    with hub.database.transaction() as transaction:
        before = {row.job: row for row in slots.slots(transaction)}.get(job.name)
        missed = 0
        if before is not None and before.is_ahead(now, length):
            _LOG.warning("slot of the future dropped", job=job.name, claimed_at=before.claimed_at)
        if before is not None and not job.kind.on_demand:
            again = before.begin == begin
            missed = before.missed if again else job.interval.missed_slots(before.begin, begin)
        return slots.claim(transaction, job.name, begin, holder, now, missed, length)


def execute(hub: Hub, job: Job, claim: Claim) -> None:
    """Run a claimed slot and record how it ended; raises only Stopped."""
    if claim.missed:
        _LOG.warning("missed slots", job=job.name, slots=claim.missed, made_up_for=claim.begin)
    end = partial(_end, hub, job, claim)
    try:
        _end_abandoned_run(hub, claim)
        run = _run(hub, job, claim)
    except Overtaken as overtaken:
        _LOG.warning("claim lost", job=job.name, message=str(overtaken))
    except HubError as error:
        _LOG.error("failed", job=job.name, message=str(error))
        end(unavailable=isinstance(error, Unavailable), result=FAILED)
    except Exception:  # noqa: BLE001 - a failed slot must not stop others
        _LOG.exception("fault", job=job.name)
        end(unavailable=False, result=FAILED)
    except Stopped:
        end(unavailable=False, result=STOPPED)
        raise
    else:
        end(
            unavailable=any(isinstance(each, Unavailable) for each in run.errors), result=run.result
        )


def _run(hub: Hub, job: Job, claim: Claim) -> Run:
    def check_claim(transaction: Transaction) -> None:
        slots.hold(transaction, claim, hub.now())

    claimed = replace(hub, database=hub.database.under(check_claim))
    with running(claimed, job.kind, _message(hub, claim)) as run:
        with claimed.database.transaction() as transaction:
            slots.hold(transaction, claim, hub.now(), run.id)
        match job.kind:
            case JobKind.pull:
                pull(run, [job.connection], is_due=_due_streams(claimed))
            case JobKind.evaluate:
                evaluate(run)
            case JobKind.resolve:
                resolve_jobs(run, job.connection)
            case JobKind.push:
                reconcile_daily(run, [job.connection])
                push_destinations(run, [job.connection])
    return run


def _message(hub: Hub, claim: Claim) -> str:
    local = claim.begin.astimezone(hub.config.hub.timezone)
    slot = f"the slot of {local:%Y-%m-%d %H:%M}"
    if not claim.missed:
        return slot
    slots_before = "1 slot" if claim.missed == 1 else f"{claim.missed:,} slots"
    return f"{slot}; {slots_before} missed before it"


def _due_streams(hub: Hub) -> IsDue:
    """Check whether a stream with an interval of its own is due."""
    now = hub.now()
    with hub.database.read() as transaction:
        checkpoints = history.checkpoints(transaction)
    read = {(each.connection, each.stream): each.completed_at for each in checkpoints}

    def is_due(connection: str, stream: Stream) -> bool:
        last = read.get((connection, stream.name))
        if stream.every is None or last is None:
            return True
        return Interval(stream.every, hub.config.hub.timezone).slot_start(now) > last

    return is_due


def _end_abandoned_run(hub: Hub, claim: Claim) -> None:
    """End the run of a hub that lost this slot's claim."""
    if claim.abandoned_run is not None:
        with hub.database.transaction() as transaction:
            history.end_run(transaction, claim.abandoned_run, hub.now(), STOPPED)


def _end(hub: Hub, job: Job, claim: Claim, *, unavailable: bool, result: str) -> None:
    now = hub.now()
    ending: Callable[[Transaction], None]
    if again_at := _again_at(job, now, unavailable=unavailable, result=result):
        ending = partial(slots.release, claim=claim, again_at=again_at, result=result)
    else:
        ending = partial(slots.finish, claim=claim, now=now, result=result)
    try:
        with hub.database.transaction() as transaction:
            ending(transaction)
    except HubError as error:
        # The lease expires, and the slot is run again.
        _LOG.warning("slot not ended", job=job.name, message=str(error))


def _again_at(job: Job, now: datetime, *, unavailable: bool, result: str) -> datetime | None:
    """The instant from which a slot may be tried again; None where it is done."""
    if result == STOPPED:
        return now
    if job.kind == JobKind.evaluate:
        return now + RETRY_EVALUATION if result == FAILED else None
    return min(now + RETRY_UNAVAILABLE, job.interval.next_slot(now)) if unavailable else None
