"""The answers of a destination, counted; targets of which too much went wrong need a person."""

from collections import Counter, defaultdict
from datetime import datetime

from sqlalchemy import Connection

from core.audience import ledger
from core.contract import Outcome, Result, Target
from core.log import masked_text
from core.store import findings
from core.store.findings import Finding


class Answers:
    """Counts the answers of one push."""

    def __init__(self) -> None:
        self.outcomes: Counter[str] = Counter()
        """applied, skipped, rejected, pending -> number of changes."""
        self.reasons: Counter[str] = Counter()
        """Reason why changes were skipped or rejected, or what else there is to tell of applied
        ones -> number of changes."""
        self._results: dict[Target, Counter[str]] = defaultdict(Counter)
        self._rejected: dict[Target, Counter[str]] = defaultdict(Counter)
        self._lost: dict[Target, Counter[str]] = defaultdict(Counter)

    def count(self, result: Result, reason: str = "") -> None:
        """Count a change that the destination may not have been asked about."""
        self.outcomes[result] += 1
        if result in ("skipped", "rejected") or (result == "applied" and reason):
            self.reasons[reason] += 1

    def add(self, outcome: Outcome) -> None:
        """Count the answer to one change."""
        self.count(outcome.result, outcome.reason)
        target = outcome.change.target
        self._results[target][outcome.result] += 1
        if outcome.result == "rejected" and not outcome.passing:
            self._rejected[target][outcome.reason] += 1

    def add_unwritable(self, target: Target, reason: str, number: int) -> None:
        """Count so many changes of a target that cannot be written, before anything was sent."""
        self._results[target]["rejected"] += number
        self._rejected[target][reason] += number

    def add_lost(self, target: Target, reason: str) -> None:
        """Count a change whose job was lost, and which is sent again."""
        self._lost[target][reason] += 1

    def record(
        self, transaction: Connection, connection: int, now: datetime
    ) -> dict[Target, Finding]:
        """Store and return what stands of each target until a change of it is applied.

        Either its changes were lost with their job, or every one was rejected for good.
        """
        found: dict[Target, Finding] = {}
        for target, reasons in self._lost.items():
            found[target] = _finding("unanswered", reasons)
        for target, results in self._results.items():
            place = f"{target.kind} {target.name}"
            if self._rejected[target].total() == results.total():
                found[target] = _finding("rejected", self._rejected[target])
            elif results["applied"] and findings.lift(transaction, connection, place, "rejected"):
                # The cause is gone, also for the changes that it stopped.
                ledger.retry(transaction, connection, target)
            if target not in self._lost and (results["applied"] or results["rejected"]):
                findings.lift(transaction, connection, place, "unanswered")
        for target, each in found.items():
            findings.record(transaction, connection, f"{target.kind} {target.name}", [each], now)
        return found


def _finding(kind: findings.Kind, reasons: Counter[str]) -> Finding:
    ((reason, _),) = reasons.most_common(1)
    words = masked_text(reason).rstrip(".")
    return Finding(kind, number=reasons.total(), reason=words, fails=True)
