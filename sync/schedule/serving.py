"""`serve`: the jobs of a config at their times, until somebody stops it."""

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


def serve(hub: Hub, tell: Callable[[str], object]) -> None:
    """Do every job at its time. Says first what it will do; ends with Stopped, within seconds.

    Raises Misconfigured where there is nothing to do.
    """
    crew = Workers()
    desk = Dispatcher(hub, crew)
    if not desk.jobs:
        raise Misconfigured("there is nothing to do: no connection is read, and none written to")
    for line in announcement(hub, desk):
        tell(line)
    for name, fault in hub.config.faults.items():
        tell(f"{name} is left out: {fault}; when it is repaired, start this again")
    with waking_at_slots(desk.jobs, desk.bell.set):
        crew.begin("desk", desk.attend)
        try:
            # Work that ends says in the store what came of it; an error is one of the program.
            while (error := crew.wait()) is None:
                pass
            raise error
        finally:
            crew.end()


def announcement(hub: Hub, desk: Dispatcher) -> Iterator[str]:
    """One line for each job, with its next time."""
    now = hub.now()
    with hub.database.read() as transaction:
        states = job_states(transaction, now, hub.config.hub.timezone, now)
    for job in desk.jobs:
        if job.what == JobKind.evaluate:
            yield "evaluate: when something has changed, before a push, and once a day"
        else:
            every = duration_text(job.interval.every)
            yield f"{job.name}: every {every}, next {_next(job, states)}"


def _next(job: Job, states: JobStates) -> str:
    if states.is_open(job):
        return "now"
    moment = job.interval.next(states.now)
    return _local(moment, states)


def _local(moment: datetime, states: JobStates) -> str:
    local = moment.astimezone(states.zone)
    is_today = local.date() == states.now.astimezone(states.zone).date()
    return f"at {local:%H:%M}" if is_today else f"on {local:%Y-%m-%d} at {local:%H:%M}"


class SlotTrigger(BaseTrigger):  # type: ignore[misc]  # the library has no types
    """Fires at the beginning of each slot."""

    def __init__(self, interval: Interval) -> None:
        """Take what cuts the time."""
        self._rhythm = interval

    def get_next_fire_time(self, _previous: datetime | None, now: datetime) -> datetime:
        """The beginning of the slot after the present one."""
        return self._rhythm.next(now)


@contextmanager
def waking_at_slots(jobs: Iterable[Job], ring: Callable[[], object]) -> Iterator[None]:
    """Ring whenever a slot begins. What is done then is none of the clock's business."""
    # Ringing takes no time and needs no pool of threads, which would hold up the ending.
    clock = BackgroundScheduler(executors={"default": DebugExecutor()}, timezone=UTC)
    for job in jobs:
        if job.what != JobKind.evaluate:
            # A machine that slept rings once and late, and not for each slot or not at all.
            clock.add_job(
                ring,
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
