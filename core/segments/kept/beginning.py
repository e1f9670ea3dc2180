"""Segments that nobody has been in yet: there is nothing to compare with, what holds is written."""

from collections.abc import Collection, Mapping, Sequence

import sqlalchemy as sa

from core.segments.judge import Verdicts
from core.segments.kept.known import Known
from core.segments.kept.tables import STAYS, UNKNOWNS
from core.segments.pairs import Pairs


def is_beginning(transaction: sa.Connection, segments: Collection[int]) -> bool:
    """Whether nobody was ever in any of these segments, nor unknown to it."""
    return not any(
        transaction.execute(
            sa.select(table.c.segment_id).where(table.c.segment_id.in_(sorted(segments))).limit(1)
        ).first()
        for table in (STAYS, UNKNOWNS)
    )


def begin(
    transaction: sa.Connection,
    verdicts: Sequence[Verdicts | Pairs],
    known: Mapping[str, Known],
    day: int,
) -> None:
    """Open a stay for every member, and keep who is unknown."""
    numbers = {name: each.id for name, each in known.items()}
    for some in verdicts:
        for rows in some.rows(numbers):
            segment, profile, holds = rows.subquery("found").c
            members = sa.select(segment, profile, sa.literal(day)).where(holds)
            names = ["segment_id", "profile_id", "entered_day"]
            transaction.execute(sa.insert(STAYS).from_select(names, members))
            unsure = sa.select(segment, profile).where(holds.is_(None))
            transaction.execute(sa.insert(UNKNOWNS).from_select(names[:2], unsure))
