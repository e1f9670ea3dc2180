"""Writing by declaration: a destination says what its requests carry; the kit does the rest."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from connectors.kit.http.body import Response
from connectors.kit.rejects import without_addresses
from connectors.kit.writing.batches import (
    Again,
    Batch,
    Edit,
    KnownTarget,
    PerPerson,
    PerTarget,
    Unwritable,
)
from connectors.kit.writing.targets import ERRORS, Targets
from core.contract import Change, Cost, Outcome, Target
from core.errors import Broken

NOT_THERE = (404, 410)
MOST_REFUSALS = 40
"""Requests that are refused in a row before the rest of a push is given up for now."""


class Writing(Targets):
    """A destination behind a REST API, by declaration.

    `write` sends one batch, and the status of its answer is everybody's verdict: a 2xx is applied,
    a 404 of one person means not on the list, another refusal is told in the vendor's words. A
    request of many people that is refused is sent again by halves, until the person at fault is
    alone. Where an answer tells each person's verdict, write `verdicts`.
    """

    batch: ClassVar[Mapping[str, PerTarget | PerPerson]] = {}
    """How changes are cut into requests, by the kind of target; kinds that are not here are not
    written. Sets `target_kinds`, `people_at_once` and `by_person` unless the class does."""
    one_namespace: ClassVar[bool] = False
    """Whether a tag and a field of one name are the same place."""
    passing_reasons: ClassVar[Collection[str]] = (
        "busy", "locked by", "rate limit", "temporarily", "throttled", "timed out", "timeout",
        "too many requests", "try again",
    )  # fmt: skip
    """Words, in lower case, of reasons that pass by themselves: the change is sent again later."""
    created: ClassVar[Sequence[str]] = ()
    """Paths in an answer that name or count people whom the vendor created."""
    request_seconds: ClassVar[float] = 0.2
    """Seconds of one request; an estimate."""

    @classmethod
    def __pydantic_init_subclass__(cls, **options: Any) -> None:
        """Derive from the declarations what the hub asks of a class."""
        super().__pydantic_init_subclass__(**options)
        cuts = cls.batch.values()
        together = [each for kind, each in cls.batch.items() if kind != "field"]
        derived = {
            "target_kinds": frozenset(cls.batch),
            "people_at_once": max((each.people for each in cuts), default=1),
            "by_person": any(isinstance(each, PerPerson) for each in together),
            "can_read_back": cls.batch.keys() <= cls.read_back.keys(),
        }
        if vars(cls).keys() & {"batch", "read_back"}:
            for name, value in derived.items():
                if name not in vars(cls):
                    setattr(cls, name, value)

    # -- For a connector to write

    def write(self, batch: Batch) -> Response:
        """Send one batch, with `send`."""
        raise NotImplementedError(f"{type(self).__name__} writes no batch; override write")

    def verdicts(self, answer: Response, batch: Batch) -> Iterator[Outcome | Again]:  # noqa: ARG002 - for overriding
        """Yield the verdict on each edit of a batch whose request was taken.

        Override it where the answer tells them. Of an edit without a verdict nothing is believed:
        one per target is looked up among the carriers, where these can be read; any other is
        rejected, and sent again later.
        """
        return (each.applied() for each in batch.edits)

    def refused(self, answer: Response, batch: Batch) -> Iterator[Outcome | Again]:
        """Yield the verdict on each edit of a batch whose request was refused as a whole.

        Raises Unwritable where a target was deleted while it was written to.
        """
        if answer.status in NOT_THERE:
            self.check_there(batch)
        if len(batch.people) > 1:
            yield from batch.halves()
        elif answer.status in NOT_THERE:
            yield from (each.skipped() for each in batch.edits)
        elif len(batch.edits) > 1:
            yield from batch.halves()
        else:
            yield from (each.rejected(self.reason_of(answer)) for each in batch.edits)

    def deliver(self, batch: Batch) -> Iterator[Outcome | Again]:
        """Write one batch and yield its verdicts; override it where one request is not enough.

        Raises Broken where an answer says that somebody was created. Raise Unwritable where it
        says that the whole target cannot be written now: nothing more is sent to it in this push.
        """
        answer = self.write(batch)
        if any(answer.find(path) for path in self.created):
            raise Broken(
                f"{answer.where} says that it created people, which nobody asked for; look at "
                f"who was added at {self.vendor} just now, and tell whoever keeps this connector"
            )
        yield from (self.refused if answer.status >= ERRORS else self.verdicts)(answer, batch)

    def requests(self, batch: Batch) -> int:  # noqa: ARG002 - for overriding
        """Return the most requests that `deliver` sends for a batch where nothing is refused."""
        return 1

    def skip_reason(self, change: Change) -> str:  # noqa: ARG002 - for overriding
        """Return why a person is not written to, "" where they are; sends nothing."""
        return ""

    def value_of(self, change: Change, known: KnownTarget) -> Any:  # noqa: ARG002 - for overriding
        """Return a value as the vendor takes it; raises Unwritable for one that it cannot hold."""
        return change.value

    # -- For the hub

    def refusal(self, target: Target) -> str:
        """Return why a target can never be written, "" where it can."""
        return "" if target.kind in self.batch else f"{self.vendor} has no {target.kind}s"

    def cost(self, changes: Sequence[Change]) -> Cost:
        """Return the most requests that `push` needs where nothing is refused, and their seconds.

        A look-up counts once, and a target that has to be created once.
        """
        edits = [
            Edit(each, KnownTarget(each.target, each.target.name.casefold()), each.value)
            for each in changes
            if not (self.refusal(each.target) or self.skip_reason(each))
        ]
        requests = self.look_ups(edits) if edits else 0
        requests += sum(self.requests(batch) for batch in self._batches(edits))
        pace = [each.seconds / each.requests for each in self.limits
                if not (each.of or each.is_quota)]  # fmt: skip
        return Cost(requests, requests * max([self.request_seconds, *pace]))

    def push(self, changes: Sequence[Change]) -> Iterator[Outcome]:
        """Write; one outcome per change, as soon as it is known."""
        with self.one_look():
            for outcome in self._outcomes(changes):
                # A pending outcome's reason is the hub's own.
                yield outcome if outcome.result == "pending" else self._told(outcome)

    # -- Inside

    def _told(self, outcome: Outcome) -> Outcome:
        """The outcome without addresses in its reason, and whether that passes."""
        said = outcome.reason.casefold()
        passes = outcome.result == "rejected" and any(each in said for each in self.passing_reasons)
        reason = without_addresses(outcome.reason)
        return replace(outcome, reason=reason, passing=outcome.passing or passes)

    def _outcomes(self, changes: Sequence[Change]) -> Iterator[Outcome]:
        edits: list[Edit] = []
        for each in self._edits(changes):
            if isinstance(each, Edit):
                edits.append(each)
            else:
                yield each
        unsure: list[Edit] = []
        in_a_row = [0]
        for batch in self._batches(edits):
            yield from self._delivered(batch, unsure, in_a_row)
        if unsure:
            yield from self._read_back(unsure)

    def _edits(self, changes: Sequence[Change]) -> Iterator[Edit | Outcome]:
        """Yield an edit for each change that is sent, the outcome of any other."""
        writable: list[Change] = []
        for change in changes:
            if reason := self.refusal(change.target):
                yield Outcome(change, "rejected", reason)
            elif reason := self.skip_reason(change):
                yield Outcome(change, "skipped", reason)
            else:
                writable.append(change)
        targets = dict.fromkeys(each.target for each in writable)
        known = {each: self.why_not(self.known, each) for each in targets}
        missing = {target for target, found in known.items() if found is None}
        adding = {each.target: None for each in writable if each.value is not None}
        known |= {each: self.why_not(self.create, each) for each in adding if each in missing}
        places: set[tuple[str, str, str]] = set()
        for change in writable:
            if change.value is None and change.target in missing:
                # Nobody carries what is not there, or was created just now.
                yield Outcome(change, "applied")
                continue
            edit = self._edit(change, known[change.target])
            if isinstance(edit, Edit):
                kind = "" if self.one_namespace else change.target.kind
                place = change.key, kind, edit.id
                if place in places:
                    edit = edit.rejected(f"{change.target.name} is bound twice")
                places.add(place)
            yield edit

    def _edit(self, change: Change, known: KnownTarget | Unwritable | None) -> Edit | Outcome:
        try:
            if known is None or isinstance(known, Unwritable):
                raise known or Unwritable(self._unanswered)
            return Edit(change, known, self.value_of(change, known))
        except Unwritable as unwritable:
            return Outcome(change, "rejected", str(unwritable))

    def _batches(self, edits: Sequence[Edit]) -> Iterator[Batch]:
        for cut in dict.fromkeys(self.batch.values()):
            kinds = {kind for kind, each in self.batch.items() if each == cut}
            yield from cut.cut([each for each in edits if each.change.target.kind in kinds])

    def _delivered(
        self, batch: Batch, unsure: list[Edit], in_a_row: list[int]
    ) -> Iterator[Outcome]:
        """Yield the outcomes of a batch, each once; edits without one are rejected or `unsure`.

        Where so many requests were refused in a row it is not single people who are at fault.
        """
        not_sent = self._not_sent(batch, in_a_row[0])
        yield from (
            Outcome(change, "rejected", reason, passing=True) for change, reason in not_sent.items()
        )
        edits = [each for each in batch.edits if each.change not in not_sent]
        if not edits:
            return
        in_a_row[0] += 1
        left = {each.change: each for each in edits}
        again: list[Batch] = []
        for verdict in self._verdicts_on(Batch(edits)):
            if not isinstance(verdict, Again):
                if left.pop(verdict.change, None):
                    in_a_row[0] *= verdict.result != "applied"
                    yield verdict
            # The whole of it once more would be refused for ever.
            elif 0 < len(verdict.edits) < len(edits):
                own = [each for each in verdict.edits if left.pop(each.change, None)]
                again += [Batch(own)] if own else []
        for edit in left.values():
            if self.can_read_back and isinstance(self.batch[edit.change.target.kind], PerTarget):
                unsure.append(edit)
            else:
                yield edit.rejected(self._unanswered, passing=True)
        for smaller in again:
            yield from self._delivered(smaller, unsure, in_a_row)

    def _not_sent(self, batch: Batch, in_a_row: int) -> dict[Change, str]:
        """Why edits are not sent: so many were refused, or their target cannot be written."""
        if in_a_row >= MOST_REFUSALS:
            reason = f"{self.vendor} refused {MOST_REFUSALS} requests in a row; this was not sent"
            return {each.change: reason for each in batch.edits}
        closed = self._closed
        return {
            each.change: closed[each.change.target]
            for each in batch.edits
            if each.change.target in closed
        }

    def _verdicts_on(self, batch: Batch) -> Iterator[Outcome | Again]:
        try:
            yield from self.deliver(batch)
        except Unwritable as unwritable:
            self._closed.update({each.change.target: str(unwritable) for each in batch.edits})
            yield from (each.rejected(str(unwritable), passing=True) for each in batch.edits)

    @property
    def _closed(self) -> dict[Target, str]:
        """Targets that turned out to be unwritable in this push, and why."""
        return self.once("closed targets", dict[Target, str])

    def _read_back(self, unsure: Sequence[Edit]) -> Iterator[Outcome]:
        """Yield the outcomes of edits that no answer told, as their targets' carriers show them."""
        targets = [*dict.fromkeys(each.change.target for each in unsure)]
        carrying = {(target, found.key): found.value for target, found in self.carriers_of(targets)}
        for each in unsure:
            value = carrying.get((each.change.target, each.key))
            if value == each.change.value:
                yield each.applied()
            elif each.adds and value is None:
                yield each.skipped()
            else:
                yield each.rejected(self._unanswered, passing=True)

    @property
    def _unanswered(self) -> str:
        return f"{self.vendor} neither wrote it nor said why"
