"""Tables that last as long as one evaluation."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from core.store.tables.types import Key

Column = sa.ColumnClause[Any]


class Temporary(sa.TableClause):
    """A table that one transaction creates, fills and drops.

    The library takes two of the same name and columns for the same, unlike its own tables: a
    statement about one that it has written once it need not write at the next evaluation.
    """

    inherit_cache = True

    def __init__(self, name: str, keys: Sequence[Column], others: Sequence[Column] = ()) -> None:
        """Name it and its columns; `keys` say together which row is which."""
        super().__init__(name, *keys, *others)
        self._keys = [each.name for each in keys]

    def create(self, transaction: sa.Connection) -> None:
        """Make it, empty."""
        dialect = transaction.dialect
        quoted = dialect.identifier_preparer.quote
        columns = [f"{quoted(each.name)} {each.type.compile(dialect)}" for each in self.columns]
        key = ", ".join(map(quoted, self._keys))
        columns.append(f"PRIMARY KEY ({key})")
        transaction.exec_driver_sql(f"CREATE TEMPORARY TABLE {self.name} ({', '.join(columns)})")

    def drop(self, transaction: sa.Connection) -> None:
        """Remove it."""
        transaction.exec_driver_sql(f"DROP TABLE {self.name}")


def id_column(name: str) -> Column:
    """A column for the number of a row in the store."""
    return sa.column(name, Key)
