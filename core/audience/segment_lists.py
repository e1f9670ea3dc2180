"""Fields that list the segments of a person: their text, and how people are counted by segment."""

from collections.abc import Mapping
from typing import TypeVar

from core.audience.brake.restrictions import DiffCounts, Restrictions
from core.audience.desired import PersonAtTarget
from core.audience.ledger import LedgerState
from core.audience.spool import SENT_ACTIONS, Action
from core.contract import Destination

Of = TypeVar("Of")


def tally_names(
    person: PersonAtTarget, action: Action | None, destination: Destination, counts: DiffCounts
) -> None:
    """Count one person under each segment that the list names before or afterwards."""
    carries = person.current is not None and person.current.carries
    before = _names_before(person.current, destination)
    now = {_label(name, destination) for name in person.segments}
    causes = _labelled(person.left_segments, destination)
    expected = {_label(name, destination) for name in person.expected_segments}
    for name in before:
        tally = counts.tally(name)
        tally.delivered += carries
        if action == "release":
            tally.released += 1
        elif action in SENT_ACTIONS and name not in now:
            tally.leaving += carries
            cause = causes.get(name, "change")
            tally.unexplained += cause == "change"
            tally.by_new_rows += cause == "new"
    if action in SENT_ACTIONS:
        for name in now - before if carries else now:
            tally = counts.tally(name)
            tally.entering += 1
            tally.unexpected += name not in expected and not was_sent_before(person.current)


def segment_names(
    person: PersonAtTarget, destination: Destination, held: Restrictions, counts: DiffCounts
) -> str | None:
    """Text of a list of segments: sorted, joined, cut at whole names."""
    now = {_label(name, destination) for name in person.segments}
    causes = _labelled(person.left_segments, destination)
    frozen = {_label(name, destination) for name in held.frozen}
    before = _names_before(person.current, destination)
    still_listed = {
        name
        for name, of_name in _labelled(held.removals_held, destination).items()
        if causes.get(name, "change") in of_name
    }
    names = sorted(
        (now - frozen - _withheld(person, destination, held)) | before & (frozen | still_listed)
    )
    text = _joined(names, destination)
    if person.writable and len(text or "") < len(destination.separator.join(names)):
        counts.cut += 1
    return text


def unexplained_names(
    person: PersonAtTarget, value: str | None, destination: Destination
) -> tuple[str, ...]:
    """Names that the list would lose only because facts or rules changed."""
    now = {_label(name, destination) for name in person.segments}
    gone = _names_before(person.current, destination) - now - _names_in(value, destination)
    causes = _labelled(person.left_segments, destination)
    return tuple(sorted(name for name in gone if causes.get(name, "change") == "change"))


def value_before(current: LedgerState | None) -> str | None:
    """Value that the person may carry through us; after a lost answer, the value sent."""
    if current is None:
        return None
    if current.unanswered and current.wanted is not None:
        return current.wanted
    return current.value


def was_sent_before(current: LedgerState | None) -> bool:
    """Whether an earlier push let a change go that has not arrived yet."""
    return current is not None and current.state in ("skipped", "rejected", "pending")


def _withheld(
    person: PersonAtTarget, destination: Destination, held: Restrictions
) -> frozenset[str]:
    """Names that the list would gain, and that the brake holds."""
    if not held.additions_held or was_sent_before(person.current):
        return frozenset()
    expected = {_label(name, destination) for name in person.expected_segments}
    return held.additions_held - expected - _names_before(person.current, destination)


def _labelled(by_segment: Mapping[str, Of], destination: Destination) -> dict[str, Of]:
    return {_label(name, destination): each for name, each in by_segment.items()}


def _label(name: str, destination: Destination) -> str:
    # A value with the separator in it would read back as two names.
    return name.replace(destination.separator, " ")


def _names_before(current: LedgerState | None, destination: Destination) -> frozenset[str]:
    if current is None or current.state == "found":
        return frozenset()
    return _names_in(value_before(current), destination)


def _names_in(text: str | None, destination: Destination) -> frozenset[str]:
    return frozenset(text.split(destination.separator)) if text else frozenset()


def _joined(names: list[str], destination: Destination) -> str | None:
    text = ""
    for name in names:
        longer = f"{text}{destination.separator}{name}" if text else name
        if destination.longest_value is not None and len(longer) > destination.longest_value:
            break
        text = longer
    return text or None
