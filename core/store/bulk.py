"""Many rows in few statements, so that the statements of a page do not grow with its rows."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from operator import itemgetter
from typing import Any, TypeVar

import orjson
from pydantic_core import PydanticUndefined
from sqlalchemy import (
    ARRAY,
    Boolean,
    ColumnElement,
    Connection,
    Dialect,
    Table,
    any_,
    bindparam,
    delete,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import psycopg
from sqlmodel import SQLModel

LONGEST_LIST = 10_000
"""Values in one statement; engines refuse more than about 32,000."""

ROWS_AT_ONCE = 5_000
"""Rows that are held in memory when a whole table is rewritten."""

_POSITIONAL: Mapping[str, Dialect] = {
    "sqlite": sqlite.dialect(),
    "postgresql": psycopg.dialect(paramstyle="format"),  # type: ignore[no-untyped-call]
}

_OF = "which_row"
"""The parameter that names the updated row."""

Value = TypeVar("Value")

Row = dict[str, Any]
"""One row by column name."""


def table_of(model: type[SQLModel]) -> Table:
    """The table behind a model, for statements that need no objects."""
    table = model.__table__  # type: ignore[attr-defined]
    if not isinstance(table, Table):
        raise TypeError(f"{model.__name__} is no table")
    return table


def blank(model: type[SQLModel]) -> Row:
    """A row with every column but the number at its default."""
    return dict(_defaults(model))


@cache
def _defaults(model: type[SQLModel]) -> Row:
    return {
        name: None if field.default is PydanticUndefined else field.default
        for name, field in model.model_fields.items()
        if name != "id"
    }


@lru_cache(maxsize=1_000)
def _prepared(
    table: Table, names: tuple[str, ...], engine: str, key: str | None = None
) -> tuple[str, list[tuple[str, Callable[[Any], Any] | None]]]:
    """The statement that writes these columns, and in its order the writer of each value.

    It inserts, or with a `key` updates. SQLAlchemy would inspect every value of every row, each
    time with the same result.
    """
    dialect = _POSITIONAL[engine]
    if key is None:
        compiled = insert(table).compile(dialect=dialect, column_keys=names)
    else:
        found = update(table).where(table.c[key] == bindparam(_OF, type_=table.c[key].type))
        compiled = found.compile(
            dialect=dialect, column_keys=[each for each in names if each != key]
        )
    order = [key if name == _OF and key else name for name in compiled.positiontup or ()]
    types = [table.c[name].type.dialect_impl(dialect) for name in order]
    # Both drivers accept booleans as they are.
    writers = [
        None if isinstance(each, Boolean) else each.bind_processor(dialect) for each in types
    ]
    return str(compiled), list(zip(order, writers, strict=True))


def _columns(rows: Sequence[Mapping[str, Any]]) -> dict[str, tuple[Any, ...]]:
    """Rows with the same keys, by column."""
    names = tuple(rows[0])
    # The first name is repeated: itemgetter of a single name gives values, not tuples.
    cells = zip(*map(itemgetter(*names, names[0]), rows), strict=True)
    return dict(zip(names, cells, strict=False))


def _write(
    transaction: Connection, table: Table, columns: Mapping[str, Sequence[Any]], key: str | None
) -> None:
    statement, writers = _prepared(table, tuple(columns), transaction.dialect.name, key)
    cells = [
        columns[name] if write is None else map(write, columns[name]) for name, write in writers
    ]
    transaction.exec_driver_sql(statement, list(zip(*cells, strict=True)))


def pieces(values: Collection[Value], size: int = LONGEST_LIST) -> Iterator[list[Value]]:
    """The values in lists short enough for one statement."""
    items = list(values)
    for start in range(0, len(items), size):
        yield items[start : start + size]


@lru_cache(maxsize=1_000)
def is_among(column: ColumnElement[Any], engine: str) -> ColumnElement[bool]:
    """A condition that a column is among the values of one array parameter.

    With a parameter for each value, every number of values would be a new statement to compile.
    """
    if engine == "postgresql":
        return column == any_(bindparam("among", type_=ARRAY(column.type)))
    return column.in_(select(func.json_each(bindparam("among")).table_valued("value").c.value))


def among(values: Sequence[Any], engine: str) -> Mapping[str, Any]:
    """The values of the parameter of `is_among`."""
    return {"among": values if engine == "postgresql" else orjson.dumps(values).decode()}


def rows_where(
    transaction: Connection,
    table: Table,
    column: ColumnElement[Any],
    values: Collection[Any],
    *conditions: ColumnElement[bool],
    columns: Sequence[ColumnElement[Any]] | None = None,
) -> list[Row]:
    """Rows whose column is one of the values and for which the conditions hold."""
    if not values:
        return []
    names = [each.key or "" for each in (table.c if columns is None else columns)]
    chosen = select(table) if columns is None else select(*columns)
    engine = transaction.dialect.name
    statement = chosen.where(is_among(column, engine), *conditions)
    found: list[Row] = []
    for piece in pieces(values):
        rows = transaction.execute(statement, among(piece, engine)).all()
        found += [dict(zip(names, row, strict=True)) for row in rows]
    return found


def values_where(
    transaction: Connection,
    wanted: ColumnElement[Any],
    column: ColumnElement[Any],
    values: Collection[Any],
    *conditions: ColumnElement[bool],
) -> set[Any]:
    """Distinct values of one column where another is one of `values`; nulls left out."""
    if not values:
        return set()
    engine = transaction.dialect.name
    statement = select(wanted).where(is_among(column, engine), *conditions).distinct()
    found: set[Any] = set()
    for piece in pieces(values):
        found.update(transaction.execute(statement, among(piece, engine)).scalars())
    return found - {None}


def insert_rows(transaction: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows; all have the same columns."""
    if rows:
        columns = _columns(rows)
        # A column that is empty in every row is left to its default.
        filled = {name: each for name, each in columns.items() if each.count(None) < len(rows)}
        _write(transaction, table, filled, None)


def insert_missing(transaction: Connection, table: Table, row: Mapping[str, Any]) -> None:
    """Insert a row unless its key exists; safe when two transactions do so at once."""
    if transaction.dialect.name == "postgresql":
        transaction.execute(postgresql.insert(table).values(**row).on_conflict_do_nothing())
    else:
        transaction.execute(sqlite.insert(table).values(**row).on_conflict_do_nothing())


def update_rows(
    transaction: Connection, table: Table, rows: Sequence[Mapping[str, Any]], key: str = "id"
) -> None:
    """Update rows by `key`; all have the same columns."""
    if rows:
        _write(transaction, table, _columns(rows), key)


def delete_where(
    transaction: Connection,
    table: Table,
    column: ColumnElement[Any],
    values: Collection[Any],
    *conditions: ColumnElement[bool],
) -> None:
    """Delete rows whose column is one of the values."""
    if not values:
        return
    engine = transaction.dialect.name
    statement = delete(table).where(is_among(column, engine), *conditions)
    for piece in pieces(values):
        transaction.execute(statement, among(piece, engine))


def delete_ids(transaction: Connection, table: Table, ids: Collection[int]) -> None:
    """Delete rows by their number."""
    delete_where(transaction, table, table.c.id, ids)


def new_ids(
    transaction: Connection, table: Table, count: int, *references: ColumnElement[Any]
) -> list[int]:
    """Reserve rising numbers for new rows before they are inserted.

    `references` are columns that may still name deleted rows; their numbers are not used again.
    """
    if count == 0:
        return []
    if transaction.dialect.name == "postgresql":
        taken = transaction.execute(
            text(
                "SELECT nextval(pg_get_serial_sequence(:name, 'id')) "
                "FROM generate_series(1, :count)"
            ),
            {"name": table.name, "count": count},
        )
        return sorted(taken.scalars())
    # SQLite has one writer at a time, so that the highest number stays the highest.
    highest = 0
    for column in (table.c.id, *references):
        highest = max(highest, transaction.execute(select(func.max(column))).scalar() or 0)
    return list(range(highest + 1, highest + 1 + count))
