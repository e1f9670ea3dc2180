"""Rules about a person's age, birthday and first appearance, which the passing of time changes."""

from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa

from core.segments.compile.sql.aggregates import Predicate
from core.segments.compile.sql.comparisons import Quantity, no_population, number_condition, unknown
from core.segments.compile.sql.context import EvaluationContext
from core.segments.compile.sql.window_edges import BirthDates, DatedRows
from core.segments.compile.subjects.attributes import has_birthday
from core.segments.compile.subjects.people import age_condition
from core.segments.compile.subjects.subject import lies
from core.segments.rules import FieldRule
from core.store.tables import PROFILES

_BORN = BirthDates(
    PROFILES.c.id, PROFILES.c.birth_year, PROFILES.c.birth_month, PROFILES.c.birth_day
)
_CREATED = DatedRows(PROFILES.c.id, PROFILES.c.created_at, PROFILES.c.created_day)


def _age(rule: FieldRule, context: EvaluationContext) -> Predicate:
    """Where only the birth year is known: unknown unless both possible ages agree."""
    year, month, day = PROFILES.c.birth_year, PROFILES.c.birth_month, PROFILES.c.birth_day
    first = year * 10_000 + sa.func.coalesce(month, 1) * 100 + sa.func.coalesce(day, 1)
    last = year * 10_000 + sa.func.coalesce(month, 12) * 100 + sa.func.coalesce(day, 31)
    if context.before is not None:
        context.window_edges.ages(_BORN, context.before.day, context.clock.day)
    comparisons = rule.numbers
    if comparisons is None:
        return unknown()
    older = age_condition(context.clock, first, comparisons)
    younger = age_condition(context.clock, last, comparisons)
    return sa.case((older == younger, older))


def _birthday(rule: FieldRule, context: EvaluationContext) -> Predicate:
    conditions: list[Predicate] = []
    if rule.within_next is not None:
        conditions.append(has_birthday(context, _BORN, rule.within_next))
    if rule.known is not None:
        has_day = PROFILES.c.birth_day.is_not(None)
        conditions.append(has_day if rule.known else sa.not_(has_day))
    return sa.and_(*conditions) if conditions else unknown()


def _birth_month(rule: FieldRule, context: EvaluationContext) -> Predicate:
    this_month = context.clock.day.month

    def month(word: Any) -> int:
        return this_month if word == "this month" else int(word)

    column = PROFILES.c.birth_month
    if context.before is not None and context.before.day.month != this_month:
        turned = (context.before.day.month, this_month)
        codes = {each * 100 + day for each in turned for day in range(1, 32)}
        context.window_edges.birthdays(_BORN, codes)
    conditions: list[Predicate] = []
    if rule.is_ is not None:
        conditions.append(column == month(rule.is_))
    if rule.is_not is not None:
        conditions.append(column != month(rule.is_not))
    if rule.in_ is not None:
        conditions.append(column.in_(sorted({month(each) for each in rule.in_})))
    if rule.not_in is not None:
        conditions.append(column.not_in(sorted({month(each) for each in rule.not_in})))
    if rule.ordering is not None:
        conditions.append(number_condition(Quantity(column), rule.ordering, no_population))
    if rule.known is not None:
        conditions.append(column.is_not(None) if rule.known else column.is_(None))
    return sa.and_(*conditions)


def _created(rule: FieldRule, context: EvaluationContext) -> Predicate:
    """The date on which the person was first seen; outside a window is false, not unknown."""
    conditions: list[Predicate] = []
    if rule.within or rule.before or rule.from_ or rule.to:
        day, at = PROFILES.c.created_day, PROFILES.c.created_at
        window = context.window_of(rule)
        context.window_edges.track(_CREATED, window)
        inside = sa.and_(context.past(at, _CREATED), lies(window, at, day))
        conditions.append(sa.func.coalesce(inside, sa.false()))
    if rule.numbers is not None:
        quantity = Quantity(PROFILES.c.created_day)
        conditions.append(number_condition(quantity, rule.numbers, no_population))
    return sa.and_(*conditions)


DATED_FIELDS: Mapping[str, Callable[[FieldRule, EvaluationContext], Predicate]] = {
    "age": _age, "birthday": _birthday, "birth_month": _birth_month, "created": _created,
}  # fmt: skip
"""Field of a profile -> whether it compares as a rule says."""
