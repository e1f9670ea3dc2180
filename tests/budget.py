"""Number of examples of what is proved by many: a third in every run, all in `make test-all`.

SEGMENTHUB_BUDGET is unset, `full`, or `nightly` for ten times as many as in `make test`.
The seeds are in the names of the tests, so that a failure can be repeated with
`pytest tests/laws -k 'seed-17'`.
"""

import os

from hypothesis import Phase, settings

_BUDGET = os.environ.get("SEGMENTHUB_BUDGET", "")
NIGHTLY = _BUDGET == "nightly"


def _budgeted(number: int) -> int:
    """The share of a full budget that this run may spend, at least one example."""
    every_run = -(-number // 3)
    return {"full": number, "nightly": 10 * every_run}.get(_BUDGET, every_run)


def seeds(number: int, start: int = 0) -> list[int]:
    """Fixed seeds, as many as the budget has of this number."""
    return list(range(start, start + _budgeted(number)))


def at_night(number: int, quick: int) -> int:
    """The whole number at night, a few in every other run."""
    return number if NIGHTLY else quick


def examples(number: int) -> settings:
    """Examples of hypothesis, the same in every run except at night."""
    # One example is a whole shop: shrinking it would take minutes and say little more.
    return settings(
        max_examples=_budgeted(number),
        derandomize=not NIGHTLY,
        phases=(Phase.explicit, Phase.generate),
    )


def named(seed: int) -> str:
    """Name of a seed in the name of a test."""
    return f"seed-{seed}"
