"""Measures the reading of order lines from a file and tells of it."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks.csv.till import write
from benchmarks.measure import Cost, apart, best
from benchmarks.table import Ratio, megabytes, ratios, table

LINES, FEWER = 1_000_000, 250_000
ROUNDS = 2


@dataclass(frozen=True)
class Files:
    """What the same lines cost Python's csv module and the hub, and the hub a quarter of them."""

    lines: int
    floor: Cost
    read: Cost
    pull: Cost
    fewer: Cost

    def ratios(self) -> list[Ratio]:
        """What was to be reached: for the CPU no figure was set."""
        return [
            Ratio("CPU of the hub's records, read and checked / of the csv module",
                  self.read.cpu / self.floor.cpu),
            Ratio("CPU of the hub's whole pull into SQLite / of the csv module",
                  self.pull.cpu / self.floor.cpu),
            Ratio("peak memory of the pull with all the lines / with a quarter of them",
                  self.pull.peak / self.fewer.peak, "at most", 1.1),
        ]  # fmt: skip


def measure(lines: int = LINES, fewer: int = FEWER, rounds: int = ROUNDS) -> Files:
    """Read the file each way; raises where lines are missing."""
    with tempfile.TemporaryDirectory() as folder:
        file = write(Path(folder), lines)
        floor = best([apart("benchmarks.csv.floor", file) for _ in range(rounds)])
        read = apart("benchmarks.csv.hub", "read", folder)
        pull = apart("benchmarks.csv.hub", "pull", folder)
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), fewer)
        few = apart("benchmarks.csv.hub", "pull", folder)
    for cost in (floor, read, pull):
        if cost.counts["lines"] != lines:
            raise RuntimeError(f"only {cost.counts['lines']} of {lines} lines were read")
    return Files(lines, floor, read, pull, few)


def told(files: Files) -> str:
    """As tables."""
    costs = {
        "Python's csv module alone": files.floor,
        "the hub's records, read and checked": files.read,
        "the hub's whole pull into SQLite": files.pull,
    }
    rows = [
        (name, f"{cost.cpu:.1f} s", f"{files.lines / cost.cpu:,.0f}", megabytes(cost.peak))
        for name, cost in costs.items()
    ]
    headings = ("the same lines", "CPU", "lines per CPU-second", "peak memory")
    return f"{table(headings, rows)}\n\n{ratios(files.ratios())}"


def report() -> str:
    """Measure and tell."""
    return told(measure())
