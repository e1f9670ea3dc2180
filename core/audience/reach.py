"""Permission to write to a contact at a destination, and the reach of each segment there."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from typing import Literal, Protocol

import orjson
from sqlalchemy import ColumnElement, Connection, Select, and_, exists, func, or_, select, true

from core.audience.binding import Bindings, expand
from core.contract import Connector, Destination
from core.plugins import BrokenConnector
from core.records import Requires
from core.store.bulk import pieces
from core.store.connections import connection_names
from core.store.people.identifiers import main_email
from core.store.people.permission import permitted, reachable_profiles
from core.store.people.suppression import contact_name, suppressed
from core.store.tables import CONTACTS, IDENTIFIERS, PLACES, SEGMENTS, STAYS


def writable(destination: Destination, connection: int, requires: Requires) -> ColumnElement[bool]:
    """A condition on `contact`: this row of the destination's connection may be written to.

    A bare contact was never delivered by the destination, and one that was merged into another is
    no more there. A complete read of a list deletes the
    rows that it does not show, so that a stored row was there at the last completed read.
    Where the destination knows people by identifiers, a contact of any connection will do.
    """
    if destination.addressed_by == "identifiers":
        address = IDENTIFIERS.alias()
        may = permitted(address, requires)
        return exists().where(address.c.contact_id == CONTACTS.c.id, may)
    conditions = [
        CONTACTS.c.connection_id == connection,
        CONTACTS.c.bare.is_(False),
        CONTACTS.c.profile_id.is_not(None),
        CONTACTS.c.merged_into.is_(None),
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
        conditions.append(
            exists().where(address.c.contact_id == CONTACTS.c.id, address.c.main, may)
        )
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
    may = writable(destination, connection, requires)
    names: dict[str, set[tuple[str, ...]]] = {}
    addresses: dict[str, str | None] = {}
    for piece in pieces(keys):
        rows = transaction.execute(
            select(
                CONTACTS.c.external_id, CONTACTS.c.stated, IDENTIFIERS.c.kind, IDENTIFIERS.c.value
            )
            .outerjoin(IDENTIFIERS, IDENTIFIERS.c.contact_id == CONTACTS.c.id)
            .where(CONTACTS.c.external_id.in_(piece), may)
        )
        for key, stated, kind, value in rows:
            if key not in names:
                addresses[key] = main_email(orjson.loads(stated))
            of_person = names.setdefault(key, {contact_name(connection, key)})
            if kind is not None:
                of_person.add((kind, value))
    erased = suppressed(transaction, (each for of_person in names.values() for each in of_person))
    return {key: addresses[key] for key, of_person in names.items() if not of_person & erased}


AddressedBy = Literal["key", "identifiers"]
"""How a destination knows people."""

DestinationConsent = tuple[str, Requires]
"""Name of a destination, and the consent that it requires."""


class BoundConnection(Protocol):
    """A configured connection, with the two properties that are used here."""

    @property
    def connector(self) -> Connector:
        """The connector."""

    @property
    def push(self) -> Bindings | None:
        """The push stanza; None: nothing is written there."""


def reachable(
    transaction: Connection, connections: Mapping[str, BoundConnection]
) -> dict[str, int]:
    """Segment -> members with a permitted address in at least one destination of the segment.

    For a segment that is bound nowhere: members with consent to email. Segments without members
    are left out.
    """
    destinations = _destinations_by_segment(connections)
    numbers = {name: number for number, name in connection_names(transaction).items()}
    groups: dict[frozenset[DestinationConsent], list[int]] = defaultdict(list)
    for segment in transaction.execute(select(SEGMENTS.c.id, SEGMENTS.c.name)):
        bound = destinations.get(segment.name) or destinations.get(segment.name.partition(":")[0])
        groups[frozenset(bound or ())].append(segment.id)
    found: dict[str, int] = {}
    for group, segments in groups.items():
        may = [
            writable(destination, numbers[name], requires)
            for name, requires in sorted(group)
            if name in numbers and (destination := _destination(connections[name])) is not None
        ]
        if not group:
            may = [CONTACTS.c.profile_id.in_(reachable_profiles("email").correlate(None))]
        if may:
            found |= _members(transaction, segments, or_(*may))
    return found


def empty_targets(
    transaction: Connection, connections: Mapping[str, BoundConnection], addressed_by: AddressedBy
) -> Iterator[str]:
    """A sentence for each target that has members and may be written for none of them.

    Of the destinations that know people by keys, or of those that know them by identifiers.
    """
    numbers = {row.name: row.id for row in transaction.execute(select(SEGMENTS))}
    ids = {name: number for number, name in connection_names(transaction).items()}
    for name, connection in connections.items():
        destination = _destination(connection)
        if destination is None or destination.addressed_by != addressed_by:
            continue
        for binding in expand(connection.push.bindings if connection.push else (), numbers):
            segments = [numbers[each] for each in binding.segments if each in numbers]
            may = writable(destination, ids.get(name, 0), binding.requires)
            if transaction.scalar(select(exists(_stays(segments, may)))):
                continue
            # Counted only here: most targets have somebody, which is quickly seen.
            members = sum(_members(transaction, segments, true()).values())
            if members:
                whom = "the only member" if members == 1 else f"none of {members:,} members"
                yield (
                    f"the {binding.target.kind} {binding.target.name} of {name} stays empty: "
                    f"{whom} of {', '.join(binding.segments)} "
                    f"{_condition(binding.requires, addressed_by)}"
                )


def _condition(requires: Requires, addressed_by: AddressedBy) -> str:
    """The condition that a member must meet to be written to."""
    if addressed_by == "identifiers":
        return f"has consent to {requires}"
    return "is there" if requires == "none" else f"is there with consent to {requires}"


def _destination(connection: BoundConnection) -> Destination | None:
    """The destination of a connection, if it can be written to now."""
    connector = connection.connector
    if isinstance(connector, BrokenConnector) or not isinstance(connector, Destination):
        return None
    return connector


def _destinations_by_segment(
    connections: Mapping[str, BoundConnection],
) -> dict[str, set[DestinationConsent]]:
    destinations: dict[str, set[DestinationConsent]] = defaultdict(set)
    for name, connection in connections.items():
        for binding in connection.push.bindings if connection.push else ():
            for segment in binding.segments:
                destinations[segment].add((name, binding.requires))
    return destinations


def _members(
    transaction: Connection, segments: list[int], may: ColumnElement[bool]
) -> dict[str, int]:
    counted = (
        _stays(segments, may)
        .with_only_columns(
            SEGMENTS.c.name, func.count(STAYS.c.profile_id.distinct()).label("members")
        )
        .join(SEGMENTS, SEGMENTS.c.id == STAYS.c.segment_id)
        .group_by(SEGMENTS.c.name)
    )
    return {row.name: row.members for row in transaction.execute(counted)}


def _stays(segments: list[int], may: ColumnElement[bool]) -> Select[tuple[int]]:
    """Present members of some segments who have a contact of which the condition holds."""
    return select(STAYS.c.profile_id).where(
        STAYS.c.segment_id.in_(segments),
        STAYS.c.left_day.is_(None),
        exists().where(CONTACTS.c.profile_id == STAYS.c.profile_id, may),
    )
