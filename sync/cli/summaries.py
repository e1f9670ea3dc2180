"""Summaries of steps, for people."""

from collections.abc import Mapping
from datetime import datetime

from core.store import findings
from sync.cli.output import say
from sync.findings import configured, described
from sync.hub import Hub
from sync.runs import COMPLETE, FAILED, HELD, PARTIAL, RUNNING

WORDS: Mapping[str, str] = {
    "inserted": "new",
    "updated": "changed",
    "deleted": "gone",
    "quarantined": "in quarantine",
    "suppressed": "kept out",
    "entered": "entered",
    "left": "left",
    "applied": "written",
    "skipped": "skipped",
    "rejected": "rejected",
    "pending": "not answered yet",
}
"""Count -> the word after its number."""
NOTHING: Mapping[str, str] = {
    "pull": "nothing new",
    "retry": "nothing new",
    "backfill": "nothing new",
    "evaluate": "nobody moved",
    "resolve": "nothing to ask about",
    "push": "nothing to write",
    "reconcile": "all is there",
}
"""Step -> its summary where nothing was counted."""
SILENT = frozenset({"fetched", "unchanged", "segments"})
"""Counts that are left out of summaries."""
RESULTS: Mapping[str, str] = {
    FAILED: "failed",
    HELD: "held",
    PARTIAL: "partial",
    RUNNING: "not ended: running, or killed",
}


def say_losses(hub: Hub, since: datetime) -> None:
    """Tell what reads and pushes lost from an instant on."""
    with hub.database.read() as transaction:
        found = configured(findings.stored(transaction, since), hub.config)
    for each in found:
        say(described(each, hub.config), "red" if each.finding.fails else "yellow")


def step_summary(step: str, result: str, message: str, counts: Mapping[str, int]) -> str:
    """The counts of a step, and its error."""
    summary = counts_summary(step, counts)
    if result == COMPLETE:
        return f"{message}: {summary}" if message else summary
    failure = ": ".join(each for each in (RESULTS.get(result, ""), message) if each)
    return f"{failure} ({summary})" if any(counts.get(name) for name in WORDS) else failure


def counts_summary(step: str, counts: Mapping[str, int]) -> str:
    """Counts in words: `12 new, 3 changed; unknown gender 2`."""
    known = [f"{counts[name]:,} {word}" for name, word in WORDS.items() if counts.get(name)]
    others = [
        f"{name} {number:,}"
        for name, number in counts.items()
        if number and name not in WORDS and name not in SILENT
    ]
    return "; ".join(filter(None, [", ".join(known) or NOTHING.get(step, ""), ", ".join(others)]))
