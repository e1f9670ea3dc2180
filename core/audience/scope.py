"""The scope of a push: a destination with its bindings, the time, and what the store has of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from core.audience.binding import Bindings
from core.audience.ledger import known_connection_id
from core.audience.values.wording import Wording
from core.contract import Destination
from core.store.connections import connection_names
from core.store.tables import SEGMENTS


@dataclass(frozen=True)
class Scope:
    """One destination with its connection, bindings and segments in the store."""

    destination: Destination
    connection_id: int
    bindings: Bindings
    segments: Mapping[str, int]
    """Name of each evaluated segment -> its id in the store."""
    wording: Wording
    """How the destination writes values, and the present."""

    @property
    def by_identifiers(self) -> bool:
        """Whether the keys are numbers of profiles."""
        return self.destination.addressed_by == "identifiers"


@dataclass(frozen=True)
class PlanContext:
    """Circumstances of a push: the time, and the completeness of the facts."""

    now: datetime
    zone: ZoneInfo
    """The shop's time zone; it decides which date is today."""
    member_streams: tuple[str, ...] = ()
    """The destination's own streams with its people and their status."""
    connections: frozenset[str] | None = None
    """Connections whose facts fill fields, those that the config names; None: all."""
    incomplete: Mapping[str, str] = field(default_factory=dict)
    """Segments, values or connections that rest on incomplete facts, and why
    (`completeness.incomplete`)."""


def scope_of(
    transaction: Connection,
    destination: Destination,
    bindings: Bindings,
    context: PlanContext,
) -> Scope:
    """The destination with what the store has of it; raises Held where it was never read."""
    numbers = {name: number for number, name in connection_names(transaction).items()}
    counting = {numbers[name] for name in context.connections or () if name in numbers}
    rows = transaction.execute(select(SEGMENTS.c.name, SEGMENTS.c.id))
    return Scope(
        destination,
        own_connection_id(transaction, destination, bindings.connection),
        bindings,
        {row.name: row.id for row in rows},
        Wording(
            destination.date_format,
            destination.separator,
            context.now,
            context.now.astimezone(context.zone).date(),
            None if context.connections is None else frozenset(counting),
        ),
    )


def own_connection_id(transaction: Connection, destination: Destination, name: str) -> int:
    """The id of a destination's connection; raises Held where it has to be read first.

    One that knows its people by identifiers gets its id when it is pushed to; 0 until then.
    """
    if destination.addressed_by == "identifiers":
        numbers = {known: number for number, known in connection_names(transaction).items()}
        return numbers.get(name, 0)
    return known_connection_id(transaction, name)
