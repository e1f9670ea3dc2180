"""The destinations of a config: push to each, or preview a push."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from core import log
from core.audience.binding import SEGMENT_NAMES, Bindings
from core.audience.brake import approval
from core.audience.completeness import RequiredStream, has_been_read, incomplete
from core.audience.delivery.drift import delivered_targets
from core.audience.plan import plan
from core.audience.report import Hold, PlanReport
from core.audience.scope import PlanContext, scope_of
from core.audience.values import VALUES
from core.config.connections import Pull
from core.contract import Destination, Source, Stream
from core.errors import Broken, Held, Misconfigured
from core.segments.definition import Segment
from core.segments.rules import Rule
from core.store.database import Transaction
from core.store.history import latest_steps
from core.store.tables.types import local_day
from sync.findings import sentence
from sync.hub import Hub
from sync.pull import Progress, pull
from sync.push import push
from sync.repair.reconcile import reconcile
from sync.resolution import Resolved, resolve
from sync.runs import COMPLETE, Run, Step

MEMBER_NOUNS = frozenset({"Contact", "ListMember"})
"""Nouns whose streams carry a destination's people and their status."""


@dataclass(frozen=True)
class BoundDestination:
    """A connection with a push stanza."""

    name: str
    destination: Destination
    bindings: Bindings

    @property
    def member_streams(self) -> list[Stream]:
        """Its own streams of people and their status; none where it cannot be read."""
        if not isinstance(self.destination, Source):
            return []
        return [each for each in self.destination.streams() if MEMBER_NOUNS & {*each.nouns}]


def bound_destinations(hub: Hub, names: Iterable[str] = ()) -> list[BoundDestination]:
    """All destinations, or those named; raises Misconfigured for one without a push stanza."""
    chosen = list(dict.fromkeys(names))
    found = []
    for each in map(hub.connection, chosen or hub.config.connections):
        if isinstance(each.connector, Destination) and each.push is not None:
            found.append(BoundDestination(each.name, each.connector, each.push))
        elif chosen and isinstance(each.connector, Destination):
            raise Misconfigured(
                f"nothing is written to {each.name}; write a [connections.{each.name}.push]"
            )
        elif chosen:
            raise Misconfigured(f"{each.name} cannot be written to; {each.kind} is only read")
    return found


def push_destinations(
    run: Run,
    names: Iterable[str] = (),
    *,
    approve: bool = False,
    retry: bool = False,
    progress: Progress = lambda *_: None,
) -> None:
    """Push to each destination; failures and holds are recorded, and the others go on."""
    for each in bound_destinations(run.hub, names):
        if each.name not in run.hub.config.faults and not _is_read(run.hub, each):
            pull(run, [each.name], progress)
        with run.step("push", each.name) as step:
            each.destination.check()
            run.check_wait(each.name)
            result = push(
                run.hub.database,
                each.destination,
                each.bindings,
                _plan_context(run.hub, each),
                approve=approve,
                retry=retry,
            )
            _tell(step, result)
            if result.report.held:
                raise Held(_reasons(result.report.held))


def reconcile_destinations(run: Run, names: Iterable[str]) -> None:
    """Look for drift at destinations; raises Misconfigured for one that cannot be read back."""
    for each in bound_destinations(run.hub, names):
        if not each.destination.can_read_back:
            raise Misconfigured(
                f"{each.name} does not tell who carries what was delivered, so nothing can be "
                "compared there"
            )
        _reconcile(run, each)


def reconcile_daily(run: Run, names: Iterable[str] = ()) -> None:
    """Look for drift where it was not looked for on this local date, and can be."""
    zone = run.hub.config.hub.timezone
    today = local_day(run.hub.now(), zone)
    with run.hub.database.read() as transaction:
        steps = latest_steps(transaction)
    for each in bound_destinations(run.hub, names):
        last = steps.get(("reconcile", each.name, ""))
        if last and last.result == COMPLETE and local_day(last.started_at, zone) == today:
            continue
        if each.destination.can_read_back and _has_delivered(run.hub, each):
            _reconcile(run, each)


def _has_delivered(hub: Hub, each: BoundDestination) -> bool:
    context = _plan_context(hub, each)
    with hub.database.read() as transaction:
        try:
            scope = scope_of(transaction, each.destination, each.bindings, context)
        except Held:
            return False
        return bool(delivered_targets(transaction, scope, context.now))


def _reconcile(run: Run, each: BoundDestination) -> None:
    with run.step("reconcile", each.name) as step:
        each.destination.check()
        run.check_wait(each.name)
        context = _plan_context(run.hub, each)
        step.add(reconcile(run.hub.database, each.destination, each.bindings, context) or {})


def resolve_jobs(run: Run, name: str) -> None:
    """Ask a destination about the jobs that are due."""
    for each in bound_destinations(run.hub, [name]):
        with run.step("resolve", each.name) as step:
            each.destination.check()
            run.check_wait(each.name)
            _tell(step, resolve(run.hub.database, each.destination, each.name, run.hub.now()))


def _tell(step: Step, result: Resolved) -> None:
    """Record the answers of a destination; raises the error that stopped it."""
    step.add(result.outcomes)
    step.add({log.masked_text(why): number for why, number in result.reasons.items()})
    step.add_losses(
        f"{target.kind} {target.name}: {sentence(each, step.connection)}"
        for target, each in result.findings.items()
    )
    if result.error is not None:
        raise result.error


def preview(hub: Hub, names: Iterable[str] = (), *, approve: bool = False) -> list[PlanReport]:
    """Plan a push to each destination; sends no request."""
    reports = []
    for each in bound_destinations(hub, names):
        try:
            each.destination.check()
            context = _plan_context(hub, each)
            with plan(
                hub.database, each.destination, each.bindings, context, approve=approve
            ) as planned:
                if not approve and planned.scope.connection_id:
                    with hub.database.transaction() as transaction:
                        number = planned.scope.connection_id
                        approval.record(transaction, number, planned.held(), replace=True)
                reports.append(planned.report)
        except (Broken, Held, Misconfigured) as error:
            reports.append(_held_report(each, str(error)))
    return reports


def _held_report(each: BoundDestination, reason: str) -> PlanReport:
    """The report of a destination that is held as a whole."""
    targets = dict.fromkeys(binding.target for binding in each.bindings.bindings)
    holds = tuple(Hold(target, reason) for target in targets)
    return PlanReport(
        each.name, enter=0, update=0, leave=0, requests=0, seconds=0.0,
        held=holds, targets=(), unbound=(),
    )  # fmt: skip


def _reasons(holds: Iterable[Hold]) -> str:
    return "; ".join(
        dict.fromkeys(f"{hold.target.kind} {hold.target.name}: {hold.reason}" for hold in holds)
    )


def _is_read(hub: Hub, each: BoundDestination) -> bool:
    """Whether it is known who may be written to; before that nothing is sent."""
    with hub.database.read() as transaction:
        return has_been_read(
            transaction, each.name, [stream.name for stream in each.member_streams]
        )


def _plan_context(hub: Hub, each: BoundDestination) -> PlanContext:
    now = hub.now()
    with hub.database.read() as transaction:
        reasons = _incomplete(transaction, hub, each, now)
    streams = tuple(stream.name for stream in each.member_streams)
    zone = hub.config.hub.timezone
    return PlanContext(
        now=now, zone=zone, member_streams=streams, incomplete=reasons,
        connections=frozenset(hub.config.connections),
    )  # fmt: skip


def _incomplete(
    transaction: Transaction, hub: Hub, each: BoundDestination, now: datetime
) -> dict[str, str]:
    """Segments, values and people of a destination that rest on incomplete facts, and why."""
    named = {one.name: one.rule for one in hub.config.segments if one.rule is not None}
    needs = {one.name: [*_streams_of(hub, _nouns(one, named))] for one in hub.config.segments}
    for binding in each.bindings.bindings:
        if binding.value not in (None, SEGMENT_NAMES):
            value = str(binding.value)
            noun = VALUES[value].noun if value in VALUES else "Contact"
            needs[value] = [*_streams_of(hub, frozenset({noun}))]
    needs[each.name] = [required_stream(hub, each.name, stream) for stream in each.member_streams]
    return incomplete(transaction, needs, now)


def _nouns(segment: Segment, named: Mapping[str, Rule]) -> frozenset[str]:
    # The nouns of a `for_each` segment do not depend on the value.
    one = segment.sample() if segment.for_each is not None else segment
    return one.needs(named)


def _streams_of(hub: Hub, nouns: frozenset[str]) -> Iterator[RequiredStream]:
    """Configured streams that yield one of the nouns."""
    for name, source in hub.sources().items():
        for stream in source.streams():
            if nouns & set(stream.nouns):
                yield required_stream(hub, name, stream)


def required_stream(hub: Hub, name: str, stream: Stream) -> RequiredStream:
    """A stream with its interval: that of the config, or the stream's own where it is longer."""
    pulled = hub.config.connections[name].pull or Pull()
    return RequiredStream(name, stream.name, max(stream.every or pulled.every, pulled.every))
