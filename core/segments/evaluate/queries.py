"""Queries about the present evaluation: its members, sizes and age; and members at any date."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import orjson
import sqlalchemy as sa

from core.segments.compile.sql.context import EvaluationContext
from core.segments.definition import Segment
from core.segments.verdicts import compute_verdicts
from core.segments.verdicts.for_each import expand
from core.store.tables import CONTACTS, EVALUATIONS, SEGMENTS, STAYS, TOUCHED


@dataclass(frozen=True)
class PresentSegment:
    """A segment as the present evaluation has it."""

    name: str
    titles: Mapping[str, str]
    """Language -> title; "" is any language."""
    members: int
    unknown: int
    as_of: date | None


@dataclass(frozen=True)
class Freshness:
    """The age of the present evaluation, and whether anything has changed since."""

    at: datetime | None
    """When it was made; None: never."""
    day: date | None
    """The local date that it is as of."""
    marked: bool
    """Whether profiles are marked to be evaluated again."""


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
    """The same at the context's clock; computed anew, and nothing is stored.

    Raises KeyError where there is no such segment.
    """
    expanded = expand(transaction, context.shop, segments)
    with compute_verdicts(transaction, context, expanded) as (verdicts, _):
        ours = next((each for each in verdicts if segment in each.names), None)
        if ours is None:
            raise KeyError(segment)
        ids = sa.select(CONTACTS.c.external_id).where(
            CONTACTS.c.profile_id.in_(ours.members(segment)),
            CONTACTS.c.connection_id == connection_id,
        )
        return _sorted(transaction, ids)


def _sorted(transaction: sa.Connection, ids: sa.Select[str]) -> list[str]:
    # Databases sort texts by locale; Python's order is that of the code points.
    return sorted(set(transaction.execute(ids).scalars()))


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


def freshness(transaction: sa.Connection) -> Freshness:
    """The age of the present evaluation."""
    latest = sa.select(EVALUATIONS.c.at, EVALUATIONS.c.as_of_day)
    row = transaction.execute(latest.order_by(EVALUATIONS.c.id.desc()).limit(1)).first()
    marked = bool(transaction.scalar(sa.select(sa.exists(sa.select(TOUCHED.c.id)))))
    if row is None:
        return Freshness(None, None, marked)
    return Freshness(row.at, date.fromordinal(row.as_of_day), marked)
