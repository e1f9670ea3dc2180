"""Bring one destination to what the segments say: ask, write, and note each answer.

Nothing is sent inside a transaction. What will be sent is noted first, so that after a crash the
ledger knows what may have arrived; changes are absolute, so sending one again does no harm.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import TypeVar

from core.audience import ledger
from core.audience.binding import Binding, Bindings, Requires
from core.audience.ledger import UNANSWERED, Entry, Waiting
from core.audience.plan import Basis, Plan, check, plan
from core.audience.report import Report
from core.audience.spool import Move
from core.audience.writable import still_writable
from core.contract import Change, Destination, Found, Outcome, Target
from core.errors import Broken, HubError
from core.plugin_faults import broken_on_error, only
from core.store.database import Database
from sync.concurrency.ahead import ahead
from sync.stopping import Stopped

_BATCH = 1_000
_NOTED = 500
"""Answers that are noted together; after a crash so many are asked for again at most."""

Item = TypeVar("Item")


@dataclass(frozen=True)
class PushResult:
    """What one push did."""

    report: Report
    """What it meant to do, with everything that is held."""
    outcomes: Mapping[str, int] = field(default_factory=dict)
    """applied, skipped, rejected, pending -> how many changes."""
    reasons: Mapping[str, int] = field(default_factory=dict)
    """Why changes were skipped or rejected -> how many."""
    error: HubError | None = None
    """What stopped it; what was noted before stays noted, and the next push goes on."""


def push(
    database: Database,
    destination: Destination,
    bindings: Bindings,
    basis: Basis,
    *,
    approve: bool = False,
    dry_run: bool = False,
) -> PushResult:
    """Push one destination; with `dry_run` only say what would happen, and ask it nothing.

    Raises Held where nothing may be pushed at all: the destination was never read, or the
    segments are not of today. What stops a push on its way is in the result's `error`.
    """
    if dry_run:
        with plan(database, destination, bindings, basis, approve=approve) as draft:
            return PushResult(draft.report)
    with database.read() as transaction:
        check(transaction, bindings.connection, basis)
        connection = ledger.connection_id(transaction, bindings.connection)
    errand = _Errand(database, destination, connection, basis.now)
    errand.attempt(errand.resolve)
    draft = plan(database, destination, bindings, basis, approve=approve)
    new = draft.new_targets()
    if new:
        draft.close()
        errand.attempt(partial(errand.look_first, new))
        draft = plan(
            database, destination, bindings, basis, refused=errand.refused, approve=approve
        )
    with draft:
        errand.tidy(draft)
        errand.attempt(partial(errand.send, draft))
    return PushResult(draft.report, errand.outcomes, errand.reasons, errand.error)


class _Errand:
    """One push on its way, and what came of it so far."""

    def __init__(
        self, database: Database, destination: Destination, connection: int, now: datetime
    ) -> None:
        self.outcomes: Counter[str] = Counter()
        self.reasons: Counter[str] = Counter()
        self.refused: dict[Target, str] = {}
        self.error: HubError | None = None
        self._database = database
        self._destination = destination
        self._connection = connection
        self._now = now

    def attempt(self, step: Callable[[], None]) -> None:
        """Take a step unless an earlier one failed; how it failed is kept."""
        if self.error is None:
            try:
                step()
            except HubError as error:
                self.error = error

    def resolve(self) -> None:
        """Ask what became of changes that earlier pushes left pending."""
        after = (0, "")
        while True:
            with self._database.read() as transaction:
                page = ledger.pending(transaction, self._connection, after)
            if not page:
                return
            asked = {each.outcome.change: each for each in page}
            pending = [each.outcome for each in page]
            self._note(asked, self._told(Outcome, partial(self._destination.resolve, pending)))
            after = (page[-1].target_id, page[-1].outcome.change.key)

    def look_first(self, new: Iterable[Binding]) -> None:
        """Read who carries each new target before the first delivery."""
        for binding in new:
            try:
                reason = self._look(binding)
            except Broken as error:
                # A target that cannot be read stops itself, not the others.
                reason = str(error)
            if reason:
                self.refused[binding.target] = reason

    def _look(self, binding: Binding) -> str:
        with self._database.transaction() as transaction:
            target_id = ledger.note_target(transaction, self._connection, binding.target)
            ledger.forget_found(transaction, target_id)
        if self._destination.can_read_back:
            carriers = self._told(Found, partial(self._destination.carriers, binding.target))
            for some in _pieces(ahead(carriers), _BATCH):
                with self._database.transaction() as transaction:
                    ledger.enter_found(transaction, target_id, some, self._now)
        elif not binding.adopt and self._exists(binding.target):
            return (
                f"the {binding.target.kind} {binding.target.name!r} is there already and nobody "
                "can read who carries it; choose another name, or write adopt = true"
            )
        with self._database.transaction() as transaction:
            ledger.mark_read(transaction, target_id, self._now)
        return ""

    def tidy(self, draft: Plan) -> None:
        """Bring the ledger in order where nothing has to be sent for it."""
        ids = self._target_ids(draft)
        for chunk in draft.spool.to_tidy():
            with self._database.transaction() as transaction:
                gone = [(ids[each.place], each.key) for each in chunk if each.action == "forget"]
                ledger.remove(transaction, gone)
                ledger.put(
                    transaction,
                    (
                        Entry(
                            ids[each.place],
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

    def send(self, draft: Plan) -> None:
        """Write what is wanted, chunk by chunk; raises what the destination raises."""
        ids = self._target_ids(draft)
        for chunk in draft.spool.to_send(by_person=self._destination.by_person):
            asked = self._announce(draft, chunk, ids)
            if not asked:
                continue
            outcomes = self._told(Outcome, partial(self._destination.push, list(asked)))
            answered = self._note(asked, outcomes)
            if answered < asked.keys():
                raise Broken(
                    f"{len(asked) - len(answered)} of {len(asked)} changes were not answered; "
                    "the next push sends them again"
                )

    def _announce(
        self, draft: Plan, chunk: list[Move], ids: Mapping[int, int]
    ) -> dict[Change, Waiting]:
        """Note what is about to be sent, and leave out who may not be written to any more."""
        asked: dict[Change, Waiting] = {}
        with self._database.transaction() as transaction:
            may = {
                requires: still_writable(
                    transaction, self._destination, self._connection, requires, keys
                )
                for requires, keys in _keys_by_consent(draft, chunk).items()
            }
            for move in chunk:
                addresses = may[draft.bindings[move.place].requires]
                if move.key not in addresses:
                    self._count("skipped", "may not be written to any more")
                    continue
                change = replace(draft.change(move), address=addresses[move.key])
                sent = Outcome(change, "pending", UNANSWERED)
                asked[change] = Waiting(ids[move.place], move.before, move.profile_id, sent)
            ledger.note(transaction, ((each, each.outcome) for each in asked.values()), self._now)
        return asked

    def _note(self, asked: Mapping[Change, Waiting], outcomes: Iterable[Outcome]) -> set[Change]:
        """Note each answer as it comes; which changes were answered."""
        answered: set[Change] = set()
        for some in _pieces(ahead(outcomes), _NOTED):
            known = [each for each in some if each.change in asked]
            with self._database.transaction() as transaction:
                ledger.note(transaction, [(asked[each.change], each) for each in known], self._now)
            for each in known:
                if each.change not in answered:
                    self._count(each.result, each.reason)
            answered.update(each.change for each in known)
        return answered

    def _exists(self, target: Target) -> bool:
        with broken_on_error(self._destination.kind, kind=self._destination.kind):
            return self._destination.exists(target)

    def _told(self, kind: type[Item], ask: Callable[[], Iterable[object]]) -> Iterator[Item]:
        """What the destination answers; a fault of its own stops its push and not the run."""
        with broken_on_error(self._destination.kind, kind=self._destination.kind):
            yield from only(kind, ask())

    def _count(self, result: str, reason: str) -> None:
        self.outcomes[result] += 1
        if result in ("skipped", "rejected"):
            self.reasons[reason] += 1

    def _target_ids(self, draft: Plan) -> dict[int, int]:
        with self._database.transaction() as transaction:
            return {
                place: ledger.note_target(transaction, self._connection, binding.target)
                for place, binding in enumerate(draft.bindings)
            }


def _keys_by_consent(draft: Plan, chunk: Iterable[Move]) -> dict[Requires, set[str]]:
    keys: dict[Requires, set[str]] = {}
    for move in chunk:
        keys.setdefault(draft.bindings[move.place].requires, set()).add(move.key)
    return keys


def _pieces(items: Iterable[Item], most: int) -> Iterator[list[Item]]:
    """The items in lists; what came before an error is handed on before the error is."""
    some: list[Item] = []
    try:
        for item in items:
            some.append(item)
            if len(some) >= most:
                yield some
                some = []
    except (Exception, KeyboardInterrupt, Stopped):
        if some:
            yield some
        raise
    if some:
        yield some
