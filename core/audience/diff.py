"""Desired minus ledger: the changes that people need at one target."""

from collections.abc import Iterator
from dataclasses import replace

from sqlalchemy import Connection

from core.audience.binding import SEGMENT_NAMES, Binding
from core.audience.brake import Tally
from core.audience.brake.restrictions import WHOLE_TARGET, DiffCounts, Restrictions
from core.audience.desired import PersonAtTarget, people
from core.audience.identified.members import members
from core.audience.ledger import LedgerState, count_delivered
from core.audience.scope import Scope
from core.audience.segment_lists import (
    segment_names,
    tally_names,
    unexplained_names,
    value_before,
    was_sent_before,
)
from core.audience.spool import SENT_ACTIONS, Action, PlannedChange, Spool
from core.contract import Destination


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
    spool: Spool,
) -> Iterator[PlannedChange]:
    """Yield the changes that the target needs and that are not held; fill `counts` on the way.

    Those that wait for a person are held in the spool, unless it has them as approved.
    """
    lists_segments = binding.value == SEGMENT_NAMES
    if binding.value is None:
        counts.tally(WHOLE_TARGET).delivered = count_delivered(transaction, target_id)
    read = members if scope.by_identifiers else people
    for person in read(transaction, scope, binding, target_id):
        desired = (
            segment_names(person, scope.destination, held, counts)
            if lists_segments
            else person.value
        )
        action = next_action(person, desired)
        if lists_segments:
            tally_names(person, action, scope.destination, counts)
        else:
            _tally(
                counts.tally(WHOLE_TARGET), person, action, delivered_known=binding.value is None
            )
        counts.released += action in ("release", "withdraw")
        counts.entering += action == "enter"
        counts.unreachable += person.member and not person.writable
        if not _is_frozen(person, action, held):
            free = _when_approved(person, desired, scope.destination, held, lists=lists_segments)
            free_action = next_action(person, free)
            if free_action and (free != desired or _waits(person, action, held)):
                change = _change(binding_index, free_action, person, free)
                if spool.is_approved(change):
                    yield change
                    continue
                spool.hold(change)
        if _is_frozen(person, action, held) or _waits(person, action, held):
            if action != "leave" or person.while_held is None:
                continue
            # Who stays for now is still known by the present identifiers alone.
            desired, action = person.while_held, next_action(person, person.while_held)
        if action is not None:
            change = _change(binding_index, action, person, desired)
            removed = _unexplained(change, person, scope.destination, lists=lists_segments)
            yield replace(change, unexplained=removed)


def _change(
    binding_index: int, action: Action, person: PersonAtTarget, value: str | None
) -> PlannedChange:
    return PlannedChange(
        binding_index, action, person.key, value, value_before(person.current), person.profile_id,
        was_lost=person.current is not None and person.current.lost,
        tries=person.current.tries if person.current else 0,
    )  # fmt: skip


def _when_approved(
    person: PersonAtTarget,
    desired: str | None,
    destination: Destination,
    held: Restrictions,
    *,
    lists: bool,
) -> str | None:
    """The value that a person should carry once what waits is approved."""
    if not (lists and (held.removals_held or held.additions_held)):
        return desired
    return segment_names(person, destination, Restrictions(held.frozen), DiffCounts())


def _is_frozen(person: PersonAtTarget, action: Action | None, held: Restrictions) -> bool:
    """Whether incomplete facts hold an action, whatever a person approves."""
    return (
        action in SENT_ACTIONS
        and WHOLE_TARGET in held.frozen
        and not _waits_for_nothing(person, action)
    )


def _waits(person: PersonAtTarget, action: Action | None, held: Restrictions) -> bool:
    """Whether an action waits for a person's approval."""
    if _waits_for_nothing(person, action):
        return False
    if held.whole or (held.releases_held and action == "release"):
        return True
    if action == "enter":
        return WHOLE_TARGET in held.additions_held and not _is_expected(person)
    return action == "leave" and person.left_because in held.removals_held.get(WHOLE_TARGET, ())


def _is_expected(person: PersonAtTarget) -> bool:
    """Whether an addition is explained, or was let go by an earlier push and did not arrive."""
    return person.is_expected or was_sent_before(person.current)


def _unexplained(
    change: PlannedChange, person: PersonAtTarget, destination: Destination, *, lists: bool
) -> tuple[str, ...]:
    """Names that a change removes for a reason that the brake remembers."""
    if not lists:
        is_removal = change.action == "leave" and person.left_because == "change"
        return (WHOLE_TARGET,) if is_removal else ()
    if change.action not in SENT_ACTIONS:
        return ()
    return unexplained_names(person, change.value, destination)


def _waits_for_nothing(person: PersonAtTarget, action: Action | None) -> bool:
    """Whether it is a withdrawal, or an identifier that has changed."""
    return action == "withdraw" or (person.revocable and action == "update")


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
        tally.unexplained += person.left_because == "change"
        tally.by_new_rows += person.left_because == "new"
    elif action == "enter":
        tally.entering += 1
        tally.unexpected += not _is_expected(person)
