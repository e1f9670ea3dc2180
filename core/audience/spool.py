"""The changes of one plan, spooled to a temporary file so that memory stays flat."""

import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby, islice
from operator import attrgetter
from typing import Literal, Self

Action = Literal["enter", "update", "leave", "withdraw", "release", "forget", "settle"]
SENT_ACTIONS = ("enter", "update", "leave", "withdraw")
"""Actions that are sent to the destination; the others only change the ledger."""
CHUNK_SIZE = 5_000
"""Changes that are sent and recorded together."""


@dataclass(frozen=True)
class PlannedChange:
    """One action for one person at one target."""

    binding_index: int
    """Position of the binding in the plan."""
    action: Action
    key: str
    value: str | None = field(repr=False)
    """Value that the person should carry afterwards."""
    before: str | None = field(repr=False)
    """Value that the person carries through us now."""
    profile_id: int | None
    was_lost: bool = False
    """Whether the job that it was sent in before was lost."""
    tries: int = 0
    """Number of times in a row that it was refused before, for a reason that passes."""
    unexplained: tuple[str, ...] = ()
    """Names of segments that it removes only because facts or rules changed: the brake remembers
    them. One that is empty is the whole target."""


class Spool:
    """Changes on disk; the file has no name and vanishes when the spool is closed."""

    def __init__(self) -> None:
        """Open an empty one."""
        # An empty name is SQLite's own temporary file, removed by the system whatever happens.
        self._file = sqlite3.connect("", isolation_level=None)
        self._file.execute(
            "CREATE TABLE change (binding_index INTEGER, action TEXT, key TEXT, value TEXT,"
            " before TEXT, profile_id INTEGER, was_lost INTEGER, tries INTEGER,"
            " unexplained TEXT, is_field INTEGER)"
        )
        for table in ("held", "approved"):
            self._file.execute(
                f"CREATE TABLE {table} (binding_index INTEGER, key TEXT, action TEXT, value TEXT,"
                " PRIMARY KEY (binding_index, key))"
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Delete the changes."""
        self._file.close()

    def add(self, changes: Iterable[PlannedChange], *, is_field: bool) -> None:
        """Store the changes of one binding."""
        self._file.execute("BEGIN")
        self._file.executemany(
            "INSERT INTO change VALUES"
            " (:binding_index, :action, :key, :value, :before, :profile_id, :was_lost, :tries,"
            " :unexplained, :is_field)",
            (
                vars(change) | {"unexplained": json.dumps(change.unexplained), "is_field": is_field}
                for change in changes
            ),
        )
        self._file.execute("COMMIT")

    def drop(self, binding_index: int) -> None:
        """Delete the changes of one binding."""
        for table in ("change", "held"):
            self._file.execute(f"DELETE FROM {table} WHERE binding_index = ?", (binding_index,))  # noqa: S608 - our own words

    def approve(self, changes: Iterable[tuple[int, str, Action, str | None]]) -> None:
        """Store what a person approves: binding, key, action, value."""
        self._file.executemany("INSERT INTO approved VALUES (?, ?, ?, ?)", changes)

    def is_approved(self, change: PlannedChange) -> bool:
        """Whether a person approves exactly this change."""
        row = self._file.execute(
            "SELECT 1 FROM approved"
            " WHERE binding_index = ? AND key = ? AND action = ? AND value IS ?",
            _essence(change),
        )
        return row.fetchone() is not None

    def hold(self, change: PlannedChange) -> None:
        """Store a change that waits for approval."""
        self._file.execute("INSERT INTO held VALUES (?, ?, ?, ?)", _essence(change))

    def held(self) -> Iterator[tuple[int, str, Action, str | None]]:
        """The changes that wait for approval: binding, key, action, value."""
        yield from self._file.execute("SELECT * FROM held")

    def held_count(self, binding_index: int) -> int:
        """Number of people of one binding whose change waits for approval."""
        return self._number("held", binding_index)

    def approved_count(self, binding_index: int) -> int:
        """Number of people of one binding whose change a person approves."""
        return self._number("approved", binding_index)

    def _number(self, table: str, binding_index: int) -> int:
        row = self._file.execute(
            f"SELECT count(*) FROM {table} WHERE binding_index = ?",  # noqa: S608 - our own words
            (binding_index,),
        )
        return int(row.fetchone()[0])

    def counts(self) -> dict[tuple[int, str], int]:
        """Number of changes by binding and action."""
        rows = self._file.execute(
            "SELECT binding_index, action, count(*) FROM change GROUP BY 1, 2"
        )
        return {(binding_index, action): number for binding_index, action, number in rows}

    def sample(self, binding_index: int, actions: Collection[str], most: int) -> tuple[str, ...]:
        """The first keys of one binding with one of these actions, sorted."""
        marks = ", ".join("?" * len(actions))
        rows = self._file.execute(
            "SELECT key FROM change WHERE binding_index = ?"  # noqa: S608 - question marks alone
            f" AND action IN ({marks}) ORDER BY key LIMIT ?",
            (binding_index, *actions, most),
        )
        return tuple(key for (key,) in rows)

    def to_send(
        self, *, by_person: bool = False, people_at_once: int = 1
    ) -> Iterator[list[PlannedChange]]:
        """Changes for the destination, in chunks: tags one by one, then fields by person.

        With `by_person` everything is sorted by person, and no person is split across chunks.
        A chunk holds no fewer people than two requests name: some are put on, others taken off.
        """
        people = 2 * people_at_once
        if by_person:
            yield from self._people(people)
            return
        size = max(CHUNK_SIZE, people)
        for order in ("0 ORDER BY binding_index, rowid", "1 ORDER BY key, binding_index"):
            yield from self._chunks(f"action IN {SENT_ACTIONS} AND is_field = {order}", size)

    def ledger_only(self) -> Iterator[list[PlannedChange]]:
        """Changes that concern the ledger alone, in chunks."""
        yield from self._chunks(f"action NOT IN {SENT_ACTIONS}", CHUNK_SIZE)

    def _people(self, fewest: int) -> Iterator[list[PlannedChange]]:
        chunk: list[PlannedChange] = []
        people = 0
        changes = self._changes(f"action IN {SENT_ACTIONS} ORDER BY key, binding_index")
        for _, own in groupby(changes, key=attrgetter("key")):
            chunk += own
            people += 1
            if len(chunk) >= CHUNK_SIZE and people >= fewest:
                yield chunk
                chunk, people = [], 0
        if chunk:
            yield chunk

    def _chunks(self, condition: str, size: int) -> Iterator[list[PlannedChange]]:
        changes = self._changes(condition)
        while chunk := list(islice(changes, size)):
            yield chunk

    def _changes(self, condition: str) -> Iterator[PlannedChange]:
        rows = self._file.execute(
            "SELECT binding_index, action, key, value, before, profile_id, was_lost, tries,"  # noqa: S608 - our own words
            f" unexplained FROM change WHERE {condition}"
        )
        parsed = ((*row[:-1], tuple(json.loads(row[-1]))) for row in rows)
        return (PlannedChange(*row) for row in parsed)


def _essence(change: PlannedChange) -> tuple[int, str, Action, str | None]:
    """Binding, key, action and value: what a person approves."""
    return change.binding_index, change.key, change.action, change.value
