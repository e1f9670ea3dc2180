"""What became of a step, in a sentence for a person."""

from collections.abc import Mapping

from sync.runs import COMPLETE, FAILED, HELD, RUNNING

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
"""What is counted, as a person says it after the number."""
NOTHING: Mapping[str, str] = {
    "pull": "nothing new",
    "backfill": "nothing new",
    "evaluate": "nobody moved",
    "push": "nothing to write",
}
"""What is said where nothing was counted."""
SILENT = frozenset({"fetched", "unchanged", "segments"})
"""Counts that tell a person nothing."""
RESULTS: Mapping[str, str] = {
    FAILED: "failed",
    HELD: "held",
    RUNNING: "not ended: at work, or cut off",
}


def step_summary(step: str, result: str, message: str, counts: Mapping[str, int]) -> str:
    """What a step did, and what went wrong."""
    did = counts_summary(step, counts)
    if result == COMPLETE:
        return f"{message}: {did}" if message else did
    said = ": ".join(each for each in (RESULTS.get(result, ""), message) if each)
    return f"{said} ({did})" if any(counts.get(name) for name in WORDS) else said


def counts_summary(step: str, counts: Mapping[str, int]) -> str:
    """What a step counted: `12 new, 3 changed; unknown gender 2`."""
    known = [f"{counts[name]:,} {word}" for name, word in WORDS.items() if counts.get(name)]
    others = [
        f"{name} {number:,}"
        for name, number in counts.items()
        if number and name not in WORDS and name not in SILENT
    ]
    return "; ".join(filter(None, [", ".join(known) or NOTHING.get(step, ""), ", ".join(others)]))
