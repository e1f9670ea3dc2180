"""Python's csv module alone: every row is split into its cells and dropped.

`python -m benchmarks.csv.csv_module FILE`
"""

import csv
import sys
from pathlib import Path

from benchmarks.measure import measured


def rows(file: Path) -> int:
    """Read the file; returns its rows without the header."""
    with file.open(newline="", encoding="utf-8") as text:
        return sum(1 for _ in csv.reader(text, delimiter=";")) - 1


if __name__ == "__main__":
    with measured() as cost:
        cost.counts["lines"] = rows(Path(sys.argv[1]))
