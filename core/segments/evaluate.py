"""One evaluation: verdicts compared with the stays so far, and why people left."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from core.segments.definition import Segment
from core.segments.families import expanded
from core.segments.judge import judged
from core.segments.keep import forget_marks, keep, last_clock, last_mark
from core.segments.leaving import tell_why
from core.segments.sql.baselines import Measured
from core.segments.sql.world import World


@dataclass(frozen=True)
class Evaluated:
    """What one evaluation found."""

    segments: tuple[Segment, ...]
    """With families replaced by their members."""
    baselines: tuple[Measured, ...]
    entered: Mapping[str, int]
    left: Mapping[str, int]


def evaluate(
    transaction: sa.Connection, world: World, segments: Sequence[Segment], now: datetime
) -> Evaluated:
    """Bring the stored memberships to what holds at the world's clock.

    Everything happens in the caller's transaction; `now` is when it is done, for the record.
    """
    every = expanded(transaction, world.shop, segments)
    marks = last_mark(transaction)
    before = last_clock(transaction)
    with judged(transaction, world, every) as (verdicts, baselines):
        moved = keep(transaction, world, every, verdicts, baselines, now)
    tell_why(transaction, world, every, before, relative=bool(baselines))
    forget_marks(transaction, marks)
    return Evaluated(tuple(every), tuple(baselines), moved.entered, moved.left)
