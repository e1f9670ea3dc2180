"""`python -m benchmarks.evaluate [--record] [CUSTOMERS ...]`: evaluation, size by size."""

import argparse
import sys
import tempfile
from pathlib import Path

from benchmarks import machine
from benchmarks.__main__ import README
from benchmarks.evaluate.report import costs, ratios
from benchmarks.evaluate.scenario import Scenario, run
from benchmarks.table import replaced

USUAL = (20_000, 200_000)


def main(arguments: list[str]) -> None:
    """Measure each size in a folder that is gone afterwards, and print the tables."""
    parser = argparse.ArgumentParser(prog="benchmarks.evaluate", description=__doc__)
    parser.add_argument("customers", nargs="*", type=int, default=USUAL, metavar="CUSTOMERS")
    parser.add_argument("--folder", type=Path, help="where shops are made; each is gone afterwards")
    parser.add_argument("--record", action="store_true", help="write the tables into the README")
    chosen = parser.parse_args(arguments)
    scenarios: list[Scenario] = []
    for customers in chosen.customers:
        with tempfile.TemporaryDirectory(dir=chosen.folder) as folder:
            scenarios.append(run(Path(folder) / "shop.db", customers))
        sys.stderr.write(f"{costs(scenarios[-1:])}\n")
    made = f"{ratios(scenarios)}\n\n{costs(scenarios)}"
    sys.stdout.write(f"{machine.description()}\n\n{made}\n")
    if chosen.record:
        README.write_text(replaced(README.read_text("utf-8"), "evaluate", made), "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
