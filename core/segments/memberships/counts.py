"""How many are in a segment and how many are unknown, kept by what changes."""

from collections import Counter
from collections.abc import Collection

import sqlalchemy as sa

from core.segments.memberships.diff import Counts, MembershipChanges, Scope, by_segment
from core.store.tables import DEPARTED, SEGMENTS, STAYS, UNKNOWNS


def count_all(transaction: sa.Connection, segments: Collection[int], day: int) -> Counts:
    """Write the sizes of segments of which everybody was judged; returns their members."""
    everybody = Scope(segments, None)
    present = sa.and_(everybody.of(STAYS), STAYS.c.left_day.is_(None))
    members = by_segment(transaction, STAYS, present)
    unknown = by_segment(transaction, UNKNOWNS, everybody.of(UNKNOWNS))
    _write(
        transaction,
        [(each, members.get(each, 0), unknown.get(each, 0)) for each in sorted(segments)],
        day,
    )
    return members


def count_moves(
    transaction: sa.Connection,
    segments: Collection[int],
    moves: MembershipChanges,
    gone: Counter[tuple[int, bool]],
    day: int,
) -> None:
    """Write the sizes of segments of which only some people were judged; `gone` have departed."""
    numbers = sorted(segments)
    rows = transaction.execute(
        sa.select(SEGMENTS.c.id, SEGMENTS.c.members, SEGMENTS.c.unknown).where(
            SEGMENTS.c.id.in_(numbers)
        )
    )
    sizes = [
        (
            row.id,
            row.members + moves.entered.get(row.id, 0) - moves.left.get(row.id, 0)
            - gone[row.id, True],
            row.unknown + moves.now_unknown.get(row.id, 0) - moves.no_longer_unknown.get(row.id, 0)
            - gone[row.id, False],
        )
        for row in rows
    ]  # fmt: skip
    _write(transaction, sizes, day)


def departed(transaction: sa.Connection) -> Counter[tuple[int, bool]]:
    """Members (true) and unknowns (false) whose profile has vanished, per segment; taken off."""
    found: Counter[tuple[int, bool]] = Counter()
    rows = transaction.execute(sa.select(DEPARTED)).all()
    for row in rows:
        found[row.segment_id, True] += row.members
        found[row.segment_id, False] += row.unknown
    if rows:
        taken = [{"taken": row.id} for row in rows]
        statement = sa.delete(DEPARTED).where(DEPARTED.c.id == sa.bindparam("taken"))
        transaction.execute(statement, taken)
    return found


def _write(transaction: sa.Connection, sizes: Collection[tuple[int, int, int]], day: int) -> None:
    rows = [
        {"number": number, "members": members, "unknown": unknown, "as_of_day": day}
        for number, members, unknown in sizes
    ]
    if rows:
        statement = sa.update(SEGMENTS).where(SEGMENTS.c.id == sa.bindparam("number"))
        transaction.execute(statement, rows)
