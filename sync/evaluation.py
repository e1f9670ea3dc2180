"""Evaluate the segments, and list their sizes and members."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date

from core.audience.reach import reachable
from core.errors import Held, Misconfigured
from core.mistakes import unknown
from core.segments.evaluate import EvaluationResult, queries
from core.segments.evaluate import evaluate as evaluate_segments
from core.store.connections import connection_names
from core.store.database import Transaction, evaluate_alone
from sync.hub import Hub
from sync.runs import Run

NEVER = "the segments have never been evaluated; run: segmenthub evaluate"


@dataclass(frozen=True)
class Size:
    """The size of one segment."""

    name: str
    title: str
    members: int
    reachable: int
    """Members with a permitted address in a destination, or with consent where it has none."""
    unknown: int
    as_of: date | None

    def as_json(self) -> dict[str, object]:
        """As `segments --json` prints it."""
        return {
            "name": self.name,
            "title": self.title,
            "members": self.members,
            "reachable": self.reachable,
            "unknown": self.unknown,
            "as_of": self.as_of.isoformat() if self.as_of else None,
        }


def evaluate(run: Run, as_of: date | None = None, *, full: bool = False) -> None:
    """Bring every membership to what holds now, or at the end of a local date.

    Only touched profiles are computed, or everybody where that is necessary or `full` is given;
    the step records how many, and the reason for a full evaluation.
    """
    hub = run.hub
    now = hub.now()

    def attempt(transaction: Transaction) -> EvaluationResult:
        evaluate_alone(transaction)
        hub.register(transaction)
        context = hub.evaluation_context(transaction, as_of or now)
        return evaluate_segments(
            transaction, context, hub.config.segments, now.astimezone(UTC), full=full
        )

    with run.step("evaluate") as step:
        result = hub.database.undisturbed(attempt)
        step.message = result.full_because
        step.add(
            {
                "segments": len(result.segments),
                "entered": sum(result.entered.values()),
                "left": sum(result.left.values()),
                "looked at": result.looked_at,
            }
        )


def sizes(hub: Hub) -> list[Size]:
    """The size of every segment of the present evaluation."""
    language = hub.config.hub.language
    with hub.database.read() as transaction:
        reach = reachable(transaction, hub.config.connections)
        return [
            Size(
                row.name,
                row.titles.get(language) or row.titles.get("") or row.titles.get("en") or row.name,
                row.members,
                reach.get(row.name, 0),
                row.unknown,
                row.as_of,
            )
            for row in queries.present_segments(transaction)
        ]


def unevaluated(hub: Hub, evaluated: Collection[Size]) -> list[str]:
    """Segments of the config that the present evaluation does not have yet."""
    names = {name for each in evaluated for name in (each.name, each.name.partition(":")[0])}
    # A `for_each` segment has no members of its own, and may have no values yet.
    return [
        each.name
        for each in hub.config.segments
        if each.name not in names and (each.for_each is None or not evaluated)
    ]


def member_ids(hub: Hub, segment: str, connection: str, as_of: date | None = None) -> list[str]:
    """External contact ids of the members in one connection, sorted by code point.

    With a date they are computed anew as of its end, and nothing is stored.
    Raises Misconfigured for an unknown name, Held where nothing was evaluated yet.
    """
    hub.connection(connection)
    # A computation creates temporary tables.
    begin = hub.database.read if as_of is None else hub.database.transaction
    with begin() as transaction:
        numbers = {name: number for number, name in connection_names(transaction).items()}
        # A connection that was never read has no number, and no contacts.
        number = numbers.get(connection, 0)
        if as_of is None:
            _check_present(hub, transaction, segment)
            return queries.present_ids(transaction, segment, number)
        context = hub.evaluation_context(transaction, as_of)
        try:
            return queries.recomputed_ids(
                transaction, context, hub.config.segments, segment, number
            )
        except KeyError:
            configured = [each.name for each in hub.config.segments]
            raise Misconfigured(unknown("segment", segment, configured)) from None


def _check_present(hub: Hub, transaction: Transaction, segment: str) -> None:
    present = [each.name for each in queries.present_segments(transaction)]
    if segment in present:
        return
    configured = {each.name for each in hub.config.segments}
    if segment in configured and not present:
        raise Held(NEVER)
    if segment in configured and not any(name.startswith(f"{segment}:") for name in present):
        raise Held(f"{segment} has not been evaluated yet; run: segmenthub evaluate")
    raise Misconfigured(unknown("segment", segment, [*present, *configured]))
