"""The numbers of configured connections."""

from sqlalchemy import Connection, insert, select

from core.store.bulk import table_of
from core.store.tables import people

_CONNECTION = table_of(people.Connection)


def connection_id(transaction: Connection, name: str, kind: str) -> int:
    """The number of a connection, given to it when it is first seen."""
    query = select(_CONNECTION.c.id).where(_CONNECTION.c.name == name)
    found = transaction.execute(query).scalar()
    if found is None:
        created = insert(_CONNECTION).values(name=name, kind=kind).returning(_CONNECTION.c.id)
        found = transaction.execute(created).scalar_one()
    return int(found)


def connection_names(transaction: Connection) -> dict[int, str]:
    """Every connection that ever was, by its number."""
    rows = transaction.execute(select(_CONNECTION.c.id, _CONNECTION.c.name))
    return {row.id: row.name for row in rows}
