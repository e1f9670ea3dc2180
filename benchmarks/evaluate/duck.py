"""The hand-written statement in DuckDB, over the same rows.

Run as `python -m benchmarks.evaluate.duck FILE`; loading is not measured.
"""

import csv
import json
import re
import sqlite3
import sys
import tempfile
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.evaluate import handwritten
from benchmarks.evaluate.statements import statements
from benchmarks.measure import measured
from core.store.database import Database


def run(file: Path) -> None:
    """Load the shop, write what the segments are, and measure the writing alone."""
    with tempfile.TemporaryDirectory(dir=file.parent) as folder:
        store = duckdb.connect(str(Path(folder) / "shop.duckdb"))
        store.execute(f"SET temp_directory = '{folder}'")
        near = load(store, file, Path(folder))
        with measured():
            judge(store, near)
        digests = {table: handwritten.digest(result(store, table)) for table in handwritten.RESULTS}
        answer(file).write_text(json.dumps(digests), "utf-8")
        store.close()


def answer(file: Path) -> Path:
    """Where the digest of each table that DuckDB wrote is put down."""
    return file.with_suffix(".duck.json")


def load(store: Any, file: Path, folder: Path) -> list[str]:
    """Copy what the statement reads; returns the postcodes near its store."""
    source = sqlite3.connect(file)
    for statement in statements((files(__package__) / "duck.sql").read_text("utf-8")):
        store.execute(statement)
        made = re.search(r"CREATE TABLE (\w+) \((.*)\)", statement)
        if made is None or made[1] in handwritten.RESULTS:
            continue
        columns = ", ".join(part.split()[0] for part in made[2].split(", "))
        rows = folder / f"{made[1]}.csv"
        with rows.open("w", encoding="utf-8", newline="") as text:
            found = source.execute(f"SELECT {columns} FROM {made[1]}")  # noqa: S608 - our own names
            csv.writer(text).writerows(found)
        store.execute(f"COPY {made[1]} FROM '{rows}' (HEADER false)")
        rows.unlink()
    source.close()
    database = Database(f"sqlite:///{file}")
    with database.read() as transaction:
        near = handwritten.near_store(transaction)
    database.close()
    return near


def judge(store: Any, near: list[str]) -> None:
    """The hand-written statements, all kept or none."""
    store.execute("BEGIN")
    handwritten.prepare(store, near)
    for statement in handwritten.handwritten_statements():
        store.execute(statement, handwritten.parameters(statement))
    store.execute("COMMIT")


def result(store: Any, table: str) -> list[tuple[Any, ...]]:
    """The rows of a result table, in a stable order."""
    rows: list[tuple[Any, ...]] = store.execute(handwritten.ordered(table)).fetchall()
    return rows


if __name__ == "__main__":
    run(Path(sys.argv[1]))
