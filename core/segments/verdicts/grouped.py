"""Verdicts about the members of a family that are judged together: by person and value."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql import visitors

from core.segments.compile.sql.aggregates import (
    AggregateQueries,
    AggregateQuery,
    Expression,
    Predicate,
)
from core.segments.compile.sql.tables import PROFILES
from core.segments.compile.sql.temporary import Temporary, id_column

Chosen = Callable[[Expression], Predicate]
"""Tells from a verdict whether its row is wanted."""
_NO_VALUE = 0
"""The number that stands for every value of which a person has no row; others count from 1."""


@dataclass(frozen=True, eq=False)
class GroupedVerdicts:
    """Who is a member for which value (true) and where that is unknown (NULL), a row for each.

    What holds for a person and every value without rows stands once, as that of no value.
    """

    table: Temporary
    names: tuple[str, ...]
    """The segments, in the order of their values."""
    queries: Sequence[AggregateQuery]
    """Those by person and value; they tell of which values a person has rows."""

    def held(self, name: str) -> sa.Select[Any]:
        """The members of one segment."""
        number = sa.literal(self.names.index(name) + 1, sa.BigInteger)
        mine = sa.or_(self.table.c.number == number, self._is_without_rows(number))
        return sa.select(self.table.c.profile_id).where(mine, self.table.c.holds)

    def rows(self, numbers: Mapping[str, int], chosen: Chosen) -> Iterator[sa.CompoundSelect[Any]]:
        """Number of the segment, profile and verdict, of the chosen verdicts."""
        columns = sa.column("number", sa.BigInteger), sa.column("segment_id", sa.BigInteger)
        named = [(number, numbers[name]) for number, name in enumerate(self.names, 1)]
        members = sa.values(*columns, name="members").data(named).cte("members")
        here = self.table.c.number == members.c.number
        elsewhere = self._is_without_rows(members.c.number)
        row = members.c.segment_id, self.table.c.profile_id, self.table.c.holds
        yield sa.union_all(
            *(
                sa.select(*row).join_from(members, self.table, on).where(chosen(self.table.c.holds))
                for on in (here, elsewhere)
            )
        )

    def _is_without_rows(self, number: Expression) -> Predicate:
        """Whether a verdict is that of no value, and the person has no row of this one."""
        found = [
            sa.exists().where(
                each.table.c.key == self.table.c.profile_id, each.table.c.number == number
            )
            for each in self.queries
        ]
        return sa.and_(self.table.c.number == _NO_VALUE, sa.not_(sa.or_(*found)))


def queries_used(queries: AggregateQueries, verdict: Predicate) -> list[AggregateQuery]:
    """The passes that a verdict looks at."""
    asked = {part.table for part in visitors.iterate(verdict) if isinstance(part, sa.ColumnClause)}
    return [each for each in queries.all() if each.table in asked]


def compute_grouped_verdicts(
    transaction: sa.Connection,
    name: str,
    names: Sequence[str],
    verdict: Predicate,
    queries: Sequence[AggregateQuery],
    values: Mapping[str, Any],
    people: sa.Select[Any] | None,
) -> GroupedVerdicts:
    """The verdicts about everybody, or about some people, in a temporary table called `name`.

    A pair with rows is judged by these. Of all other values a person has no row, so that one
    verdict is about them all.
    """
    keys = sa.column("number", sa.Integer), id_column("profile_id")
    table = Temporary(name, keys, [sa.column("holds", sa.Boolean)])
    table.create(transaction)
    judged = _judged(verdict, queries, people)
    standing = sa.select(*judged.c).where(sa.or_(judged.c.holds, judged.c.holds.is_(None)))
    columns = ["number", "profile_id", "holds"]
    transaction.execute(sa.insert(table).from_select(columns, standing), values)
    return GroupedVerdicts(table, tuple(names), _of_values(queries))


def _judged(
    verdict: Predicate, queries: Sequence[AggregateQuery], people: sa.Select[Any] | None
) -> sa.Subquery:
    of_values = _of_values(queries)
    chosen = [
        *(sa.select(each.table.c.key, each.table.c.number) for each in of_values),
        sa.select(PROFILES.c.id, sa.literal(_NO_VALUE, sa.BigInteger)),
    ]
    if people is not None:
        chosen = [each.where(each.selected_columns[0].in_(people)) for each in chosen]
    pairs = sa.union(*chosen).subquery("pair")
    joined: Any = pairs.join(PROFILES, PROFILES.c.id == pairs.c.key)
    for each in queries:
        key = PROFILES.c.company_id if each.by_company else PROFILES.c.id
        here = each.table.c.key == key
        if each in of_values:
            here = sa.and_(here, each.table.c.number == pairs.c.number)
        joined = joined.outerjoin(each.table, here)
    holds = sa.type_coerce(verdict, sa.Boolean).label("holds")
    return sa.select(pairs.c.number, PROFILES.c.id, holds).select_from(joined).subquery("judged")


def _of_values(queries: Sequence[AggregateQuery]) -> list[AggregateQuery]:
    return [each for each in queries if each.source.value_join is not None]
