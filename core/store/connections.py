"""The numbers of configured connections, and what their connectors said of themselves."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import orjson
from sqlalchemy import Connection, select, update

from core.broken_connector import ConnectorSnapshot
from core.contract import Stream
from core.store.bulk import add_missing, table_of
from core.store.tables import people

_CONNECTION = table_of(people.Connection)


def connection_id(transaction: Connection, name: str, kind: str) -> int:
    """The number of a connection, given to it when it is first seen."""
    query = select(_CONNECTION.c.id).where(_CONNECTION.c.name == name)
    found = transaction.execute(query).scalar()
    if found is None:
        add_missing(transaction, _CONNECTION, {"name": name, "kind": kind})
        found = transaction.execute(query).scalar_one()
    return int(found)


def connection_names(transaction: Connection) -> dict[int, str]:
    """Every connection that ever was, by its number."""
    rows = transaction.execute(select(_CONNECTION.c.id, _CONNECTION.c.name))
    return {row.id: row.name for row in rows}


def remember(transaction: Connection, said: Mapping[str, ConnectorSnapshot]) -> None:
    """Keep what connectors say of themselves, by connection; writes only what is new."""
    known = {row.name: row.said for row in _all(transaction)}
    for name, each in said.items():
        if (text := _text(each)) != known.get(name):
            of_it = _CONNECTION.c.name == name
            transaction.execute(update(_CONNECTION).where(of_it).values(said=text))


def remembered(transaction: Connection) -> dict[str, ConnectorSnapshot]:
    """What connectors said of themselves last, by connection."""
    return {row.name: _said(orjson.loads(row.said)) for row in _all(transaction) if row.said}


def _all(transaction: Connection) -> Any:
    return transaction.execute(select(_CONNECTION.c.name, _CONNECTION.c.said))


def _text(said: ConnectorSnapshot) -> str:
    streams = said.streams
    return orjson.dumps(
        {
            "system": said.system,
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


def _said(table: Mapping[str, Any]) -> ConnectorSnapshot:
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
