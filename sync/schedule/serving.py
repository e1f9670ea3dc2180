"""Serve: run the jobs of a config on schedule until stopped."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from apscheduler.executors.debug import DebugExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger

from core.config.values import duration_text
from core.errors import Misconfigured
from sync.concurrency.workers import Workers
from sync.hub import Hub
from sync.schedule.dispatcher import Dispatcher
from sync.schedule.due import JobStates, job_states
from sync.schedule.jobs import Interval, Job, JobKind


def serve(hub: Hub, say: Callable[[str], object]) -> None:
    """Run every job on schedule, after announcing it; raises Stopped within seconds of a request.

    Raises Misconfigured where there are no jobs.
    """
    workers = Workers()
    dispatcher = Dispatcher(hub, workers)
    if not dispatcher.jobs:
        raise Misconfigured("there is nothing to do: no connection is read or written to")
    for line in announcement(hub, dispatcher):
        say(line)
    for name, fault in hub.config.faults.items():
        say(f"{name} is left out: {fault}; restart when it is repaired")
    with waking_at_slots(dispatcher.jobs, dispatcher.wake.set):
        workers.start("dispatcher", dispatcher.run)
        try:
            # Jobs record their errors in the store; one that arrives here is a defect.
            while (error := workers.wait()) is None:
                pass
            raise error
        finally:
            workers.stop()


def announcement(hub: Hub, dispatcher: Dispatcher) -> Iterator[str]:
    """One line for each job, with its next time."""
    now = hub.now()
    with hub.database.read() as transaction:
        states = job_states(transaction, now, hub.config.hub.timezone, now)
    for job in dispatcher.jobs:
        if job.kind == JobKind.evaluate:
            yield "evaluate: when something has changed, before a push, and once a day"
        elif not job.kind.on_demand:
            every = duration_text(job.interval.every)
            yield f"{job.name}: every {every}, next {_next(job, states)}"


def _next(job: Job, states: JobStates) -> str:
    if states.is_open(job):
        return "now"
    start = job.interval.next_slot(states.now)
    return _local(start, states)


def _local(instant: datetime, states: JobStates) -> str:
    local = instant.astimezone(states.zone)
    is_today = local.date() == states.now.astimezone(states.zone).date()
    return f"at {local:%H:%M}" if is_today else f"on {local:%Y-%m-%d} at {local:%H:%M}"


class SlotTrigger(BaseTrigger):  # type: ignore[misc]  # the library has no types
    """Fires at the start of each slot."""

    def __init__(self, interval: Interval) -> None:
        """Take the interval."""
        self._interval = interval

    def get_next_fire_time(self, _previous: datetime | None, now: datetime) -> datetime:
        """Start of the next slot."""
        return self._interval.next_slot(now)


@contextmanager
def waking_at_slots(jobs: Iterable[Job], wake: Callable[[], object]) -> Iterator[None]:
    """Call `wake` whenever a slot of a job starts."""
    # Waking takes no time and needs no thread pool, which would delay the shutdown.
    clock = BackgroundScheduler(executors={"default": DebugExecutor()}, timezone=UTC)
    for job in jobs:
        if not job.kind.on_demand:
            # After a machine slept this fires once and late, not for each slot or never.
            clock.add_job(
                wake,
                SlotTrigger(job.interval),
                name=job.name,
                misfire_grace_time=None,
                coalesce=True,
            )
    clock.start()
    try:
        yield
    finally:
        clock.shutdown(wait=False)
