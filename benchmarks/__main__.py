"""`python -m benchmarks [--record] [NAME ...]`: measure, print, and optionally write the README."""

import argparse
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from benchmarks import machine, table
from benchmarks.csv import report as csv
from benchmarks.pull import report as pull
from benchmarks.push import report as push
from benchmarks.requests import report as requests

README = Path(__file__).with_name("README.md")
MACHINE = "machine"
BENCHMARKS: Mapping[str, Callable[[], str]] = {
    "pull": pull.report,
    "csv": csv.report,
    "push": push.report,
    "requests": requests.report,
}


def main(arguments: list[str]) -> None:
    """Run the benchmarks that are named, or all."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    parser.add_argument("--record", action="store_true", help="write the tables into the README")
    chosen = parser.parse_args(arguments)
    names = chosen.names or [*BENCHMARKS]
    if unknown := [name for name in names if name not in BENCHMARKS]:
        parser.error(f"there is no benchmark {unknown[0]}; known: {', '.join(BENCHMARKS)}")
    sys.stdout.write(f"{machine.description()}\n")
    for name in names:
        made = BENCHMARKS[name]()
        sys.stdout.write(f"\n{name}\n\n{made}\n")
        sys.stdout.flush()
        if chosen.record:
            _record({MACHINE: machine.description(), name: made})


def _record(made: Mapping[str, str]) -> None:
    text = README.read_text("utf-8")
    for section, tables in made.items():
        text = table.replaced(text, section, tables)
    README.write_text(text, "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
