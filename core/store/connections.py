"""Numbers of configured connections, and the last snapshots of their connectors."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import orjson
from sqlalchemy import (
    ColumnElement,
    Connection,
    Table,
    delete,
    exists,
    false,
    select,
    true,
    update,
)

from core.contract import Stream
from core.errors import Misconfigured
from core.mistakes import unknown
from core.plugins import ConnectorSnapshot
from core.store.bulk import insert_missing
from core.store.tables import (
    ACCESS_TOKENS,
    CHECKPOINTS,
    CONNECTIONS,
    FINDINGS,
    QUARANTINE,
    RUN_STEPS,
    SLOTS,
    WAITS,
    WITH_CONNECTION,
)


def connection_id(transaction: Connection, name: str, kind: str) -> int:
    """The number of a connection, assigned when it is first seen."""
    query = select(CONNECTIONS.c.id).where(CONNECTIONS.c.name == name)
    found = transaction.execute(query).scalar()
    if found is None:
        insert_missing(transaction, CONNECTIONS, {"name": name, "kind": kind})
        found = transaction.execute(query).scalar_one()
    return int(found)


def connection_names(transaction: Connection) -> dict[int, str]:
    """Name of every connection that ever was, by number."""
    rows = transaction.execute(select(CONNECTIONS.c.id, CONNECTIONS.c.name))
    return {row.id: row.name for row in rows}


def connection_kinds(transaction: Connection) -> dict[str, str]:
    """Kind of every connection that ever was, by name."""
    rows = transaction.execute(select(CONNECTIONS.c.name, CONNECTIONS.c.kind))
    return {row.name: row.kind for row in rows}


def rename(transaction: Connection, old: str, new: str) -> None:
    """Give another name to a connection, with all that is stored of it.

    Raises Misconfigured where nothing is stored of `old`, or something was read, written or signed
    in under `new`.
    """
    numbers = {name: number for number, name in connection_names(transaction).items()}
    if old not in numbers:
        raise Misconfigured(f"nothing is stored of {old}; {unknown('connection', old, numbers)}")
    if new in numbers:
        _discard(transaction, numbers[new], numbers[old], new)
    transaction.execute(update(CONNECTIONS).where(CONNECTIONS.c.name == old).values(name=new))
    for kind in ("pull", "push", "resolve"):
        transaction.execute(delete(SLOTS).where(SLOTS.c.job == f"{kind} {new}"))
        same = SLOTS.c.job == f"{kind} {old}"
        transaction.execute(update(SLOTS).where(same).values(job=f"{kind} {new}"))


def has_rows(transaction: Connection, number: int) -> bool:
    """Whether anything was read, written or signed in through a connection."""
    return next(_tables_with_rows(transaction, number), None) is not None


def _discard(transaction: Connection, number: int, heir: int, name: str) -> None:
    """Delete a connection through which nothing came; its steps become those of the heir."""
    if (table := next(_tables_with_rows(transaction, number), None)) is not None:
        raise Misconfigured(
            f"{name} has rows of its own in the store ({table.name}), so nothing can be moved "
            "there; choose a name that was never used"
        )
    own = RUN_STEPS.c.connection_id == number
    transaction.execute(update(RUN_STEPS).where(own).values(connection_id=heir))
    for table in WITH_CONNECTION:
        transaction.execute(delete(table).where(table.c.connection_id == number))
    transaction.execute(delete(CONNECTIONS).where(CONNECTIONS.c.id == number))


def _tables_with_rows(transaction: Connection, number: int) -> Iterator[Table]:
    """The tables that hold more of a connection than that it was tried in vain."""
    in_vain: Mapping[Table, ColumnElement[bool]] = {
        RUN_STEPS: true(), WAITS: true(), FINDINGS: true(), QUARANTINE: true(),
        ACCESS_TOKENS: ACCESS_TOKENS.c.sealed == "",
        CHECKPOINTS: CHECKPOINTS.c.cursor.is_(None) & CHECKPOINTS.c.state.is_(None)
        & CHECKPOINTS.c.completed_at.is_(None),
    }  # fmt: skip
    for table in WITH_CONNECTION:
        own = [table.c.connection_id == number, ~in_vain.get(table, false())]
        if transaction.scalar(select(exists().where(*own))):
            yield table


def remember(transaction: Connection, snapshots: Mapping[str, ConnectorSnapshot]) -> None:
    """Store snapshots of connectors by connection, where they changed."""
    known = {row.name: row.said for row in _all(transaction)}
    for name, each in snapshots.items():
        if (text := _text(each)) != known.get(name):
            of_it = CONNECTIONS.c.name == name
            transaction.execute(update(CONNECTIONS).where(of_it).values(said=text))


def remembered(transaction: Connection) -> dict[str, ConnectorSnapshot]:
    """The last snapshot of each connector, by connection."""
    return {row.name: _snapshot(orjson.loads(row.said)) for row in _all(transaction) if row.said}


def _all(transaction: Connection) -> Any:
    return transaction.execute(select(CONNECTIONS.c.name, CONNECTIONS.c.said))


def _text(snapshot: ConnectorSnapshot) -> str:
    streams = snapshot.streams
    return orjson.dumps(
        {
            "system": snapshot.system,
            "streams": None if streams is None else [
                {
                    "name": each.name,
                    "nouns": sorted(each.nouns),
                    "every": each.every.total_seconds() if each.every else None,
                }
                for each in streams
            ],
        }
    ).decode()  # fmt: skip


def _snapshot(table: Mapping[str, Any]) -> ConnectorSnapshot:
    streams = table["streams"]
    return ConnectorSnapshot(
        table["system"],
        None if streams is None else tuple(
            Stream(
                each["name"],
                tuple(each["nouns"]),
                every=None if each["every"] is None else timedelta(seconds=each["every"]),
            )
            for each in streams
        ),
    )  # fmt: skip
