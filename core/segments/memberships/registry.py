"""The stored segments: registered by name, retired, and sized."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import orjson
import sqlalchemy as sa

from core.segments.definition import Segment
from core.segments.memberships.diff import Counts, MembershipChanges, Scope, by_segment
from core.store.tables import DEPARTED, SEGMENTS, STAYS, UNKNOWNS

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
