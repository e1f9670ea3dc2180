"""The stored segments, registered by name and sized, and the previous evaluation of them."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib.metadata import version
from typing import Any

import orjson
import sqlalchemy as sa

from core.segments.compile.sql.baselines import MeasuredBaseline
from core.segments.compile.sql.clock import Clock
from core.segments.compile.sql.context import EvaluationContext
from core.segments.definition import Segment
from core.segments.memberships.diff import Counts, MembershipChanges, Scope, by_segment
from core.store.tables import (
    BASELINES,
    BRIEF_STAYS,
    DEPARTED,
    EVALUATIONS,
    SEGMENTS,
    STAYS,
    UNKNOWNS,
)

Departures = Counter[tuple[int, bool]]
"""(Segment id, whether they were members; else they were unknown) -> profiles that are gone."""


@dataclass(frozen=True)
class StoredSegment:
    """A segment's row in the store."""

    id: int
    changed: bool
    """Whether it is new, or defined otherwise than at the last evaluation."""


def register_segments(
    transaction: sa.Connection, segments: Sequence[Segment]
) -> dict[str, StoredSegment]:
    """Add or update the row of every segment; the rows by name."""
    named = {each.name: each.rule for each in segments if each.rule is not None}
    rows = {row["name"]: row for row in transaction.execute(sa.select(SEGMENTS)).mappings()}
    stored: dict[str, StoredSegment] = {}
    for each in segments:
        values = {
            "title": orjson.dumps(dict(each.title)).decode(),
            "definition": each.definition(named),
            "retired": False,
        }
        row = rows.get(each.name)
        if row is None:
            added = sa.insert(SEGMENTS).values(name=each.name, members=0, unknown=0, **values)
            number = transaction.execute(added.returning(SEGMENTS.c.id)).scalar_one()
            stored[each.name] = StoredSegment(int(number), changed=True)
            continue
        if any(row[name] != value for name, value in values.items()):
            transaction.execute(
                sa.update(SEGMENTS).where(SEGMENTS.c.id == row["id"]).values(**values)
            )
        # A segment that comes back was emptied when it was retired.
        changed = row["retired"] or row["definition"] != values["definition"]
        stored[each.name] = StoredSegment(row["id"], changed)
    return stored


def retire_others(transaction: sa.Connection, segments: Collection[int], day: int) -> None:
    """Retire every segment but these, and end the stays in it."""
    rows = transaction.execute(sa.select(SEGMENTS.c.id).where(~SEGMENTS.c.retired))
    gone = [row.id for row in rows if row.id not in segments]
    if not gone:
        return
    present = sa.and_(STAYS.c.segment_id.in_(gone), STAYS.c.left_day.is_(None))
    transaction.execute(sa.update(STAYS).where(present).values(left_day=day, left_reason="change"))
    transaction.execute(sa.delete(UNKNOWNS).where(UNKNOWNS.c.segment_id.in_(gone)))
    empty = {"retired": True, "members": 0, "unknown": 0}
    transaction.execute(sa.update(SEGMENTS).where(SEGMENTS.c.id.in_(gone)).values(**empty))


def count_all(transaction: sa.Connection, segments: Collection[int], day: int) -> Counts:
    """Count and write the sizes of segments; returns their members."""
    everybody = Scope(segments, None)
    present = sa.and_(everybody.of(STAYS), STAYS.c.left_day.is_(None))
    members = by_segment(transaction, STAYS, present)
    unknown = by_segment(transaction, UNKNOWNS, everybody.of(UNKNOWNS))
    sizes = [(each, members.get(each, 0), unknown.get(each, 0)) for each in sorted(segments)]
    _write_sizes(transaction, sizes, day)
    return members


def count_changes(
    transaction: sa.Connection,
    segments: Collection[int],
    changes: MembershipChanges,
    departed: Departures,
    day: int,
) -> None:
    """Update the sizes of segments by what has changed, without counting anew."""
    rows = transaction.execute(
        sa.select(SEGMENTS.c.id, SEGMENTS.c.members, SEGMENTS.c.unknown).where(
            SEGMENTS.c.id.in_(sorted(segments))
        )
    )
    sizes = [
        (
            row.id,
            row.members + changes.entered.get(row.id, 0) - changes.left.get(row.id, 0)
            - departed[row.id, True],
            row.unknown + changes.now_unknown.get(row.id, 0)
            - changes.no_longer_unknown.get(row.id, 0) - departed[row.id, False],
        )
        for row in rows
    ]  # fmt: skip
    _write_sizes(transaction, sizes, day)


def take_departures(transaction: sa.Connection) -> Departures:
    """Read and delete the counts of profiles that are gone since the last evaluation."""
    departed: Departures = Counter()
    rows = transaction.execute(sa.select(DEPARTED)).all()
    for row in rows:
        departed[row.segment_id, True] += row.members
        departed[row.segment_id, False] += row.unknown
    if rows:
        taken = [{"taken": row.id} for row in rows]
        statement = sa.delete(DEPARTED).where(DEPARTED.c.id == sa.bindparam("taken"))
        transaction.execute(statement, taken)
    return departed


def _write_sizes(
    transaction: sa.Connection, sizes: Collection[tuple[int, int, int]], day: int
) -> None:
    rows = [
        {"number": number, "members": members, "unknown": unknown, "as_of_day": day}
        for number, members, unknown in sizes
    ]
    if rows:
        statement = sa.update(SEGMENTS).where(SEGMENTS.c.id == sa.bindparam("number"))
        transaction.execute(statement, rows)


@dataclass(frozen=True)
class PreviousEvaluation:
    """The evaluation that the stored memberships come from."""

    clock: Clock
    fingerprint: str
    """Its settings, as `fingerprint` writes them."""


def previous_evaluation(transaction: sa.Connection) -> PreviousEvaluation | None:
    """The latest evaluation; None before the first."""
    row = transaction.execute(
        sa.select(EVALUATIONS.c.as_of, EVALUATIONS.c.as_of_day, EVALUATIONS.c.fingerprint)
        .order_by(EVALUATIONS.c.id.desc())
        .limit(1)
    ).first()
    if row is None:
        return None
    return PreviousEvaluation(Clock(row.as_of, date.fromordinal(row.as_of_day)), row.fingerprint)


@cache
def _version() -> str:
    return version("segmenthub")


def fingerprint(context: EvaluationContext) -> str:
    """The settings that every verdict depends on, as one text."""
    settings: dict[str, Any] = {
        "shop": context.shop.settings(),
        "delivered": sorted(context.delivered),
        "connections": sorted(context.connections),
        # Another version may give the same rules another meaning.
        "version": _version(),
    }
    return orjson.dumps(settings).decode()


def rewind(transaction: sa.Connection, day: int) -> None:
    """Move the stays back to a local day: delete what began after it, reopen what ended after."""
    transaction.execute(sa.delete(BRIEF_STAYS).where(BRIEF_STAYS.c.left_day > day))
    transaction.execute(sa.delete(STAYS).where(STAYS.c.entered_day > day))
    transaction.execute(
        sa.update(STAYS).where(STAYS.c.left_day > day).values(left_day=None, left_reason=None)
    )


def write_evaluation(
    transaction: sa.Connection,
    context: EvaluationContext,
    baselines: Sequence[MeasuredBaseline],
    now: datetime,
) -> None:
    """Store the clock and settings of an evaluation, and the baselines that it measured."""
    day = context.clock.day.toordinal()
    transaction.execute(sa.delete(BASELINES).where(BASELINES.c.as_of_day >= day))
    rows = [
        {
            "key": words,
            "as_of_day": day,
            "numerator": None if each.figure is None else each.figure.numerator,
            "denominator": 1 if each.figure is None else each.figure.denominator,
            "at": now,
        }
        for words, each in {each.words: each for each in baselines}.items()
    ]
    if rows:
        transaction.execute(sa.insert(BASELINES), rows)
    transaction.execute(
        sa.insert(EVALUATIONS).values(
            as_of=context.clock.instant, as_of_day=day, fingerprint=fingerprint(context), at=now
        )
    )
