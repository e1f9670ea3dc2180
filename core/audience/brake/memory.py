"""The brake's memory: who lost a target within a week though neither time nor new rows explain it.

A source that loses a few people with each read would otherwise empty a target unseen.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, delete, exists, select, update

from core.store.bulk import insert_rows, pieces
from core.store.tables import LEDGER, LEDGER_TARGETS, REMOVALS

_DAY = timedelta(days=1)
_WEEK = timedelta(days=7)
_ROWS = 1_000


@dataclass
class Removed:
    """Numbers of people who lost something and have not got it back."""

    in_a_day: int = 0
    in_a_week: int = 0


def removed(
    transaction: Connection, connection: int, separator: str, now: datetime
) -> dict[tuple[int, str], Removed]:
    """The remembered removals of a connection, by target and segment.

    `separator` is what the destination puts between the names of segments.
    """
    rows = transaction.execute(
        select(REMOVALS, LEDGER.c.state, LEDGER.c.value, LEDGER.c.wanted, LEDGER.c.handle)
        .join(LEDGER_TARGETS, LEDGER_TARGETS.c.id == REMOVALS.c.target_id)
        .outerjoin(
            LEDGER,
            and_(LEDGER.c.target_id == REMOVALS.c.target_id, LEDGER.c.key == REMOVALS.c.key),
        )
        .where(LEDGER_TARGETS.c.connection_id == connection, REMOVALS.c.at > now - _WEEK)
        .execution_options(yield_per=_ROWS)
    )
    found: dict[tuple[int, str], Removed] = defaultdict(Removed)
    for row in rows:
        if not _has_it(row, separator):
            counted = found[row.target_id, row.segment]
            counted.in_a_week += 1
            counted.in_a_day += row.at > now - _DAY
    return found


def remember(
    transaction: Connection, removals: Iterable[tuple[int, str, str]], now: datetime
) -> None:
    """Store removals by target, segment and key, and forget those from before a week."""
    new = list(removals)
    if not new:
        return
    transaction.execute(delete(REMOVALS).where(REMOVALS.c.at <= now - _WEEK))
    by_place: dict[tuple[int, str], list[str]] = defaultdict(list)
    for target_id, segment, key in new:
        by_place[target_id, segment].append(key)
    for (target_id, segment), keys in by_place.items():
        place = (REMOVALS.c.target_id == target_id, REMOVALS.c.segment == segment)
        for piece in pieces(keys):
            transaction.execute(delete(REMOVALS).where(*place, REMOVALS.c.key.in_(piece)))
        rows = [{"target_id": target_id, "segment": segment, "key": key, "at": now} for key in keys]
        insert_rows(transaction, REMOVALS, rows)


def pushed_day(transaction: Connection, target_id: int) -> int | None:
    """Local day of the last push of a target that was sent whole; None before the first."""
    target = select(LEDGER_TARGETS.c.pushed_day).where(LEDGER_TARGETS.c.id == target_id)
    return transaction.scalar(target)


def mark_pushed(transaction: Connection, target_ids: Iterable[int], day: int) -> None:
    """Mark targets as sent whole; a delivery to nobody is none."""
    carried = exists().where(
        LEDGER.c.target_id == LEDGER_TARGETS.c.id, LEDGER.c.state.in_(("delivered", "pending"))
    )
    for piece in pieces(list(target_ids)):
        transaction.execute(
            update(LEDGER_TARGETS)
            .where(LEDGER_TARGETS.c.id.in_(piece), carried)
            .values(pushed_day=day)
        )


def _has_it(row: Row[Any], separator: str) -> bool:
    """Whether the person carries it again, or still because the removal has not gone through."""
    if row.state is None or row.state in ("found", "released"):
        return False
    text = row.wanted if row.state == "pending" and row.handle else row.value
    if text is None or not row.segment:
        return text is not None
    return row.segment in text.split(separator)
