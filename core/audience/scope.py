"""The scope of a push: a destination with its bindings, the time, and what the store has of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, select

from core.audience.binding import Bindings
from core.audience.completeness import has_been_read
from core.audience.ledger import known_connection_id
from core.audience.values.wording import Wording
from core.contract import Destination
from core.errors import Held
from core.store.connections import connection_names
from core.store.tables import EVALUATIONS, SEGMENTS
from core.store.tables.types import local_day


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


def check_pushable(transaction: Connection, connection: str, context: PlanContext) -> None:
    """Raise Held where nothing may be pushed at all."""
    if not has_been_read(transaction, connection, context.member_streams):
        raise Held(
            f"{connection} has never been read to its end, so it is not known who may be written "
            f"to; run: segmenthub pull {connection}"
        )
    today = local_day(context.now, context.zone)
    latest = EVALUATIONS.c.id == select(func.max(EVALUATIONS.c.id)).scalar_subquery()
    day = transaction.scalar(select(EVALUATIONS.c.as_of_day).where(latest))
    if day is None:
        raise Held("the segments have never been evaluated; run: segmenthub evaluate")
    if day != today:
        raise Held(
            f"the segments are evaluated as of {date.fromordinal(day)} and today is "
            f"{date.fromordinal(today)}; run: segmenthub evaluate"
        )


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
