"""Permission to write to a contact at a destination: on its list, consenting, still there."""

from collections.abc import Collection

import orjson
from sqlalchemy import ColumnElement, Connection, and_, exists, select

from core.audience.binding import Requires
from core.contract import Destination
from core.store.bulk import pieces
from core.store.connections import connection_names
from core.store.people.consent import permitted
from core.store.people.suppression import suppressed
from core.store.tables import CONTACTS, IDENTIFIERS, PLACES


def writable(destination: Destination, connection: int, requires: Requires) -> ColumnElement[bool]:
    """A condition on `contact`: this row of the destination's connection may be written to.

    A bare contact was never delivered by the destination. A complete read of a list deletes the
    rows that it does not show, so that a stored row was there at the last completed read.
    """
    conditions = [
        CONTACTS.c.connection_id == connection,
        CONTACTS.c.bare.is_(False),
        CONTACTS.c.profile_id.is_not(None),
    ]
    lists = tuple(destination.gating_lists())
    if lists:
        conditions.append(
            exists().where(
                PLACES.c.contact_id == CONTACTS.c.id,
                PLACES.c.list.in_(lists),
                PLACES.c.status.in_(sorted(destination.writable_statuses)),
            )
        )
    if requires != "none":
        address = IDENTIFIERS.alias()
        may = permitted(address, requires, (connection, lists))
        conditions.append(exists().where(address.c.contact_id == CONTACTS.c.id, may))
    return and_(*conditions)


def still_writable(
    transaction: Connection,
    destination: Destination,
    connection: int,
    requires: Requires,
    keys: Collection[str],
) -> dict[str, str | None]:
    """The keys whose people may be written to at this moment, with their addresses.

    An address is the one that the destination's own connection stated last, as it stated it.
    Suppressed people are checked again: a restored copy of the store may hold them.
    """
    name = connection_names(transaction)[connection]
    may = writable(destination, connection, requires)
    names: dict[str, set[tuple[str, ...]]] = {}
    addresses: dict[str, str | None] = {}
    for piece in pieces(keys):
        rows = transaction.execute(
            select(
                CONTACTS.c.external_id,
                CONTACTS.c.stated,
                IDENTIFIERS.c.kind,
                IDENTIFIERS.c.value,
            )
            .outerjoin(IDENTIFIERS, IDENTIFIERS.c.contact_id == CONTACTS.c.id)
            .where(CONTACTS.c.external_id.in_(piece), may)
        )
        for key, stated, kind, value in rows:
            if key not in names:
                addresses[key] = orjson.loads(stated).get("email")
            of_person = names.setdefault(key, {("contact", name, key)})
            if kind is not None:
                of_person.add((kind, value))
    erased = suppressed(transaction, (each for of_person in names.values() for each in of_person))
    return {key: addresses[key] for key, of_person in names.items() if not of_person & erased}
