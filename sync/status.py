"""The status of the hub: the last reads and pushes, and what needs a person."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.audience.completeness import incomplete
from core.audience.delivery.jobs import running_jobs
from core.audience.reach import empty_targets
from core.contract import Stream
from core.store import findings, history, slots, waits
from core.store.connections import connection_names
from core.store.database import Transaction
from core.store.findings import Finding
from core.store.people.identity import orders_of_nobody
from core.store.tables.types import local_day
from core.store.trade.order_counts import parts_of_orders
from sync.access.tokens import token_needs
from sync.destinations import bound_destinations, required_stream
from sync.evaluation import NEVER, Size
from sync.findings import configured, described, people_notes, refusals, statuses_to_write
from sync.hub import Hub
from sync.repair.renaming import possible_renames
from sync.runs import FAILED, HELD, RUNNING

Place = tuple[str, str]
"""Connection and stream."""


@dataclass(frozen=True)
class OrderCounts:
    """Orders of one stream."""

    all: int
    of_nobody: int
    """Orders without a person; they count in averages of orders but for no profile."""


@dataclass(frozen=True)
class StreamState:
    """One stream: its checkpoint and its last read."""

    connection: str
    stream: str
    configured: bool
    checkpoint: history.CheckpointRow | None
    """None: it was never read."""
    last: history.StepRow | None
    orders: OrderCounts | None
    """None: it delivers no orders."""
    findings: Sequence[Finding]
    """Losses of its reads."""

    def as_json(self) -> dict[str, object]:
        """The JSON of `status --json`."""
        checkpoint, last, orders = self.checkpoint, self.last, self.orders
        return {
            "connection": self.connection,
            "stream": self.stream,
            "configured": self.configured,
            "checkpoint": {
                "cursor": _iso(checkpoint.cursor if checkpoint else None),
                "completed_at": _iso(checkpoint.completed_at if checkpoint else None),
                "rows": checkpoint.rows if checkpoint else None,
                "suspect": checkpoint.suspect if checkpoint else "",
            },
            "last_run": {
                "started_at": _iso(last.started_at if last else None),
                "ended_at": _iso(last.ended_at if last else None),
                "result": last.result if last else "",
                "message": last.message if last else "",
                "counts": dict(last.counts) if last else {},
            },
            "orders": {"all": orders.all, "of_nobody": orders.of_nobody} if orders else None,
            "findings": [vars(each) for each in self.findings],
        }


@dataclass(frozen=True)
class HubStatus:
    """The state of the whole hub."""

    streams: Sequence[StreamState]
    pushes: Mapping[str, history.StepRow | None]
    """Destination -> its last push; None: never pushed."""
    needs: Sequence[str]
    """Sentences about what needs a person, the most urgent first."""
    losses: Sequence[str]
    """Sentences about values that were left empty or not understood."""
    notes: Sequence[str]
    """Sentences that are good to know."""


def hub_status(hub: Hub, sizes: Sequence[Size]) -> HubStatus:
    """Read the state of the hub from the store."""
    with hub.database.read() as transaction:
        steps = history.latest_steps(transaction)
        streams = _streams(hub, transaction, steps)
        found = configured(findings.stored(transaction), hub.config)
        pushes = {each.name: steps.get(("push", each.name, "")) for each in bound_destinations(hub)}
        needs = [
            *(f"{name}: {fault}" for name, fault in hub.config.faults.items()),
            *token_needs(transaction, hub.config, hub.now()),
            *possible_renames(transaction, hub.config),
            *_failures(hub, streams),
            *_pushes(pushes),
            *_incomplete(hub, transaction, streams),
            *_evaluation(hub, steps, sizes),
            *_questions(streams),
            *(described(each, hub.config) for each in found if each.finding.fails),
            *statuses_to_write(transaction, hub.config),
            *empty_targets(transaction, hub.config.connections, "identifiers"),
            *refusals(transaction, hub.config),
            *_quarantined(transaction),
        ]
        losses = [described(each, hub.config) for each in found if not each.finding.fails]
        notes = [
            *waits.described(transaction, hub.now(), hub.config.hub.timezone),
            *_running_jobs(hub, transaction),
            *_missed_slots(hub, transaction),
            *people_notes(transaction),
            *empty_targets(transaction, hub.config.connections, "key"),
            *_orders_of_nobody(streams),
            *_parts_of_orders(hub, transaction),
            *hub.database.notes(),
        ]
    return HubStatus(streams, pushes, needs, losses, notes)


def stream_states(hub: Hub) -> list[StreamState]:
    """The streams of the config, and stored ones that the config no longer names."""
    with hub.database.read() as transaction:
        return _streams(hub, transaction, history.latest_steps(transaction))


def _streams(
    hub: Hub,
    transaction: Transaction,
    steps: Mapping[tuple[str, str, str], history.StepRow],
) -> list[StreamState]:
    checkpoints = {
        (each.connection, each.stream): each for each in history.checkpoints(transaction)
    }
    names = connection_names(transaction)
    orders = {
        (names[number], stream): OrderCounts(*counts)
        for (number, stream), counts in orders_of_nobody(transaction).items()
    }
    configured = [(name, stream.name) for name, stream in _configured(hub)]
    found = findings.stored(transaction)
    return [
        StreamState(
            *place,
            configured=place in configured,
            checkpoint=checkpoints.get(place),
            last=_last(steps, *place),
            orders=orders.get(place),
            findings=[each.finding for each in found if (each.connection, each.place) == place],
        )
        for place in [*configured, *sorted(checkpoints.keys() - set(configured))]
    ]


def _last(
    steps: Mapping[tuple[str, str, str], history.StepRow], connection: str, stream: str
) -> history.StepRow | None:
    """The last read of a stream, or of its connection where that failed before any stream."""
    found = [steps.get(("pull", connection, each)) for each in (stream, "")]
    return max(filter(None, found), key=lambda step: step.started_at, default=None)


def _configured(hub: Hub) -> Iterator[tuple[str, Stream]]:
    for name, source in hub.sources().items():
        for stream in source.streams():
            yield name, stream


def _failures(hub: Hub, streams: Sequence[StreamState]) -> Iterator[str]:
    for each in streams:
        # A fault of a whole connection is reported once.
        if not each.configured or each.last is None or each.connection in hub.config.faults:
            continue
        if each.last.result == FAILED:
            yield f"{each.stream} of {each.connection}: {each.last.message}"
        elif each.last.result == RUNNING:
            yield (
                f"{each.stream} of {each.connection}: a read has started and not ended; it is "
                "running, or it was killed and the next one goes on"
            )


def _pushes(pushes: Mapping[str, history.StepRow | None]) -> Iterator[str]:
    for name, step in pushes.items():
        if step is not None and step.result in {FAILED, HELD}:
            yield f"push to {name} {step.result}: {step.message}"


def _incomplete(
    hub: Hub, transaction: Transaction, streams: Sequence[StreamState]
) -> Iterator[str]:
    """Connections never read, incomplete streams, and streams that the config does not name."""
    read = {each.connection for each in streams if each.checkpoint is not None}
    for name in hub.sources():
        if name not in read and name not in hub.config.faults:
            yield f"{name} has never been read; run: segmenthub pull {name}"
    failed = {(each.connection, each.stream) for each in streams if _has_failed(each)}
    needs = {
        f"{name} {stream.name}": [required_stream(hub, name, stream)]
        for name, stream in _configured(hub)
        if name in read and (name, stream.name) not in failed
    }
    yield from incomplete(transaction, needs, hub.now()).values()
    for each in streams:
        if not each.configured:
            yield (
                f"{each.stream} of {each.connection} is stored but not in the config; "
                "its facts do not count"
            )


def _has_failed(state: StreamState) -> bool:
    return state.last is not None and state.last.result == FAILED


def _evaluation(
    hub: Hub, steps: Mapping[tuple[str, str, str], history.StepRow], sizes: Sequence[Size]
) -> Iterator[str]:
    last = steps.get(("evaluate", "", ""))
    if last is not None and last.result == FAILED:
        yield f"the evaluation failed: {last.message}"
    elif hub.config.segments and not sizes:
        yield NEVER
    today = local_day(hub.now(), hub.config.hub.timezone)
    for day in {each.as_of for each in sizes if each.as_of}:
        if day.toordinal() != today:
            yield f"the segments are as of {day}, not of today; run: segmenthub evaluate"


def _questions(streams: Sequence[StreamState]) -> Iterator[str]:
    """Questions of the sources that only a person can answer."""
    for each in streams:
        if each.configured and each.checkpoint is not None:
            for question in each.checkpoint.questions:
                yield f"{each.stream} of {each.connection}: {question}"


def _quarantined(transaction: Transaction) -> Iterator[str]:
    rows: Counter[str] = Counter()
    for (name, _), number in history.quarantine_counts(transaction).items():
        rows[name] += number
    for name, number in rows.items():
        are = "row is" if number == 1 else "rows are"
        yield f"{number:,} {are} in quarantine; see: segmenthub quarantine {name}"


def _running_jobs(hub: Hub, transaction: Transaction) -> Iterator[str]:
    for each in running_jobs(transaction):
        if each.connection in hub.config.connections:
            zone = hub.config.hub.timezone
            changes = "1 change is" if each.changes == 1 else f"{each.changes:,} changes are"
            yield (
                f"{changes} handed in to {each.connection} and not answered, the oldest since "
                f"{each.handed_in_at.astimezone(zone):%Y-%m-%d %H:%M}; it is asked again at "
                f"{each.due_at.astimezone(zone):%Y-%m-%d %H:%M}"
            )


def _missed_slots(hub: Hub, transaction: Transaction) -> Iterator[str]:
    for row in slots.slots(transaction):
        if row.missed:
            local = row.begin.astimezone(hub.config.hub.timezone)
            were = "1 slot was" if row.missed == 1 else f"{row.missed:,} slots were"
            yield (
                f"{row.job}: {were} missed before {local:%Y-%m-%d %H:%M}, while no hub was "
                "running; one run made up for all"
            )


def _orders_of_nobody(streams: Sequence[StreamState]) -> Iterator[str]:
    for each in streams:
        if each.orders is not None and each.orders.of_nobody:
            share = each.orders.of_nobody / each.orders.all
            yield (
                f"{each.orders.of_nobody:,} of {each.orders.all:,} orders of {each.connection} "
                f"({share:.1%}) belong to nobody"
            )


def _parts_of_orders(hub: Hub, transaction: Transaction) -> Iterator[str]:
    names = connection_names(transaction)
    for connection, number in sorted(parts_of_orders(transaction).items()):
        if names[connection] in hub.config.connections:
            of = f"of {names[connection]}"
            parts = f"order {of} is a part" if number == 1 else f"orders {of} are parts"
            yield f"{number:,} {parts} of other orders, which count for them"


def _iso(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None
