"""Traits and the passes that compute them: one grouped scan of a fact table gives many traits.

A trait is one aggregate over the rows of a source. Traits that read alike are one column, so
that segments share them. A pass becomes a temporary table with one row per person.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql import visitors
from sqlalchemy.sql.elements import ColumnElement, True_
from sqlalchemy.sql.selectable import FromClause

from core.segments.compile.sql.temporary import Column, Temporary, id_column

WIDEST = 300
"""Columns of one pass; beyond, the scan is split."""
MOST_JOINS = 30
"""Filters joined into one pass; SQLite joins no more than 64 tables."""

Expression = ColumnElement[Any]
Predicate = ColumnElement[bool]


def written(expression: sa.ClauseElement) -> Hashable:
    """What an expression says with its values, to see whether two are the same."""
    # The library's own key of a statement; to write each of them out as SQL costs many times more.
    key = expression._generate_cache_key()  # noqa: SLF001 - nothing public tells it
    if key is None:
        raise TypeError(f"{type(expression).__name__} cannot be told from others like it")
    return key.key, tuple(repr(each.effective_value) for each in key.bindparams)


@dataclass(frozen=True, eq=False)
class ValueJoin:
    """Rows put beside the values of a family: once for every value that a row has."""

    rows: FromClause
    on: Predicate
    number: Expression
    """Which value, from 1."""
    values: Temporary
    """Every value of the family: `key` as rows carry it, and its `number`."""

    @property
    def there(self) -> Predicate:
        """Whether the row has the value; what is asked of it is counted for each value."""
        return self.number > 0

    def counts(self, aggregate: Expression) -> bool:
        """Whether an aggregate asks which value a row has."""
        return any(part is self.number for part in visitors.iterate(aggregate))


@dataclass(frozen=True, eq=False)
class FactSource:
    """Rows that belong to people: where they stand and what always holds for them."""

    name: str
    rows: FromClause
    profile: Expression
    always: tuple[Predicate, ...] = ()
    """Conditions that every row of the source meets: valid, configured, not in the future."""
    joins: tuple[tuple[FromClause, Predicate], ...] = ()
    """Tables that only some traits need beside the rows."""
    beside: ValueJoin | None = None
    """The values of a family, where rows are told apart by them."""

    def joined(self, rows: FromClause, on: Predicate) -> "FactSource":
        """The same rows with a filter or a look-up beside them."""
        return replace(self, joins=(*self.joins, (rows, on)))


@dataclass
class AggregateQuery:
    """One grouped scan and the columns that it fills."""

    source: FactSource
    table: Temporary
    by_company: bool
    aggregates: dict[Hashable, Expression] = field(default_factory=dict)
    columns: dict[Hashable, Column] = field(default_factory=dict)
    joins: dict[Hashable, tuple[FromClause, Predicate]] = field(default_factory=dict)

    def select(self, people: sa.Select[Any] | None = None) -> sa.Select[Any]:
        """The scan itself; `people` narrows whose rows are read.

        Of people at one company all or none are named.
        """
        rows = self.source.rows
        for joined, on in self.joins.values():
            rows = rows.outerjoin(joined, on)
        key, beside = self.source.profile, self.source.beside
        if self.by_company:
            worker = sa.table("profile", sa.column("id"), sa.column("company_id")).alias("worker")
            rows = rows.join(worker, worker.c.id == self.source.profile)
            key = worker.c.company_id
        keys = [key.label("key")]
        if beside is not None:
            rows = rows.join(beside.rows, beside.on)
            keys.append(beside.number.label("number"))
        chosen = [
            self.aggregates[written].label(self.columns[written].name) for written in self.columns
        ]
        statement = sa.select(*keys, *chosen).select_from(rows)
        statement = statement.where(key.is_not(None), *self.source.always)
        if people is not None:
            statement = statement.where(self.source.profile.in_(people))
        return statement.group_by(*(each.element for each in keys))


class AggregateQueries:
    """All passes of one evaluation."""

    def __init__(self, purpose: str = "") -> None:
        """Begin with none; `purpose` names the tables where two evaluations are under way."""
        self._purpose = purpose
        self._by_source: dict[Hashable, list[AggregateQuery]] = {}
        self._values: dict[tuple[str, ...], Temporary] = {}
        self._created: set[str] = set()

    def all(self) -> list[AggregateQuery]:
        """Every pass, in the order in which rules asked for it."""
        return [each for queries in self._by_source.values() for each in queries]

    def of_persons(self) -> list[AggregateQuery]:
        """Every pass that has one row per person, or per company."""
        return [each for each in self.all() if each.source.beside is None]

    def trait(
        self, source: FactSource, aggregate: Expression, *, by_company: bool = False
    ) -> Column:
        """The column that holds the aggregate per person; an equal one is shared.

        Per person and value, where it asks which value of a family a row has.
        """
        beside = source.beside
        if beside is not None and not beside.counts(aggregate):
            source, beside = replace(source, beside=None), None
        joins = {written(on): (rows, on) for rows, on in source.joins}
        values = None if beside is None else written(beside.on)
        queries = self._by_source.setdefault((source.name, by_company, values), [])
        reading = (written(aggregate), frozenset(joins))
        for each in queries:
            if reading in each.columns:
                return each.columns[reading]
        fitting = next(
            (
                each
                for each in queries
                if len(each.columns) < WIDEST and len(each.joins | joins) <= MOST_JOINS
            ),
            None,
        )
        if fitting is None:
            fitting = self._new(source, by_company=by_company)
            queries.append(fitting)
        fitting.joins |= joins
        column: Column = sa.column(f"t{len(fitting.columns)}", aggregate.type)
        fitting.table.append_column(column)
        fitting.aggregates[reading] = aggregate
        fitting.columns[reading] = column
        return column

    def person(self, trait: Column) -> Column:
        """Whose a trait is: the key that stands beside it."""
        return next(each.table.c.key for each in self.all() if each.table is trait.table)

    def values(self, keys: Sequence[str]) -> Temporary:
        """The table of a family's values, numbered from 1 as they are named; equal ones are one."""
        names = tuple(keys)
        if names not in self._values:
            self._values[names] = Temporary(
                f"{self._purpose}values_{len(self._values)}",
                (sa.column("key", sa.String), sa.column("number", sa.Integer)),
            )
        return self._values[names]

    def _new(self, source: FactSource, *, by_company: bool) -> AggregateQuery:
        count = sum(map(len, self._by_source.values()))
        keys = ["key"] if source.beside is None else ["key", "number"]
        table = Temporary(f"{self._purpose}pass_{count}", [id_column(key) for key in keys])
        return AggregateQuery(replace(source, joins=()), table, by_company)

    def fill(
        self,
        transaction: sa.Connection,
        values: Mapping[str, object],
        people: sa.Select[Any] | None = None,
    ) -> None:
        """Compute every pass into its table, for some people; `values` are the rows' baselines.

        Who is looked at in several rounds is put beside those of the rounds before.
        """
        for keys, table in self._values.items():
            if self._create(transaction, table):
                rows = [{"key": key, "number": number} for number, key in enumerate(keys, 1)]
                transaction.execute(sa.insert(table).values(rows))
        for each in self.all():
            self._create(transaction, each.table)
            names = [column.name for column in each.table.columns]
            statement = sa.insert(each.table).from_select(names, each.select(people))
            transaction.execute(statement, dict(values))

    def drop(self, transaction: sa.Connection) -> None:
        """Remove the temporary tables."""
        for table in reversed([*self._values.values(), *(each.table for each in self.all())]):
            if table.name in self._created:
                table.drop(transaction)

    def _create(self, transaction: sa.Connection, table: Temporary) -> bool:
        if table.name in self._created:
            return False
        table.create(transaction)
        self._created.add(table.name)
        return True


def all_of(*conditions: Predicate) -> Predicate:
    """All of the conditions; what always holds is not asked of every row again."""
    asked = [each for each in conditions if not isinstance(each, True_)]
    return sa.and_(*asked) if asked else sa.true()


def counted(condition: Predicate) -> Expression:
    """How many rows meet the condition."""
    rows = sa.func.count()
    return rows if isinstance(condition, True_) else rows.filter(condition)


def summed(column: Expression, condition: Predicate) -> Expression:
    """The sum of a column over the rows that meet the condition; none where there are none."""
    return sa.func.sum(column, type_=sa.BigInteger).filter(condition)


def distinct(column: Expression, condition: Predicate) -> Expression:
    """How many different values the rows have that meet the condition."""
    return sa.func.count(sa.distinct(column)).filter(condition)


def greatest(column: Expression, condition: Predicate) -> Expression:
    """The largest value among the rows that meet the condition."""
    return sa.func.max(column, type_=column.type).filter(condition)


def least(column: Expression, condition: Predicate) -> Expression:
    """The smallest value among the rows that meet the condition."""
    return sa.func.min(column, type_=column.type).filter(condition)
