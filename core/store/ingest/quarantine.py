"""Rows that could not be loaded: where and why, never what."""

from collections.abc import Iterable

from sqlalchemy import delete

from core.contract import Reject
from core.store.bulk import Row, add, change, rows_where, table_of
from core.store.tables.operations import Quarantine
from core.store.upsert.page_context import PageContext

_QUARANTINE = table_of(Quarantine)
_LONGEST_ID = 500


def lock_up(intake: PageContext, rejects: Iterable[Reject]) -> None:
    """Keep rejects; one that comes again is counted as a further attempt."""
    due = {(_clean(each.id), _clean(each.path)): _clean(each.reason) for each in rejects}
    mine = (
        _QUARANTINE.c.connection_id == intake.connection_id,
        _QUARANTINE.c.stream == intake.reading.stream,
    )
    rows = {row for row, _ in due}
    known = {
        (row["row"], row["path"]): row
        for row in rows_where(intake.transaction, _QUARANTINE, _QUARANTINE.c.row, rows, *mine)
    }
    new: list[Row] = []
    old: list[Row] = []
    for place, reason in due.items():
        told: Row = {"reason": reason, "last_at": intake.now}
        if place in known:
            attempts = known[place]["attempts"] + 1
            old.append({"id": known[place]["id"], **told, "attempts": attempts})
        else:
            new.append(
                {
                    "connection_id": intake.connection_id,
                    "stream": intake.reading.stream,
                    "row": place[0],
                    "path": place[1],
                    "first_at": intake.now,
                    "attempts": 1,
                    **told,
                }
            )
    add(intake.transaction, _QUARANTINE, new)
    change(intake.transaction, _QUARANTINE, old)


def release(intake: PageContext) -> None:
    """Forget rows of a part that was read whole and did not reject them again."""
    if intake.reading.began is None:
        return
    intake.transaction.execute(
        delete(_QUARANTINE).where(
            _QUARANTINE.c.connection_id == intake.connection_id,
            _QUARANTINE.c.stream == intake.reading.stream,
            _QUARANTINE.c.last_at < intake.reading.began,
            _QUARANTINE.c.row.startswith(intake.page.origin, autoescape=True),
        )
    )


def _clean(text: str) -> str:
    """Without what a database refuses: NUL and halves of letters."""
    kept = text.replace("\x00", "").encode("utf-8", "replace").decode()
    return kept[:_LONGEST_ID]
