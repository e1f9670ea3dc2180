"""Claims on the slots of scheduled jobs, so that one of several hubs does each slot.

Each job has one row. A slot is claimed for a lease. Each commit of its work renews the lease and
checks that the claim still holds; after the lease any hub may take the slot over with a higher
token, and the previous holder commits nothing more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, select, update

from core.errors import Unavailable
from core.store.bulk import insert_missing
from core.store.tables import SLOTS
from core.store.tables.operations import Slot
from core.store.tables.types import EPOCH

LEASE = timedelta(seconds=90)
"""A hub that is silent for longer has abandoned its slot."""
LONGEST_WAIT = timedelta(hours=1)
"""A slot that was given back is tried again within this time."""


class Overtaken(Unavailable):
    """Another hub has taken the slot over; uncommitted work of this one is lost."""


@dataclass(frozen=True)
class SlotRow:
    """A job's latest slot."""

    job: str
    begin: datetime
    token: int
    holder: str
    claimed_at: datetime
    expires_at: datetime
    finished_at: datetime | None
    result: str
    missed: int
    run_id: int | None

    def is_held(self, now: datetime) -> bool:
        """Whether a hub is working on it."""
        return self.finished_at is None and self.holder != "" and self.expires_at > now

    def is_ahead(self, now: datetime, length: timedelta) -> bool:
        """Whether a clock that was ahead by more than the length of a slot has stored it."""
        lease = max(length, LONGEST_WAIT)
        return self.claimed_at > now + length or (
            self.finished_at is None and self.expires_at > now + lease
        )

    def is_open(self, begin: datetime, now: datetime, length: timedelta) -> bool:
        """Whether the slot that begins then, of some length, may be claimed."""
        if self.is_ahead(now, length):
            return True
        free = self.finished_at is not None or self.expires_at <= now
        unfinished = self.begin == begin and self.finished_at is None
        return free and (self.begin < begin or unfinished)


@dataclass(frozen=True)
class Claim:
    """The right to do one slot of one job."""

    job: str
    begin: datetime
    token: int
    """Rises with each claim of the job; a lower one is no longer valid."""
    missed: int = 0
    """Earlier slots that were never done."""
    abandoned_run: int | None = None
    """The run of the previous holder, if it fell silent."""


def slots(transaction: Connection) -> Sequence[SlotRow]:
    """The latest slot of every job that was ever claimed, by name."""
    claimed = select(SLOTS).where(SLOTS.c.token > 0).order_by(SLOTS.c.job)
    return [SlotRow(**row) for row in transaction.execute(claimed).mappings()]


def claim(
    transaction: Connection,
    job: str,
    begin: datetime,
    holder: str,
    now: datetime,
    missed: int = 0,
    length: timedelta = timedelta(days=1),
) -> Claim | None:
    """Claim the slot that begins then; None where it is done, held by another hub, or too old.

    A slot or lease more than the length of a slot in the future holds nobody up.
    """
    unclaimed = Slot(job=job, begin=EPOCH, claimed_at=EPOCH, expires_at=EPOCH, finished_at=EPOCH)
    insert_missing(transaction, SLOTS, unclaimed.model_dump())
    row = transaction.execute(select(SLOTS).where(SLOTS.c.job == job)).mappings().one()
    before = SlotRow(**row)
    if not before.is_open(begin, now, length):
        return None
    # Another hub may have claimed it since the row was read, or the holder renewed its lease.
    claimed = transaction.execute(
        update(SLOTS)
        .where(
            SLOTS.c.job == job,
            SLOTS.c.token == before.token,
            SLOTS.c.expires_at == before.expires_at,
            SLOTS.c.finished_at.is_not_distinct_from(before.finished_at),
        )
        .values(
            begin=begin, token=before.token + 1, holder=holder, claimed_at=now,
            expires_at=now + LEASE, finished_at=None, result="", missed=missed, run_id=None,
        )
    )  # fmt: skip
    if claimed.rowcount != 1:
        return None
    silent = before.run_id if before.finished_at is None and before.holder else None
    return Claim(job, begin, before.token + 1, missed, silent)


def hold(transaction: Connection, claim: Claim, now: datetime, run_id: int | None = None) -> None:
    """Renew the lease, and record the slot's run where one is given; raises Overtaken."""
    values: dict[str, object] = {"expires_at": now + LEASE}
    if run_id is not None:
        values["run_id"] = run_id
    _change(transaction, claim, values)


def renew(transaction: Connection, claim: Claim, now: datetime) -> None:
    """Renew the lease between two commits; a lost claim shows at the next commit."""
    transaction.execute(update(SLOTS).where(*_claimed(claim)).values(expires_at=now + LEASE))


def finish(transaction: Connection, claim: Claim, now: datetime, result: str) -> None:
    """Mark the slot as done, whatever the result; raises Overtaken."""
    _change(transaction, claim, {"finished_at": now, "result": result})


def release(transaction: Connection, claim: Claim, again_at: datetime, result: str) -> None:
    """Give the slot back; any hub may claim it from `again_at` on. Raises Overtaken."""
    _change(transaction, claim, {"holder": "", "expires_at": again_at, "result": result})


def _claimed(claim: Claim) -> tuple[ColumnElement[bool], ...]:
    return (
        SLOTS.c.job == claim.job,
        SLOTS.c.token == claim.token,
        SLOTS.c.holder != "",
        SLOTS.c.finished_at.is_(None),
    )


def _change(transaction: Connection, claim: Claim, values: dict[str, object]) -> None:
    changed = transaction.execute(update(SLOTS).where(*_claimed(claim)).values(**values))
    if changed.rowcount != 1:
        raise Overtaken(
            f"the slot of {claim.job!r} was taken over by another hub; this one stops, "
            "and what it stored stays"
        )
