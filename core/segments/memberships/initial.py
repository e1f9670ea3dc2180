"""Segments that nobody has been in yet: there is nothing to compare with, what holds is written."""

from collections.abc import Collection, Mapping, Sequence

import sqlalchemy as sa

from core.segments.memberships.registry import StoredSegment
from core.segments.verdicts.run import AnyVerdicts
from core.store.tables import STAYS, UNKNOWNS


def is_initial(transaction: sa.Connection, segments: Collection[int]) -> bool:
    """Whether nobody was ever in any of these segments, nor unknown to it."""
    return not any(
        transaction.execute(
            sa.select(table.c.segment_id).where(table.c.segment_id.in_(sorted(segments))).limit(1)
        ).first()
        for table in (STAYS, UNKNOWNS)
    )


def write_initial(
    transaction: sa.Connection,
    verdicts: Sequence[AnyVerdicts],
    known: Mapping[str, StoredSegment],
    day: int,
) -> None:
    """Open a stay for every member, and keep who is unknown."""
    numbers = {name: each.id for name, each in known.items()}
    for some in verdicts:
        for members in some.rows(numbers, lambda holds: holds):
            segment, profile, _ = members.subquery("members").c
            names = ["segment_id", "profile_id", "entered_day"]
            rows = sa.select(segment, profile, sa.literal(day))
            transaction.execute(sa.insert(STAYS).from_select(names, rows))
        for unknown in some.rows(numbers, lambda holds: holds.is_(None)):
            segment, profile, _ = unknown.subquery("unknown").c
            names = ["segment_id", "profile_id"]
            transaction.execute(sa.insert(UNKNOWNS).from_select(names, sa.select(segment, profile)))
