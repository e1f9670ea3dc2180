"""What a push would do at one destination: who moves, what it costs, and what is held and why."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from types import TracebackType
from typing import Self
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, select

from core.audience import brake
from core.audience.absence import has_been_read
from core.audience.binding import SEGMENTS, Binding, Bindings, expand
from core.audience.desired import Scope
from core.audience.diff import WHOLE, Count, Stop, changes_needed
from core.audience.ledger import LedgerTargetState, carried, connection_id, targets
from core.audience.report import SHOWN, Hold, TargetPlan
from core.audience.report import Report as Report
from core.audience.spool import Move, Spool
from core.contract import Change, Cost, Destination, Target
from core.errors import Held
from core.plugin_faults import broken_on_error, only
from core.store import tables
from core.store.database import Database
from core.store.tables import EVALUATIONS
from core.store.tables.types import local_day


@dataclass
class Plan:
    """The moves of one destination, ready to be sent; to be closed after use."""

    scope: Scope
    bindings: tuple[Binding, ...]
    """One per target; a move's `place` counts in it."""
    spool: Spool
    report: Report

    def __enter__(self) -> Self:
        """Use it in a `with` block."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """Let go of the moves; the report stays."""
        self.spool.close()

    def new_targets(self) -> list[Binding]:
        """Targets that would be written for the first time: nobody has asked who carries them."""
        return [
            binding
            for binding, each in zip(self.bindings, self.report.targets, strict=True)
            if each.unread and (each.enter or each.update or each.leave)
        ]

    def change(self, move: Move) -> Change:
        """What the destination is asked for a move."""
        return Change(self.bindings[move.place].target, move.key, move.value)


def scope_of(transaction: Connection, destination: Destination, bindings: Bindings) -> Scope:
    """The destination as the store sees it; raises Held where it was never read."""
    rows = transaction.execute(select(tables.SEGMENTS.c.name, tables.SEGMENTS.c.id))
    return Scope(
        destination,
        connection_id(transaction, bindings.connection),
        bindings,
        {row.name: row.id for row in rows},
    )


@dataclass(frozen=True)
class Basis:
    """What a push rests on."""

    now: datetime
    zone: ZoneInfo
    """The shop's; it says which date is today."""
    member_streams: tuple[str, ...] = ()
    """The destination's own streams that show its people and their status."""
    incomplete: Mapping[str, str] = field(default_factory=dict)
    """Which segments, values or connections rest on facts that are not complete, and why
    (`absence.incomplete`)."""


def check(transaction: Connection, connection: str, basis: Basis) -> None:
    """Refuse what must not be pushed at all: raises Held."""
    if not has_been_read(transaction, connection, basis.member_streams):
        raise Held(
            f"{connection} has never been read to its end, so nobody knows who may be written to; "
            f"run: segmenthub pull {connection}"
        )
    today = local_day(basis.now, basis.zone)
    latest = EVALUATIONS.c.id == select(func.max(EVALUATIONS.c.id)).scalar_subquery()
    day = transaction.scalar(select(EVALUATIONS.c.as_of_day).where(latest))
    if day is None:
        raise Held("the segments have never been evaluated; run: segmenthub evaluate")
    if day != today:
        raise Held(
            f"the segments are evaluated as of {date.fromordinal(day)} and today is "
            f"{date.fromordinal(today)}; run: segmenthub evaluate"
        )


def plan(
    database: Database,
    destination: Destination,
    bindings: Bindings,
    basis: Basis,
    *,
    refused: Mapping[Target, str] | None = None,
    approve: bool = False,
) -> Plan:
    """Compare what should be with what was delivered; asks nobody but the store.

    `refused` says which targets may not be written, and why. Raises Held where nothing may be
    pushed at all: the destination was never read, or the segments are not of today; Broken where
    the connector cannot say what a push costs.
    """
    spool = Spool()
    try:
        with database.read() as transaction:
            check(transaction, bindings.connection, basis)
            scope = scope_of(transaction, destination, bindings)
            draft = _Draft(transaction, scope, spool, basis.incomplete, refused or {})
            draft.fill()
            if not approve:
                draft.brake()
            report = draft.report()
        return Plan(scope, draft.bindings, spool, report)
    except BaseException:
        spool.close()
        raise


@dataclass
class _Draft:
    """A plan in the making, inside one consistent read."""

    transaction: Connection
    scope: Scope
    spool: Spool
    incomplete: Mapping[str, str]
    refused: Mapping[Target, str]
    bindings: tuple[Binding, ...] = ()
    known: dict[Target, LedgerTargetState] = field(default_factory=dict)
    counts: dict[int, Count] = field(default_factory=dict)
    stops: dict[int, Stop] = field(default_factory=dict)
    holds: list[Hold] = field(default_factory=list)

    def fill(self) -> None:
        """Every move, held only where the facts are incomplete or the target is refused."""
        self.bindings = expand(self.scope.bindings.bindings, self.scope.segments)
        self.known = targets(self.transaction, self.scope.connection_id)
        for place, binding in enumerate(self.bindings):
            reasons = self._missing(binding)
            self.holds += [
                Hold(binding.target, reason, segment) for segment, reason in reasons.items()
            ]
            self.stops[place] = Stop(frozen=frozenset(reasons))
            self._diff(place)

    def brake(self) -> None:
        """Hold the removals that are too many, and draft what they are part of once more."""
        groups: dict[tuple[str, str], dict[tuple[int, str], brake.Tally]] = defaultdict(dict)
        shares: dict[tuple[str, str], int] = {}
        for place, count in self.counts.items():
            binding = self.bindings[place]
            for name, tally in count.tallies.items():
                group = (binding.source, name.partition(":")[0])
                groups[group][place, name] = tally
                shares[group] = binding.brake
        stopped: dict[int, set[str]] = defaultdict(set)
        for group, members in groups.items():
            for (place, name), reason in brake.held([members], shares[group]).items():
                removals = members[place, name].unexplained
                target = self.bindings[place].target
                self.holds.append(Hold(target, reason, name, removals, approvable=True))
                stopped[place].add(name)
        for place, names in stopped.items():
            self.stops[place] = replace(self.stops[place], held=frozenset(names))
            self.spool.forget(place)
            self._diff(place)

    def report(self) -> Report:
        """Counts, samples and costs of what is left."""
        counts = self.spool.counts()
        plans = tuple(self._target(place, counts) for place in range(len(self.bindings)))
        cost = self._cost()
        return Report(
            self.scope.bindings.connection,
            sum(each.enter for each in plans),
            sum(each.update for each in plans),
            sum(each.leave for each in plans),
            cost.requests,
            cost.seconds,
            tuple(self.holds),
            plans,
            self._unbound(),
        )

    def _cost(self) -> Cost:
        destination = self.scope.destination
        requests, seconds = 0, 0.0
        for chunk in self.spool.to_send(by_person=destination.by_person):
            changes = [Change(self.bindings[m.place].target, m.key, m.value) for m in chunk]
            with broken_on_error(destination.kind, kind=destination.kind):
                (cost,) = only(Cost, [destination.cost(changes)])
            requests += cost.requests
            seconds += cost.seconds
        return Cost(requests, seconds)

    def _missing(self, binding: Binding) -> dict[str, str]:
        """Why a target may not move, by the name that is stopped: a listed segment, or WHOLE."""
        whole = self.refused.get(binding.target) or self.incomplete.get(
            self.scope.bindings.connection
        )
        if not whole and binding.value not in (None, SEGMENTS):
            whole = self.incomplete.get(binding.value or "")
        if whole:
            return {WHOLE: whole}
        reasons = {}
        for name in binding.segments:
            if name not in self.scope.segments:
                reasons[name] = f"{name} has not been evaluated yet; run: segmenthub evaluate"
            elif reason := self.incomplete.get(name) or self.incomplete.get(name.partition(":")[0]):
                reasons[name] = reason
        if reasons and binding.value is None:
            return {WHOLE: next(iter(reasons.values()))}
        return reasons

    def _unbound(self) -> tuple[Target, ...]:
        named = {binding.target for binding in self.bindings}
        return tuple(
            target
            for target, known in self.known.items()
            if target not in named and carried(self.transaction, known.id)
        )

    def _diff(self, place: int) -> None:
        binding = self.bindings[place]
        known = self.known.get(binding.target)
        count = self.counts[place] = Count()
        self.spool.add(
            changes_needed(
                self.transaction,
                self.scope,
                place,
                binding,
                known.id if known else 0,
                self.stops[place],
                count,
            ),
            is_field=binding.target.kind == "field",
        )

    def _target(self, place: int, counts: Mapping[tuple[int, str], int]) -> TargetPlan:
        binding = self.bindings[place]
        known = self.known.get(binding.target)
        return TargetPlan(
            binding.target,
            binding.segments,
            counts.get((place, "enter"), 0),
            counts.get((place, "update"), 0),
            counts.get((place, "leave"), 0),
            counts.get((place, "release"), 0),
            self.counts[place].cut,
            known is None or known.read_at is None,
            self.spool.sample(place, "enter", SHOWN),
            self.spool.sample(place, "leave", SHOWN),
        )
