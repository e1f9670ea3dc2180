"""Traits and the queries that compute them: one grouped scan of a fact table gives many traits.

A trait is one aggregate over the rows of a source. Equal traits are one column, so that segments
share them. The result of a query is a temporary table with one row per profile.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql import visitors
from sqlalchemy.sql.elements import ColumnElement, True_
from sqlalchemy.sql.selectable import FromClause

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


WIDEST = 300
"""Columns of one query; beyond these the scan is split."""
MOST_JOINS = 30
"""Filters joined into one query; SQLite joins at most 64 tables."""

Expression = ColumnElement[Any]
Predicate = ColumnElement[bool]


def structure(expression: sa.ClauseElement) -> Hashable:
    """Key of an expression and its values; equal expressions have equal keys."""
    # SQLAlchemy's own cache key: rendering each expression as SQL costs many times more.
    key = expression._generate_cache_key()  # noqa: SLF001 - no public function returns it
    if key is None:
        raise TypeError(f"{type(expression).__name__} has no cache key")
    return key.key, tuple(repr(each.effective_value) for each in key.bindparams)


@dataclass(frozen=True, eq=False)
class ValueJoin:
    """Rows joined to the values of a `for_each` segment: once for every value that a row has."""

    rows: FromClause
    on: Predicate
    number: Expression
    """Number of the value, from 1."""
    values: Temporary
    """All values of the segment: `key` as rows hold it, and its `number`."""
    joins: tuple[tuple[FromClause, Predicate], ...] = ()
    """Outer joins that come before, of the values that some rows have beside their own column."""

    @property
    def matched(self) -> Predicate:
        """Whether the row has the value; an aggregate with it is computed for each value."""
        return self.number > 0

    def is_used_by(self, aggregate: Expression) -> bool:
        """Whether an aggregate depends on the value of a row."""
        return any(part is self.number for part in visitors.iterate(aggregate))


@dataclass(frozen=True, eq=False)
class FactSource:
    """Rows of facts that belong to profiles, and the conditions that all of them meet."""

    name: str
    rows: FromClause
    profile: Expression
    always: tuple[Predicate, ...] = ()
    """Conditions on every row of the source: valid, configured, not in the future."""
    joins: tuple[tuple[FromClause, Predicate], ...] = ()
    """Outer joins that only some traits need."""
    company: Expression | None = None
    """Number of the company that a row names itself; else the row is of its person's."""
    value_join: ValueJoin | None = None
    """The values of a `for_each` segment, where rows are grouped by them."""

    def joined(self, rows: FromClause, on: Predicate) -> "FactSource":
        """The same rows with one more outer join."""
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
        """The grouped scan, of everybody or of `people`.

        `people` holds all profiles of a company or none of them.
        """
        rows = self.source.rows
        for joined, on in self.joins.values():
            rows = rows.outerjoin(joined, on)
        key, value_join = self.source.profile, self.source.value_join
        if self.by_company:
            worker = sa.table("profile", sa.column("id"), sa.column("company_id")).alias("worker")
            named = self.source.company
            rows = rows.join(worker, worker.c.id == self.source.profile, isouter=named is not None)
            key = (
                worker.c.company_id
                if named is None
                else sa.func.coalesce(named, worker.c.company_id)
            )
        keys = [key.label("key")]
        if value_join is not None:
            for joined, on in value_join.joins:
                rows = rows.outerjoin(joined, on)
            rows = rows.join(value_join.rows, value_join.on)
            keys.append(value_join.number.label("number"))
        traits = [self.aggregates[n].label(column.name) for n, column in self.columns.items()]
        statement = sa.select(*keys, *traits).select_from(rows)
        statement = statement.where(key.is_not(None), *self.source.always)
        if people is not None and self.by_company and self.source.company is not None:
            staff = sa.table("profile", sa.column("id"), sa.column("company_id")).alias("staff")
            companies = sa.select(staff.c.company_id).where(staff.c.id.in_(people))
            statement = statement.where(key.in_(companies))
        elif people is not None:
            statement = statement.where(self.source.profile.in_(people))
        return statement.group_by(*(each.element for each in keys))


class AggregateQueries:
    """All aggregate queries of one evaluation."""

    def __init__(self, purpose: str = "") -> None:
        """Begin with none; `purpose` tells the tables of two simultaneous evaluations apart."""
        self._purpose = purpose
        self._by_source: dict[Hashable, list[AggregateQuery]] = {}
        self._values: dict[tuple[str, ...], Temporary] = {}
        self._created: set[str] = set()

    def all(self) -> list[AggregateQuery]:
        """Every query, in the order in which rules needed it."""
        return [each for queries in self._by_source.values() for each in queries]

    def per_person(self) -> list[AggregateQuery]:
        """Every query that has one row per profile, or per company."""
        return [each for each in self.all() if each.source.value_join is None]

    def trait(
        self, source: FactSource, aggregate: Expression, *, by_company: bool = False
    ) -> Column:
        """The column that holds the aggregate per profile; equal traits share one.

        Per profile and value, where the aggregate depends on the value of a `for_each` segment.
        """
        value_join = source.value_join
        if value_join is not None and not value_join.is_used_by(aggregate):
            source, value_join = replace(source, value_join=None), None
        joins = {structure(on): (rows, on) for rows, on in source.joins}
        values = None if value_join is None else structure(value_join.on)
        queries = self._by_source.setdefault((source.name, by_company, values), [])
        trait = (structure(aggregate), frozenset(joins))
        for each in queries:
            if trait in each.columns:
                return each.columns[trait]
        query = next(
            (
                each
                for each in queries
                if len(each.columns) < WIDEST and len(each.joins | joins) <= MOST_JOINS
            ),
            None,
        )
        if query is None:
            query = self._new(source, by_company=by_company)
            queries.append(query)
        query.joins |= joins
        column: Column = sa.column(f"t{len(query.columns)}", aggregate.type)
        query.table.append_column(column)
        query.aggregates[trait] = aggregate
        query.columns[trait] = column
        return column

    def owner(self, trait: Column) -> Column:
        """Key of the profile or company that the trait belongs to."""
        return next(each.table.c.key for each in self.all() if each.table is trait.table)

    def value_table(self, keys: Sequence[str]) -> Temporary:
        """The table of a `for_each` segment's values, numbered from 1; equal ones share one."""
        names = tuple(keys)
        if names not in self._values:
            self._values[names] = Temporary(
                f"{self._purpose}values_{len(self._values)}",
                (sa.column("key", sa.String), sa.column("number", sa.Integer)),
            )
        return self._values[names]

    def _new(self, source: FactSource, *, by_company: bool) -> AggregateQuery:
        count = sum(map(len, self._by_source.values()))
        keys = ["key"] if source.value_join is None else ["key", "number"]
        table = Temporary(f"{self._purpose}pass_{count}", [id_column(key) for key in keys])
        return AggregateQuery(replace(source, joins=()), table, by_company)

    def fill(
        self,
        transaction: sa.Connection,
        values: Mapping[str, object],
        people: sa.Select[Any] | None = None,
    ) -> None:
        """Compute every query into its table; `values` are the baselines of rows.

        Called again, it adds the rows of further `people`.
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
    """The conjunction of the conditions, without those that are always true."""
    selective = [each for each in conditions if not isinstance(each, True_)]
    return sa.and_(*selective) if selective else sa.true()


def counted(condition: Predicate) -> Expression:
    """The number of rows that meet the condition."""
    rows = sa.func.count()
    return rows if isinstance(condition, True_) else rows.filter(condition)


def summed(column: Expression, condition: Predicate) -> Expression:
    """The sum of a column over the rows that meet the condition; NULL over no rows."""
    return sa.func.sum(column, type_=sa.BigInteger).filter(condition)


def distinct(column: Expression, condition: Predicate) -> Expression:
    """The number of distinct values among the rows that meet the condition."""
    return sa.func.count(sa.distinct(column)).filter(condition)


def greatest(column: Expression, condition: Predicate) -> Expression:
    """The largest value among the rows that meet the condition."""
    return sa.func.max(column, type_=column.type).filter(condition)


def least(column: Expression, condition: Predicate) -> Expression:
    """The smallest value among the rows that meet the condition."""
    return sa.func.min(column, type_=column.type).filter(condition)
