"""Children, and ages from birth dates."""

from fractions import Fraction
from typing import Any

import sqlalchemy as sa

from core.records import Child
from core.segments.compile.sql.aggregates import Expression, FactSource, Predicate
from core.segments.compile.sql.clock import Clock
from core.segments.compile.sql.comparisons import exactly, lower_edges, upper_edges
from core.segments.compile.sql.context import EvaluationContext
from core.segments.compile.sql.vocabulary import words_of
from core.segments.compile.sql.window_edges import BirthDates, DatedRows
from core.segments.compile.subjects.attributes import (
    Attribute,
    RowCondition,
    birthday,
    gender_key,
    text,
)
from core.segments.compile.subjects.subject import Subject
from core.segments.rules.conditions import NumberComparisons
from core.segments.rules.values import Number, Threshold
from core.store.tables import CHILDREN

OLDEST = 150
"""Greater ages are read as this one, so that no edge lies before the calendar's first year."""


def age_condition(clock: Clock, born: Expression, condition: NumberComparisons) -> Predicate:
    """Comparisons of completed years, as edges of a birth date in the digits of `yyyymmdd`.

    An older person has a smaller date: at least 30 is "born on or before the edge of 30".
    """

    def aged(years: int) -> Predicate:
        edge = clock.born_by(max(min(years, OLDEST), 0))
        return born <= edge.year * 10_000 + edge.month * 100 + edge.day

    def is_age(threshold: Threshold) -> Predicate:
        years = exactly(Fraction(_years(threshold)))
        if years is None:
            return sa.and_(born.is_not(None), sa.false())
        return sa.and_(aged(years), sa.not_(aged(years + 1)))

    edges: list[Predicate] = []
    edges += [
        aged(_ceiling(edge) if least else _floor(edge) + 1)
        for edge, least in lower_edges(condition)
    ]
    edges += [
        sa.not_(aged(_floor(edge) + 1 if most else _ceiling(edge)))
        for edge, most in upper_edges(condition)
    ]
    if condition.is_ is not None:
        edges.append(is_age(condition.is_))
    if condition.in_ is not None:
        edges.append(sa.or_(*map(is_age, condition.in_)))
    none_of = [
        *(condition.not_in or ()),
        *([condition.is_not] if condition.is_not is not None else []),
    ]
    if none_of:
        edges.append(sa.not_(sa.or_(*map(is_age, none_of))))
    if condition.known is not None:
        edges.append(born.is_not(None) if condition.known else born.is_(None))
    return sa.and_(*edges)


def _years(threshold: Threshold) -> Any:
    if not isinstance(threshold, Number):
        raise ValueError("an age is compared with a number of years")  # noqa: TRY004 - shown as a mistake of the config
    return threshold.value


def _ceiling(threshold: Threshold) -> int:
    years = _years(threshold)
    return int(-(-years // 1))


def _floor(threshold: Threshold) -> int:
    return int(_years(threshold) // 1)


def children(context: EvaluationContext) -> Subject:
    """Declared children that are born; a row that states "none" is no child."""
    born = CHILDREN.c.birth_day_number
    digits = CHILDREN.c.birth_date
    day = context.clock.day.toordinal()
    birthdays = BirthDates(
        CHILDREN.c.profile_id, None, CHILDREN.c.birth_month, CHILDREN.c.birth_day
    )
    if context.before is not None:
        # Births and birthdays since the previous evaluation.
        context.window_edges.ages(birthdays, context.before.day, context.clock.day)
    return Subject(
        context,
        FactSource(
            "children", CHILDREN, CHILDREN.c.profile_id,
            context.configured(CHILDREN.c.connection_id),
        ),
        born,
        born,
        {
            "gender": text(CHILDREN.c.gender, gender_key, words=words_of(Child, "gender")),
            "age": Attribute(
                lambda ages, _bind: RowCondition(age_condition(context.clock, digits, ages)),
                RowCondition(digits.is_not(None)),
            ),
            "birthday": birthday(context, birthdays),
        },
        counts=sa.and_(
            sa.not_(CHILDREN.c.none), sa.or_(born.is_(None), born <= day)
        ),
        stored=(DatedRows(CHILDREN.c.profile_id, None, born),),
    )  # fmt: skip
