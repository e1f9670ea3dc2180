"""Upsert of one noun's records of a page: compare with the stored rows, write, and tombstones."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Table
from sqlmodel import SQLModel

from core.records import Record
from core.store.bulk import (
    Row,
    blank,
    delete_where,
    insert_rows,
    new_ids,
    rows_where,
    table_of,
    update_rows,
)
from core.store.keys import content_hash, external_id, row_name
from core.store.tables import TOMBSTONES
from core.store.upsert.page_context import PageContext, RecordRejected
from core.store.upsert.timestamps import instant

_HOUSEKEEPING = frozenset({"content", "stream", "origin", "seen"})

Columns = Callable[[Any, Row], Mapping[str, object]]
"""The columns of the fields that a record sets, given the known row; raises RecordRejected."""


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
    """Whether rows that belong to it changed, though the row itself may not."""

    @property
    def records(self) -> tuple[Record, ...]:
        """Every record that the row is made of, in the order of the page."""
        return (self.record, *self.folded)

    def last_record_with(self, field: str) -> Record | None:
        """The last record of the row that sets a field."""
        for record in reversed(self.folded):
            if field in record.model_fields_set:
                return record
        return self.record if field in self.record.model_fields_set else None

    @property
    def is_new(self) -> bool:
        """Whether there was no row before, or only a bare one."""
        return self.before is None or bool(self.before.get("bare"))


def compare(
    context: PageContext, model: type[SQLModel], records: Sequence[Record], columns: Columns
) -> list[RowChange]:
    """Merge records into their rows, in the order of the page; write nothing yet but `seen`.

    An older `updated_at` than the stored one (or than the deletion) is unchanged; an equal or
    newer one, or none, wins. Several records for one row count as one change, the others as
    unchanged.
    """
    table = table_of(model)
    noun = model.__name__
    ids = [external_id(record) for record in records]
    stored = rows_by_id(context, table, set(ids))
    tombstoned = tombstones(context, noun, ids)
    empty = {**blank(model), "connection_id": context.connection_id}
    read = _read_columns(context)
    changes: dict[str, RowChange] = {}
    revived: set[str] = set()
    seen: set[int] = set()
    for name, record in zip(ids, records, strict=True):
        before = stored.get(name)
        if before is not None:
            seen.add(before["id"])
        at = instant(getattr(record, "updated_at", None), context.shop.zone)
        known = changes[name].after if name in changes else before
        content = content_hash(record)
        if _is_old(at, known, tombstoned.get(name)) or _is_same(known, content):
            context.counts["unchanged"] += 1
            continue
        try:
            stated = columns(record, known or empty)
        except RecordRejected as refused:
            context.reject(row_name(record), refused)
            continue
        after = {**(known or empty), **stated, **read, "external_id": name, "content": content}
        if after.get("bare"):
            after |= {"bare": False, "updated_at": None}
        if at is not None:
            after["updated_at"] = at
        revived.add(name)
        if name in changes:
            changes[name].folded.append(record)
            changes[name].after = after
            context.counts["unchanged"] += 1
        else:
            changes[name] = RowChange(record, before, after)
    forget_tombstones(context, noun, revived & tombstoned.keys())
    _mark_seen(
        context, model, seen - {change.after.get("id") for change in changes.values()}, stored
    )
    return list(changes.values())


def store(
    context: PageContext, model: type[SQLModel], changes: Iterable[RowChange]
) -> list[RowChange]:
    """Write the rows, and number the new ones; returns the changes of more than bookkeeping."""
    table = table_of(model)
    changed: list[RowChange] = []
    same: list[RowChange] = []
    for change in changes:
        differs = (
            change.before is None
            or change.differs
            or any(
                change.before[name] != value
                for name, value in change.after.items()
                if name not in _HOUSEKEEPING
            )
        )
        (changed if differs else same).append(change)
        context.counts[_outcome(change, differs=differs)] += 1
    new = [change for change in changed if change.before is None]
    # A caller that needed the numbers earlier has assigned them.
    without = [change for change in new if "id" not in change.after]
    taken = new_ids(context.transaction, table, len(without))
    for change, number in zip(without, taken, strict=True):
        change.after["id"] = number
    insert_rows(context.transaction, table, [change.after for change in new])
    old = [change for change in changed if change.before is not None] + same
    update_rows(context.transaction, table, [change.after for change in old])
    return changed


def rows_by_id(
    context: PageContext,
    table: Table,
    ids: Collection[str],
    columns: Sequence[ColumnElement[Any]] | None = None,
) -> dict[str, Row]:
    """The rows of the page's connection with these external ids, by id."""
    rows = rows_where(
        context.transaction, table, table.c.external_id, ids,
        table.c.connection_id == context.connection_id, columns=columns,
    )  # fmt: skip
    return {row["external_id"]: row for row in rows}


def tombstones(context: PageContext, noun: str, ids: Iterable[str]) -> dict[str, datetime]:
    """Instants of deletion of the ids that were deleted."""
    name = TOMBSTONES.c.external_id
    rows = rows_where(context.transaction, TOMBSTONES, name, set(ids), *_buried(context, noun))
    return {row["external_id"]: row["at"] for row in rows}


def forget_tombstones(context: PageContext, noun: str, ids: Iterable[str]) -> None:
    """Remove tombstones of rows that came back."""
    name = TOMBSTONES.c.external_id
    delete_where(context.transaction, TOMBSTONES, name, list(ids), *_buried(context, noun))


def _buried(context: PageContext, noun: str) -> tuple[ColumnElement[bool], ...]:
    return TOMBSTONES.c.connection_id == context.connection_id, TOMBSTONES.c.noun == noun


def _is_old(at: datetime | None, known: Row | None, deleted: datetime | None) -> bool:
    if at is None:
        return False
    if known is None or known.get("bare"):
        return deleted is not None and at <= deleted
    stored = known["updated_at"]
    return stored is not None and at < stored


def _is_same(known: Row | None, content: str) -> bool:
    return known is not None and known["content"] == content and not known.get("bare")


def _outcome(change: RowChange, *, differs: bool) -> str:
    if not differs:
        return "unchanged"
    return "inserted" if change.is_new else "updated"


def _read_columns(context: PageContext) -> Row:
    """The columns that name the read which delivers a row."""
    return {
        "stream": context.reading.stream,
        "origin": context.page.origin,
        "seen": context.reading.number,
    }


def _mark_seen(
    context: PageContext, model: type[SQLModel], ids: set[int], stored: Mapping[str, Row]
) -> None:
    """Mark unchanged rows as shown by this read."""
    table = table_of(model)
    read = _read_columns(context)
    stale = [
        {"id": row["id"], **read}
        for row in stored.values()
        if row["id"] in ids and any(row[name] != value for name, value in read.items())
    ]
    update_rows(context.transaction, table, stale)


def bare_row(row: Row, emptied: Mapping[str, object]) -> Row:
    """The update that leaves of a deleted row only its id, for the rows that reference it."""
    nothing = {"bare": True, "stream": "", "origin": "", "seen": 0, "updated_at": None}
    return {"id": row["id"], "content": "", **nothing, **emptied}
