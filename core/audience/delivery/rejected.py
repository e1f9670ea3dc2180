"""Changes that destinations refused: for good, or for a reason that passes."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, func, or_, select

from core.store.tables import CONNECTIONS, LEDGER, LEDGER_TARGETS

_READ_AT_ONCE = 1_000


@dataclass(frozen=True)
class RejectedGroup:
    """Changes at one target that were refused for the same reason."""

    connection: str
    kind: str
    target: str
    reason: str
    changes: int
    last_at: datetime
    again_at: datetime | None
    """When the first of them is sent again; None: not by itself."""


@dataclass(frozen=True)
class RejectedChange:
    """One person's change that was refused."""

    connection: str
    kind: str
    target: str
    key: str
    """The person's key at the destination."""
    reason: str
    at: datetime
    again_at: datetime | None


_PLACE = (
    CONNECTIONS.c.name.label("connection"),
    LEDGER_TARGETS.c.kind,
    LEDGER_TARGETS.c.name.label("target"),
)


def rejected_groups(transaction: Connection, connection: str | None = None) -> list[RejectedGroup]:
    """Refused changes by connection, target and reason, the most first within a connection."""
    keys = (*_PLACE, LEDGER.c.reason)
    number = func.count().label("changes")
    rows = transaction.execute(
        select(
            *keys,
            number,
            func.max(LEDGER.c.at).label("last_at"),
            func.min(LEDGER.c.due_at).label("again_at"),
        )
        .select_from(_joined())
        .where(*_refused(connection))
        .group_by(*keys, LEDGER.c.due_at.is_(None))
        .order_by(CONNECTIONS.c.name, number.desc(), *keys[1:])
    )
    return [RejectedGroup(**row) for row in rows.mappings()]


def rejected_changes(
    transaction: Connection, connection: str | None = None
) -> Iterator[RejectedChange]:
    """Refused changes one by one, read as they are needed."""
    rows = transaction.execute(
        select(
            *_PLACE,
            LEDGER.c.key,
            LEDGER.c.reason,
            LEDGER.c.at,
            LEDGER.c.due_at.label("again_at"),
        )
        .select_from(_joined())
        .where(*_refused(connection))
        .order_by(*_PLACE, LEDGER.c.key)
        .execution_options(yield_per=_READ_AT_ONCE)
    )
    for row in rows.mappings():
        yield RejectedChange(**row)


def _joined() -> FromClause:
    return LEDGER.join(LEDGER_TARGETS, LEDGER_TARGETS.c.id == LEDGER.c.target_id).join(
        CONNECTIONS, CONNECTIONS.c.id == LEDGER_TARGETS.c.connection_id
    )


def _refused(connection: str | None) -> list[ColumnElement[Any]]:
    # A person who was skipped for good is not on the list: nothing is left to do.
    passing = (LEDGER.c.state == "skipped") & LEDGER.c.due_at.is_not(None)
    conditions: list[ColumnElement[Any]] = [or_(LEDGER.c.state == "rejected", passing)]
    if connection is not None:
        conditions.append(CONNECTIONS.c.name == connection)
    return conditions
