"""The rows that a rule counts: those of its subject that meet `where` and lie in its window."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import Any

import sqlalchemy as sa

from core.segments.compile.populations import row_population
from core.segments.compile.sql.aggregates import (
    Expression,
    FactSource,
    Predicate,
    ValueJoin,
    all_of,
    counted,
)
from core.segments.compile.sql.clock import Window
from core.segments.compile.sql.context import Compilation, EvaluationContext
from core.segments.compile.sql.temporary import Column
from core.segments.compile.subjects.attributes import RowCondition
from core.segments.compile.subjects.kinds import subject_of
from core.segments.compile.subjects.orders import orders
from core.segments.compile.subjects.subject import Subject
from core.segments.rules import Measured
from core.segments.rules.conditions import ForEachValues
from core.store.tables import ORDERS


@dataclass(frozen=True, eq=False)
class CountedRows:
    """The rows that a rule counts, and the queries that aggregate them."""

    compilation: Compilation
    subject: Subject
    source: FactSource
    """The subject's rows with the joins that `where` needs."""
    where: Predicate
    window: Window
    by_company: bool = False
    conditions: Mapping[str, RowCondition] = field(default_factory=dict)
    """The compiled conditions of `where` by attribute."""

    @property
    def context(self) -> EvaluationContext:
        """The frame of the evaluation."""
        return self.compilation.context

    @property
    def amount(self) -> Expression:
        """Amount of a row in the shop's currency, in ten-thousandths."""
        if self.subject.amount is None:
            raise TypeError(f"{self.source.name} have no amounts")
        return self.subject.amount

    @property
    def inside(self) -> Predicate:
        """Rows that meet `where` and lie in the rule's window."""
        return self.inside_of(self.window)

    def inside_of(self, window: Window) -> Predicate:
        """Rows that meet `where` and lie in a window."""
        # The window comes first: it is cheap, and settles most rows.
        return all_of(self.subject.inside(window), self.where)

    def trait(self, aggregate: Expression) -> Column:
        """An aggregate over the rows, per profile; NULL where a profile has none."""
        return self.compilation.queries.trait(self.source, aggregate, by_company=self.by_company)

    def count(self, condition: Predicate) -> Expression:
        """The number of rows that meet a condition; 0 where a profile has none."""
        return sa.func.coalesce(self.trait(counted(condition)), 0)

    def joined(self) -> Any:
        """The rows with their joins, to select from in a derived table."""
        rows = self.source.rows
        for joined, on in self.source.joins:
            rows = rows.outerjoin(joined, on)
        return rows

    def unfiltered(self, *conditions: RowCondition) -> "CountedRows":
        """All rows of the subject whatever `where` says, with the joins of some conditions."""
        return replace(self, source=reduce(_with_joins, conditions, self.subject.source))


def counted_rows(rule: Measured, compilation: Compilation) -> CountedRows:
    """The rows that a rule counts."""
    context = compilation.context
    subject = subject_of(rule, context)
    bind = row_population(rule, compilation)
    conditions = {
        name: subject.attributes[name].condition(each, bind)
        for name, each in where_of(rule).items()
        if not isinstance(each, ForEachValues)
    }
    source = reduce(_with_joins, conditions.values(), subject.source)
    where = [subject.counts, *(each.condition for each in conditions.values())]
    value_join = _value_join(rule, subject, compilation)
    if value_join is not None:
        where.append(value_join.matched)
        source = replace(source, value_join=value_join)
    if rule.then or rule.then_no:
        source, ordered = _ordered_later(source, subject, context)
        where.append(ordered if rule.then else sa.not_(ordered))
    return CountedRows(
        compilation, subject, source, all_of(*where), context.window_of(rule),
        rule.of == "company", conditions,
    )  # fmt: skip


def where_of(rule: Measured) -> dict[str, Any]:
    """The conditions of a rule's `where` by attribute."""
    where = getattr(rule, "where", None)
    names = () if where is None else type(where).model_fields
    return {name: each for name in names if (each := getattr(where, name)) is not None}


def _with_joins(source: FactSource, condition: RowCondition) -> FactSource:
    for rows, on in condition.joins:
        source = source.joined(rows, on)
    return source


def _value_join(rule: Measured, subject: Subject, compilation: Compilation) -> ValueJoin | None:
    """The join to the values of a `for_each` segment, where `where` names them."""
    for name, each in where_of(rule).items():
        if isinstance(each, ForEachValues):
            group_by = subject.attributes[name].group_by
            if group_by is None:
                raise ValueError(f"rows cannot be grouped by `{name}`")
            keys = [group_by.key(value) for value in each.values]
            return group_by.join(compilation.queries.value_table(keys))
    return None


def _ordered_later(
    source: FactSource, subject: Subject, context: EvaluationContext
) -> tuple[FactSource, Predicate]:
    """Whether the person placed an order after the row."""
    placed = orders(context).source
    latest = (
        sa.select(placed.profile.label("profile_id"), sa.func.max(ORDERS.c.placed_at).label("at"))
        .where(*placed.always, *context.selected(placed.profile))
        .group_by(placed.profile)
    )
    last = context.derived(latest, "last_order")
    later = sa.func.coalesce(last.c.at > subject.at, sa.false())
    return source.joined(last, last.c.profile_id == source.profile), later
