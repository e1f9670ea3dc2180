"""Who does a scheduled job when: one row per job, so that of several hubs one does each slot.

A slot is claimed for a lease. Each commit of its work renews the lease and asks whether the claim
still holds; after the lease anybody may take the slot over with a higher token, and whoever held
it before commits nothing more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, select, update

from core.errors import Unavailable
from core.store.bulk import add_missing, table_of
from core.store.tables.operations import Slot
from core.store.tables.types import EPOCH

LEASE = timedelta(seconds=90)
"""So long a hub may be silent before others take its slot for abandoned."""
_SLOT = table_of(Slot)


class Overtaken(Unavailable):
    """Another hub has taken the slot over; what this one had not committed is gone."""


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
        """Whether a hub is at work on it."""
        return self.finished_at is None and self.holder != "" and self.expires_at > now

    def is_open(self, begin: datetime, now: datetime) -> bool:
        """Whether the slot that begins then may be claimed."""
        free = self.finished_at is not None or self.expires_at <= now
        unfinished = self.begin == begin and self.finished_at is None
        return free and (self.begin < begin or unfinished)


@dataclass(frozen=True)
class Claim:
    """The right to do one slot of one job."""

    job: str
    begin: datetime
    token: int
    """Rises with each claim of the job; a lower one is worth nothing any more."""
    missed: int = 0
    """Slots before this one that nobody has done."""
    abandoned_run: int | None = None
    """The run of whoever held the slot before and fell silent."""


def slots(transaction: Connection) -> Sequence[SlotRow]:
    """The latest slot of every job that ever was claimed, by name."""
    claimed = select(_SLOT).where(_SLOT.c.token > 0).order_by(_SLOT.c.job)
    return [SlotRow(**row) for row in transaction.execute(claimed).mappings()]


def claim(
    transaction: Connection,
    job: str,
    begin: datetime,
    holder: str,
    now: datetime,
    missed: int = 0,
) -> Claim | None:
    """Claim the slot that begins then; None where it is done, held by another hub, or too old."""
    unclaimed = Slot(job=job, begin=EPOCH, claimed_at=EPOCH, expires_at=EPOCH, finished_at=EPOCH)
    add_missing(transaction, _SLOT, unclaimed.model_dump())
    row = transaction.execute(select(_SLOT).where(_SLOT.c.job == job)).mappings().one()
    before = SlotRow(**row)
    if not before.is_open(begin, now):
        return None
    # Between looking and claiming another hub may have been faster, or the holder spoken again.
    claimed = transaction.execute(
        update(_SLOT)
        .where(
            _SLOT.c.job == job,
            _SLOT.c.token == before.token,
            _SLOT.c.expires_at == before.expires_at,
            _SLOT.c.finished_at.is_not_distinct_from(before.finished_at),
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
    """Renew the lease, and note the slot's run where it is given; raises Overtaken."""
    values: dict[str, object] = {"expires_at": now + LEASE}
    if run_id is not None:
        values["run_id"] = run_id
    _change(transaction, claim, values)


def renew(transaction: Connection, claim: Claim, now: datetime) -> None:
    """Renew the lease between two commits; where the claim is gone, its holder will notice."""
    transaction.execute(update(_SLOT).where(*_claimed(claim)).values(expires_at=now + LEASE))


def finish(transaction: Connection, claim: Claim, now: datetime, result: str) -> None:
    """The slot is done, whatever came of it; raises Overtaken."""
    _change(transaction, claim, {"finished_at": now, "result": result})


def release(transaction: Connection, claim: Claim, again_at: datetime, result: str) -> None:
    """Nobody does the slot now; from then on anybody may go on with it. Raises Overtaken."""
    _change(transaction, claim, {"holder": "", "expires_at": again_at, "result": result})


def _claimed(claim: Claim) -> tuple[ColumnElement[bool], ...]:
    return (
        _SLOT.c.job == claim.job,
        _SLOT.c.token == claim.token,
        _SLOT.c.holder != "",
        _SLOT.c.finished_at.is_(None),
    )


def _change(transaction: Connection, claim: Claim, values: dict[str, object]) -> None:
    changed = transaction.execute(update(_SLOT).where(*_claimed(claim)).values(**values))
    if changed.rowcount != 1:
        raise Overtaken(
            f"the slot of {claim.job!r} was taken over by another hub; this one stops, "
            "and what it stored stays"
        )
