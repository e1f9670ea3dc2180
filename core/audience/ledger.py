"""The ledger: the values that we delivered at each target, and those that were there before us.

A row's `value` is what the person carries through us (of a found row: carried before us; of an
audience: may be in it with, because a change that was refused may have arrived all the same).
`wanted` is the last value that we sent where it is unknown whether it arrived, or known that it
did not.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import Connection, delete, func, insert, or_, select, update

from core.audience.identified import sent
from core.contract import Found, Identifier, Outcome, Target
from core.errors import Held
from core.log import masked_text
from core.store.connections import connection_names
from core.store.tables import LEDGER, LEDGER_TARGETS

State = Literal["delivered", "found", "released", "pending", "skipped", "rejected"]

UNANSWERED = "sent; the answer is not known yet"
LOST = "sent again; the job that it was in before was lost"
PAUSES = (timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6))
"""Pauses before a change is sent again that was refused for a reason that passes."""
LONGEST_PAUSE = timedelta(days=1)
"""Pause before each further time."""
_PAGE = 1_000


@dataclass(frozen=True)
class LedgerState:
    """The ledger's row of one person at one target."""

    state: State
    value: str | None = field(repr=False)
    wanted: str | None = field(repr=False)
    handle: str = ""
    reason: str = ""
    tries: int = 0
    """Number of times in a row that it was refused for a reason that passes."""
    is_due: bool = False
    """Whether a change that was refused is sent again now."""

    @property
    def lost(self) -> bool:
        """Whether the job that it was last sent in was lost."""
        return self.state == "pending" and self.reason == LOST

    @property
    def unanswered(self) -> bool:
        """Whether a change was sent and its answer was lost."""
        return self.state == "pending" and not self.handle

    @property
    def carries(self) -> bool:
        """Whether the person carries the target through us, as far as is known."""
        may_have_arrived = self.state == "pending" and self.wanted is not None
        return self.state not in ("found", "released") and (
            self.value is not None or may_have_arrived
        )


@dataclass(frozen=True)
class Entry:
    """A row of the ledger, to be written."""

    target_id: int
    key: str
    state: State
    value: str | None = field(repr=False)
    wanted: str | None = field(default=None, repr=False)
    reason: str = ""
    handle: str = ""
    profile_id: int | None = None
    tries: int = 0
    due_at: datetime | None = None


@dataclass(frozen=True)
class SentChange:
    """A change that was sent and whose outcome is pending."""

    target_id: int
    before: str | None = field(repr=False)
    """Value that the person carried through us before it was sent."""
    profile_id: int | None
    outcome: Outcome
    """Pending; with the handle of its job, if there is one."""
    tries: int = 0
    """Number of times in a row that it was refused before, for a reason that passes."""

    @property
    def was_lost(self) -> bool:
        """Whether the job that it was sent in before was lost."""
        return self.outcome.reason == LOST


@dataclass(frozen=True)
class LedgerTargetState:
    """The ledger's row of one target."""

    id: int
    read_at: datetime | None
    """When its carriers were read back; None: never."""


def known_connection_id(transaction: Connection, name: str) -> int:
    """The id of a connection; raises Held where it was never read."""
    for number, known in connection_names(transaction).items():
        if known == name:
            return number
    raise Held(
        f"{name} has never been read, so it is not known who may be written to; "
        f"run: segmenthub pull {name}"
    )


def targets(transaction: Connection, connection: int) -> dict[Target, LedgerTargetState]:
    """Targets of a connection that were ever written or read back."""
    rows = transaction.execute(
        select(LEDGER_TARGETS).where(LEDGER_TARGETS.c.connection_id == connection)
    )
    return {Target(row.kind, row.name): LedgerTargetState(row.id, row.read_at) for row in rows}


def ensure_target(transaction: Connection, connection: int, target: Target) -> int:
    """The id of a target; adds its row when it is new."""
    same = (
        (LEDGER_TARGETS.c.connection_id == connection)
        & (LEDGER_TARGETS.c.kind == target.kind)
        & (LEDGER_TARGETS.c.name == target.name)
    )
    number = transaction.scalar(select(LEDGER_TARGETS.c.id).where(same))
    if number is None:
        transaction.execute(
            insert(LEDGER_TARGETS).values(
                connection_id=connection, kind=target.kind, name=target.name
            )
        )
        number = transaction.scalar(select(LEDGER_TARGETS.c.id).where(same))
    return int(number or 0)


def delete_found(transaction: Connection, target_id: int) -> None:
    """Delete what an interrupted first read of a target has found."""
    transaction.execute(
        delete(LEDGER).where(LEDGER.c.target_id == target_id, LEDGER.c.state == "found")
    )


def record_found(
    transaction: Connection, target_id: int, found: Sequence[Found], now: datetime
) -> None:
    """Record the carriers that a target had before us; rows of our own stay."""
    ours = set(
        transaction.scalars(
            select(LEDGER.c.key).where(
                LEDGER.c.target_id == target_id, LEDGER.c.key.in_([each.key for each in found])
            )
        )
    )
    values = {each.key: each.value for each in found if each.key not in ours}
    write(
        transaction, (Entry(target_id, key, "found", value) for key, value in values.items()), now
    )


def mark_read(transaction: Connection, target_id: int, now: datetime) -> None:
    """Mark the first read of a target as complete: later carriers are never taken for found."""
    transaction.execute(
        update(LEDGER_TARGETS).where(LEDGER_TARGETS.c.id == target_id).values(read_at=now)
    )


def write(transaction: Connection, entries: Iterable[Entry], now: datetime) -> None:
    """Write rows, replacing those with the same target and key."""
    rows = {(entry.target_id, entry.key): entry for entry in entries}
    remove(transaction, rows)
    if rows:
        transaction.execute(insert(LEDGER), [vars(entry) | {"at": now} for entry in rows.values()])


def remove(transaction: Connection, rows: Iterable[tuple[int, str]]) -> None:
    """Delete rows, named by target and key."""
    keys: dict[int, list[str]] = defaultdict(list)
    for target_id, key in rows:
        keys[target_id].append(key)
    for target_id, of_target in keys.items():
        for start in range(0, len(of_target), _PAGE):
            transaction.execute(
                delete(LEDGER).where(
                    LEDGER.c.target_id == target_id,
                    LEDGER.c.key.in_(of_target[start : start + _PAGE]),
                )
            )


def record_outcomes(
    transaction: Connection, outcomes: Iterable[tuple[SentChange, Outcome]], now: datetime
) -> None:
    """Record the outcomes of changes that were sent."""
    left: list[Entry] = []
    done: list[tuple[int, str]] = []
    acknowledged: dict[tuple[int, str], Sequence[Identifier] | None] = {}
    for change, outcome in outcomes:
        place = (change.target_id, outcome.change.key)
        entry = _entry_after(change, outcome, now)
        left += [] if entry is None else [entry]
        done += [place] if entry is None else []
        if outcome.change.target.kind == "audience" and outcome.result == "applied":
            acknowledged[place] = change.outcome.change.add if outcome.change.value else None
    remove(transaction, done)
    write(transaction, left, now)
    sent.acknowledge(transaction, acknowledged)


def _entry_after(sent: SentChange, outcome: Outcome, now: datetime) -> Entry | None:
    """The row after an outcome; None where the person carries nothing through us."""
    change = outcome.change
    if outcome.result == "applied":
        if change.value is None:
            return None
        return Entry(
            sent.target_id, change.key, "delivered", change.value, profile_id=sent.profile_id
        )
    is_pending = outcome.result == "pending"
    before = sent.before
    if before is None and not is_pending:
        if change.value is None:
            return None
        # An audience cannot be read back: whoever was sent to it is taken out when they leave.
        before = change.value if change.target.kind == "audience" else None
    is_passing = outcome.passing and not is_pending
    return Entry(
        sent.target_id,
        change.key,
        outcome.result,
        before,
        change.value,
        LOST if is_pending and sent.was_lost else masked_text(outcome.reason),
        outcome.handle if is_pending else "",
        sent.profile_id,
        sent.tries + is_passing if is_pending or is_passing else 0,
        now + _pause(sent.tries) if is_passing else None,
    )


def _pause(tries: int) -> timedelta:
    return PAUSES[tries] if tries < len(PAUSES) else LONGEST_PAUSE


def count_delivered(transaction: Connection, target_id: int) -> int:
    """Number of people who carry a target through us."""
    count = transaction.scalar(
        select(func.count())
        .select_from(LEDGER)
        .where(
            LEDGER.c.target_id == target_id,
            LEDGER.c.state.not_in(("found", "released")),
            or_(
                LEDGER.c.value.is_not(None),
                (LEDGER.c.state == "pending") & LEDGER.c.wanted.is_not(None),
            ),
        )
    )
    return int(count or 0)


def retry(transaction: Connection, connection: int, target: Target | None = None) -> int:
    """Have the next push retry what was rejected or skipped; returns the number of rows."""
    mine = select(LEDGER_TARGETS.c.id).where(LEDGER_TARGETS.c.connection_id == connection)
    if target is not None:
        mine = mine.where(
            LEDGER_TARGETS.c.kind == target.kind, LEDGER_TARGETS.c.name == target.name
        )
    refused = (LEDGER.c.target_id.in_(mine), LEDGER.c.state.in_(("rejected", "skipped")))
    again = select(LEDGER.c.target_id).where(*refused, LEDGER.c.value.is_(None))
    # What was let go once is no news to the brake: the target's delivery goes on.
    transaction.execute(
        update(LEDGER_TARGETS).where(LEDGER_TARGETS.c.id.in_(again)).values(pushed_day=None)
    )
    new = transaction.execute(delete(LEDGER).where(*refused, LEDGER.c.value.is_(None)))
    # Refused after an earlier request went unanswered, so it is unknown whether that one was done.
    unsure = transaction.execute(
        update(LEDGER)
        .where(*refused, LEDGER.c.value == LEDGER.c.wanted)
        .values(state="pending", value=None, reason=UNANSWERED, tries=0, due_at=None)
    )
    known = transaction.execute(
        update(LEDGER)
        .where(*refused)
        .values(state="delivered", wanted=None, reason="", tries=0, due_at=None)
    )
    return new.rowcount + unsure.rowcount + known.rowcount
