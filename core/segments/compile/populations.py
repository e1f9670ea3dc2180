"""The populations that measures and amounts are compared with: rows, or persons."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from core.segments.compile.sql.aggregates import Expression
from core.segments.compile.sql.baselines import Population, Trait, Values, digest
from core.segments.compile.sql.clock import Window
from core.segments.compile.sql.comparisons import Bind, Fit, no_population
from core.segments.compile.sql.context import Compilation, EvaluationContext
from core.segments.compile.sql.temporary import Column
from core.segments.compile.subjects.orders import order_values
from core.segments.rules import ItemsRule, Measured, OrdersRule
from core.segments.rules.values import Duration, Relative, Top
from core.store.tables import ORDERS

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
    rule: Measured, compilation: Compilation, measure_in: Callable[[Window], Column]
) -> Bind:
    """The population outside `where`: persons with at least one of the rule's rows.

    `measure_in` is the trait that measures the rule's rows in a window.
    """
    context, queries = compilation.context, compilation.queries

    def stored(window: Window, words: str) -> Trait:
        column = measure_in(window)
        there = column > 0 if _is_zero_without_rows_only(rule) else column.is_not(None)
        # Conditions of `where` may be relative too, and then their population matters.
        conditions = (getattr(rule, "where", None), rule.then, rule.then_no, rule.baseline_within)
        key = digest(type(rule).__name__, rule.measure, words, *conditions)
        return Trait(key, queries.owner(column), column, there)

    def bind(threshold: Relative | Top, fit: Fit) -> Expression:
        if rule.of or rule.measure in _NO_POPULATION:
            raise ValueError(f"`{rule.measure}` is not compared with the population")
        among = stored(_baseline_window(rule, context), _baseline_words(rule))
        compared = stored(context.window_of(rule), _window_words(rule))
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
