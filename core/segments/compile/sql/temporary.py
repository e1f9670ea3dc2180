"""Tables that last as long as one evaluation."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from core.store.tables.types import Key

Column = sa.ColumnClause[Any]


class Temporary(sa.TableClause):
    """A table that one transaction creates, fills and drops.

    Unlike `sa.Table`, two of the same name and columns are equal to SQLAlchemy's cache: a
    statement rendered in one evaluation is not rendered again in the next.
    """

    inherit_cache = True

    def __init__(self, name: str, keys: Sequence[Column], others: Sequence[Column] = ()) -> None:
        """Name the table and its columns; `keys` are the primary key."""
        super().__init__(name, *keys, *others)
        self._keys = [each.name for each in keys]

    def create(self, transaction: sa.Connection) -> None:
        """Create the table, empty."""
        dialect = transaction.dialect
        quoted = dialect.identifier_preparer.quote
        columns = [f"{quoted(each.name)} {each.type.compile(dialect)}" for each in self.columns]
        key = ", ".join(map(quoted, self._keys))
        columns.append(f"PRIMARY KEY ({key})")
        transaction.exec_driver_sql(f"CREATE TEMPORARY TABLE {self.name} ({', '.join(columns)})")

    def drop(self, transaction: sa.Connection) -> None:
        """Drop the table."""
        transaction.exec_driver_sql(f"DROP TABLE {self.name}")


def id_column(name: str) -> Column:
    """A column that holds the number of a stored row."""
    return sa.column(name, Key)
