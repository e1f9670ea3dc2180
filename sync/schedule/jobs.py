"""What is to be done again and again, as the config says it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from sync.deliveries import deliveries
from sync.hub import Hub
from sync.schedule.rhythm import Rhythm

AT_MOST = timedelta(minutes=1)
"""The segments are evaluated once in this time, however much changes."""


class What(StrEnum):
    """Kinds of jobs, in the order in which they are done where they fall due together."""

    pull = "pull"
    evaluate = "evaluate"
    push = "push"


@dataclass(frozen=True)
class Job:
    """One thing that is done in slots."""

    what: What
    rhythm: Rhythm
    connection: str = ""
    """"" for the evaluation."""

    @property
    def name(self) -> str:
        """What it is called in the store and in the log: `pull shop`."""
        return f"{self.what} {self.connection}".strip()


def jobs_of(hub: Hub) -> Sequence[Job]:
    """Every job of a config; none where nothing is read and nothing written to."""
    zone = hub.config.hub.timezone
    configured = hub.config.connections
    pulls = {name: pull.every for name in hub.sources() if (pull := configured[name].pull)}
    targets = deliveries(hub)
    if not pulls and not targets:
        return []
    often = min(pulls.values(), default=timedelta(days=1))
    return [
        *(Job(What.pull, Rhythm(every, zone), name) for name, every in pulls.items()),
        Job(What.evaluate, Rhythm(AT_MOST, zone)),
        *(Job(What.push, Rhythm(each.bindings.every or often, zone), each.name)
          for each in targets),
    ]  # fmt: skip
