"""Upsert of one noun's records of a page: which of them change a row, and which do not."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlmodel import SQLModel

from core.records import Record
from core.store.bulk import Row, add, blank, change, numbers, remove, rows_where, table_of
from core.store.tables.operations import Tombstone
from core.store.upsert.content import content_hash
from core.store.upsert.external_ids import external_id, row_name
from core.store.upsert.page_context import PageContext
from core.store.upsert.rejected import RecordRejected
from core.store.upsert.timestamps import instant

_TOMBSTONE = table_of(Tombstone)
_HOUSEKEEPING = frozenset({"content", "stream", "origin", "seen"})

Columns = Callable[[Any, Row], Mapping[str, object]]
"""What a record says beside the row that is known, as columns; only of fields that it sets.

Raises Refused.
"""


@dataclass
class RowChange:
    """One row that a page brings or changes."""

    record: Record
    before: Row | None
    """As it is stored; none for a new one."""
    after: Row
    """As it will be stored."""
    folded: list[Record] = field(default_factory=list)
    """Further records of the page for the same row, already in `after`."""

    differs: bool = False
    """What belongs to the row changed, though the row itself may not."""

    @property
    def records(self) -> tuple[Record, ...]:
        """Every record that the row is made of, in the order of the page."""
        return (self.record, *self.folded)

    @property
    def is_new(self) -> bool:
        """Nothing but a bare row was there before."""
        return self.before is None or bool(self.before.get("bare"))


def compare(
    intake: PageContext, model: type[SQLModel], records: Sequence[Record], columns: Columns
) -> list[RowChange]:
    """Decide record by record, in the order of the page; write nothing yet but `seen`.

    An older `updated_at` than what is stored (or than the deletion) is unchanged; an equal or
    newer one, or none, wins. Several records for one row count as one change, the others as
    unchanged.
    """
    table = table_of(model)
    noun = model.__name__
    ids = [external_id(record) for record in records]
    mine = table.c.connection_id == intake.connection_id
    stored = {
        row["external_id"]: row
        for row in rows_where(intake.transaction, table, table.c.external_id, set(ids), mine)
    }
    graves = tombstones(intake, noun, ids)
    empty = {**blank(model), "connection_id": intake.connection_id}
    told = _told(intake)
    arrivals: dict[str, RowChange] = {}
    revived: set[str] = set()
    seen: set[int] = set()
    for name, record in zip(ids, records, strict=True):
        before = stored.get(name)
        if before is not None:
            seen.add(before["id"])
        at = instant(getattr(record, "updated_at", None), intake.shop.zone)
        known = arrivals[name].after if name in arrivals else before
        content = content_hash(record)
        if _is_old(at, known, graves.get(name)) or _is_same(known, content):
            intake.counts["unchanged"] += 1
            continue
        try:
            stated = columns(record, known or empty)
        except RecordRejected as refused:
            intake.refuse(row_name(record), refused)
            continue
        after = {**(known or empty), **stated, **told, "external_id": name, "content": content}
        if at is not None:
            after["updated_at"] = at
        if "bare" in after:
            after["bare"] = False
        revived.add(name)
        if name in arrivals:
            arrivals[name].folded.append(record)
            arrivals[name].after = after
            intake.counts["unchanged"] += 1
        else:
            arrivals[name] = RowChange(record, before, after)
    forget_tombstones(intake, noun, revived & graves.keys())
    _show(intake, model, seen - {arrival.after.get("id") for arrival in arrivals.values()}, stored)
    return list(arrivals.values())


def store(
    intake: PageContext, model: type[SQLModel], arrivals: Iterable[RowChange]
) -> list[RowChange]:
    """Write the rows; returns those whose meaning changed. New rows get their numbers here."""
    table = table_of(model)
    changed: list[RowChange] = []
    same: list[RowChange] = []
    for arrival in arrivals:
        unlike = (
            arrival.before is None
            or arrival.differs
            or any(
                arrival.before[name] != value
                for name, value in arrival.after.items()
                if name not in _HOUSEKEEPING
            )
        )
        (changed if unlike else same).append(arrival)
        intake.counts[_outcome(arrival, unlike=unlike)] += 1
    new = [arrival for arrival in changed if arrival.before is None]
    # A caller that needs the numbers earlier has given them.
    without = [arrival for arrival in new if "id" not in arrival.after]
    taken = numbers(intake.transaction, table, len(without))
    for arrival, number in zip(without, taken, strict=True):
        arrival.after["id"] = number
    add(intake.transaction, table, [arrival.after for arrival in new])
    old = [arrival for arrival in changed if arrival.before is not None] + same
    change(intake.transaction, table, [arrival.after for arrival in old])
    return changed


def tombstones(intake: PageContext, noun: str, ids: Iterable[str]) -> dict[str, datetime]:
    """When those of the ids were deleted that were."""
    rows = rows_where(
        intake.transaction,
        _TOMBSTONE,
        _TOMBSTONE.c.external_id,
        set(ids),
        _TOMBSTONE.c.connection_id == intake.connection_id,
        _TOMBSTONE.c.noun == noun,
    )
    return {row["external_id"]: row["at"] for row in rows}


def forget_tombstones(intake: PageContext, noun: str, ids: Iterable[str]) -> None:
    """What came back is no longer deleted."""
    remove(
        intake.transaction,
        _TOMBSTONE,
        _TOMBSTONE.c.external_id,
        list(ids),
        _TOMBSTONE.c.connection_id == intake.connection_id,
        _TOMBSTONE.c.noun == noun,
    )


def _is_old(at: datetime | None, known: Row | None, deleted: datetime | None) -> bool:
    if at is None:
        return False
    if deleted is not None and (known is None or known.get("bare")):
        return at <= deleted
    stored = known["updated_at"] if known else None
    return stored is not None and at < stored


def _is_same(known: Row | None, content: str) -> bool:
    return known is not None and known["content"] == content and not known.get("bare")


def _outcome(arrival: RowChange, *, unlike: bool) -> str:
    if not unlike:
        return "unchanged"
    return "inserted" if arrival.is_new else "updated"


def _told(intake: PageContext) -> Row:
    """By which read, and by which part of it, a row is told."""
    return {
        "stream": intake.reading.stream,
        "origin": intake.page.origin,
        "seen": intake.reading.number,
    }


def _show(
    intake: PageContext, model: type[SQLModel], ids: set[int], stored: Mapping[str, Row]
) -> None:
    """Remember that rows which did not change were shown by this read."""
    table = table_of(model)
    told = _told(intake)
    stale = [
        {"id": row["id"], **told}
        for row in stored.values()
        if row["id"] in ids and any(row[name] != value for name, value in told.items())
    ]
    change(intake.transaction, table, stale)
