"""The populations that measures and amounts are compared with: rows, or persons."""

from typing import Any

import sqlalchemy as sa

from core.segments.compile.sql.baselines import Population, Trait, Values, digest
from core.segments.compile.sql.clock import Window
from core.segments.compile.sql.comparisons import Bind, no_population
from core.segments.compile.sql.context import Compilation, EvaluationContext
from core.segments.compile.sql.tables import ORDERS
from core.segments.compile.subjects.orders import order_values
from core.segments.rules import Measured, OrdersRule
from core.segments.rules.values import Duration


def row_population(rule: Measured, compilation: Compilation) -> Bind:
    """The population inside `where`: every order in the baseline's window.

    Orders without a person are included, and no other condition of `where` narrows it. Only
    orders have a population of rows.
    """
    if not isinstance(rule, OrdersRule):
        return no_population
    context = compilation.context

    def population() -> Population:
        words = baseline_words(rule)
        values, totals = order_values(context, baseline_window(rule, context))
        return Population(f"all orders, {words}", digest("orders", words), Values(values, totals))

    def between(low: int, high: int) -> sa.Select[Any]:
        return sa.select(ORDERS.c.profile_id).where(ORDERS.c.net_shop.between(low, high))

    return compilation.row_baselines.binder(population, between)


def person_population(rule: Measured, among: Trait) -> Population:
    """The population outside `where`: persons with at least one of the rule's rows."""
    words = f"{_measure_words(rule)} per person, {baseline_words(rule)}"
    values = sa.select(among.column).where(among.there)
    return Population(words, among.key, Values(values), trait=among)


def trait_key(rule: Measured, window_words: str) -> str:
    """Identifies a rule's measure in a window in the store."""
    # Conditions of `where` may be relative too, and then their population matters.
    conditions = (getattr(rule, "where", None), rule.then, rule.then_no, rule.baseline_within)
    return digest(type(rule).__name__, rule.measure, window_words, *conditions)


def baseline_window(rule: Measured, context: EvaluationContext) -> Window:
    """The window of the population: its own, or the rule's."""
    if rule.baseline_within is not None:
        return context.window(rule.baseline_within)
    return context.window_of(rule)


def baseline_words(rule: Measured) -> str:
    """The window of the population in words."""
    return window_words(rule) if rule.baseline_within is None else _words(rule.baseline_within)


def window_words(rule: Measured) -> str:
    """The rule's window in words."""
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
