"""The plan of a push to one destination: its changes, their cost, and what is held and why."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Self

from sqlalchemy import Connection

from core.audience import approval, brake
from core.audience.approval import HeldChange
from core.audience.binding import SEGMENT_NAMES, Binding, Bindings, expand
from core.audience.diff import WHOLE_TARGET, DiffCounts, Restrictions, planned_changes
from core.audience.gate import changed_reason, new_gates
from core.audience.ledger import LedgerTargetState, count_delivered, targets
from core.audience.report import SAMPLE_SIZE, Hold, PlanReport, TargetPlan
from core.audience.scope import PlanContext, Scope, check_pushable, scope_of
from core.audience.spool import PlannedChange, Spool
from core.contract import Change, Cost, Destination, Target
from core.plugins import broken_on_error, only
from core.records import Requires
from core.store.database import Database


@dataclass
class Plan:
    """The changes of one destination, ready to be sent; close it after use."""

    scope: Scope
    bindings: tuple[Binding, ...]
    """One per target; the `binding_index` of a change is a position in it."""
    spool: Spool
    report: PlanReport
    gates: Mapping[Requires, str]
    """By required consent, the gates to store: first ones, and changed ones that are approved."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Delete the spooled changes; the report stays."""
        self.spool.close()

    def new_targets(self) -> list[Binding]:
        """Bindings whose target would be written for the first time and was never read back."""
        return [
            binding
            for binding, each in zip(self.bindings, self.report.targets, strict=True)
            if each.unread and (each.enter or each.update or each.leave)
        ]

    def changes_by_target(self) -> dict[Target, int]:
        """How many changes each target has."""
        targets = zip(self.bindings, self.report.targets, strict=True)
        return {each.target: plan.enter + plan.update + plan.leave for each, plan in targets}

    def held(self) -> Iterator[HeldChange]:
        """The changes that wait for approval."""
        for index, key, action, value in self.spool.held():
            yield HeldChange(self.bindings[index].target, key, action, value)

    def change(self, planned: PlannedChange) -> Change:
        """The change as the destination takes it."""
        return Change(self.bindings[planned.binding_index].target, planned.key, planned.value)


def plan(
    database: Database,
    destination: Destination,
    bindings: Bindings,
    context: PlanContext,
    *,
    refused: Mapping[Target, str] | None = None,
    approve: bool = False,
) -> Plan:
    """Compare desired and delivered state; sends no request.

    `refused` are targets that may not be written, with the reasons; `approve` releases those of
    the held changes that a person was shown, and accepts a changed gate that holds nothing else.
    Raises Held where nothing may be pushed at all: the destination was never read, or the
    segments are not of today. Raises Broken where the connector cannot tell the cost.
    """
    spool = Spool()
    try:
        with database.read() as transaction:
            check_pushable(transaction, bindings.connection, context)
            scope = scope_of(transaction, destination, bindings, context)
            planner = _Planner(
                transaction, scope, spool, context.incomplete, refused or {}, approving=approve
            )
            planner.fill()
            planner.brake()
            report = planner.report()
        return Plan(scope, planner.bindings, spool, report, planner.gates)
    except BaseException:
        spool.close()
        raise


@dataclass
class _Planner:
    """Builds a plan inside one consistent read."""

    transaction: Connection
    scope: Scope
    spool: Spool
    incomplete: Mapping[str, str]
    refused: Mapping[Target, str]
    approving: bool
    """Whether a person approves what was shown."""
    bindings: tuple[Binding, ...] = ()
    targets: dict[Target, LedgerTargetState] = field(default_factory=dict)
    counts: dict[int, DiffCounts] = field(default_factory=dict)
    restrictions: dict[int, Restrictions] = field(default_factory=dict)
    holds: list[Hold] = field(default_factory=list)
    gates: dict[Requires, str] = field(default_factory=dict)

    def fill(self) -> None:
        """Spool every change that no incomplete facts, refused target or changed gate hold."""
        self.bindings = expand(self.scope.bindings.bindings, self.scope.segments)
        self.targets = targets(self.transaction, self.scope.connection_id)
        consents = {binding.requires for binding in self.bindings}
        self.gates, changed = new_gates(
            self.transaction, self.scope.destination, self.scope.connection_id, consents
        )
        if self.approving:
            self._approve()
        for index, binding in enumerate(self.bindings):
            reasons = self._held(binding)
            self.holds += [
                Hold(binding.target, reason, segment) for segment, reason in reasons.items()
            ]
            self.restrictions[index] = Restrictions(
                frozen=frozenset(reasons), whole=binding.requires in changed
            )
            self._diff(index)
            if binding.requires in changed:
                self._hold(index, self._hold_for_gate(index))
        if self.approving:
            waiting = {
                binding.requires
                for index, binding in enumerate(self.bindings)
                if self.spool.held_count(index)
            }
            self.gates |= {each: gate for each, gate in changed.items() if each not in waiting}

    def brake(self) -> None:
        """Hold the removals that are too many, and diff their bindings again."""
        groups: dict[tuple[str, str], dict[tuple[int, str], brake.Tally]] = defaultdict(dict)
        shares: dict[tuple[str, str], int] = {}
        for index, count in self.counts.items():
            binding = self.bindings[index]
            for name, tally in count.tallies.items():
                group = (binding.source, name.partition(":")[0])
                groups[group][index, name] = tally
                shares[group] = binding.brake
        stopped: dict[int, dict[str, Hold]] = defaultdict(dict)
        for group, members in groups.items():
            for (index, name), reason in brake.held([members], shares[group]).items():
                removals = members[index, name].unexplained
                target = self.bindings[index].target
                stopped[index][name] = Hold(target, reason, name, removals, approvable=True)
        for index, names in stopped.items():
            self.restrictions[index] = replace(
                self.restrictions[index], removals_held=frozenset(names)
            )
            self.spool.drop(index)
            self._diff(index)
            for hold in names.values():
                self._hold(index, hold)

    def report(self) -> PlanReport:
        """Counts, samples and cost of the spooled changes."""
        counts = self.spool.counts()
        plans = tuple(self._target(index, counts) for index in range(len(self.bindings)))
        cost = self._cost()
        return PlanReport(
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
            changes = [
                Change(self.bindings[each.binding_index].target, each.key, each.value)
                for each in chunk
            ]
            with broken_on_error(destination.kind, kind=destination.kind):
                (cost,) = only(Cost, [destination.cost(changes)])
            requests += cost.requests
            seconds += cost.seconds
        return Cost(requests, seconds)

    def _approve(self) -> None:
        """Spool what a person was shown, of targets that are still bound."""
        numbers = {binding.target: index for index, binding in enumerate(self.bindings)}
        rows = approval.shown(self.transaction, self.scope.connection_id)
        self.spool.approve(
            (numbers[each.target], each.key, each.action, each.value)
            for each in rows
            if each.target in numbers
        )

    def _hold(self, index: int, hold: Hold) -> None:
        """Report a hold that a person may approve, unless an approval left nothing of it."""
        left = self.spool.held_count(index)
        if left or not self.approving:
            if self.spool.approved_count(index):
                hold = replace(hold, reason=approval.reason_left(left), removals=left)
            self.holds.append(hold)

    def _hold_for_gate(self, index: int) -> Hold:
        """The hold of a target whose gate changed, with the number of people in question."""
        count, target = self.counts[index], self.bindings[index].target
        state = self.targets.get(target)
        delivered = count_delivered(self.transaction, state.id) if state else 0
        reason = changed_reason(
            self.scope.bindings.connection, count.released, delivered, count.entering
        )
        return Hold(target, reason, removals=count.released, approvable=True)

    def _held(self, binding: Binding) -> dict[str, str]:
        """Reasons to hold a target, by listed segment or WHOLE_TARGET."""
        whole = self.refused.get(binding.target) or self.incomplete.get(
            self.scope.bindings.connection
        )
        if not whole and binding.value not in (None, SEGMENT_NAMES):
            whole = self.incomplete.get(binding.value or "")
        if whole:
            return {WHOLE_TARGET: whole}
        reasons = {}
        for name in binding.segments:
            if name not in self.scope.segments:
                reasons[name] = f"{name} has not been evaluated yet; run: segmenthub evaluate"
            elif reason := self.incomplete.get(name) or self.incomplete.get(name.partition(":")[0]):
                reasons[name] = reason
        if reasons and binding.value is None:
            return {WHOLE_TARGET: next(iter(reasons.values()))}
        return reasons

    def _unbound(self) -> tuple[Target, ...]:
        named = {binding.target for binding in self.bindings}
        return tuple(
            target
            for target, state in self.targets.items()
            if target not in named and count_delivered(self.transaction, state.id)
        )

    def _diff(self, index: int) -> None:
        binding = self.bindings[index]
        state = self.targets.get(binding.target)
        count = self.counts[index] = DiffCounts()
        changes = planned_changes(
            self.transaction, self.scope, index, binding, state.id if state else 0,
            self.restrictions[index], count, self.spool,
        )  # fmt: skip
        self.spool.add(changes, is_field=binding.target.kind == "field")

    def _target(self, index: int, counts: Mapping[tuple[int, str], int]) -> TargetPlan:
        binding = self.bindings[index]
        state = self.targets.get(binding.target)
        return TargetPlan(
            binding.target,
            binding.segments,
            counts.get((index, "enter"), 0),
            counts.get((index, "update"), 0),
            counts.get((index, "leave"), 0) + counts.get((index, "withdraw"), 0),
            counts.get((index, "release"), 0),
            self.counts[index].unreachable,
            self.counts[index].cut,
            state is None or state.read_at is None,
            self.spool.sample(index, ("enter",), SAMPLE_SIZE),
            self.spool.sample(index, ("leave", "withdraw"), SAMPLE_SIZE),
        )
