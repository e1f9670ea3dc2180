"""Evaluate the segments, and tell of them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date

from core.audience.reach import reachable
from core.errors import Held, Misconfigured
from core.segments.evaluate import evaluation as evaluation
from core.segments.evaluate import members
from core.segments.evaluate.evaluation import EvaluationResult
from core.segments.evaluate.members import present_segments
from core.store.connections import connection_names
from core.store.database import Transaction, evaluate_alone
from core.words import unknown
from sync.hub import Hub
from sync.runs import Run

NEVER = "the segments have never been evaluated; run: segmenthub evaluate"


@dataclass(frozen=True)
class Size:
    """One segment in numbers."""

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

    Only people whom something touched are judged, everybody where that cannot be told; the step
    says how many, and why everybody. `full` judges everybody whatever has changed.
    """
    hub = run.hub
    now = hub.now()

    def act(transaction: Transaction) -> EvaluationResult:
        evaluate_alone(transaction)
        hub.register(transaction)
        context = hub.evaluation_context(transaction, as_of or now)
        return evaluation.evaluate(
            transaction, context, hub.config.segments, now.astimezone(UTC), full=full
        )

    with run.step("evaluate") as step:
        found = hub.database.undisturbed(act)
        step.message = found.full_because
        step.add(
            {
                "segments": len(found.segments),
                "entered": sum(found.entered.values()),
                "left": sum(found.left.values()),
                "looked at": found.looked_at,
            }
        )


def sizes(hub: Hub) -> list[Size]:
    """Every segment of the present evaluation, with how many of its members can be written to."""
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
            for row in present_segments(transaction)
        ]


def unevaluated(hub: Hub, known: Collection[Size]) -> list[str]:
    """Segments of the config that the present evaluation does not know yet."""
    seen = {each.name for each in known} | {each.name.partition(":")[0] for each in known}
    # A family has no members of its own, and may have no values yet.
    return [
        each.name
        for each in hub.config.segments
        if each.name not in seen and (each.for_each is None or not known)
    ]


def member_ids(hub: Hub, segment: str, connection: str, as_of: date | None = None) -> list[str]:
    """External contact ids of the members in one connection, sorted by code point.

    With a date they are computed anew as of its end, and nothing is stored.
    Raises Misconfigured for a name that nobody knows, Held where nothing was evaluated yet.
    """
    hub.connection(connection)
    # A computation needs tables of its own for a moment.
    door = hub.database.read if as_of is None else hub.database.transaction
    with door() as transaction:
        numbers = {name: number for number, name in connection_names(transaction).items()}
        # No number: nothing was ever read from there.
        number = numbers.get(connection, 0)
        if as_of is None:
            _check_present(hub, transaction, segment)
            return members.present_ids(transaction, segment, number)
        context = hub.evaluation_context(transaction, as_of)
        try:
            return members.recomputed_ids(
                transaction, context, hub.config.segments, segment, number
            )
        except KeyError:
            known = [each.name for each in hub.config.segments]
            raise Misconfigured(unknown("segment", segment, known)) from None


def _check_present(hub: Hub, transaction: Transaction, segment: str) -> None:
    known = [each.name for each in present_segments(transaction)]
    if segment in known:
        return
    configured = {each.name for each in hub.config.segments}
    if segment in configured and not known:
        raise Held(NEVER)
    if segment in configured and not any(name.startswith(f"{segment}:") for name in known):
        raise Held(f"{segment} has not been evaluated yet; run: segmenthub evaluate")
    raise Misconfigured(unknown("segment", segment, [*known, *configured]))
