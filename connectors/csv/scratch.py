"""Rows sorted on disk, so that memory does not grow with a file."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import groupby, islice
from operator import itemgetter

SORTING_MEMORY = 16 * 1024
"""KiB that SQLite may keep of the rows."""

Kept = tuple[str | None, ...]
"""Key, column at fault or None, reason or None, cells, place."""


class Scratch:
    """A private file that lives as long as one read."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Take the open file."""
        self._connection = connection
        self._insert = ""
        self._has_seen = False

    def new(self, width: int) -> None:
        """Prepare for rows of so many values, the first of which is their key."""
        names = ", ".join(f"c{number}" for number in range(width))
        self._connection.execute(f"CREATE TABLE kept ({names})")
        self._insert = f"INSERT INTO kept VALUES ({', '.join('?' * width)})"  # noqa: S608 - marks

    def keep(self, rows: Iterable[Kept]) -> None:
        """Put rows away."""
        self._connection.executemany(self._insert, rows)

    def groups(self, most: int) -> Iterator[Sequence[Kept]]:
        """All rows with one key together, in the order in which they were put away.

        Of a group larger than `most`, one row more than that; the rest is passed over.
        """
        rows = self._connection.execute("SELECT * FROM kept ORDER BY c0, rowid")
        for _, group in groupby(rows, key=itemgetter(0)):
            yield list(islice(group, most + 1))

    def first(self, key: str, value: str) -> str | None:
        """The value that came first with a key; None where this one is the first."""
        if not self._has_seen:
            self._connection.execute(
                "CREATE TABLE seen (key TEXT PRIMARY KEY, value) WITHOUT ROWID"
            )
            self._has_seen = True
        row = (key, value)
        inserted = self._connection.execute("INSERT OR IGNORE INTO seen VALUES (?, ?)", row)
        if inserted.rowcount == 1:
            return None
        found = self._connection.execute("SELECT value FROM seen WHERE key = ?", (key,))
        return str(found.fetchone()[0])


@contextmanager
def scratch() -> Iterator[Scratch]:
    """SQLite's nameless temporary file: private, and gone even after a killed process."""
    with closing(sqlite3.connect("", isolation_level=None)) as connection:
        # Nothing here outlives the read, so nothing needs to survive a crash.
        for setting in ("journal_mode = OFF", "synchronous = OFF", "temp_store = FILE"):
            connection.execute(f"PRAGMA {setting}")
        connection.execute(f"PRAGMA cache_size = -{SORTING_MEMORY}")
        connection.execute("BEGIN")
        yield Scratch(connection)
