"""The next step for one person, from every current to every desired state."""

import pytest

from core.audience.desired import PersonAtTarget
from core.audience.diff import next_action
from core.audience.ledger import Entry, LedgerState, SentChange
from core.audience.spool import PlannedChange
from core.contract import Change, Found, Outcome, Target

DELIVERED = LedgerState("delivered", "a", None)
FOUND = LedgerState("found", "a", None)
RELEASED = LedgerState("released", "a", None)
ASKED = LedgerState("pending", None, "a", "job")
UNHEARD = LedgerState("pending", None, "a")
UNHEARD_REMOVAL = LedgerState("pending", "a", None)
REJECTED = LedgerState("rejected", None, "a")
REJECTED_REMOVAL = LedgerState("rejected", "a", None)
REJECTED_UPDATE = LedgerState("skipped", "a", "b")
DUE = LedgerState("rejected", None, "a", tries=1, is_due=True)
DUE_REMOVAL = LedgerState("rejected", "a", None, tries=1, is_due=True)
DUE_AND_UNSURE = LedgerState("rejected", "a", "a", tries=1, is_due=True)

TABLE: list[tuple[LedgerState | None, str | None, str | None, str | None]] = [
    # how they stand, what is wanted, the step, the step once they may not be written to
    (None, None, None, None),
    (None, "a", "enter", None),
    (DELIVERED, "a", None, "release"),
    (DELIVERED, "b", "update", "release"),
    (DELIVERED, None, "leave", "release"),
    (FOUND, "a", None, None),
    (FOUND, "b", None, None),
    (FOUND, None, None, None),
    (RELEASED, "a", "enter", None),
    (RELEASED, None, "leave", None),
    (ASKED, "a", None, None),
    (ASKED, None, None, None),
    (UNHEARD, "a", "update", "release"),
    (UNHEARD, None, "leave", "release"),
    (UNHEARD_REMOVAL, None, "leave", "release"),
    (UNHEARD_REMOVAL, "a", "update", "release"),
    (REJECTED, "a", None, "forget"),
    (REJECTED, "b", "enter", "forget"),
    (REJECTED, None, "forget", "forget"),
    (REJECTED_REMOVAL, None, None, "release"),
    (REJECTED_REMOVAL, "a", "settle", "release"),
    (REJECTED_UPDATE, "b", None, "release"),
    (REJECTED_UPDATE, "a", "settle", "release"),
    (REJECTED_UPDATE, "c", "update", "release"),
    (REJECTED_UPDATE, None, "leave", "release"),
    (DUE, "a", "enter", "forget"),
    (DUE, None, "forget", "forget"),
    (DUE_REMOVAL, None, "leave", "release"),
    (DUE_REMOVAL, "a", "settle", "release"),
    (DUE_AND_UNSURE, "a", "update", "release"),
]


@pytest.mark.parametrize(("current", "want", "step", "otherwise"), TABLE)
def test_the_next_step_follows_from_the_current_and_the_desired_state(
    current: LedgerState | None, want: str | None, step: str | None, otherwise: str | None
) -> None:
    assert next_action(PersonAtTarget("ann", 1, True, current), want) == step
    assert next_action(PersonAtTarget("ann", 1, False, current), want) == otherwise


@pytest.mark.parametrize(
    "holder",
    [
        (change := Change(Target("field", "NAME"), "7", "Ann")),
        Found("7", "Ann"),
        SentChange(1, "Ann", 1, Outcome(change, "pending")),
        LedgerState("delivered", "Ann", "Ann"),
        Entry(1, "7", "delivered", "Ann", "Ann"),
        PlannedChange(0, "enter", "7", "Ann", "Ann", 1),
        PersonAtTarget("7", 1, True, None, "Ann"),
    ],
    ids=lambda holder: type(holder).__name__,
)
def test_a_value_of_a_person_is_in_no_repr(holder: object) -> None:
    assert "Ann" not in repr(holder)
