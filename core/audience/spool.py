"""The moves of one plan, kept in a temporary file so that memory does not grow with them."""

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby, islice
from operator import attrgetter
from types import TracebackType
from typing import Literal, Self

Action = Literal["enter", "update", "leave", "release", "forget", "settle"]
SENT = ("enter", "update", "leave")
"""Actions that are written to the destination; the others only tidy the ledger."""
CHUNK = 5_000
"""Moves that are sent and noted together."""


@dataclass(frozen=True)
class Move:
    """One step for one person at one target."""

    place: int
    """Which binding of the plan."""
    action: Action
    key: str
    value: str | None
    """What the person should carry afterwards."""
    before: str | None
    """What the person carries through us now."""
    profile_id: int | None


class Spool:
    """Moves on disk; the file has no name and is gone when the spool is closed."""

    def __init__(self) -> None:
        """Open an empty one."""
        # An empty name is SQLite's own temporary file, removed by the system whatever happens.
        self._file = sqlite3.connect("", isolation_level=None)
        self._file.execute(
            "CREATE TABLE move (place INTEGER, action TEXT, key TEXT, value TEXT, before TEXT,"
            " profile_id INTEGER, is_field INTEGER)"
        )

    def __enter__(self) -> Self:
        """Use it in a `with` block."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """Let go of the moves."""
        self._file.close()

    def add(self, moves: Iterable[Move], *, is_field: bool) -> None:
        """Keep the moves of one binding."""
        self._file.execute("BEGIN")
        self._file.executemany(
            "INSERT INTO move VALUES"
            " (:place, :action, :key, :value, :before, :profile_id, :is_field)",
            (vars(move) | {"is_field": is_field} for move in moves),
        )
        self._file.execute("COMMIT")

    def forget(self, place: int) -> None:
        """Drop what one binding would do."""
        self._file.execute("DELETE FROM move WHERE place = ?", (place,))

    def counts(self) -> dict[tuple[int, str], int]:
        """How many moves there are of each binding and action."""
        rows = self._file.execute("SELECT place, action, count(*) FROM move GROUP BY 1, 2")
        return {(place, action): number for place, action, number in rows}

    def sample(self, place: int, action: str, most: int) -> tuple[str, ...]:
        """The first keys of one binding that take an action."""
        rows = self._file.execute(
            "SELECT key FROM move WHERE place = ? AND action = ? ORDER BY key LIMIT ?",
            (place, action, most),
        )
        return tuple(key for (key,) in rows)

    def to_send(self, *, by_person: bool = False) -> Iterator[list[Move]]:
        """What the destination is asked, in chunks: tags one by one, then fields by person.

        `by_person`: everything by person, and no person in two chunks.
        """
        if by_person:
            yield from self._people()
            return
        for order in ("0 ORDER BY place, rowid", "1 ORDER BY key, place"):
            yield from self._chunks(f"action IN {SENT} AND is_field = {order}")

    def to_tidy(self) -> Iterator[list[Move]]:
        """What only the ledger is told, in chunks."""
        yield from self._chunks(f"action NOT IN {SENT}")

    def _people(self) -> Iterator[list[Move]]:
        chunk: list[Move] = []
        moves = self._moves(f"action IN {SENT} ORDER BY key, place")
        for _, own in groupby(moves, key=attrgetter("key")):
            chunk += own
            if len(chunk) >= CHUNK:
                yield chunk
                chunk = []
        if chunk:
            yield chunk

    def _chunks(self, which: str) -> Iterator[list[Move]]:
        moves = self._moves(which)
        while chunk := list(islice(moves, CHUNK)):
            yield chunk

    def _moves(self, which: str) -> Iterator[Move]:
        rows = self._file.execute(
            f"SELECT place, action, key, value, before, profile_id FROM move WHERE {which}"  # noqa: S608 - only our own words
        )
        return (Move(*row) for row in rows)
