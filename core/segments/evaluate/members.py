"""Who is in a segment, as people and other tools ask for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import orjson
import sqlalchemy as sa

from core.segments.compile.sql.context import EvaluationContext
from core.segments.definition import Segment
from core.segments.verdicts.for_each import expand
from core.segments.verdicts.run import compute_verdicts
from core.store.tables import CONTACTS, SEGMENTS, STAYS


def present_ids(transaction: sa.Connection, segment: str, connection_id: int) -> list[str]:
    """External contact ids of the present members in one connection, sorted by code point."""
    ids = (
        sa.select(CONTACTS.c.external_id)
        .join(STAYS, STAYS.c.profile_id == CONTACTS.c.profile_id)
        .join(SEGMENTS, SEGMENTS.c.id == STAYS.c.segment_id)
        .where(
            SEGMENTS.c.name == segment,
            STAYS.c.left_day.is_(None),
            CONTACTS.c.connection_id == connection_id,
        )
    )
    return _sorted(transaction, ids)


def recomputed_ids(
    transaction: sa.Connection,
    context: EvaluationContext,
    segments: Sequence[Segment],
    segment: str,
    connection_id: int,
) -> list[str]:
    """The same at any clock, computed anew and stored nowhere; KeyError where nobody knows it."""
    every = expand(transaction, context.shop, segments)
    with compute_verdicts(transaction, context, every) as (verdicts, _):
        some = next((each for each in verdicts if segment in each.names), None)
        if some is None:
            raise KeyError(segment)
        ids = sa.select(CONTACTS.c.external_id).where(
            CONTACTS.c.profile_id.in_(some.held(segment)),
            CONTACTS.c.connection_id == connection_id,
        )
        return _sorted(transaction, ids)


def _sorted(transaction: sa.Connection, ids: sa.Select[str]) -> list[str]:
    # Databases sort texts by locale; Python's order is that of the code points.
    return sorted(set(transaction.execute(ids).scalars()))


@dataclass(frozen=True)
class PresentSegment:
    """A segment as the present evaluation has it."""

    name: str
    titles: Mapping[str, str]
    """Language -> title; "" is any language."""
    members: int
    unknown: int
    as_of: date | None


def present_segments(transaction: sa.Connection) -> list[PresentSegment]:
    """Every segment that is not retired, in the order in which they were first evaluated."""
    rows = transaction.execute(
        sa.select(SEGMENTS).where(~SEGMENTS.c.retired).order_by(SEGMENTS.c.id)
    )
    return [
        PresentSegment(
            row.name,
            orjson.loads(row.title),
            row.members,
            row.unknown,
            date.fromordinal(row.as_of_day) if row.as_of_day else None,
        )
        for row in rows
    ]
