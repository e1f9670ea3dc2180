"""Numbers of configured connections, and the last snapshots of their connectors."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import orjson
from sqlalchemy import Connection, select, update

from core.contract import Stream
from core.plugins import ConnectorSnapshot
from core.store.bulk import insert_missing
from core.store.tables import CONNECTIONS


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
