"""How many members of each segment could be written to."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Protocol

from sqlalchemy import ColumnElement, Connection, exists, func, or_, select

from core.audience.binding import Bindings, Requires
from core.audience.writable import writable
from core.broken_connector import BrokenConnector
from core.contract import Connector, Destination
from core.store.connections import connection_names
from core.store.people.consent import reachable_profiles
from core.store.tables import CONTACTS, SEGMENTS, STAYS

Place = tuple[str, Requires]
"""A destination by name, and the consent that is asked for there."""


class Bound(Protocol):
    """A configured connection, as far as it matters here."""

    @property
    def connector(self) -> Connector:
        """Its connector."""

    @property
    def push(self) -> Bindings | None:
        """What is written there; None: nothing."""


def reachable(transaction: Connection, connections: Mapping[str, Bound]) -> dict[str, int]:
    """Members with a permitted address in at least one destination of their segment, by segment.

    Of a segment that is bound nowhere: members with consent to email. Segments that nobody is
    in are left out.
    """
    places = _places(connections)
    numbers = {name: number for number, name in connection_names(transaction).items()}
    groups: dict[frozenset[Place], list[int]] = defaultdict(list)
    for segment in transaction.execute(select(SEGMENTS.c.id, SEGMENTS.c.name)):
        bound = places.get(segment.name) or places.get(segment.name.partition(":")[0])
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


def _destination(connection: Bound) -> Destination | None:
    """What can be written to now."""
    connector = connection.connector
    if isinstance(connector, BrokenConnector) or not isinstance(connector, Destination):
        return None
    return connector


def _places(connections: Mapping[str, Bound]) -> dict[str, set[Place]]:
    places: dict[str, set[Place]] = defaultdict(set)
    for name, connection in connections.items():
        for binding in connection.push.bindings if connection.push else ():
            for segment in binding.segments:
                places[segment].add((name, binding.requires))
    return places


def _members(
    transaction: Connection, segments: list[int], may: ColumnElement[bool]
) -> dict[str, int]:
    counted = (
        select(SEGMENTS.c.name, func.count(STAYS.c.profile_id.distinct()).label("members"))
        .join(SEGMENTS, SEGMENTS.c.id == STAYS.c.segment_id)
        .where(
            STAYS.c.segment_id.in_(segments),
            STAYS.c.left_day.is_(None),
            exists().where(CONTACTS.c.profile_id == STAYS.c.profile_id, may),
        )
        .group_by(SEGMENTS.c.name)
    )
    return {row.name: row.members for row in transaction.execute(counted)}
