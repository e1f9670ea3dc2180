"""`serve`: the jobs of a config at their times, until somebody stops it."""

from collections.abc import Callable, Iterator
from datetime import datetime

from core.config.values import written
from core.errors import Misconfigured
from sync.concurrency.crew import Crew
from sync.hub import Hub
from sync.schedule.desk import Desk
from sync.schedule.due import JobStates, look
from sync.schedule.jobs import Job, What
from sync.schedule.ticking import ticking


def serve(hub: Hub, tell: Callable[[str], object]) -> None:
    """Do every job at its time. Says first what it will do; ends with Stopped, within seconds.

    Raises Misconfigured where there is nothing to do.
    """
    crew = Crew()
    desk = Desk(hub, crew)
    if not desk.jobs:
        raise Misconfigured("there is nothing to do: no connection is read, and none written to")
    for line in announced(hub, desk):
        tell(line)
    for name, fault in hub.config.faults.items():
        tell(f"{name} is left out: {fault}; when it is repaired, start this again")
    with ticking(desk.jobs, desk.bell.set):
        crew.begin("desk", desk.attend)
        try:
            # Work that ends says in the store what came of it; an error is one of the program.
            while (error := crew.wait()) is None:
                pass
            raise error
        finally:
            crew.end()


def announced(hub: Hub, desk: Desk) -> Iterator[str]:
    """One line for each job, with its next time."""
    now = hub.now()
    with hub.database.read() as transaction:
        standing = look(transaction, now, hub.config.hub.timezone, now)
    for job in desk.jobs:
        if job.what == What.evaluate:
            yield "evaluate: when something has changed, before a push, and once a day"
        else:
            yield f"{job.name}: every {written(job.rhythm.every)}, next {_next(job, standing)}"


def _next(job: Job, standing: JobStates) -> str:
    if standing.is_open(job):
        return "now"
    moment = job.rhythm.next(standing.now)
    return _local(moment, standing)


def _local(moment: datetime, standing: JobStates) -> str:
    local = moment.astimezone(standing.zone)
    is_today = local.date() == standing.now.astimezone(standing.zone).date()
    return f"at {local:%H:%M}" if is_today else f"on {local:%Y-%m-%d} at {local:%H:%M}"
