"""How many examples the laws may cost: few in every run, many at night.

The seeds are in the names of the tests, so that a failure can be had again with
`pytest tests/laws -k 'seed-17'`.
"""

import os

from hypothesis import Phase, settings

NIGHTLY = os.environ.get("SEGMENTHUB_LAWS") == "nightly"
TIMES = 50 if NIGHTLY else 1
"""How much more is tried at night."""


def seeds(number: int, start: int = 0) -> list[int]:
    """So many fixed seeds; at night so many times more."""
    return list(range(start, start + number * TIMES))


def examples(number: int) -> settings:
    """As many examples of hypothesis, the same in every run except at night."""
    # One example is a whole shop: shrinking it would take minutes and say little more.
    return settings(
        max_examples=number * TIMES,
        derandomize=not NIGHTLY,
        phases=(Phase.explicit, Phase.generate),
    )


def named(seed: int) -> str:
    """How a seed is called in the name of a test."""
    return f"seed-{seed}"
