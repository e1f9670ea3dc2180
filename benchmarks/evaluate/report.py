"""The measured scenario as tables of ratios and targets."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from benchmarks.evaluate.scenario import NEWS, Scenario
from benchmarks.table import MEGABYTE, megabytes, table

LARGE = 200_000
"""From so many customers on the targets of incremental evaluation hold."""
MOST_MEMORY = 300 * MEGABYTE
FLATNESS = 1.5
_BY_HAND = frozenset({"handwritten", "duck"})
_STEPS = {
    "first": "first evaluation",
    "full": "full evaluation again",
    "unchanged": "nothing changed",
    "apart": "one query per segment",
    "handwritten": "by hand, SQLite",
    "duck": "by hand, DuckDB",
    "edited": "one segment edited",
    "0.1 %": "new facts of 0.1 %",
    "1 %": "new facts of 1 %",
    "10 %": "new facts of 10 %",
    "again": "new facts of 0.1 %, in a hub that runs on",
    "hour": "an hour later, new facts of 0.1 %",
    "night": "a day later, new facts of 1 %",
    "medians": "three new segments with a median",
    "medians, 1 %": "with medians, new facts of 1 %",
}
"""Step -> its label."""


@dataclass(frozen=True)
class Line:
    """One row of the table: a ratio within one run, and the most that it may be."""

    what: str
    ratio: float
    beside: str
    """The step that the ratio compares with."""
    target: float | None = None

    @property
    def reached(self) -> str:
        """In one word, "" where nothing was to be reached."""
        if self.target is None:
            return ""
        return "yes" if self.ratio <= self.target else "**no**"

    def row(self, size: str) -> Sequence[str]:
        """As a row of the table."""
        target = "" if self.target is None else f"at most {self.target:.3g}"
        return (self.what, size, self.beside, f"{self.ratio:.3f}", target, self.reached)


def lines(scenario: Scenario) -> Iterator[Line]:
    """Every ratio of one size."""
    user = {name: cost.user for name, cost in scenario.costs.items()}
    targets = {"0.1 %": 0.01, "again": 0.01, "1 %": 0.05} if scenario.customers >= LARGE else {}
    yield Line(_STEPS["first"], user["first"] / user["handwritten"], _STEPS["handwritten"], 1.5)
    yield Line(_STEPS["first"], user["first"] / user["duck"], _STEPS["duck"])
    yield Line(_STEPS["first"], user["first"] / user["apart"], _STEPS["apart"], 1 / 3)
    yield Line(_STEPS["full"], user["full"] / user["first"], _STEPS["first"])
    for step in ("unchanged", "edited", *NEWS, "again", "hour", "night", "medians", "medians, 1 %"):
        yield Line(_STEPS[step], user[step] / user["full"], _STEPS["full"], targets.get(step))
    peak = max(cost.peak for name, cost in scenario.costs.items() if name not in _BY_HAND)
    yield Line(f"most memory, {megabytes(peak)}", peak / MOST_MEMORY, "300 MB", 1.0)


def per_profile(scenarios: Sequence[Scenario]) -> Iterator[Line]:
    """How the cost of one touched profile grows between the large sizes."""
    for smaller, larger in pairwise(each for each in scenarios if each.customers >= LARGE):
        each = [one.costs["1 %"].user / one.customers for one in (smaller, larger)]
        beside = f"the same of {smaller.customers:,}"
        yield Line(
            f"per profile touched, of {larger.customers:,}", each[1] / each[0], beside, FLATNESS
        )


def ratios(scenarios: Sequence[Scenario]) -> str:
    """Every ratio, as a table in Markdown."""
    rows = [
        line.row(f"{scenario.customers:,}") for scenario in scenarios for line in lines(scenario)
    ]
    rows += [line.row("") for line in per_profile(scenarios)]
    return table(("what", "customers", "beside", "ratio", "target", "reached"), rows)


def costs(scenarios: Sequence[Scenario]) -> str:
    """The costs behind the ratios, with system time, peak memory and people evaluated."""
    rows = [
        (
            _STEPS[name],
            f"{scenario.customers:,}",
            f"{cost.user:.2f}",
            f"{cost.cpu - cost.user:.2f}",
            megabytes(cost.peak),
            f"{cost.counts['looked at']:,}" if "looked at" in cost.counts else "",
        )
        for scenario in scenarios
        for name, cost in scenario.costs.items()
    ]
    return table(("what", "customers", "user CPU, s", "system CPU, s", "memory", "looked at"), rows)
