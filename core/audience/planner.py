"""The planner: what each target of a destination needs, and what is held and why."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection

from core.audience import brake
from core.audience.binding import SEGMENT_NAMES, Binding, expand
from core.audience.brake import Cause, Tally, approval, memory, withdrawals
from core.audience.brake.restrictions import WHOLE_TARGET, DiffCounts, Restrictions
from core.audience.diff import planned_changes
from core.audience.gate import changed_reason, new_gates
from core.audience.ledger import LedgerTargetState, count_delivered, targets
from core.audience.report import SAMPLE_SIZE, Hold, PlanReport, TargetPlan
from core.audience.scope import Scope
from core.audience.spool import Spool
from core.contract import Change, Cost, Target
from core.plugins import broken_on_error, only
from core.records import Requires


@dataclass
class Planner:
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
            else:
                self._doubt_withdrawals(index)
        if self.approving:
            waiting = {
                binding.requires
                for index, binding in enumerate(self.bindings)
                if self.spool.held_count(index)
            }
            self.gates |= {each: gate for each, gate in changed.items() if each not in waiting}

    def apply_brake(self) -> None:
        """Hold the removals and additions that are too many, and diff their bindings again."""
        groups: dict[tuple[str, str], dict[tuple[int, str], Tally]] = defaultdict(dict)
        shares: dict[tuple[str, str], int] = {}
        for index, name, tally in self._tallies():
            binding = self.bindings[index]
            group = (binding.source, name.partition(":")[0])
            groups[group][index, name] = tally
            shares[group] = binding.brake
        removals: dict[int, dict[str, frozenset[Cause]]] = defaultdict(dict)
        additions: dict[int, set[str]] = defaultdict(set)
        holds: dict[int, list[Hold]] = defaultdict(list)
        for group, members in groups.items():
            for (index, name), stop in brake.held([members], shares[group]).items():
                removals[index][name] = stop.causes
                number = members[index, name].removals(stop.causes)
                target = self.bindings[index].target
                holds[index].append(Hold(target, stop.reason, name, number, approvable=True))
            for (index, name), reason in brake.held_additions([members]).items():
                additions[index].add(name)
                number = members[index, name].unexpected
                target = self.bindings[index].target
                holds[index].append(Hold(target, reason, name, additions=number, approvable=True))
        for index, of_binding in holds.items():
            self.restrictions[index] = replace(
                self.restrictions[index],
                removals_held=removals[index],
                additions_held=frozenset(additions[index]),
            )
            self._diff_again(index, of_binding)

    def _diff_again(self, index: int, holds: Iterable[Hold]) -> None:
        """Spool the changes of a binding under its new restrictions, and report these."""
        self.spool.drop(index)
        self._diff(index)
        for hold in holds:
            self._hold(index, hold)

    def _doubt_withdrawals(self, index: int) -> None:
        """Hold the releases of a target where too many people withdrew at once."""
        target, released = self.bindings[index].target, self.counts[index].released
        state = self.targets.get(target)
        # An audience takes a withdrawal back at once, whatever the cause.
        if not released or state is None or self.scope.by_identifiers:
            return
        delivered = count_delivered(self.transaction, state.id)
        now = self.scope.wording.as_of
        reason = withdrawals.doubt(self.transaction, state.id, released, delivered, now)
        if reason:
            self.restrictions[index] = replace(self.restrictions[index], releases_held=True)
            self._diff_again(index, [Hold(target, reason, removals=released, approvable=True)])

    def _tallies(self) -> Iterator[tuple[int, str, Tally]]:
        """The tallies of all bindings, with what earlier pushes removed."""
        removed = memory.removed(
            self.transaction, self.scope.connection_id, self.scope.wording.separator,
            self.scope.wording.as_of,
        )  # fmt: skip
        for index, count in self.counts.items():
            state = self.targets.get(self.bindings[index].target)
            for name, tally in count.tallies.items():
                if state and (earlier := removed.get((state.id, name))):
                    tally.removed_in_a_day = earlier.in_a_day
                    tally.removed_in_a_week = earlier.in_a_week
                yield index, name, tally

    def whole_targets(self) -> frozenset[Target]:
        """Targets of which neither incomplete facts nor a gate hold anything."""
        return frozenset(
            self.bindings[index].target
            for index, held in self.restrictions.items()
            if not (held.frozen or held.whole)
        )

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
