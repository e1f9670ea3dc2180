"""Desired minus ledger: the changes that people need at one target."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlalchemy import Connection

from core.audience.binding import SEGMENT_NAMES, Binding
from core.audience.brake import Tally
from core.audience.desired import PersonAtTarget, people
from core.audience.identified.members import members
from core.audience.ledger import LedgerState, count_delivered
from core.audience.scope import Scope
from core.audience.spool import SENT_ACTIONS, Action, PlannedChange
from core.contract import Destination

WHOLE_TARGET = ""
"""Name under which a tag, or a field that lists no segments, is counted and held."""


@dataclass(frozen=True)
class Restrictions:
    """Changes that are held at a target: names of segments, or WHOLE_TARGET."""

    frozen: frozenset[str] = frozenset()
    """Held in both directions: the facts are incomplete."""
    removals_held: frozenset[str] = frozenset()
    """Removals that time does not explain are held: the brake."""
    whole: bool = False
    """Nothing is sent, and nobody released: the gate changed and nobody has approved it."""


@dataclass
class DiffCounts:
    """Counts of one diff."""

    tallies: dict[str, Tally] = field(default_factory=dict)
    """By segment where a field lists segments; under WHOLE_TARGET elsewhere."""
    cut: int = 0
    """People whose list of segments is longer than the field."""
    released: int = 0
    """People who carry the target and may no longer be written to."""
    entering: int = 0
    """People who would carry it for the first time."""
    unreachable: int = 0
    """Members whom an audience may not or cannot hold."""

    def tally(self, name: str) -> Tally:
        """The tally of one name, created on first use."""
        return self.tallies.setdefault(name, Tally())


def next_action(person: PersonAtTarget, desired: str | None) -> Action | None:
    """The action that leads from the current to the desired state; None: nothing to do."""
    current = person.current
    if current is None:
        return "enter" if person.writable and desired is not None else None
    # What is pending is asked about first: a withdrawal must not overtake it.
    if current.state == "found" or (current.state == "pending" and current.handle):
        return None
    if not person.writable:
        return _without_permission(person, current)
    if current.state == "delivered" and desired == current.value:
        is_sent_again = person.stale or (person.expires and desired is not None)
        return "update" if is_sent_again else None
    # What an audience should not hold is taken back with every push until it is acknowledged.
    if current.state in ("skipped", "rejected") and not person.stale:
        if desired == current.wanted:
            if not current.is_due:
                return None
        elif desired == current.value:
            return "settle" if current.carries else "forget"
    if desired is None:
        return "leave"
    return "update" if current.carries else "enter"


def _without_permission(person: PersonAtTarget, current: LedgerState) -> Action | None:
    if current.state == "released":
        return None
    if not current.carries:
        return "forget"
    return "withdraw" if person.revocable else "release"


def planned_changes(
    transaction: Connection,
    scope: Scope,
    binding_index: int,
    binding: Binding,
    target_id: int,
    held: Restrictions,
    counts: DiffCounts,
) -> Iterator[PlannedChange]:
    """Yield the changes that the target needs and that are not held; fill `counts` on the way."""
    lists_segments = binding.value == SEGMENT_NAMES
    if binding.value is None:
        counts.tally(WHOLE_TARGET).delivered = count_delivered(transaction, target_id)
    read = members if scope.by_identifiers else people
    for person in read(transaction, scope, binding, target_id):
        desired = (
            _segment_names(person, scope.destination, held, counts)
            if lists_segments
            else person.value
        )
        action = next_action(person, desired)
        if lists_segments:
            _tally_names(person, action, scope.destination, counts)
        else:
            _tally(
                counts.tally(WHOLE_TARGET), person, action, delivered_known=binding.value is None
            )
        counts.released += action in ("release", "withdraw")
        counts.entering += action == "enter"
        counts.unreachable += person.member and not person.writable
        if _is_held(person, action, held):
            if action != "leave" or person.while_held is None:
                continue
            # Who stays for now is still known by the present identifiers alone.
            desired, action = person.while_held, next_action(person, person.while_held)
        if action is None:
            continue
        yield PlannedChange(
            binding_index, action, person.key, desired, _before(person.current), person.profile_id,
            was_lost=person.current is not None and person.current.lost,
            tries=person.current.tries if person.current else 0,
        )  # fmt: skip


def _is_held(person: PersonAtTarget, action: Action | None, held: Restrictions) -> bool:
    """Whether an action waits. A withdrawal never does, nor an identifier that has changed."""
    if action == "withdraw" or (person.revocable and action == "update"):
        return False
    if held.whole or (action in SENT_ACTIONS and WHOLE_TARGET in held.frozen):
        return True
    return action == "leave" and WHOLE_TARGET in held.removals_held and not person.by_time


def _before(current: LedgerState | None) -> str | None:
    """Value that the person may carry through us; after a lost answer, the value sent."""
    if current is None:
        return None
    if current.unanswered and current.wanted is not None:
        return current.wanted
    return current.value


def _tally(
    tally: Tally, person: PersonAtTarget, action: Action | None, *, delivered_known: bool
) -> None:
    """Count one person; `delivered_known` where the delivered are already counted."""
    carries = person.current is not None and person.current.carries
    if carries and not delivered_known:
        tally.delivered += 1
    if action in ("release", "withdraw"):
        tally.released += 1
    elif action == "leave":
        tally.leaving += carries
        tally.unexplained += not person.by_time
    elif action == "enter":
        tally.entering += 1


def _tally_names(
    person: PersonAtTarget, action: Action | None, destination: Destination, counts: DiffCounts
) -> None:
    """Count one person under each segment that the list names before or afterwards."""
    carries = person.current is not None and person.current.carries
    before = _names_before(person.current, destination)
    now = {_label(name, destination) for name in person.segments}
    left_by_time = {_label(name, destination) for name in person.left_by_time}
    for name in before:
        tally = counts.tally(name)
        tally.delivered += carries
        if action == "release":
            tally.released += 1
        elif action in SENT_ACTIONS and name not in now:
            tally.leaving += carries
            tally.unexplained += name not in left_by_time
    if action in SENT_ACTIONS:
        for name in now - before if carries else now:
            counts.tally(name).entering += 1


def _segment_names(
    person: PersonAtTarget, destination: Destination, held: Restrictions, counts: DiffCounts
) -> str | None:
    """Text of a list of segments: sorted, joined, cut at whole names."""
    now = {_label(name, destination) for name in person.segments}
    left_by_time = {_label(name, destination) for name in person.left_by_time}
    frozen = {_label(name, destination) for name in held.frozen}
    before = _names_before(person.current, destination)
    still_listed = before & (
        frozen | ({_label(name, destination) for name in held.removals_held} - left_by_time)
    )
    names = sorted((now - frozen) | still_listed)
    text = _joined(names, destination)
    if person.writable and len(text or "") < len(destination.separator.join(names)):
        counts.cut += 1
    return text


def _label(name: str, destination: Destination) -> str:
    # A value with the separator in it would read back as two names.
    return name.replace(destination.separator, " ")


def _names_before(current: LedgerState | None, destination: Destination) -> frozenset[str]:
    text = _before(current)
    if current is None or current.state == "found" or not text:
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
