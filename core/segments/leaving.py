"""Why people left: time alone, or facts that changed."""

from collections.abc import Sequence
from dataclasses import replace

import sqlalchemy as sa

from core.segments.definition import Segment
from core.segments.judge import judged
from core.segments.keep import LEAVING, SEGMENTS, STAYS, TOUCHED
from core.segments.sql.clock import Clock
from core.segments.sql.world import World


def tell_why(
    transaction: sa.Connection,
    world: World,
    segments: Sequence[Segment],
    before: Clock | None,
    *,
    relative: bool,
) -> None:
    """Say of every stay that ended just now whether the passing of time explains it.

    With the facts of now, at the clock of the evaluation before: whom the rules still hold there
    left because the clock moved. The question is only asked where facts changed at all: of
    profiles that are marked, or where something `relative` to the population is measured.
    """
    leaving = STAYS.c.left_reason == LEAVING
    touched = sa.exists().where(TOUCHED.c.profile_id == STAYS.c.profile_id)
    doubtful = sa.true() if relative else touched
    names = transaction.execute(
        sa.select(SEGMENTS.c.name, SEGMENTS.c.id)
        .join(STAYS, STAYS.c.segment_id == SEGMENTS.c.id)
        .where(leaving, doubtful)
        .distinct()
    ).all()
    if names and before is not None:
        numbers = {row.name: row.id for row in names}
        then = replace(world, clock=before, derived_tables={})
        with judged(transaction, then, segments, only=numbers.keys()) as (verdicts, _):
            for some in verdicts:
                for name, column in some.columns.items():
                    held = sa.exists().where(some.table.c.profile_id == STAYS.c.profile_id, column)
                    transaction.execute(
                        sa.update(STAYS)
                        .where(leaving, STAYS.c.segment_id == numbers[name], ~held)
                        .values(left_reason="change")
                    )
    transaction.execute(sa.update(STAYS).where(leaving).values(left_reason="time"))
