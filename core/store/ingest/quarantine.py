"""Quarantine: rows that could not be loaded, by place and reason, never by value."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, exists, select

from core.contract import Reject
from core.records import LONGEST_ID, Record
from core.store.bulk import Row, delete_where, insert_rows, rows_where, update_rows
from core.store.keys import external_id
from core.store.tables import QUARANTINE
from core.store.upsert.page_context import PageContext


def add(context: PageContext, rejects: Iterable[Reject]) -> None:
    """Add rejects; one that comes again counts as a further attempt."""
    due = {(_clean(each.id), _clean(each.path)): each for each in rejects}
    rows = {row for row, _ in due}
    known = {
        (row["row"], row["path"]): row
        for row in rows_where(
            context.transaction, QUARANTINE, QUARANTINE.c.row, rows, *_of(context)
        )
    }
    new: list[Row] = []
    old: list[Row] = []
    for place, each in due.items():
        latest: Row = {
            "reason": _clean(each.reason),
            "key": _clean(each.key),
            "shape": _clean(each.shape),
            "last_at": context.now,
        }
        if place in known:
            attempts = known[place]["attempts"] + 1
            old.append({"id": known[place]["id"], **latest, "attempts": attempts})
        else:
            new.append(
                {
                    "connection_id": context.connection_id,
                    "stream": context.reading.stream,
                    "row": place[0],
                    "path": place[1],
                    "first_at": context.now,
                    "attempts": 1,
                    **latest,
                }
            )
    insert_rows(context.transaction, QUARANTINE, new)
    update_rows(context.transaction, QUARANTINE, old)


def release_loaded(context: PageContext, loaded: Sequence[Record]) -> None:
    """Remove earlier rejects of rows whose ids this page has loaded."""
    tally = context.reading.tally
    if tally.has_rejects is None:
        # Most streams have none, and pay once per read.
        some = exists().where(*_of(context), QUARANTINE.c.key != "")
        tally.has_rejects = bool(context.transaction.scalar(select(some)))
    if tally.has_rejects:
        again = {each.key for each in (*context.page.rejects, *context.rejects)}
        ids = {external_id(record) for record in loaded} - again - {""}
        earlier = QUARANTINE.c.last_at < context.now
        delete_where(context.transaction, QUARANTINE, QUARANTINE.c.key, ids, *_of(context), earlier)


def release(context: PageContext) -> None:
    """Remove rows of a part that was read whole and did not reject them again."""
    if context.reading.began is None:
        return
    context.transaction.execute(
        delete(QUARANTINE).where(
            *_of(context),
            QUARANTINE.c.last_at < context.reading.began,
            QUARANTINE.c.row.startswith(context.page.origin, autoescape=True),
        )
    )


def release_unmet(
    transaction: Connection, connection_id: int, stream: str, began: datetime
) -> None:
    """Remove rows that a read of the whole stream, begun then, did not reject again."""
    transaction.execute(
        delete(QUARANTINE).where(
            QUARANTINE.c.connection_id == connection_id,
            QUARANTINE.c.stream == stream,
            QUARANTINE.c.last_at < began,
        )
    )


def keys_of(transaction: Connection, connection_id: int, stream: str) -> list[str] | None:
    """Ids of all rows of a stream; None where one has none, so that not all can be asked for."""
    keys = transaction.scalars(
        select(QUARANTINE.c.key)
        .where(QUARANTINE.c.connection_id == connection_id, QUARANTINE.c.stream == stream)
        .distinct()
        .order_by(QUARANTINE.c.key)
    ).all()
    return None if "" in keys else list(keys)


def _of(context: PageContext) -> tuple[ColumnElement[bool], ...]:
    return (
        QUARANTINE.c.connection_id == context.connection_id,
        QUARANTINE.c.stream == context.reading.stream,
    )


def _clean(text: str) -> str:
    """Without the characters that a database refuses: NUL and unpaired surrogates."""
    storable = text.replace("\x00", "").encode("utf-8", "replace").decode()
    return storable[:LONGEST_ID]
