"""Comparisons as SQL: true, false, or NULL for unknown, so that AND, OR and NOT are Kleene's."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement

from core.segments.compile.sql.aggregates import Expression, Predicate
from core.segments.rules import AnswersRule, NamesRule
from core.segments.rules.conditions import NumberComparisons, TextComparisons
from core.segments.rules.values import Day, Number, Relative, Share, Threshold, Top
from core.store.keys import fold

Fit = Callable[[Fraction], int]
"""How an exact threshold becomes an integer: floor or ceiling, so that >= and > stay exact."""
Bind = Callable[[Relative | Top, Fit], ColumnElement[Any]]
"""Binds a population figure that is measured later."""


def unknown() -> Predicate:
    """The unknown verdict: NULL."""
    return sa.cast(sa.null(), sa.Boolean)


def exactly(value: Fraction) -> int | None:
    """The value as an integer; None where it is a fraction."""
    return value.numerator if value.denominator == 1 else None


def text_condition(
    column: Expression,
    condition: TextComparisons,
    key: Callable[[str], str] = fold,
    *,
    loosely: Expression | None = None,
) -> Predicate:
    """All comparisons of a text column whose values are stored as `key` writes them.

    Where the column keeps case, `loosely` is the same text folded, for `contains` and
    `starts_with`.
    """
    piece, within = (key, column) if loosely is None else (fold, loosely)
    predicates: list[Predicate] = []
    if condition.is_ is not None:
        predicates.append(column == key(condition.is_))
    if condition.is_not is not None:
        predicates.append(column != key(condition.is_not))
    if condition.in_ is not None:
        predicates.append(column.in_(sorted({key(word) for word in condition.in_})))
    if condition.not_in is not None:
        predicates.append(column.not_in(sorted({key(word) for word in condition.not_in})))
    if condition.contains is not None:
        predicates.append(within.contains(piece(condition.contains), autoescape=True))
    if condition.starts_with is not None:
        predicates.append(within.startswith(piece(condition.starts_with), autoescape=True))
    if condition.known is not None:
        predicates.append(column.is_not(None) if condition.known else column.is_(None))
    return sa.and_(*predicates)


def several_texts(
    texts: AnswersRule | TextComparisons, has: Callable[..., Predicate]
) -> list[Predicate]:
    """Comparisons of texts of which a person may have several; `has` says whether any matches."""
    conditions = [
        has(**{name: value})
        for name in ("is_", "in_", "contains", "starts_with")
        if (value := getattr(texts, name)) is not None
    ]
    # None of several texts may be an excluded one.
    if ruled_out := excluded(texts):
        conditions.append(sa.not_(has(in_=ruled_out)))
    return conditions


def excluded(rule: NamesRule | AnswersRule | TextComparisons) -> tuple[str, ...]:
    """The words that a rule excludes."""
    return (*(rule.not_in or ()), *(() if rule.is_not is None else (rule.is_not,)))


def no_population(threshold: Relative | Top, _fit: Fit) -> ColumnElement[Any]:
    """Raises ValueError: the quantity is not compared with the population."""
    statistic = threshold.of if isinstance(threshold, Relative) else "top"
    raise ValueError(f"the {statistic} of the population is not known here; write a number")


@dataclass(frozen=True, eq=False)
class Quantity:
    """Something measured: a whole number at a scale, or a ratio of two."""

    value: Expression
    scale: int = 1
    """Stored units per unit of the rule language."""
    per: Expression | None = None
    """The divisor of a ratio; NULL rather than 0."""
    known_part: Expression | None = None
    """Of a sum with an unknown part: what is known of it; it may reach a threshold by itself."""
    bind_known_part: Bind | None = None
    """Binds the population figures that the known part is compared with."""

    @property
    def is_known(self) -> Predicate:
        """Whether there is a value; never unknown itself."""
        known = self.value.is_not(None)
        return known if self.per is None else sa.and_(known, self.per.is_not(None))

    def exact(self, threshold: Threshold) -> Fraction:
        """A threshold in stored units; raises ValueError for a population figure."""
        match threshold:
            case Number(value) | Share(value):
                return Fraction(value) * self.scale
            case Day(day):
                return Fraction(day.toordinal())
            case _:
                raise ValueError("a population figure is not known before it is measured")


def number_condition(quantity: Quantity, condition: NumberComparisons, bind: Bind) -> Predicate:
    """All comparisons of a measured number."""
    predicates: list[Predicate] = []
    if condition.is_ is not None:
        predicates.append(_equal(quantity, condition.is_))
    if condition.is_not is not None:
        predicates.append(sa.not_(_equal(quantity, condition.is_not)))
    if condition.in_ is not None:
        predicates.append(sa.or_(*(_equal(quantity, each) for each in condition.in_)))
    if condition.not_in is not None:
        predicates.append(sa.not_(sa.or_(*(_equal(quantity, each) for each in condition.not_in))))
    for threshold, least in lower_edges(condition):
        predicates.append(_above(quantity, threshold, bind, least=least))
    for threshold, most in upper_edges(condition):
        if isinstance(threshold, Top):
            raise ValueError("the top of the population has no upper edge; write at_least")  # noqa: TRY004 - a mistake of the config
        predicates.append(sa.not_(_above(quantity, threshold, bind, least=not most)))
    if condition.known is not None:
        known = quantity.is_known
        predicates.append(known if condition.known else sa.not_(known))
    return sa.and_(*predicates)


def lower_edges(condition: NumberComparisons) -> Iterable[tuple[Threshold, bool]]:
    """Lower thresholds, each with whether the threshold itself is included."""
    if condition.at_least is not None:
        yield condition.at_least, True
    if condition.over is not None:
        yield condition.over, False
    if condition.between is not None:
        yield condition.between[0], True


def upper_edges(condition: NumberComparisons) -> Iterable[tuple[Threshold, bool]]:
    """Upper thresholds, each with whether the threshold itself is included."""
    # v <= x is not (v > x), and v < x is not (v >= x); unknown stays unknown.
    if condition.at_most is not None:
        yield condition.at_most, True
    if condition.under is not None:
        yield condition.under, False
    if condition.between is not None:
        yield condition.between[1], True


def _above(quantity: Quantity, threshold: Threshold, bind: Bind, *, least: bool) -> Predicate:
    """At least the threshold, or over it; true too where the known part of an unknown sum is."""
    whole = _compared(quantity, threshold, bind, least=least)
    if quantity.known_part is None:
        return whole
    known = replace(quantity, value=quantity.known_part)
    bind = quantity.bind_known_part or bind
    reached = _compared(known, threshold, bind, least=least)
    return sa.or_(whole, sa.func.coalesce(reached, sa.false()))


def _compared(quantity: Quantity, threshold: Threshold, bind: Bind, *, least: bool) -> Predicate:
    """At least the threshold, or over it; exact, in integers."""
    fit: Fit = math.ceil if least else math.floor
    if isinstance(threshold, Relative | Top):
        edge = bind(threshold, fit)
        # Ties with the last of the top are included.
        return (
            quantity.value >= edge if least or isinstance(threshold, Top) else quantity.value > edge
        )
    exact = quantity.exact(threshold)
    if quantity.per is not None:
        left = quantity.value * exact.denominator
        right = quantity.per * exact.numerator
        return left >= right if least else left > right
    return quantity.value >= fit(exact) if least else quantity.value > fit(exact)


def _equal(quantity: Quantity, threshold: Threshold) -> Predicate:
    if isinstance(threshold, Relative | Top):
        raise ValueError("compare a population figure with at_least, over, at_most or under")  # noqa: TRY004 - a mistake of the config
    exact = quantity.exact(threshold)
    if quantity.per is not None:
        return quantity.value * exact.denominator == quantity.per * exact.numerator
    whole = exactly(exact)
    # No stored number is a fraction; NULL stays unknown.
    return quantity.value == whole if whole is not None else quantity.value != quantity.value
