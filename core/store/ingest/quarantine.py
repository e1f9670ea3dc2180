"""Quarantine: rows that could not be loaded, by place and reason, never by value."""

from collections.abc import Iterable

from sqlalchemy import delete

from core.contract import Reject
from core.records import LONGEST_ID
from core.store.bulk import Row, insert_rows, rows_where, update_rows
from core.store.tables import QUARANTINE
from core.store.upsert.page_context import PageContext


def add(context: PageContext, rejects: Iterable[Reject]) -> None:
    """Add rejects; one that comes again counts as a further attempt."""
    due = {(_clean(each.id), _clean(each.path)): _clean(each.reason) for each in rejects}
    mine = (
        QUARANTINE.c.connection_id == context.connection_id,
        QUARANTINE.c.stream == context.reading.stream,
    )
    rows = {row for row, _ in due}
    known = {
        (row["row"], row["path"]): row
        for row in rows_where(context.transaction, QUARANTINE, QUARANTINE.c.row, rows, *mine)
    }
    new: list[Row] = []
    old: list[Row] = []
    for place, reason in due.items():
        latest: Row = {"reason": reason, "last_at": context.now}
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


def release(context: PageContext) -> None:
    """Remove rows of a part that was read whole and did not reject them again."""
    if context.reading.began is None:
        return
    context.transaction.execute(
        delete(QUARANTINE).where(
            QUARANTINE.c.connection_id == context.connection_id,
            QUARANTINE.c.stream == context.reading.stream,
            QUARANTINE.c.last_at < context.reading.began,
            QUARANTINE.c.row.startswith(context.page.origin, autoescape=True),
        )
    )


def _clean(text: str) -> str:
    """Without the characters that a database refuses: NUL and unpaired surrogates."""
    storable = text.replace("\x00", "").encode("utf-8", "replace").decode()
    return storable[:LONGEST_ID]
