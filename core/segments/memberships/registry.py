"""The segments as the store knows them: which are new, which mean something else by now."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import orjson
import sqlalchemy as sa

from core.segments.definition import Segment
from core.store.tables import SEGMENTS, STAYS, UNKNOWNS


@dataclass(frozen=True)
class StoredSegment:
    """A segment as the store knows it."""

    id: int
    changed: bool
    """Whether it is new, or means something else than at the last evaluation."""


def stored_segments(
    transaction: sa.Connection, every: Sequence[Segment]
) -> dict[str, StoredSegment]:
    """The segments' rows by name, new ones added; a changed meaning is noticed here."""
    named = {each.name: each.rule for each in every if each.rule is not None}
    rows = {row["name"]: row for row in transaction.execute(sa.select(SEGMENTS)).mappings()}
    known: dict[str, StoredSegment] = {}
    for each in every:
        values = {
            "title": orjson.dumps(dict(each.title)).decode(),
            "definition": each.definition(named),
            "retired": False,
        }
        row = rows.get(each.name)
        if row is None:
            added = sa.insert(SEGMENTS).values(name=each.name, members=0, unknown=0, **values)
            number = transaction.execute(added.returning(SEGMENTS.c.id)).scalar_one()
            known[each.name] = StoredSegment(int(number), changed=True)
            continue
        if any(row[name] != value for name, value in values.items()):
            transaction.execute(
                sa.update(SEGMENTS).where(SEGMENTS.c.id == row["id"]).values(**values)
            )
        # One that comes back was emptied when it went.
        changed = row["retired"] or row["definition"] != values["definition"]
        known[each.name] = StoredSegment(row["id"], changed)
    return known


def retire(transaction: sa.Connection, known: Mapping[str, StoredSegment], day: int) -> None:
    """End the stays of segments that the config no longer has."""
    present = {each.id for each in known.values()}
    rows = transaction.execute(sa.select(SEGMENTS.c.id).where(~SEGMENTS.c.retired))
    gone = [row.id for row in rows if row.id not in present]
    if not gone:
        return
    ends = {"left_day": day, "left_reason": "change"}
    mine = sa.and_(STAYS.c.segment_id.in_(gone), STAYS.c.left_day.is_(None))
    transaction.execute(sa.update(STAYS).where(mine).values(**ends))
    transaction.execute(sa.delete(UNKNOWNS).where(UNKNOWNS.c.segment_id.in_(gone)))
    empty = {"retired": True, "members": 0, "unknown": 0}
    transaction.execute(sa.update(SEGMENTS).where(SEGMENTS.c.id.in_(gone)).values(**empty))


def segment_ids(known: Mapping[str, StoredSegment], names: Collection[str]) -> list[int]:
    """The numbers of some segments."""
    return [known[name].id for name in names]
