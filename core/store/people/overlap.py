"""How many people several connections know at once."""

from collections import Counter

from sqlalchemy import Connection, func, select

from core.store.people.contacts import CONTACT


def known_from(transaction: Connection) -> Counter[int]:
    """Number of connections that know a person -> how many people they know so."""
    person = (
        select(func.count(CONTACT.c.connection_id.distinct()).label("connections"))
        .where(CONTACT.c.profile_id.is_not(None))
        .group_by(CONTACT.c.profile_id)
        .subquery()
    )
    counted = select(person.c.connections, func.count().label("people")).group_by(
        person.c.connections
    )
    return Counter({row.connections: row.people for row in transaction.execute(counted)})
