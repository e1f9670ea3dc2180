"""Drift: deliveries of which a destination no longer shows that people carry them."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, and_, case, exists, func, or_, select, update

from core.audience.binding import Binding, expand
from core.audience.ledger import LedgerTargetState, targets
from core.audience.reach import writable
from core.audience.scope import Scope
from core.contract import Found, Target
from core.store import findings
from core.store.bulk import among, is_among, pieces, rows_where
from core.store.findings import Finding
from core.store.tables import CONTACTS, LEDGER

Cause = Literal["removed", "never arrived", "target gone", "unsubscribed"]
DRIFTED = "no longer there; sent again"
SETTLING = timedelta(hours=1)
"""Time for which a delivery is not looked for: lists of vendors lag behind their own writes."""


@dataclass(frozen=True)
class DeliveredTarget:
    """A bound target through which something was delivered."""

    id: int
    binding: Binding

    @property
    def target(self) -> Target:
        """The target itself."""
        return self.binding.target


def delivered_targets(
    transaction: Connection, scope: Scope, begun: datetime
) -> list[DeliveredTarget]:
    """The bound targets with deliveries that a read begun then can show."""
    known: dict[Target, LedgerTargetState] = targets(transaction, scope.connection_id)
    return [
        DeliveredTarget(known[binding.target].id, binding)
        for binding in expand(scope.bindings.bindings, scope.segments)
        if binding.target in known
        and transaction.scalar(select(exists().where(*_delivered(known[binding.target].id, begun))))
    ]


def record_seen(
    transaction: Connection, target_id: int, found: Iterable[Found], begun: datetime
) -> None:
    """Mark the deliveries that the destination shows with the value that was delivered."""
    values = {each.key: each.value for each in found}
    rows = rows_where(
        transaction, LEDGER, LEDGER.c.key, values, *_delivered(target_id, begun),
        columns=[LEDGER.c.key, LEDGER.c.value],
    )  # fmt: skip
    engine = transaction.dialect.name
    for piece in pieces([row["key"] for row in rows if values[row["key"]] == row["value"]]):
        seen = update(LEDGER).where(LEDGER.c.target_id == target_id, is_among(LEDGER.c.key, engine))
        transaction.execute(seen.values(seen_at=begun), among(piece, engine))


def is_shown(transaction: Connection, target_id: int, begun: datetime) -> bool:
    """Whether the read begun then has shown any delivery of a target."""
    shown = exists().where(LEDGER.c.target_id == target_id, LEDGER.c.seen_at == begun)
    return bool(transaction.scalar(select(shown)))


def settle(
    transaction: Connection, scope: Scope, each: DeliveredTarget, begun: datetime, *, gone: bool
) -> Counter[Cause]:
    """Count by cause and store as findings what a complete read has not shown of a target.

    `gone` is a target that no longer exists. Where the bindings restore, people who may be written
    to get it again with the next push; nothing is taken from anybody.
    """
    missing = [*_delivered(each.id, begun),
               or_(LEDGER.c.seen_at.is_(None), LEDGER.c.seen_at < begun)]  # fmt: skip
    may = _may_be_written_to(scope, each.binding)
    absent: Cause = "target gone" if gone else "removed"
    never: ColumnElement[Any] = case((LEDGER.c.seen_at.is_(None), 1), else_=0)
    allowed: ColumnElement[Any] = case((may, 1), else_=0)
    rows = transaction.execute(
        select(never.label("never"), allowed.label("allowed"), func.count().label("number"))
        .where(*missing)
        .group_by(never, allowed)
    )
    counts: Counter[Cause] = Counter()
    for row in rows:
        cause: Cause = absent if gone or not row.never else "never arrived"
        counts[cause if row.allowed else "unsubscribed"] += row.number
    restores = scope.bindings.drift == "restore"
    if restores:
        again = {"state": "pending", "wanted": LEDGER.c.value, "value": None, "reason": DRIFTED}
        transaction.execute(update(LEDGER).where(*missing, may).values(again))
    place = f"{each.target.kind} {each.target.name}"
    findings.lift(transaction, scope.connection_id, place, "drifted")
    found: Sequence[Finding] = [
        Finding(
            "drifted", cause, number, reason=DRIFTED if restores else "",
            fails=not restores and cause != "unsubscribed",
        )
        for cause, number in sorted(counts.items())
    ]  # fmt: skip
    findings.record(transaction, scope.connection_id, place, found, begun)
    return counts


def _delivered(target_id: int, begun: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        LEDGER.c.target_id == target_id,
        LEDGER.c.state == "delivered",
        LEDGER.c.value.is_not(None),
        LEDGER.c.at <= begun - SETTLING,
    )


def _may_be_written_to(scope: Scope, binding: Binding) -> ColumnElement[bool]:
    may = writable(scope.destination, scope.connection_id, binding.requires)
    return exists().where(and_(CONTACTS.c.external_id == LEDGER.c.key, may))
