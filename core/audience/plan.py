"""The plan of a push to one destination: its changes, their cost, and what is held and why."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Self

from core.audience.binding import Binding, Bindings
from core.audience.brake.approval import HeldChange
from core.audience.planner import Planner
from core.audience.report import PlanReport
from core.audience.scope import PlanContext, Scope, check_pushable, scope_of
from core.audience.spool import PlannedChange, Spool
from core.contract import Change, Destination, Target
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
    whole: frozenset[Target]
    """Targets of which everything is sent, but for what waits for a person's approval."""
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
            planner = Planner(
                transaction, scope, spool, context.incomplete, refused or {}, approving=approve
            )
            planner.fill()
            planner.apply_brake()
            report = planner.report()
        whole = planner.whole_targets()
        return Plan(scope, planner.bindings, spool, report, whole, planner.gates)
    except BaseException:
        spool.close()
        raise
