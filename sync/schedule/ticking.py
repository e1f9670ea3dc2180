"""The clock in memory: rings when a slot begins."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from apscheduler.executors.debug import DebugExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger

from sync.schedule.jobs import Job, What
from sync.schedule.rhythm import Rhythm


class SlotTrigger(BaseTrigger):  # type: ignore[misc]  # the library has no types
    """Fires at the beginning of each slot."""

    def __init__(self, rhythm: Rhythm) -> None:
        """Take what cuts the time."""
        self._rhythm = rhythm

    def get_next_fire_time(self, _previous: datetime | None, now: datetime) -> datetime:
        """The beginning of the slot after the present one."""
        return self._rhythm.next(now)


@contextmanager
def ticking(jobs: Iterable[Job], ring: Callable[[], object]) -> Iterator[None]:
    """Ring whenever a slot begins. What is done then is none of the clock's business."""
    # Ringing takes no time and needs no pool of threads, which would hold up the ending.
    clock = BackgroundScheduler(executors={"default": DebugExecutor()}, timezone=UTC)
    for job in jobs:
        if job.what != What.evaluate:
            # A machine that slept rings once and late, and not for each slot or not at all.
            clock.add_job(
                ring, SlotTrigger(job.rhythm), name=job.name, misfire_grace_time=None, coalesce=True
            )
    clock.start()
    try:
        yield
    finally:
        clock.shutdown(wait=False)
