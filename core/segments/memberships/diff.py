"""Stays end and begin: the difference between what holds and what has held so far."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from core.segments.memberships.current_verdicts import CURRENT_VERDICTS, EXITS
from core.store.tables import STAYS, UNKNOWNS

Counts = dict[int, int]
"""Number of a segment -> how many."""


@dataclass(frozen=True)
class MembershipChanges:
    """What one comparison changed, by the number of the segment."""

    entered: Counts = field(default_factory=dict)
    left: Counts = field(default_factory=dict)
    no_longer_unknown: Counts = field(default_factory=dict)
    now_unknown: Counts = field(default_factory=dict)


@dataclass(frozen=True)
class Scope:
    """Whose stays in which segments are compared."""

    segments: Collection[int]
    people: sa.Select[tuple[int]] | None
    """None is everybody."""

    def of(self, table: sa.TableClause) -> sa.ColumnElement[bool]:
        """The rows of a table that are compared."""
        numbers = sorted(self.segments)
        if self.people is None:
            return table.c.segment_id.in_(numbers)
        # A sum, so that no index by segment looks better than that by person.
        return sa.and_((table.c.segment_id + 0).in_(numbers), table.c.profile_id.in_(self.people))


def apply_changes(
    transaction: sa.Connection, scope: Scope, changed: Collection[int], day: int
) -> MembershipChanges:
    """Close the stays that ended and open those that began; then keep who is unknown.

    Those who leave a `changed` segment leave by change; of all others it is still to be seen.
    """
    left = _close(transaction, scope, changed, day)
    again = _reopen(transaction, scope, day)
    new = _open(transaction, day)
    certain, unsure = _keep_unknown(transaction, scope)
    entered = {each: again.get(each, 0) + new.get(each, 0) for each in {*again, *new}}
    return MembershipChanges(entered, left, certain, unsure)


def _close(transaction: sa.Connection, scope: Scope, changed: Collection[int], day: int) -> Counts:
    ending = sa.select(STAYS.c.id, STAYS.c.segment_id, STAYS.c.profile_id).where(
        scope.of(STAYS), STAYS.c.left_day.is_(None), ~_holds(STAYS)
    )
    names = ["stay_id", "segment_id", "profile_id"]
    transaction.execute(sa.insert(EXITS).from_select(names, ending))
    left = sa.select(EXITS.c.segment_id, sa.func.count()).group_by(EXITS.c.segment_id)
    counted = _counts(transaction, left)
    reason = sa.case((STAYS.c.segment_id.in_(sorted(changed)), "change"), else_="time")
    mine = STAYS.c.id.in_(sa.select(EXITS.c.stay_id))
    ends = {"left_day": day, "left_reason": reason}
    transaction.execute(sa.update(STAYS).where(mine).values(**ends))
    # A stay that ends on the day it began was none; keeping it would make the order of
    # evaluations on one day visible.
    transaction.execute(sa.delete(STAYS).where(mine, STAYS.c.entered_day == day))
    return counted


def _reopen(transaction: sa.Connection, scope: Scope, day: int) -> Counts:
    """Who left today and holds again never left."""
    back = sa.and_(scope.of(STAYS), STAYS.c.left_day == day, _holds(STAYS))
    counted = by_segment(transaction, STAYS, back)
    if counted:
        stays = {"left_day": None, "left_reason": None}
        transaction.execute(sa.update(STAYS).where(back).values(**stays))
    return counted


def _open(transaction: sa.Connection, day: int) -> Counts:
    already = sa.exists(STAYS.c.profile_id).where(
        STAYS.c.profile_id == CURRENT_VERDICTS.c.profile_id,
        STAYS.c.segment_id + 0 == CURRENT_VERDICTS.c.segment_id,
        STAYS.c.left_day.is_(None),
    )
    new = sa.and_(CURRENT_VERDICTS.c.holds, ~already)
    last = transaction.execute(sa.select(sa.func.max(STAYS.c.id))).scalar() or 0
    rows = sa.select(
        CURRENT_VERDICTS.c.segment_id, CURRENT_VERDICTS.c.profile_id, sa.literal(day)
    ).where(new)
    names = ["segment_id", "profile_id", "entered_day"]
    transaction.execute(sa.insert(STAYS).from_select(names, rows))
    # A sum, so that no index in the order of the segments looks better than the newest rows.
    segment = (STAYS.c.segment_id + 0).label("segment")
    counted = sa.select(segment, sa.func.count()).where(STAYS.c.id > last).group_by(segment)
    return _counts(transaction, counted)


def _keep_unknown(transaction: sa.Connection, scope: Scope) -> tuple[Counts, Counts]:
    still = sa.exists().where(
        CURRENT_VERDICTS.c.segment_id == UNKNOWNS.c.segment_id,
        CURRENT_VERDICTS.c.profile_id == UNKNOWNS.c.profile_id,
        CURRENT_VERDICTS.c.holds.is_(None),
    )
    gone = sa.and_(scope.of(UNKNOWNS), ~still)
    certain = by_segment(transaction, UNKNOWNS, gone)
    if certain:
        transaction.execute(sa.delete(UNKNOWNS).where(gone))
    already = sa.exists().where(
        UNKNOWNS.c.segment_id == CURRENT_VERDICTS.c.segment_id,
        UNKNOWNS.c.profile_id == CURRENT_VERDICTS.c.profile_id,
    )
    new = sa.and_(CURRENT_VERDICTS.c.holds.is_(None), ~already)
    unsure = by_segment(transaction, CURRENT_VERDICTS, new)
    if unsure:
        rows = sa.select(CURRENT_VERDICTS.c.segment_id, CURRENT_VERDICTS.c.profile_id).where(new)
        names = ["segment_id", "profile_id"]
        transaction.execute(sa.insert(UNKNOWNS).from_select(names, rows))
    return certain, unsure


def _holds(stays: sa.Table) -> sa.ColumnElement[bool]:
    return sa.exists().where(
        CURRENT_VERDICTS.c.segment_id == stays.c.segment_id,
        CURRENT_VERDICTS.c.profile_id == stays.c.profile_id,
        CURRENT_VERDICTS.c.holds,
    )


def by_segment(
    transaction: sa.Connection, table: sa.TableClause, condition: sa.ColumnElement[bool]
) -> Counts:
    """How many rows of each segment meet a condition."""
    found = sa.select(table.c.segment_id, sa.func.count()).where(condition)
    return _counts(transaction, found.group_by(table.c.segment_id))


def _counts(transaction: sa.Connection, query: sa.Select[Any]) -> Counts:
    return {segment: int(count) for segment, count in transaction.execute(query)}
