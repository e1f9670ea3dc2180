"""The answers of a push by target: one of which everything is rejected needs a person."""

from collections import Counter, defaultdict
from datetime import datetime

from sqlalchemy import Connection

from core.audience import ledger
from core.contract import Outcome, Target
from core.log import masked_text
from core.store import findings
from core.store.findings import Finding


class TargetAnswers:
    """Counts the answers of one push."""

    def __init__(self) -> None:
        self._results: dict[Target, Counter[str]] = defaultdict(Counter)
        self._reasons: dict[Target, Counter[str]] = defaultdict(Counter)

    def add(self, outcome: Outcome) -> None:
        """Count the answer to one change."""
        target = outcome.change.target
        self._results[target][outcome.result] += 1
        if outcome.result == "rejected":
            self._reasons[target][outcome.reason] += 1

    def record(
        self, transaction: Connection, connection: int, now: datetime
    ) -> dict[Target, Finding]:
        """Store and return the targets of which every change was rejected.

        Each stands in the store until a change of it is applied.
        """
        rejected: dict[Target, Finding] = {}
        for target, results in self._results.items():
            place = f"{target.kind} {target.name}"
            if results["rejected"] == results.total():
                ((reason, _),) = self._reasons[target].most_common(1)
                rejected[target] = Finding(
                    "rejected",
                    number=results["rejected"],
                    reason=masked_text(reason).rstrip("."),
                    fails=True,
                )
                findings.record(transaction, connection, place, [rejected[target]], now)
            elif results["applied"] and findings.lift(transaction, connection, place, "rejected"):
                # The cause is gone, also for the changes that it stopped.
                ledger.retry(transaction, connection, target)
        return rejected
