"""The ledger: what we delivered at each target, and what was there before us.

A row's `value` is what its person carries through us (when found: carried before us); `wanted`
is what we tried last and either do not know, or know not, to have happened.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, delete, func, insert, or_, select, tuple_, update

from core.contract import Change, Found, Outcome, Target
from core.errors import Held
from core.store.connections import connection_names
from core.store.tables import LEDGER, LEDGER_TARGETS

State = Literal["delivered", "found", "released", "pending", "skipped", "rejected"]

UNANSWERED = "sent; the answer is not known yet"
_PAGE = 1_000


@dataclass(frozen=True)
class LedgerState:
    """What the ledger says of one person at one target."""

    state: State
    value: str | None
    wanted: str | None
    handle: str = ""

    @property
    def unanswered(self) -> bool:
        """Whether a change was sent and nobody heard what became of it."""
        return self.state == "pending" and not self.handle

    @property
    def carries(self) -> bool:
        """Whether the person carries the target through us, as far as we know."""
        may_have_come = self.state == "pending" and self.wanted is not None
        return self.state not in ("found", "released") and (self.value is not None or may_have_come)


@dataclass(frozen=True)
class Entry:
    """One row of the ledger, to be written."""

    target_id: int
    key: str
    state: State
    value: str | None
    wanted: str | None = None
    reason: str = ""
    handle: str = ""
    profile_id: int | None = None


@dataclass(frozen=True)
class Waiting:
    """A change that was sent and whose outcome is awaited."""

    target_id: int
    before: str | None
    """What the person carried through us when it was sent."""
    profile_id: int | None
    outcome: Outcome
    """Pending; with the handle that it can be asked about by, if it has one."""


@dataclass(frozen=True)
class LedgerTargetState:
    """A target as the ledger knows it."""

    id: int
    read_at: datetime | None
    """When the destination was asked who carries it already."""


def connection_id(transaction: Connection, name: str) -> int:
    """The number of a connection; raises Held where the store has never seen it."""
    for number, known in connection_names(transaction).items():
        if known == name:
            return number
    raise Held(
        f"{name} has never been read, so nobody knows who may be written to; "
        f"run: segmenthub pull {name}"
    )


def targets(transaction: Connection, connection: int) -> dict[Target, LedgerTargetState]:
    """Every target of a connection that was ever written or read."""
    rows = transaction.execute(
        select(LEDGER_TARGETS).where(LEDGER_TARGETS.c.connection_id == connection)
    )
    return {Target(row.kind, row.name): LedgerTargetState(row.id, row.read_at) for row in rows}


def note_target(transaction: Connection, connection: int, target: Target) -> int:
    """The number of a target, which is noted when it is new."""
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


def forget_found(transaction: Connection, target_id: int) -> None:
    """Start the first reading of a target again, after one that broke off."""
    transaction.execute(
        delete(LEDGER).where(LEDGER.c.target_id == target_id, LEDGER.c.state == "found")
    )


def enter_found(
    transaction: Connection, target_id: int, found: Sequence[Found], now: datetime
) -> None:
    """Note who carried a target before us; what we know to be ours stays ours."""
    ours = set(
        transaction.scalars(
            select(LEDGER.c.key).where(
                LEDGER.c.target_id == target_id, LEDGER.c.key.in_([each.key for each in found])
            )
        )
    )
    values = {each.key: each.value for each in found if each.key not in ours}
    put(transaction, (Entry(target_id, key, "found", value) for key, value in values.items()), now)


def mark_read(transaction: Connection, target_id: int, now: datetime) -> None:
    """From now on what appears at the target is ours, or came after us."""
    transaction.execute(
        update(LEDGER_TARGETS).where(LEDGER_TARGETS.c.id == target_id).values(read_at=now)
    )


def put(transaction: Connection, entries: Iterable[Entry], now: datetime) -> None:
    """Write rows, each in the place of the one with its target and key."""
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


def note(
    transaction: Connection, answers: Iterable[tuple[Waiting, Outcome]], now: datetime
) -> None:
    """Write down what became of changes."""
    kept: list[Entry] = []
    done: list[tuple[int, str]] = []
    for waiting, outcome in answers:
        entry = _settled(waiting, outcome)
        if entry is None:
            done.append((waiting.target_id, outcome.change.key))
        else:
            kept.append(entry)
    remove(transaction, done)
    put(transaction, kept, now)


def _settled(waiting: Waiting, outcome: Outcome) -> Entry | None:
    """The row that an outcome leaves behind; None where there is nothing left to know."""
    change = outcome.change
    if outcome.result == "applied":
        if change.value is None:
            return None
        return Entry(
            waiting.target_id, change.key, "delivered", change.value, profile_id=waiting.profile_id
        )
    if outcome.result != "pending" and waiting.before is None and change.value is None:
        return None
    return Entry(
        waiting.target_id,
        change.key,
        outcome.result,
        waiting.before,
        change.value,
        outcome.reason,
        outcome.handle if outcome.result == "pending" else "",
        waiting.profile_id,
    )


def pending(
    transaction: Connection, connection: int, after: tuple[int, str] = (0, "")
) -> list[Waiting]:
    """One page of changes that a handle can be asked about.

    Pages follow each other by (target, key); an empty one is the end.
    """
    rows = transaction.execute(
        select(LEDGER, LEDGER_TARGETS.c.kind, LEDGER_TARGETS.c.name)
        .join(LEDGER_TARGETS, LEDGER_TARGETS.c.id == LEDGER.c.target_id)
        .where(
            LEDGER_TARGETS.c.connection_id == connection,
            LEDGER.c.state == "pending",
            LEDGER.c.handle != "",
            tuple_(LEDGER.c.target_id, LEDGER.c.key) > tuple_(*after),
        )
        .order_by(LEDGER.c.target_id, LEDGER.c.key)
        .limit(_PAGE)
    )
    return [
        Waiting(
            row.target_id,
            row.value,
            row.profile_id,
            Outcome(
                Change(Target(row.kind, row.name), row.key, row.wanted),
                "pending",
                row.reason,
                row.handle,
            ),
        )
        for row in rows
    ]


def carried(transaction: Connection, target_id: int) -> int:
    """How many persons carry a target through us."""
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
    """Let what was rejected or skipped be tried again by the next push; how many rows that are."""
    mine = select(LEDGER_TARGETS.c.id).where(LEDGER_TARGETS.c.connection_id == connection)
    if target is not None:
        mine = mine.where(
            LEDGER_TARGETS.c.kind == target.kind, LEDGER_TARGETS.c.name == target.name
        )
    refused = (LEDGER.c.target_id.in_(mine), LEDGER.c.state.in_(("rejected", "skipped")))
    new = transaction.execute(delete(LEDGER).where(*refused, LEDGER.c.value.is_(None)))
    # Refused after an earlier request went unanswered: nobody knows whether that one was done.
    unsure = transaction.execute(
        update(LEDGER)
        .where(*refused, LEDGER.c.value == LEDGER.c.wanted)
        .values(state="pending", value=None, reason=UNANSWERED)
    )
    known = transaction.execute(
        update(LEDGER).where(*refused).values(state="delivered", wanted=None, reason="")
    )
    return new.rowcount + unsure.rowcount + known.rowcount


def refused(transaction: Connection, connection: int) -> Iterator[tuple[Target, str, str, int]]:
    """What was rejected or skipped: target, state, reason and how many, most first."""
    number = func.count().label("number")
    rows = transaction.execute(
        select(
            LEDGER_TARGETS.c.kind, LEDGER_TARGETS.c.name, LEDGER.c.state, LEDGER.c.reason, number
        )
        .join(LEDGER_TARGETS, LEDGER_TARGETS.c.id == LEDGER.c.target_id)
        .where(LEDGER_TARGETS.c.connection_id == connection)
        .where(LEDGER.c.state.in_(("rejected", "skipped")))
        .group_by(LEDGER_TARGETS.c.kind, LEDGER_TARGETS.c.name, LEDGER.c.state, LEDGER.c.reason)
        .order_by(number.desc(), LEDGER_TARGETS.c.name)
    )
    for row in rows:
        yield Target(row.kind, row.name), row.state, row.reason, row.number
