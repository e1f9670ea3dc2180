"""Population figures that rules compare with: averages, medians, and who has most."""

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
"""The profiles with a row whose value lies between two, both ends in."""


@dataclass(frozen=True, eq=False)
class Trait:
    """A person's value that is kept, because somebody is compared with everybody."""

    key: str
    """What is measured, whatever the clock."""
    person: Expression
    """Whose it is; beside the value, in the same pass."""
    column: Expression
    there: Predicate
    """Whether the person belongs to the population."""


@dataclass(frozen=True, eq=False)
class Values:
    """What a figure is made of."""

    each: sa.Select[Any]
    """One value per row or person, none unknown."""
    totals: sa.Select[Any] | None = None
    """Their sum and their number, where that is told without looking at each."""


@dataclass(frozen=True, eq=False)
class Population:
    """Those whose values make a figure: rows, or persons."""

    words: str
    """What is measured, for people."""
    key: str
    """The same whatever the clock, for the store."""
    values: Values
    trait: Trait | None = None
    """Where they are persons."""


ValuesOf = Callable[[Population], Values]
"""Where the values of a population stand."""


def computed_values(population: Population) -> Values:
    """The values as rules ask for them."""
    return population.values


@dataclass(frozen=True, eq=False)
class BoundThreshold:
    """One bound value that stands for a population figure."""

    name: str
    key: str
    """What it stands for, whatever the clock."""
    population: Population
    threshold: Relative | Top
    fit: Fit
    compared: Trait | Between
    """What is held against it: a person's trait, or a value of rows."""

    def passed(self, old: int, new: int) -> tuple[int, int] | None:
        """The lowest and the highest value to which the two mean different things."""
        low, high = sorted((old, new))
        if low == high:
            return None
        # At least 5 and at least 8 differ in 5, 6, 7; over 5 and over 8 in 6, 7, 8.
        over = self.fit is math.floor and isinstance(self.threshold, Relative)
        return (low + 1, high) if over else (low, high - 1)


@dataclass(frozen=True)
class MeasuredBaseline:
    """A population figure as it was found."""

    words: str
    figure: Fraction | None
    """In stored numbers; None where the population is empty."""
    population: int


class Baselines:
    """All population figures of one evaluation."""

    def __init__(self, among: str) -> None:
        """Begin with none; `among` whom they are measured, for the names of the values."""
        self._among = among
        self.asked: dict[str, BoundThreshold] = {}
        """By what is asked, whatever the clock."""
        self.measured: dict[str, MeasuredBaseline] = {}
        self.bound: dict[str, int | None] = {}
        """What each bound value came to, by the key of what asked."""

    def binder(self, population: Callable[[], Population], compared: Trait | Between) -> Bind:
        """Stands in for a figure until it is measured; made only where a rule asks for it."""

        def bind(threshold: Relative | Top, fit: Fit) -> ColumnElement[Any]:
            among = population()
            key = digest(among.key, threshold, fit.__name__, _key(compared))
            if key not in self.asked:
                name = f"among_{self._among}_{len(self.asked)}"
                self.asked[key] = BoundThreshold(name, key, among, threshold, fit, compared)
            return sa.bindparam(self.asked[key].name, type_=sa.BigInteger, required=True)

        return bind

    def traits(self) -> list[Trait]:
        """Every trait that must be kept per person, once."""
        found: dict[str, Trait] = {}
        for asked in self.asked.values():
            for trait in (asked.population.trait, asked.compared):
                if isinstance(trait, Trait):
                    found[trait.key] = trait
        return list(found.values())

    def measure(
        self, transaction: sa.Connection, told: ValuesOf = computed_values
    ) -> dict[str, Any]:
        """Measure every figure; what to bind, by name."""
        found: dict[str, Any] = {}
        figures: dict[tuple[str, str], tuple[Fraction | None, int]] = {}
        for asked in self.asked.values():
            among, statistic = asked.population, _statistic(asked.threshold)
            if (among.key, statistic) not in figures:
                figures[among.key, statistic] = _figure(transaction, asked.threshold, told(among))
            figure, size = figures[among.key, statistic]
            words = f"{statistic} {among.words}"
            self.measured[words] = MeasuredBaseline(words, figure, size)
            self.bound[asked.key] = found[asked.name] = _bound(asked, figure)
        return found


def digest(*parts: object) -> str:
    """A short name for what these say."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def _key(compared: Trait | Between) -> str:
    return compared.key if isinstance(compared, Trait) else ""


def _bound(asked: BoundThreshold, figure: Fraction | None) -> int | None:
    if figure is None:
        return None
    if isinstance(asked.threshold, Top):
        return int(figure)
    return asked.fit(figure * Fraction(asked.threshold.share))


def _statistic(threshold: Relative | Top) -> str:
    if isinstance(threshold, Top):
        return f"top {threshold.share * 100:f}% of"
    return f"{threshold.of} of"


def _figure(
    transaction: sa.Connection, threshold: Relative | Top, values: Values
) -> tuple[Fraction | None, int]:
    value = values.each.subquery("population").c[0]
    looked: sa.Select[*tuple[Any, ...]] = sa.select(sa.func.sum(value), sa.func.count(value))
    total, count = transaction.execute(looked if values.totals is None else values.totals).one()
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
