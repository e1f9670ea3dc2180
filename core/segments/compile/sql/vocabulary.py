"""Vocabularies: the words that a rule may compare an attribute with, fixed or held by the store."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, get_args

import sqlalchemy as sa

from core.records import Record
from core.segments.compile.sql.aggregates import Expression, Predicate


@dataclass(frozen=True, eq=False)
class StoredValues:
    """The different values of a column."""

    key: Expression
    """The value that rules compare with."""
    spelling: Expression | None = None
    """The same as stated; None where only the key is stored."""
    where: Predicate | None = None
    indexed: bool = False
    """Whether an index begins with `where` and the key, and holds the spelling."""

    def query(self) -> sa.Select[Any]:
        """Columns `key`, the values in order, and `shown`, the first spelling of each."""
        spelling = self.key if self.spelling is None else self.spelling
        where = () if self.where is None else (self.where,)
        if not self.indexed:
            columns = (self.key.label("key"), sa.func.min(spelling).label("shown"))
            rows = sa.select(*columns).where(self.key > "", *where)
            return rows.group_by(self.key).order_by(self.key)
        # A few looks into the index for each value: the cost follows the number of values, not
        # of the facts that are stored.
        first = sa.select(sa.func.min(self.key).label("key")).where(self.key > "", *where)
        values = first.cte(recursive=True)
        after = sa.select(sa.func.min(self.key)).where(self.key > values.c.key, *where)
        values = values.union_all(
            sa.select(after.scalar_subquery()).where(values.c.key.is_not(None))
        )
        shown = sa.select(sa.func.min(spelling)).where(self.key == values.c.key, *where)
        return (
            sa.select(values.c.key, shown.scalar_subquery().label("shown"))
            .where(values.c.key.is_not(None))
            .order_by(values.c.key)
        )


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """The words of an attribute."""

    key: Callable[[str], str]
    """Writes a word as rows hold it."""
    stored: tuple[StoredValues, ...] = ()
    fixed: tuple[str, ...] = ()
    """Words that are known whatever the store holds."""


def words_of(record: type[Record], field: str) -> tuple[str, ...]:
    """The words that a field of a record is limited to."""
    return tuple(_texts(record.model_fields[field].annotation))


def _texts(annotation: object) -> Iterator[str]:
    if isinstance(annotation, str):
        yield annotation
    for part in get_args(annotation):
        yield from _texts(part)
