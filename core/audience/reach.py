"""The reach of each segment: how many of its members may be written to."""

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
