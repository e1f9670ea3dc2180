"""Population figures that rules compare with: averages, medians, and who has most."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement

from core.segments.rules.values import Relative, Top
from core.segments.sql.compare import Bind, Fit
from core.segments.sql.passes import written


@dataclass(frozen=True, eq=False)
class Asked:
    """One bound value that stands for a population figure."""

    name: str
    words: str
    """What was measured, for people."""
    values: sa.Select[Any]
    """The figure's population: one value per row or person, none unknown."""
    threshold: Relative | Top
    fit: Fit


@dataclass(frozen=True)
class Measured:
    """A population figure as it was found."""

    words: str
    figure: Fraction | None
    """In stored numbers; None where the population is empty."""
    population: int


class Baselines:
    """All population figures of one evaluation."""

    def __init__(self) -> None:
        """Begin with none."""
        self.asked: dict[str, Asked] = {}
        self.measured: dict[str, Measured] = {}

    def binder(self, words: str, values: sa.Select[Any]) -> Bind:
        """Stands in for a figure over `values` until it is measured."""

        def bind(threshold: Relative | Top, fit: Fit) -> ColumnElement[Any]:
            key = f"{written(values)} {threshold} {fit.__name__}"
            if key not in self.asked:
                name = f"baseline_{len(self.asked)}"
                self.asked[key] = Asked(name, words, values, threshold, fit)
            return sa.bindparam(self.asked[key].name, type_=sa.BigInteger, required=True)

        return bind

    def measure(self, transaction: sa.Connection, among: Mapping[str, Asked]) -> dict[str, Any]:
        """Measure some of the figures; the values to bind, by name."""
        return {asked.name: self._bound(transaction, asked) for asked in among.values()}

    def _bound(self, transaction: sa.Connection, asked: Asked) -> int | None:
        figure, population = _figure(transaction, asked)
        words = f"{_statistic(asked.threshold)} {asked.words}"
        self.measured[words] = Measured(words, figure, population)
        if figure is None:
            return None
        if isinstance(asked.threshold, Top):
            return int(figure)
        return asked.fit(figure * Fraction(asked.threshold.share))


def _statistic(threshold: Relative | Top) -> str:
    if isinstance(threshold, Top):
        return f"top {threshold.share * 100:f}% of"
    return f"{threshold.of} of"


def _figure(transaction: sa.Connection, asked: Asked) -> tuple[Fraction | None, int]:
    values = asked.values.subquery("population")
    value = values.c[0]
    total, count = transaction.execute(sa.select(sa.func.sum(value), sa.func.count(value))).one()
    if not count:
        return None, 0
    match asked.threshold:
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
    raise AssertionError(asked.threshold)
