"""Desired minus ledger: what must happen for each person at one target, and nothing more."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlalchemy import Connection

from core.audience.binding import SEGMENTS, Binding
from core.audience.brake import Tally
from core.audience.desired import Person, Scope, people
from core.audience.ledger import LedgerState, carried
from core.audience.spool import SENT, Action, Move
from core.contract import Destination

WHOLE = ""
"""The name under which a tag, or a field that lists no segments, is counted."""


@dataclass(frozen=True)
class Stop:
    """What may not happen to a target now; names are segments, or WHOLE."""

    frozen: frozenset[str] = frozenset()
    """Neither in nor out: the facts are incomplete."""
    held: frozenset[str] = frozenset()
    """Not out, where time does not explain it: the brake."""


@dataclass
class Count:
    """What a diff came by."""

    tallies: dict[str, Tally] = field(default_factory=dict)
    """Per segment of a list of segments; under WHOLE for other targets."""
    cut: int = 0
    """Persons whose list of segments is longer than the field."""

    def of(self, name: str) -> Tally:
        """The tally of one name, begun when it is first asked for."""
        return self.tallies.setdefault(name, Tally())


def next_action(person: Person, want: str | None) -> Action | None:
    """The step from how a person stands to what is wanted; None where there is nothing to do."""
    standing = person.standing
    if standing is None:
        return "enter" if person.writable and want is not None else None
    if standing.state == "found" or (standing.state == "pending" and standing.handle):
        return None
    if not person.writable:
        if standing.state == "released":
            return None
        return "release" if standing.carries else "forget"
    if standing.state == "delivered" and want == standing.value:
        return None
    if standing.state in ("skipped", "rejected"):
        if want == standing.wanted:
            return None
        if want == standing.value:
            return "settle" if standing.carries else "forget"
    if want is None:
        return "leave"
    return "update" if standing.carries else "enter"


def changes_needed(
    transaction: Connection,
    scope: Scope,
    place: int,
    binding: Binding,
    target_id: int,
    stop: Stop,
    count: Count,
) -> Iterator[Move]:
    """Every move that the target needs and that is not stopped; fills `count` meanwhile."""
    listing = binding.value == SEGMENTS
    if binding.value is None:
        count.of(WHOLE).delivered = carried(transaction, target_id)
    for person in people(transaction, scope, binding, target_id):
        want = _listed(person, scope.destination, stop, count) if listing else person.value
        action = next_action(person, want)
        if listing:
            _tally_names(person, action, scope.destination, count)
        else:
            _tally(count.of(WHOLE), person, action, known=binding.value is None)
        if action is None or (action in SENT and WHOLE in stop.frozen):
            continue
        if action == "leave" and WHOLE in stop.held and not person.by_time:
            continue
        yield Move(place, action, person.key, want, _before(person.standing), person.profile_id)


def _before(standing: LedgerState | None) -> str | None:
    """What the person may carry through us: after a lost answer, what was sent."""
    if standing is None:
        return None
    if standing.unanswered and standing.wanted is not None:
        return standing.wanted
    return standing.value


def _tally(tally: Tally, person: Person, action: Action | None, *, known: bool) -> None:
    """Count one person; `known` where the delivered were counted before."""
    carries = person.standing is not None and person.standing.carries
    if carries and not known:
        tally.delivered += 1
    if action == "release":
        tally.released += 1
    elif action == "leave":
        tally.leaving += carries
        tally.unexplained += not person.by_time
    elif action == "enter":
        tally.entering += 1


def _tally_names(
    person: Person, action: Action | None, destination: Destination, count: Count
) -> None:
    """Count one person for each segment that the list named or will name."""
    carries = person.standing is not None and person.standing.carries
    before = _names_before(person.standing, destination)
    now = {_label(name, destination) for name in person.segments}
    outgrown = {_label(name, destination) for name in person.outgrown}
    for name in before:
        tally = count.of(name)
        tally.delivered += carries
        if action == "release":
            tally.released += 1
        elif action in SENT and name not in now:
            tally.leaving += carries
            tally.unexplained += name not in outgrown
    if action in SENT:
        for name in now - before if carries else now:
            count.of(name).entering += 1


def _listed(person: Person, destination: Destination, stop: Stop, count: Count) -> str | None:
    """The text of a list of segments: sorted, joined, cut at whole names."""
    now = {_label(name, destination) for name in person.segments}
    outgrown = {_label(name, destination) for name in person.outgrown}
    frozen = {_label(name, destination) for name in stop.frozen}
    before = _names_before(person.standing, destination)
    kept = before & (frozen | ({_label(name, destination) for name in stop.held} - outgrown))
    names = sorted((now - frozen) | kept)
    text = _joined(names, destination)
    if person.writable and len(text or "") < len(destination.separator.join(names)):
        count.cut += 1
    return text


def _label(name: str, destination: Destination) -> str:
    # A value with the separator in it would read back as two names.
    return name.replace(destination.separator, " ")


def _names_before(standing: LedgerState | None, destination: Destination) -> frozenset[str]:
    text = _before(standing)
    if standing is None or standing.state == "found" or not text:
        return frozenset()
    return frozenset(text.split(destination.separator))


def _joined(names: list[str], destination: Destination) -> str | None:
    text = ""
    for name in names:
        longer = f"{text}{destination.separator}{name}" if text else name
        if destination.longest_value is not None and len(longer) > destination.longest_value:
            break
        text = longer
    return text or None
