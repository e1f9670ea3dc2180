"""Who may be written to at a destination: on its list, consenting, and shown by its last read."""

from collections.abc import Collection

import orjson
from sqlalchemy import ColumnElement, Connection, FromClause, and_, exists, or_, select

from core.audience.binding import Requires
from core.contract import Destination
from core.store.bulk import pieces, table_of
from core.store.connections import connection_names
from core.store.people.reach import stands
from core.store.suppression import suppressed
from core.store.tables.behaviour import ListMember
from core.store.tables.people import Consent, Contact, Identifier

_CONSENT = table_of(Consent)
_CONTACT = table_of(Contact)
_IDENTIFIER = table_of(Identifier)
_MEMBER = table_of(ListMember)


def writable(destination: Destination, connection: int, requires: Requires) -> ColumnElement[bool]:
    """A condition on `contact`: this row of the destination's connection may be written to.

    A contact that only a fact names (bare) was never shown by the destination. A read that
    shows a list from first row to last takes away the rows that it does not show, so a row
    that is there was there at the last completed read.
    """
    conditions = [
        _CONTACT.c.connection_id == connection,
        _CONTACT.c.bare.is_(False),
        _CONTACT.c.profile_id.is_not(None),
    ]
    lists = tuple(destination.gating_lists())
    if lists:
        conditions.append(
            exists().where(
                _MEMBER.c.contact_id == _CONTACT.c.id,
                _MEMBER.c.list.in_(lists),
                _MEMBER.c.status.in_(sorted(destination.writable_statuses)),
            )
        )
    if requires != "none":
        conditions.append(_consenting(requires, connection, lists))
    return and_(*conditions)


def _consenting(channel: str, connection: int, lists: tuple[str, ...]) -> ColumnElement[bool]:
    """The contact has an address with a grant for the channel and nothing that blocks it.

    The table keeps the newest statement per address, channel, list and source. A word about one
    list counts for that list alone; one about the whole channel blocks everywhere until its own
    source tells of a newer grant, of the channel or of any list.
    """
    # Aliases: a statement around this condition may name the tables itself.
    address = _IDENTIFIER.alias()
    granted, withdrawn = _CONSENT.alias(), _CONSENT.alias()
    has_grant = exists().where(
        _about(granted, address, channel),
        granted.c.granted.is_(True),
        or_(granted.c.list == "", _here(granted, connection, lists)),
    )
    blocked = exists().where(
        _about(withdrawn, address, channel),
        withdrawn.c.granted.is_(False),
        or_(
            _here(withdrawn, connection, lists),
            and_(or_(withdrawn.c.list == "", withdrawn.c.reason != "asked"), stands(withdrawn)),
        ),
    )
    return exists().where(address.c.contact_id == _CONTACT.c.id, has_grant, ~blocked)


def _about(statement: FromClause, address: FromClause, channel: str) -> ColumnElement[bool]:
    return and_(
        statement.c.kind == address.c.kind,
        statement.c.value == address.c.value,
        statement.c.channel == channel,
    )


def _here(statement: FromClause, connection: int, lists: tuple[str, ...]) -> ColumnElement[bool]:
    return and_(statement.c.connection_id == connection, statement.c.list.in_(lists))


def still_writable(
    transaction: Connection,
    destination: Destination,
    connection: int,
    requires: Requires,
    keys: Collection[str],
) -> dict[str, str | None]:
    """Those of the keys whose persons may be written to at this very moment, with their addresses.

    An address is the one that the destination's own connection stated last, as it stated it.
    Erased people are looked for once more here: a restored copy of the store may hold them.
    """
    name = connection_names(transaction)[connection]
    may = writable(destination, connection, requires)
    names: dict[str, set[tuple[str, ...]]] = {}
    addresses: dict[str, str | None] = {}
    for piece in pieces(keys):
        rows = transaction.execute(
            select(
                _CONTACT.c.external_id,
                _CONTACT.c.stated,
                _IDENTIFIER.c.kind,
                _IDENTIFIER.c.value,
            )
            .outerjoin(_IDENTIFIER, _IDENTIFIER.c.contact_id == _CONTACT.c.id)
            .where(_CONTACT.c.external_id.in_(piece), may)
        )
        for key, stated, kind, value in rows:
            if key not in names:
                addresses[key] = orjson.loads(stated).get("email")
            of_person = names.setdefault(key, {("contact", name, key)})
            if kind is not None:
                of_person.add((kind, value))
    erased = suppressed(transaction, (each for of_person in names.values() for each in of_person))
    return {key: addresses[key] for key, of_person in names.items() if not of_person & erased}
