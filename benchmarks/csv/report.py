"""Measure the reading of order lines from a file, and report."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks.csv.till import write
from benchmarks.measure import Cost, best, run_apart
from benchmarks.table import Ratio, megabytes, ratios, table

LINES, FEWER = 1_000_000, 250_000
ROUNDS = 2


@dataclass(frozen=True)
class Files:
    """Costs of the same lines for Python's csv module and the hub, and of a quarter for the hub."""

    lines: int
    csv_module: Cost
    read: Cost
    pull: Cost
    fewer: Cost

    def ratios(self) -> list[Ratio]:
        """The ratios; CPU has no targets."""
        return [
            Ratio("CPU of the hub's records, read and checked / of the csv module",
                  self.read.cpu / self.csv_module.cpu),
            Ratio("CPU of the hub's whole pull into SQLite / of the csv module",
                  self.pull.cpu / self.csv_module.cpu),
            Ratio("peak memory of the pull with all the lines / with a quarter of them",
                  self.pull.peak / self.fewer.peak, "at most", 1.1),
        ]  # fmt: skip


def measure(lines: int = LINES, fewer: int = FEWER, rounds: int = ROUNDS) -> Files:
    """Read the file each way; raises where lines are missing."""
    with tempfile.TemporaryDirectory() as folder:
        file = write(Path(folder), lines)
        csv_module = best([run_apart("benchmarks.csv.csv_module", file) for _ in range(rounds)])
        read = run_apart("benchmarks.csv.hub", "read", folder)
        pull = run_apart("benchmarks.csv.hub", "pull", folder)
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), fewer)
        few = run_apart("benchmarks.csv.hub", "pull", folder)
    for cost in (csv_module, read, pull):
        if cost.counts["lines"] != lines:
            raise RuntimeError(f"only {cost.counts['lines']} of {lines} lines were read")
    return Files(lines, csv_module, read, pull, few)


def as_tables(files: Files) -> str:
    """The measurements as tables."""
    costs = {
        "Python's csv module alone": files.csv_module,
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
    """Measure and report."""
    return as_tables(measure())
