"""Another engine that runs the same statements over the same rows, as they are run."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import duckdb
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from core.store.tables import METADATA

_DIALECT = postgresql.dialect(paramstyle="qmark")  # type: ignore[no-untyped-call]  # its own omission


class DuckDBReplay:
    """DuckDB with the rows of a store; it repeats what is said about temporary tables."""

    def __init__(self, transaction: sa.Connection) -> None:
        """Copy every table, without its keys."""
        self._duck = duckdb.connect()
        self._duck.execute("SET TimeZone = 'UTC'")
        self.compared: Counter[str] = Counter()
        """How many rows of temporary tables were found equal, by table."""
        for table in METADATA.sorted_tables:
            self._copy(transaction, table)

    def close(self) -> None:
        """Let everything go."""
        self._duck.close()

    @contextmanager
    def following(self, transaction: sa.Connection) -> Iterator[None]:
        """Repeat what is done to temporary tables, and compare them before they are dropped."""
        sa.event.listen(transaction, "after_execute", self._repeat)
        sa.event.listen(transaction, "before_cursor_execute", self._create_or_drop)
        yield
        sa.event.remove(transaction, "after_execute", self._repeat)
        sa.event.remove(transaction, "before_cursor_execute", self._create_or_drop)

    def _copy(self, transaction: sa.Connection, table: sa.Table) -> None:
        columns = [
            (column.name, str(column.type.compile(dialect=_DIALECT))) for column in table.columns
        ]
        declared = ", ".join(f'"{name}" {kind}' for name, kind in columns)
        self._duck.execute(f'CREATE TABLE "{table.name}" ({declared})')
        names = ", ".join(f'"{name}"' for name, _ in columns)
        rows = transaction.execute(sa.text(f'SELECT {names} FROM "{table.name}"')).all()
        if rows:
            lists = ", ".join(f"unnest(?::{kind}[])" for _, kind in columns)
            values = [list(column) for column in zip(*rows, strict=True)]
            self._duck.execute(f'INSERT INTO "{table.name}" SELECT {lists}', values)

    def _repeat(self, _connection: sa.Connection, statement: Any, *more: Any) -> None:
        if not _is_temporary(statement):
            return
        compiled = statement.compile(dialect=_DIALECT)
        bound = more[-1].context.compiled_parameters[0]
        # Whatever the statement does not bring along was bound when it was run.
        given = {name: bound[name] for name, bind in compiled.binds.items() if bind.required}
        state = compiled.construct_expanded_state(given)
        as_stored = {**compiled._bind_processors, **state.processors}
        values = [
            as_stored[name](state.parameters[name]) if name in as_stored else state.parameters[name]
            for name in state.positiontup
        ]
        self._duck.execute(state.statement, values)

    def _create_or_drop(
        self, connection: sa.Connection, _cursor: Any, statement: str, *_: Any
    ) -> None:
        if statement.startswith("CREATE TEMPORARY TABLE"):
            self._duck.execute(statement)
        elif statement.startswith("DROP TABLE"):
            self._compare(connection, statement.removeprefix("DROP TABLE "))
            self._duck.execute(statement)

    def _compare(self, connection: sa.Connection, name: str) -> None:
        ours = connection.exec_driver_sql(f'SELECT * FROM "{name}"').all()
        theirs = self._duck.execute(f'SELECT * FROM "{name}"').fetchall()
        assert sorted(map(_plain, ours)) == sorted(map(_plain, theirs)), name
        self.compared[name] += len(ours)


def _is_temporary(statement: Any) -> bool:
    is_writing = isinstance(statement, sa.Insert | sa.Delete | sa.Update)
    return is_writing and statement.table.name not in METADATA.tables


def _plain(row: Any) -> tuple[tuple[bool, str], ...]:
    """A row as it sorts: unknown last, truth values as numbers."""
    return tuple(
        (value is None, str(int(value) if isinstance(value, bool) else value)) for value in row
    )
