"""Ages and children: what a birth date means at an instant."""

from fractions import Fraction
from typing import Any

import sqlalchemy as sa

from core.segments.compile.sql.aggregates import Expression, FactSource, Predicate
from core.segments.compile.sql.clock import Clock
from core.segments.compile.sql.comparisons import exactly, lower_edges, upper_edges
from core.segments.compile.sql.context import EvaluationContext
from core.segments.compile.sql.window_edges import BirthDates, DatedRows
from core.segments.compile.subjects.attributes import Attribute, RowCondition, birthday, text
from core.segments.compile.subjects.subject import Subject
from core.segments.rules.conditions import NumberComparisons
from core.segments.rules.values import Number, Threshold
from core.store.tables import CHILDREN

OLDEST = 150
"""Ages beyond this are taken for this, so that no edge lies before the first calendar year."""


def age_condition(clock: Clock, born: Expression, asked: NumberComparisons) -> Predicate:
    """Comparisons of completed years, as edges of the birth date written as year-month-day digits.

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

    found: list[Predicate] = []
    found += [
        aged(_ceiling(edge) if least else _floor(edge) + 1) for edge, least in lower_edges(asked)
    ]
    found += [
        sa.not_(aged(_floor(edge) + 1 if most else _ceiling(edge)))
        for edge, most in upper_edges(asked)
    ]
    if asked.is_ is not None:
        found.append(is_age(asked.is_))
    if asked.in_ is not None:
        found.append(sa.or_(*map(is_age, asked.in_)))
    none_of = [*(asked.not_in or ()), *([asked.is_not] if asked.is_not is not None else [])]
    if none_of:
        found.append(sa.not_(sa.or_(*map(is_age, none_of))))
    if asked.known is not None:
        found.append(born.is_not(None) if asked.known else born.is_(None))
    return sa.and_(*found)


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
    """Declared children that are born; a row that states "none" counts nowhere."""
    born = CHILDREN.c.birth_day_number
    digits = CHILDREN.c.birth_date
    day = context.clock.day.toordinal()
    birthdays = BirthDates(
        CHILDREN.c.profile_id, None, CHILDREN.c.birth_month, CHILDREN.c.birth_day
    )
    if context.before is not None:
        # Who is not born yet does not count; with the birthdays come the ages too.
        context.crossings.ages(birthdays, context.before.day, context.clock.day)
    return Subject(
        context,
        FactSource(
            "children", CHILDREN, CHILDREN.c.profile_id,
            context.configured(CHILDREN.c.connection_id),
        ),
        born,
        born,
        {
            "gender": text(CHILDREN.c.gender),
            "age": Attribute(
                lambda asked, _bind: RowCondition(age_condition(context.clock, digits, asked)),
                RowCondition(digits.is_not(None)),
            ),
            "birthday": birthday(context, birthdays),
        },
        counts=sa.and_(
            sa.not_(CHILDREN.c.none), sa.or_(born.is_(None), born <= day)
        ),
        stored=(DatedRows(CHILDREN.c.profile_id, None, born),),
    )  # fmt: skip
