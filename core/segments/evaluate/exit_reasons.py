"""Why people left: time alone, or facts that changed."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from core.segments.compile.sql.baselines import computed_values
from core.segments.compile.sql.clock import Clock
from core.segments.compile.sql.context import EvaluationContext
from core.segments.definition import Segment
from core.segments.incremental.marks import marked_profiles
from core.segments.incremental.trait_values import stored_values_except
from core.segments.memberships.current_verdicts import EXITS
from core.segments.memberships.registry import StoredSegment
from core.segments.memberships.tables import STAYS
from core.segments.rules.tree import counts_colleagues, is_relative
from core.segments.verdicts.run import VerdictRun, verdict_run


def set_exit_reasons(
    transaction: sa.Connection,
    context: EvaluationContext,
    segments: Sequence[Segment],
    known: Mapping[str, StoredSegment],
    before: Clock,
    people: sa.Select[Any] | None,
) -> None:
    """Say of every stay that ends now whether the passing of time explains it.

    With the facts of now, at the clock of the evaluation before: whom the rules still hold there
    left because the clock moved. The question is only asked where facts changed at all: of
    profiles that are marked, or where something relative to the population is measured.
    `people` are those who were judged; None is everybody.
    """
    named = {each.name: each.rule for each in segments if each.rule is not None}
    compared = {name for name, rule in named.items() if is_relative(rule, named)}
    left_by_anybody = _left(transaction, sa.true())
    left_by_marked = _left(transaction, EXITS.c.profile_id.in_(marked_profiles()))
    numbers = {name: each.id for name, each in known.items() if not each.changed}
    moving = {name for name in compared & numbers.keys() if numbers[name] in left_by_anybody}
    fixed = {name for name in numbers.keys() - compared if numbers[name] in left_by_marked}
    leavers = sa.select(EXITS.c.profile_id)
    if fixed:
        shared = any(counts_colleagues(named[name], named) for name in fixed)
        whose = people if shared else leavers
        then = context.at(before, people=whose)
        with verdict_run(transaction, then, segments, fixed, "then_") as work:
            work.run_queries(whose)
            _tell(transaction, work, numbers, leavers)
    if moving:
        # Of whom nothing has touched the value is the same at both clocks.
        then = context.at(before, people=people)
        with verdict_run(transaction, then, segments, moving, "then_") as work:
            work.measure_rows()
            work.run_queries(people)
            work.measure_persons(
                computed_values if people is None else stored_values_except(people)
            )
            _tell(transaction, work, numbers, leavers)


def _left(transaction: sa.Connection, who: sa.ColumnElement[bool]) -> Collection[int]:
    query = sa.select(EXITS.c.segment_id).where(who).distinct()
    return set(transaction.execute(query).scalars())


def _tell(
    transaction: sa.Connection,
    work: VerdictRun,
    numbers: Mapping[str, int],
    leavers: sa.Select[Any],
) -> None:
    for some in work.judge(leavers):
        for name in some.names:
            ended = sa.select(EXITS.c.stay_id).where(
                EXITS.c.segment_id == numbers[name],
                EXITS.c.profile_id.not_in(some.held(name)),
            )
            changed = sa.update(STAYS).where(STAYS.c.id.in_(ended))
            transaction.execute(changed.values(left_reason="change"))
