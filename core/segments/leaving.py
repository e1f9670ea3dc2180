"""Why people left: time alone, or facts that changed."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from core.segments.asked import asks_for_colleagues, is_relative
from core.segments.definition import Segment
from core.segments.judge import Judging, judging
from core.segments.kept.known import Known
from core.segments.kept.standing import LEAVING
from core.segments.kept.tables import STAYS
from core.segments.sql.baselines import as_found
from core.segments.sql.clock import Clock
from core.segments.sql.world import World
from core.segments.touch.kept_traits import kept_beside
from core.segments.touch.marks import marked


def tell_why(
    transaction: sa.Connection,
    world: World,
    segments: Sequence[Segment],
    known: Mapping[str, Known],
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
    left_by_marked = _left(transaction, LEAVING.c.profile_id.in_(marked()))
    numbers = {name: each.id for name, each in known.items() if not each.changed}
    moving = {name for name in compared & numbers.keys() if numbers[name] in left_by_anybody}
    fixed = {name for name in numbers.keys() - compared if numbers[name] in left_by_marked}
    leavers = sa.select(LEAVING.c.profile_id)
    if fixed:
        shared = any(asks_for_colleagues(named[name], named) for name in fixed)
        whose = people if shared else leavers
        then = world.seen(before, people=whose)
        with judging(transaction, then, segments, fixed, "then_") as work:
            work.run_passes(whose)
            _tell(transaction, work, numbers, leavers)
    if moving:
        # Of whom nothing has touched the value is the same at both clocks.
        then = world.seen(before, people=people)
        with judging(transaction, then, segments, moving, "then_") as work:
            work.measure_rows()
            work.run_passes(people)
            work.measure_persons(as_found if people is None else kept_beside(people))
            _tell(transaction, work, numbers, leavers)


def _left(transaction: sa.Connection, who: sa.ColumnElement[bool]) -> Collection[int]:
    query = sa.select(LEAVING.c.segment_id).where(who).distinct()
    return set(transaction.execute(query).scalars())


def _tell(
    transaction: sa.Connection,
    work: Judging,
    numbers: Mapping[str, int],
    leavers: sa.Select[Any],
) -> None:
    for some in work.judge(leavers):
        for name in some.names:
            ended = sa.select(LEAVING.c.stay_id).where(
                LEAVING.c.segment_id == numbers[name],
                LEAVING.c.profile_id.not_in(some.held(name)),
            )
            changed = sa.update(STAYS).where(STAYS.c.id.in_(ended))
            transaction.execute(changed.values(left_reason="change"))
