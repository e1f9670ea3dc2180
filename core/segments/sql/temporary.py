"""Tables that last as long as one evaluation."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.schema import CreateTable, DropTable

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
        self._keys = {each.name for each in keys}

    def create(self, transaction: sa.Connection) -> None:
        """Make it, empty."""
        columns = [
            sa.Column(
                each.name, each.type, primary_key=each.name in self._keys, autoincrement=False
            )
            for each in self.columns
        ]
        table = sa.Table(self.name, sa.MetaData(), *columns, prefixes=["TEMPORARY"])
        transaction.execute(CreateTable(table))

    def drop(self, transaction: sa.Connection) -> None:
        """Remove it."""
        transaction.execute(DropTable(sa.Table(self.name, sa.MetaData())))


def id_column(name: str) -> Column:
    """A column for the number of a row in the store."""
    return sa.column(name, Key)
