"""Push one destination: resolve pending changes, send the planned ones, record each outcome.

Nothing is sent inside a transaction. Changes are recorded as pending before they are sent, so that
after a crash the ledger knows what may have arrived. They are absolute, so sending one twice does
no harm.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TypeVar

from core.audience import ledger
from core.audience.binding import Binding, Bindings
from core.audience.brake import approval, memory
from core.audience.delivery import jobs
from core.audience.delivery.answers import Answers
from core.audience.gate import store_gates
from core.audience.ledger import LOST, UNANSWERED, Entry, SentChange
from core.audience.outgoing import outgoing
from core.audience.plan import Plan, plan
from core.audience.report import PlanReport
from core.audience.scope import PlanContext, check_pushable, own_connection_id
from core.audience.spool import PlannedChange
from core.contract import Change, Destination, Outcome, Target
from core.errors import Broken, HubError
from core.plugins import answers, broken_on_error
from core.store.connections import connection_id
from core.store.database import Database
from core.store.tables.types import local_day
from sync.concurrency.prefetch import batches, prefetch
from sync.resolution import Resolved, resolve_due

_FOUND_PER_COMMIT = 1_000
_OUTCOMES_PER_COMMIT = 500
"""After a crash at most this many changes are sent again."""

Item = TypeVar("Item")


@dataclass(frozen=True)
class PushResult(Resolved):
    """The result of one push; after an error the next one goes on from there."""

    report: PlanReport
    """The plan, with everything that is held."""


def push(
    database: Database,
    destination: Destination,
    bindings: Bindings,
    context: PlanContext,
    *,
    approve: bool = False,
    retry: bool = False,
) -> PushResult:
    """Push one destination; `retry` also sends again what was rejected or skipped before.

    Raises Held where nothing may be pushed at all: the destination was never read, or the
    segments are not of today. An error that stops a push on its way is in the result's `error`.
    """
    with database.read() as transaction:
        check_pushable(transaction, bindings.connection, context)
        connection = own_connection_id(transaction, destination, bindings.connection)
    if not connection:
        with database.transaction() as transaction:
            connection = connection_id(transaction, bindings.connection, destination.kind)
    if retry:
        with database.transaction() as transaction:
            ledger.retry(transaction, connection)
    delivery = _Delivery(database, destination, connection, context.now)
    delivery.attempt(delivery.resolve)
    planned = plan(database, destination, bindings, context, approve=approve)
    new = planned.new_targets()
    if new:
        planned.close()
        delivery.attempt(partial(delivery.read_carriers, new, planned.changes_by_target()))
        planned = plan(
            database, destination, bindings, context, refused=delivery.refused, approve=approve
        )
    with planned:
        delivery.update_ledger(planned)
        delivery.attempt(partial(delivery.send, planned))
        delivery.attempt(partial(delivery.mark_pushed, planned, context))
        if not (approve and delivery.error):
            # What was approved and did not go may be approved again.
            with database.transaction() as transaction:
                approval.record(transaction, connection, planned.held(), replace=approve)
    counted = delivery.counted
    with database.transaction() as transaction:
        found = counted.record(transaction, connection, context.now)
    error = delivery.error or delivery.fault
    return PushResult(counted.outcomes, counted.reasons, error, found, planned.report)


class _Delivery:
    """One push on its way, with its outcomes so far."""

    def __init__(
        self, database: Database, destination: Destination, connection: int, now: datetime
    ) -> None:
        self.counted = Answers()
        self.refused: dict[Target, str] = {}
        self.error: HubError | None = None
        self.fault: Broken | None = None
        """A fault of one job, which stops nothing else."""
        self._database = database
        self._destination = destination
        self._connection = connection
        self._now = now

    def attempt(self, step: Callable[[], None]) -> None:
        """Take a step unless an earlier one failed; keep its error."""
        if self.error is None:
            try:
                step()
            except HubError as error:
                self.error = error

    def resolve(self) -> None:
        """Begin, and ask about the jobs that are due."""
        with broken_on_error(self._destination.kind, kind=self._destination.kind):
            self._destination.begin_push()
        self.fault = resolve_due(
            self._database, self._destination, self._connection, self._now, self.counted
        )

    def read_carriers(self, new: Iterable[Binding], numbers: Mapping[Target, int]) -> None:
        """Read back who carries each new target, before its first delivery.

        `numbers` are the changes that wait for each.
        """
        bindings = list(new)
        one_scan = self._destination.can_read_back and self._destination.one_scan
        parts = [bindings] if one_scan else [[each] for each in bindings]
        while parts:
            part = parts.pop()
            try:
                self.refused |= self._read_carriers_of(part)
            except Broken as error:
                # A target that cannot be read holds itself, not the others.
                if len(part) > 1:
                    parts += [[each] for each in part]
                else:
                    target = part[0].target
                    self.refused[target] = str(error)
                    self.counted.add_unwritable(target, str(error), numbers[target])

    def _read_carriers_of(self, bindings: Sequence[Binding]) -> dict[Target, str]:
        """Read back the carriers of some targets; returns why targets are refused."""
        ids: dict[Target, int] = {}
        with self._database.transaction() as transaction:
            for target in {each.target: None for each in bindings}:
                ids[target] = ledger.ensure_target(transaction, self._connection, target)
                ledger.delete_found(transaction, ids[target])
        if self._destination.can_read_back:
            carriers = answers(
                self._destination, tuple, partial(self._destination.carriers_of, list(ids))
            )
            for batch in batches(prefetch(carriers), _FOUND_PER_COMMIT):
                with self._database.transaction() as transaction:
                    for target, target_id in ids.items():
                        found = [each for carried, each in batch if carried == target]
                        ledger.record_found(transaction, target_id, found, self._now)
        elif refused := {
            each.target: f"the {each.target.kind} {each.target.name!r} exists already and its "
            "carriers cannot be read; choose another name, or write adopt = true"
            for each in bindings
            if not each.adopt and self._exists(each.target)
        }:
            return refused
        with self._database.transaction() as transaction:
            for target_id in ids.values():
                ledger.mark_read(transaction, target_id, self._now)
        return {}

    def update_ledger(self, planned: Plan) -> None:
        """Apply the actions that concern the ledger alone, and store approved gates."""
        ids = self._target_ids(planned)
        with self._database.transaction() as transaction:
            store_gates(transaction, self._connection, planned.gates)
        for chunk in planned.spool.ledger_only():
            with self._database.transaction() as transaction:
                forgotten = [
                    (ids[each.binding_index], each.key) for each in chunk if each.action == "forget"
                ]
                ledger.remove(transaction, forgotten)
                ledger.write(
                    transaction,
                    (
                        Entry(
                            ids[each.binding_index],
                            each.key,
                            "released" if each.action == "release" else "delivered",
                            each.before,
                            profile_id=each.profile_id,
                        )
                        for each in chunk
                        if each.action != "forget"
                    ),
                    self._now,
                )

    def send(self, planned: Plan) -> None:
        """Send the changes chunk by chunk; raises what the destination raises."""
        ids = self._target_ids(planned)
        handed_in = unanswered = 0
        for chunk in planned.spool.to_send(
            by_person=self._destination.by_person, people_at_once=self._destination.people_at_once
        ):
            sent = self._record_pending(planned, chunk, ids)
            if not sent:
                continue
            outcomes = answers(
                self._destination, Outcome, partial(self._destination.push, list(sent))
            )
            handed_in += len(sent)
            unanswered += len(sent) - len(self._record(sent, outcomes))
        if unanswered:
            # Raised last: who is never answered would keep everybody after them waiting.
            raise Broken(
                f"{unanswered} of {handed_in} changes were not answered; "
                "the next push sends them again"
            )

    def mark_pushed(self, planned: Plan, context: PlanContext) -> None:
        """Store that targets were sent whole: what comes later is no first delivery."""
        ids = self._target_ids(planned)
        whole = {
            ids[index]
            for index, binding in enumerate(planned.bindings)
            if binding.target in planned.whole
        }
        with self._database.transaction() as transaction:
            memory.mark_pushed(transaction, whole, local_day(self._now, context.zone))

    def _record_pending(
        self, planned: Plan, chunk: list[PlannedChange], ids: Mapping[int, int]
    ) -> dict[Change, SentChange]:
        """Record a chunk as pending; leave out people who may no longer be written to."""
        sent: dict[Change, SentChange] = {}
        removals: list[tuple[int, str, str]] = []
        with self._database.transaction() as transaction:
            for each, change in outgoing(transaction, planned, ids, chunk):
                if change is None:
                    self.counted.count("skipped", "may no longer be written to")
                    continue
                pending = Outcome(change, "pending", LOST if each.was_lost else UNANSWERED)
                sent[change] = SentChange(
                    ids[each.binding_index], each.before, each.profile_id, pending, each.tries
                )
                removals += [
                    (ids[each.binding_index], segment, each.key) for segment in each.unexplained
                ]
            memory.remember(transaction, removals, self._now)
            ledger.record_outcomes(
                transaction, ((each, each.outcome) for each in sent.values()), self._now
            )
        return sent

    def _record(
        self, sent: Mapping[Change, SentChange], outcomes: Iterable[Outcome]
    ) -> set[Change]:
        """Record each outcome as it arrives; returns the changes that were answered."""
        answered: set[Change] = set()
        for batch in batches(prefetch(outcomes), _OUTCOMES_PER_COMMIT):
            # Of two answers to one change the first counts, for the ledger and the numbers.
            first = {each.change: each for each in reversed(batch)}
            known = [
                each for change, each in first.items() if change in sent and change not in answered
            ]
            with self._database.transaction() as transaction:
                jobs.record_outcomes(
                    transaction,
                    self._connection,
                    [(sent[each.change], each) for each in known],
                    self._now,
                )
            for each in known:
                self.counted.add(each)
            answered.update(each.change for each in known)
        return answered

    def _exists(self, target: Target) -> bool:
        with broken_on_error(self._destination.kind, kind=self._destination.kind):
            return self._destination.exists(target)

    def _target_ids(self, planned: Plan) -> dict[int, int]:
        with self._database.transaction() as transaction:
            return {
                index: ledger.ensure_target(transaction, self._connection, binding.target)
                for index, binding in enumerate(planned.bindings)
            }
