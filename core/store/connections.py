"""The numbers of configured connections."""

from sqlalchemy import Connection, select

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
