"""Counts the requests of a push to each destination and tells of them."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import run_apart
from benchmarks.push.hub import SETUPS
from benchmarks.push.people import Scenario
from benchmarks.table import Ratio, ratios, table


@dataclass(frozen=True)
class Requests:
    """Requests to one destination."""

    name: str
    asked: int
    fewest: int
    unchanged: int
    """Requests on a day on which nobody entered or left."""

    def ratios(self) -> list[Ratio]:
        """The ratios with their targets."""
        return [
            Ratio(f"{self.name}: requests / fewest", self.asked / self.fewest, "at most", 1.15),
            Ratio(f"{self.name}: requests when nothing changed", self.unchanged, "at most", 0),
        ]


def measure(scenario: Scenario) -> list[Requests]:
    """Push to each destination, in a process of its own; raises where one ends up wrong."""
    found = []
    for name, setup in SETUPS.items():
        with tempfile.TemporaryDirectory() as folder:
            cost = run_apart(
                "benchmarks.push.hub", name, scenario.people, scenario.entering, scenario.leaving,
                Path(folder),
            )  # fmt: skip
        counts = cost.counts
        found.append(Requests(name, counts["asked"], setup.fewest(scenario), counts["unchanged"]))
    return found


def as_tables(scenario: Scenario, found: list[Requests]) -> str:
    """As tables."""
    rows = [
        (each.name, SETUPS[each.name].why, f"{each.fewest:,}", f"{each.asked:,}",
         f"{each.unchanged}")
        for each in found
    ]  # fmt: skip
    moving = f"{scenario.entering:,} enter, {scenario.leaving:,} leave"
    headings = ("destination", "the fewest that the API allows", "fewest", "sent", "unchanged")
    return "\n\n".join(
        [
            f"A list of {scenario.people:,}; {moving}.",
            table(headings, rows),
            ratios(ratio for each in found for ratio in each.ratios()),
        ]
    )


def report() -> str:
    """Measure and tell."""
    scenario = Scenario()
    return as_tables(scenario, measure(scenario))
