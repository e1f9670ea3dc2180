"""The rows that a rule counts, and the populations of rows and persons they are compared with."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import Any

import sqlalchemy as sa

from core.segments.compile.sql.aggregates import (
    Column,
    Expression,
    FactSource,
    Predicate,
    ValueJoin,
    all_of,
    counted,
)
from core.segments.compile.sql.baselines import Population, Trait, Values, digest
from core.segments.compile.sql.clock import Window
from core.segments.compile.sql.comparisons import Bind, Fit, no_population
from core.segments.compile.sql.context import Compilation, EvaluationContext
from core.segments.compile.subjects.attributes import RowCondition
from core.segments.compile.subjects.orders import order_values, orders
from core.segments.compile.subjects.registry import subject_of
from core.segments.compile.subjects.subject import Subject
from core.segments.rules import ItemsRule, Measured, OrdersRule
from core.segments.rules.conditions import ForEachValues
from core.segments.rules.filters import CUSTOM
from core.segments.rules.values import Duration, Relative, Top
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
    def is_unknown(self) -> Predicate:
        """Rows whose amount is not known, because no rate is."""
        return all_of(self.subject.has_amount, self.amount.is_(None))

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
        name: subject.attribute(name).condition(each, bind)
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
    given = {name: each for name in names if (each := getattr(where, name)) is not None}
    own = given.pop("custom", {})
    return given | {CUSTOM + name: each for name, each in own.items()}


def _with_joins(source: FactSource, condition: RowCondition) -> FactSource:
    for rows, on in condition.joins:
        source = source.joined(rows, on)
    return source


def _value_join(rule: Measured, subject: Subject, compilation: Compilation) -> ValueJoin | None:
    """The join to the values of a `for_each` segment, where `where` names them."""
    for name, each in where_of(rule).items():
        if isinstance(each, ForEachValues):
            group_by = subject.attribute(name).group_by
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


_NO_POPULATION = frozenset({"average", "share", "gap"})
"""Measures that are not compared with the population."""


def row_population(rule: Measured, compilation: Compilation) -> Bind:
    """The population inside `where`: every order in the baseline's window.

    Orders without a person are included, and no other condition of `where` narrows it. Only
    orders have a population of rows.
    """
    if not isinstance(rule, OrdersRule):
        return no_population
    context = compilation.context

    def population() -> Population:
        words = _baseline_words(rule)
        values, totals = order_values(context, _baseline_window(rule, context))
        return Population(f"all orders, {words}", digest("orders", words), Values(values, totals))

    def between(low: int, high: int) -> sa.Select[Any]:
        return sa.select(ORDERS.c.profile_id).where(ORDERS.c.net_shop.between(low, high))

    return compilation.row_baselines.binder(population, between)


def person_population(
    rule: Measured,
    compilation: Compilation,
    measure_in: Callable[[Window], Column],
    compared_in: Callable[[Window], Column] | None = None,
) -> Bind:
    """The population outside `where`: persons with at least one of the rule's rows.

    `measure_in` is the trait that measures the rule's rows in a window, `compared_in` the one that
    is compared with the population where that is another.
    """
    context, queries = compilation.context, compilation.queries

    def stored(column: Column, *words: str) -> Trait:
        there = column > 0 if _is_zero_without_rows_only(rule) else column.is_not(None)
        # Conditions of `where` may be relative too, and then their population matters.
        conditions = (getattr(rule, "where", None), rule.then, rule.then_no, rule.baseline_within)
        key = digest(type(rule).__name__, rule.measure, *words, *conditions)
        return Trait(key, queries.owner(column), column, there)

    def bind(threshold: Relative | Top, fit: Fit) -> Expression:
        if rule.of or rule.measure in _NO_POPULATION:
            raise ValueError(f"`{rule.measure}` is not compared with the population")
        among = stored(measure_in(_baseline_window(rule, context)), _baseline_words(rule))
        window, words = context.window_of(rule), _window_words(rule)
        if compared_in is None:
            compared = stored(measure_in(window), words)
        else:
            compared = stored(compared_in(window), words, "known part")
        words = f"{_measure_words(rule)} per person, {_baseline_words(rule)}"
        values = Values(sa.select(among.column).where(among.there))
        population = Population(words, among.key, values, trait=among)
        return compilation.person_baselines.binder(lambda: population, compared)(threshold, fit)

    return bind


def _is_zero_without_rows_only(rule: Measured) -> bool:
    """Whether 0 means no rows; the units of some rows may sum up to 0."""
    is_units = isinstance(rule, ItemsRule) and rule.measure == "count"
    return not is_units and rule.measure not in {"total", "largest"}


def _baseline_window(rule: Measured, context: EvaluationContext) -> Window:
    """The window of the population: its own, or the rule's."""
    if rule.baseline_within is not None:
        return context.window(rule.baseline_within)
    return context.window_of(rule)


def _baseline_words(rule: Measured) -> str:
    return _window_words(rule) if rule.baseline_within is None else _words(rule.baseline_within)


def _window_words(rule: Measured) -> str:
    parts = [_words(rule.within or "ever")]
    parts += [f"before {_words(rule.before)}"] if rule.before else []
    parts += [f"from {rule.from_}"] if rule.from_ else []
    parts += [f"to {rule.to}"] if rule.to else []
    return ", ".join(parts)


def _words(duration: Duration | str) -> str:
    return duration if isinstance(duration, str) else f"{duration.count} {duration.unit}s"


def _measure_words(rule: Measured) -> str:
    where = getattr(rule, "where", None)
    filtered = "" if where is None else f" where {where.model_dump_json(exclude_none=True)}"
    followed = "".join(f" {name} orders" for name in ("then", "then_no") if getattr(rule, name))
    return f"{rule.word} {rule.measure}{filtered}{followed}"
