"""Population figures that rules compare with: averages, medians and top shares."""

import hashlib
import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement

from core.segments.compile.sql.aggregates import Expression, Predicate
from core.segments.compile.sql.comparisons import Bind, Fit
from core.segments.rules.values import Relative, Top

Between = Callable[[int, int], sa.Select[Any]]
"""The profiles with a row whose value lies between two, both included."""


@dataclass(frozen=True, eq=False)
class Trait:
    """A value per person that is stored, because rules compare it with the population."""

    key: str
    """Identifies the measure, whatever the clock."""
    person: Expression
    """Key of the profile, in the same query as the value."""
    column: Expression
    there: Predicate
    """Whether the person belongs to the population."""


@dataclass(frozen=True, eq=False)
class Values:
    """The values that a figure is computed from."""

    each: sa.Select[Any]
    """One value per row or person, none of them NULL."""
    totals: sa.Select[Any] | None = None
    """Their sum and count, where these are known without reading each."""


@dataclass(frozen=True, eq=False)
class Population:
    """The rows or persons that a figure is computed over."""

    words: str
    """Description of what is measured, for people."""
    key: str
    """Identifies the population in the store, whatever the clock."""
    values: Values
    trait: Trait | None = None
    """The trait of persons; None for rows."""


ValuesOf = Callable[[Population], Values]
"""Finds the values of a population: computed, or stored."""


def computed_values(population: Population) -> Values:
    """The values as this evaluation's queries compute them."""
    return population.values


@dataclass(frozen=True, eq=False)
class BoundThreshold:
    """One bound value that stands for a population figure."""

    name: str
    key: str
    """Identifies the comparison, whatever the clock."""
    population: Population
    threshold: Relative | Top
    fit: Fit
    compared: Trait | Between
    """The side that is compared with it: a person's trait, or a value of rows."""

    def passed(self, old: int, new: int) -> tuple[int, int] | None:
        """The lowest and the highest value that compare differently with the two thresholds."""
        low, high = sorted((old, new))
        if low == high:
            return None
        # At least 5 and at least 8 differ in 5, 6, 7; over 5 and over 8 in 6, 7, 8.
        over = self.fit is math.floor and isinstance(self.threshold, Relative)
        return (low + 1, high) if over else (low, high - 1)


@dataclass(frozen=True)
class MeasuredBaseline:
    """A population figure that was measured."""

    words: str
    figure: Fraction | None
    """In stored numbers; None where the population is empty."""
    population: int


class Baselines:
    """All population figures of one evaluation."""

    def __init__(self, among: str) -> None:
        """Begin with none; `among` (rows or persons) names the bound values."""
        self._among = among
        self.thresholds: dict[str, BoundThreshold] = {}
        """Thresholds by key, whatever the clock."""
        self.measured: dict[str, MeasuredBaseline] = {}
        self.bound: dict[str, int | None] = {}
        """The measured value of each threshold, by its key; None over an empty population."""

    def binder(self, population: Callable[[], Population], compared: Trait | Between) -> Bind:
        """A function that binds a figure before it is measured."""

        def bind(threshold: Relative | Top, fit: Fit) -> ColumnElement[Any]:
            among = population()
            key = digest(among.key, threshold, fit.__name__, _key(compared))
            if key not in self.thresholds:
                name = f"among_{self._among}_{len(self.thresholds)}"
                self.thresholds[key] = BoundThreshold(name, key, among, threshold, fit, compared)
            return sa.bindparam(self.thresholds[key].name, type_=sa.BigInteger, required=True)

        return bind

    def traits(self) -> list[Trait]:
        """Every trait to store per person, each once."""
        traits: dict[str, Trait] = {}
        for bound in self.thresholds.values():
            for trait in (bound.population.trait, bound.compared):
                if isinstance(trait, Trait):
                    traits[trait.key] = trait
        return list(traits.values())

    def measure(
        self, transaction: sa.Connection, values_of: ValuesOf = computed_values
    ) -> dict[str, Any]:
        """Measure every figure; returns the values to bind, by name."""
        to_bind: dict[str, Any] = {}
        figures: dict[tuple[str, str], tuple[Fraction | None, int]] = {}
        for bound in self.thresholds.values():
            among, statistic = bound.population, _statistic(bound.threshold)
            if (among.key, statistic) not in figures:
                values = values_of(among)
                figures[among.key, statistic] = _figure(transaction, bound.threshold, values)
            figure, size = figures[among.key, statistic]
            words = f"{statistic} {among.words}"
            self.measured[words] = MeasuredBaseline(words, figure, size)
            self.bound[bound.key] = to_bind[bound.name] = _value(bound, figure)
        return to_bind


def digest(*parts: object) -> str:
    """A short hash that identifies the parts."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def _key(compared: Trait | Between) -> str:
    return compared.key if isinstance(compared, Trait) else ""


def _value(bound: BoundThreshold, figure: Fraction | None) -> int | None:
    if figure is None:
        return None
    if isinstance(bound.threshold, Top):
        return int(figure)
    return bound.fit(figure * Fraction(bound.threshold.share))


def _statistic(threshold: Relative | Top) -> str:
    if isinstance(threshold, Top):
        return f"top {threshold.share * 100:f}% of"
    return f"{threshold.of} of"


def _figure(
    transaction: sa.Connection, threshold: Relative | Top, values: Values
) -> tuple[Fraction | None, int]:
    value = values.each.subquery("population").c[0]
    totals: sa.Select[*tuple[Any, ...]] = sa.select(sa.func.sum(value), sa.func.count(value))
    total, count = transaction.execute(totals if values.totals is None else values.totals).one()
    if not count:
        return None, 0
    count = int(count)
    match threshold:
        case Relative(of="average"):
            return Fraction(int(total), count), count
        case Relative(of="median"):
            middle = sa.select(value).order_by(value).limit(2 - count % 2).offset((count - 1) // 2)
            two = [int(each) for each in transaction.execute(middle).scalars()]
            return Fraction(sum(two), len(two)), count
        case Top(share):
            last = max(math.ceil(Fraction(share) * count), 1)
            edge = sa.select(value).order_by(value.desc()).limit(1).offset(min(last, count) - 1)
            return Fraction(int(transaction.execute(edge).scalar_one())), count
    raise AssertionError(threshold)
