"""The desired state of an audience: profiles, and what the platform may know them by."""

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    String,
    and_,
    case,
    cast,
    exists,
    func,
    or_,
    select,
)

from core.audience.binding import Binding
from core.audience.brake.memory import pushed_day
from core.audience.desired import (
    PersonAtTarget,
    ledger_columns,
    ledger_state,
    left_because,
    read_rows,
    stays,
)
from core.audience.identified.persons import identifiers
from core.audience.identified.sent import SENT, fingerprint
from core.audience.scope import Scope
from core.store.tables import LEDGER, PROFILES

_PAGE = 1_000
_SENT_AGAIN_AFTER = 2 / 3
"""Part of a membership after which it is sent again, so that a hub may stand still for a while."""


def members(
    transaction: Connection, scope: Scope, binding: Binding, target_id: int
) -> Iterator[PersonAtTarget]:
    """Read all members of the segments, and everybody who has a row in the audience's ledger.

    The key is the number of the profile. A row whose profile is gone (joined with another,
    deleted, erased) belongs to nobody who may be written to.
    """
    since = pushed_day(transaction, target_id)
    rows = read_rows(transaction, _query(scope, binding, target_id, since))
    while page := list(islice(rows, _PAGE)):
        numbers = [row.profile for row in page]
        known = identifiers(transaction, scope.destination, binding.requires, numbers)
        for row in page:
            value = fingerprint(known.get(row.profile, ()))
            yield PersonAtTarget(
                str(row.profile),
                row.profile,
                writable=value is not None,
                current=ledger_state(row),
                value=value if row.pushed else None,
                left_because=left_because(row),
                is_expected=bool(row.expected),
                member=bool(row.pushed),
                revocable=True,
                stale=bool(row.stale),
                while_held=value,
                expires=_expires(scope, row.at),
            )
    for row in read_rows(transaction, _vanished(scope, target_id)):
        yield PersonAtTarget(
            row.key,
            None,
            writable=False,
            current=ledger_state(row),
            revocable=True,
            stale=bool(row.stale),
        )


def _query(scope: Scope, binding: Binding, target_id: int, since: int | None) -> Select[Any]:
    stayed = stays(scope, binding, since, per_segment=False)
    same = and_(LEDGER.c.target_id == target_id, LEDGER.c.key == cast(PROFILES.c.id, String))
    return (
        select(
            PROFILES.c.id.label("profile"),
            *_state(scope),
            *(column for column in stayed.c if column.name != "profile_id"),
        )
        .select_from(
            PROFILES.outerjoin(LEDGER, same).outerjoin(stayed, stayed.c.profile_id == PROFILES.c.id)
        )
        .where(or_(LEDGER.c.key.is_not(None), func.coalesce(stayed.c.pushed, 0) == 1))
        .order_by(PROFILES.c.id)
    )


def _state(scope: Scope) -> tuple[ColumnElement[Any], ...]:
    stale = exists().where(
        SENT.target_id == LEDGER.c.target_id, SENT.key == LEDGER.c.key, SENT.stale.is_(True)
    )
    return (
        LEDGER.c.key,
        *ledger_columns(scope.wording.as_of),
        LEDGER.c.at,
        case((stale, 1), else_=0).label("stale"),
    )


def _vanished(scope: Scope, target_id: int) -> Select[Any]:
    # Guarded, because keys of other targets are no numbers.
    number = cast(case((LEDGER.c.target_id == target_id, LEDGER.c.key), else_="0"), BigInteger)
    return select(*_state(scope)).where(
        LEDGER.c.target_id == target_id, ~exists().where(PROFILES.c.id == number)
    )


def _expires(scope: Scope, at: datetime | None) -> bool:
    lasts = scope.destination.membership_lasts
    if at is None or lasts is None:
        return False
    return scope.wording.as_of - at > lasts * _SENT_AGAIN_AFTER
