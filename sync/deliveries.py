"""Push every destination, or say what a push would do."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from core import log
from core.audience.absence import Need, has_been_read, incomplete
from core.audience.binding import SEGMENTS, Bindings
from core.audience.plan import Basis, plan
from core.audience.report import Hold, Report
from core.config.connections import Pull
from core.contract import Destination, Source, Stream
from core.errors import Broken, Held, Misconfigured
from core.segments.definition import Segment
from core.segments.rules import Rule
from core.store.database import Transaction
from sync.hub import Hub
from sync.journal import Run
from sync.pull import Progress, pull
from sync.push import push

MEMBERS = frozenset({"Contact", "ListMember"})
"""Nouns whose streams show a destination's people and their status."""


@dataclass(frozen=True)
class Delivery:
    """One connection that something is written to."""

    name: str
    destination: Destination
    bindings: Bindings

    @property
    def people(self) -> list[Stream]:
        """Its own streams that show who may be written to; none where it cannot be read."""
        if not isinstance(self.destination, Source):
            return []
        return [each for each in self.destination.streams() if MEMBERS & {*each.nouns}]


def deliveries(hub: Hub, names: Iterable[str] = ()) -> list[Delivery]:
    """All destinations, or those named; raises Misconfigured where nothing is written to one."""
    chosen = list(dict.fromkeys(names))
    found = []
    for each in map(hub.connection, chosen or hub.config.connections):
        if isinstance(each.connector, Destination) and each.push is not None:
            found.append(Delivery(each.name, each.connector, each.push))
        elif chosen and isinstance(each.connector, Destination):
            raise Misconfigured(
                f"nothing is written to {each.name}; [connections.{each.name}.push] would say what"
            )
        elif chosen:
            raise Misconfigured(f"{each.name} cannot be written to; {each.kind} is only read")
    return found


def deliver(
    run: Run,
    names: Iterable[str] = (),
    *,
    approve: bool = False,
    progress: Progress = lambda *_: None,
) -> None:
    """Push to each destination; what fails or is held is written down, and the others go on."""
    for each in deliveries(run.hub, names):
        if each.name not in run.hub.config.faults and not _is_read(run.hub, each):
            pull(run, [each.name], progress)
        with run.step("push", each.name) as step:
            each.destination.check()
            done = push(
                run.hub.database,
                each.destination,
                each.bindings,
                _basis(run.hub, each),
                approve=approve,
            )
            step.add(done.outcomes)
            step.add({log.masked_text(why): number for why, number in done.reasons.items()})
            if done.error is not None:
                raise done.error
            if done.report.held:
                raise Held(_reasons(done.report.held))


def preview(hub: Hub, names: Iterable[str] = (), *, approve: bool = False) -> list[Report]:
    """What a push to each destination would do now; asks nobody but the store."""
    reports = []
    for each in deliveries(hub, names):
        try:
            each.destination.check()
            basis = _basis(hub, each)
            with plan(
                hub.database, each.destination, each.bindings, basis, approve=approve
            ) as draft:
                reports.append(draft.report)
        except (Broken, Held, Misconfigured) as reason:
            reports.append(_nothing(each, str(reason)))
    return reports


def _nothing(each: Delivery, reason: str) -> Report:
    """The report of a destination that is held as a whole."""
    targets = dict.fromkeys(binding.target for binding in each.bindings.bindings)
    holds = tuple(Hold(target, reason) for target in targets)
    return Report(
        each.name, enter=0, update=0, leave=0, requests=0, seconds=0.0,
        held=holds, targets=(), unbound=(),
    )  # fmt: skip


def _reasons(holds: Iterable[Hold]) -> str:
    return "; ".join(
        dict.fromkeys(f"{hold.target.kind} {hold.target.name}: {hold.reason}" for hold in holds)
    )


def _is_read(hub: Hub, each: Delivery) -> bool:
    """Whether it is known who may be written to; until then nobody is."""
    with hub.database.read() as transaction:
        return has_been_read(transaction, each.name, [stream.name for stream in each.people])


def _basis(hub: Hub, each: Delivery) -> Basis:
    now = hub.now()
    with hub.database.read() as transaction:
        missing = _missing(transaction, hub, each, now)
    streams = tuple(stream.name for stream in each.people)
    zone = hub.config.hub.timezone
    return Basis(now=now, zone=zone, member_streams=streams, incomplete=missing)


def _missing(transaction: Transaction, hub: Hub, each: Delivery, now: datetime) -> dict[str, str]:
    """Which segments, values and people of a destination rest on facts that are not complete."""
    named = {one.name: one.rule for one in hub.config.segments if one.rule is not None}
    needs = {one.name: [*_streams_of(hub, _nouns(one, named))] for one in hub.config.segments}
    for binding in each.bindings.bindings:
        if binding.value not in (None, SEGMENTS):
            noun = "Order" if str(binding.value).startswith("orders.") else "Contact"
            needs[str(binding.value)] = [*_streams_of(hub, frozenset({noun}))]
    needs[each.name] = [need(hub, each.name, stream) for stream in each.people]
    return incomplete(transaction, needs, now)


def _nouns(segment: Segment, named: Mapping[str, Rule]) -> frozenset[str]:
    # What a family rests on does not depend on the value.
    one = segment.sample() if segment.for_each is not None else segment
    return one.needs(named)


def _streams_of(hub: Hub, nouns: frozenset[str]) -> Iterator[Need]:
    """Every configured stream that yields one of the nouns."""
    for name, source in hub.sources().items():
        for stream in source.streams():
            if nouns & set(stream.nouns):
                yield need(hub, name, stream)


def need(hub: Hub, name: str, stream: Stream) -> Need:
    """A stream, and how often it is read: as the config says, and no oftener than it may be."""
    pulled = hub.config.connections[name].pull or Pull()
    return Need(name, stream.name, max(stream.every or pulled.every, pulled.every))
