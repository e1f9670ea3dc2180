"""Exit reasons: whether a stay ended by time alone, by new rows, or because facts changed."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from core.segments.compile.sql.aggregates import Predicate
from core.segments.compile.sql.baselines import computed_values
from core.segments.compile.sql.clock import Clock
from core.segments.compile.sql.context import EvaluationContext
from core.segments.definition import Segment
from core.segments.incremental.touched import (
    marked_profiles,
    profiles_with_new_rows,
)
from core.segments.incremental.trait_values import stored_values_except
from core.segments.memberships.diff import EXITS
from core.segments.memberships.registry import StoredSegment
from core.segments.rules import counts_colleagues, is_relative
from core.segments.verdicts import VerdictRun, verdict_run
from core.store.tables import STAYS


def set_exit_reasons(
    transaction: sa.Connection,
    context: EvaluationContext,
    segments: Sequence[Segment],
    stored: Mapping[str, StoredSegment],
    previous: Clock,
    people: sa.Select[Any] | None,
) -> None:
    """Set the reason of stays that end now to "new" or "change" where time does not explain it.

    Computes the verdicts of today's facts at the previous clock: a profile that is a member there
    left because the clock moved. Only exits that facts can have caused are computed: of marked
    profiles, and of segments that compare with the population. `people` are those whose verdicts
    the evaluation computed; None is everybody. The reason is "new" where a row came to the profile,
    as a purchase that ends "one-time buyer".
    """
    named = {each.name: each.rule for each in segments if each.rule is not None}
    relative = {name for name, rule in named.items() if is_relative(rule, named)}
    left_by_anybody = _left(transaction, sa.true())
    left_by_marked = _left(transaction, EXITS.c.profile_id.in_(marked_profiles()))
    ids = {name: each.id for name, each in stored.items() if not each.changed}
    moving = {name for name in relative & ids.keys() if ids[name] in left_by_anybody}
    fixed = {name for name in ids.keys() - relative if ids[name] in left_by_marked}
    leavers = sa.select(EXITS.c.profile_id)
    if fixed:
        with_colleagues = any(counts_colleagues(named[name], named) for name in fixed)
        computed = people if with_colleagues else leavers
        then = context.at(previous, people=computed)
        with verdict_run(transaction, then, segments, fixed, "then_") as run:
            run.run_queries(computed)
            _set_by_facts(transaction, run, ids, leavers)
    if moving:
        # The trait values of untouched profiles are the same at both clocks.
        then = context.at(previous, people=people)
        with verdict_run(transaction, then, segments, moving, "then_") as run:
            run.measure_rows()
            run.run_queries(people)
            run.measure_persons(computed_values if people is None else stored_values_except(people))
            _set_by_facts(transaction, run, ids, leavers)


def _left(transaction: sa.Connection, condition: Predicate) -> Collection[int]:
    query = sa.select(EXITS.c.segment_id).where(condition).distinct()
    return set(transaction.execute(query).scalars())


def _set_by_facts(
    transaction: sa.Connection,
    run: VerdictRun,
    segment_ids: Mapping[str, int],
    leavers: sa.Select[Any],
) -> None:
    has_new_rows = STAYS.c.profile_id.in_(profiles_with_new_rows())
    reason = sa.case((has_new_rows, "new"), else_="change")
    for verdicts in run.compute(leavers):
        for name in verdicts.names:
            ended = sa.select(EXITS.c.stay_id).where(
                EXITS.c.segment_id == segment_ids[name],
                EXITS.c.profile_id.not_in(verdicts.members(name)),
            )
            by_facts = sa.update(STAYS).where(STAYS.c.id.in_(ended))
            transaction.execute(by_facts.values(left_reason=reason))
