"""Hubs that share a store, fake systems to read and write, and a clock moved by tests."""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from pydantic import PrivateAttr

from core.audience.binding import Bindings
from core.config import Config, ConnectionConfig, Pull
from core.config import HubConfig as HubConfig
from core.contract import (
    Change,
    Connector,
    Cost,
    Destination,
    Found,
    Outcome,
    Page,
    Source,
    Stream,
    Target,
    Window,
)
from core.records import Contact
from core.store import history
from core.store.database import Database
from core.store.history import RunRow
from core.store.shop import Shop
from core.store.slots import SlotRow, slots
from sync.concurrency.workers import Workers
from sync.hub import Hub
from sync.schedule.dispatcher import Dispatcher

MORNING = datetime(2026, 3, 2, 9, 5, tzinfo=UTC)
SOON = 30.0
QUARTER = timedelta(minutes=15)


class PeopleSource(Source):
    """A source of people; each read yields a new one by default."""

    kind = "crm"
    costly_every: timedelta | None = None
    """Interval of the second stream; None: no second stream."""
    _reads: list[str] = PrivateAttr(default_factory=list)
    _hooks: list[Callable[[], object]] = PrivateAttr(default_factory=list)
    _same: list[bool] = PrivateAttr(default_factory=list)

    def streams(self) -> Sequence[Stream]:
        """People, and perhaps some that are costly."""
        costly = [Stream("costly", ("Contact",), every=self.costly_every)]
        return [Stream("people", ("Contact",)), *(costly if self.costly_every else [])]

    def read(self, stream: str, window: Window, state: str | None = None) -> Iterator[Page]:  # noqa: ARG002 - it has neither
        """One page with one new person."""
        self._reads.append(stream)
        for hook in self._hooks:
            hook()
        number = 0 if self._same else len(self._reads)
        yield Page([Contact(id=f"{stream} {number}")])

    def meanwhile(self, hook: Callable[[], object]) -> "PeopleSource":
        """Call the hook in each read."""
        self._hooks[:] = [hook]
        return self

    def stays_the_same(self) -> None:
        """Yield the same person from now on."""
        self._same.append(True)

    @property
    def reads(self) -> list[str]:
        """The streams that were read, in order."""
        return self._reads


class EmptyDestination(Destination):
    """A destination without members, which applies every change."""

    kind = "postbox"
    _asked: list[str] = PrivateAttr(default_factory=list)

    def gating_lists(self) -> Sequence[str]:
        """None."""
        return []

    def cost(self, changes: Sequence[Change]) -> Cost:
        """Nothing."""
        return Cost(len(changes), 0)

    def carriers(self, target: Target) -> Iterable[Found]:  # noqa: ARG002 - nobody carries anything
        """No members."""
        return []

    def push(self, changes: Sequence[Change]) -> Iterator[Outcome]:
        """All of it."""
        for each in changes:
            yield Outcome(each, "applied")

    def resolve(self, handle: str, changes: Sequence[Change]) -> Iterator[Outcome]:
        """Still at work."""
        self._asked.append(handle)
        for each in changes:
            yield Outcome(each, "pending", handle=handle)


@dataclass
class HubGroup:
    """One store and the hubs that serve it."""

    database: Database
    connectors: dict[str, Connector]
    every: timedelta = QUARTER
    push_every: timedelta | None = None
    now: datetime = MORNING
    crews: list[Workers] = field(default_factory=list)

    def hub(self) -> Hub:
        """A hub with these connections and the group's clock."""
        zone = ZoneInfo("Europe/Copenhagen")
        config = Config(
            path=None,  # type: ignore[arg-type]  # nobody asks for it
            hub=HubConfig("", zone, "DKK", None, "en", frozenset()),
            shop=Shop(zone=zone, currency="DKK"),
            connections={
                name: ConnectionConfig(
                    name,
                    each.kind,
                    each,
                    Pull(self.every) if isinstance(each, Source) else None,
                    Bindings(name, (), self.push_every) if isinstance(each, Destination) else None,
                )
                for name, each in self.connectors.items()
            },
            segments=(),
            aliases={},
        )
        return Hub(config, self.database, lambda: self.now)

    def desk(self, **connectors: Connector) -> Dispatcher:
        """The dispatcher of a hub, perhaps with connections of its own."""
        crew = Workers()
        self.crews.append(crew)
        group = replace(self, connectors=connectors) if connectors else self
        return Dispatcher(replace(group.hub(), now=lambda: self.now), crew)

    def close(self) -> None:
        """Stop all workers."""
        for crew in self.crews:
            crew.stop(SOON)

    def slots(self) -> dict[str, SlotRow]:
        """The latest slot of each job."""
        with self.database.read() as transaction:
            return {row.job: row for row in slots(transaction)}

    def runs(self) -> list[RunRow]:
        """Every run, the oldest first."""
        with self.database.read() as transaction:
            return history.runs(transaction, 1000)[::-1]

    def ran(self) -> list[str]:
        """Jobs of the runs, oldest first."""
        return [
            " ".join(
                dict.fromkeys([run.command, *(s.connection for s in run.steps if s.connection)])
            )
            for run in self.runs()
        ]


def rest(*desks: Dispatcher) -> list[str]:
    """Run hubs until nothing is due and everything is done; returns the started jobs in order."""
    begun: list[str] = []
    while names := [job.name for desk in desks for job in desk.step()]:
        begun += names
        finish(*desks)
    return begun


def finish(*desks: Dispatcher) -> None:
    """Wait until every started job is done."""
    for desk in desks:
        for _ in range(int(SOON * 1000)):
            if not desk.busy:
                break
            threading.Event().wait(0.001)
        assert not desk.busy
