"""The difference between the current verdicts and the stored stays, applied to the stays."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from core.segments.compile.sql.aggregates import Expression, Predicate, Temporary, id_column
from core.segments.verdicts import AnyVerdicts
from core.store.tables import BRIEF_STAYS, STAYS, UNKNOWNS

CURRENT_VERDICTS = Temporary(
    "current_verdicts",
    [id_column("segment_id"), id_column("profile_id")],
    [sa.column("holds", sa.Boolean)],
)
"""Members (true) and unknowns (NULL) of the present run; all others have no row."""
EXITS = Temporary(
    "exits", [id_column("stay_id")], [id_column("segment_id"), id_column("profile_id")]
)
"""Stays that end with this evaluation."""

_BRIEF_STAYS_LAST = 7
"""Days."""
Counts = dict[int, int]
"""Segment id -> how many."""


@dataclass(frozen=True)
class MembershipChanges:
    """Numbers of changes that one comparison made, by segment."""

    entered: Counts = field(default_factory=dict)
    left: Counts = field(default_factory=dict)
    no_longer_unknown: Counts = field(default_factory=dict)
    now_unknown: Counts = field(default_factory=dict)


@dataclass(frozen=True)
class Causes:
    """Why people may enter and leave segments at this evaluation, by segment."""

    marked: sa.Select[tuple[int]]
    """Profiles whose own facts changed."""
    changed: Collection[int] = ()
    """Left because the segment is defined otherwise, or the settings changed."""
    redefined: Collection[int] = ()
    """Entered because the segment is new or defined otherwise."""
    moved_by_others: Collection[int] = ()
    """Compared with the population or with colleagues, so that others' facts move people."""

    def of_entry(self, segment: Expression, profile: Expression) -> Expression:
        """The reason of a stay that begins."""
        by_facts = sa.or_(segment.in_(sorted(self.moved_by_others)), profile.in_(self.marked))
        redefined = segment.in_(sorted(self.redefined))
        return sa.case((redefined, "definition"), (~by_facts, "time"), else_=None)


@dataclass(frozen=True)
class Scope:
    """The segments and people that are compared."""

    segments: Collection[int]
    people: sa.Select[tuple[int]] | None
    """None is everybody."""

    def of(self, table: sa.TableClause) -> Predicate:
        """The rows of a table that are compared."""
        segment_ids = sorted(self.segments)
        if self.people is None:
            return table.c.segment_id.in_(segment_ids)
        # A sum, so that no index by segment looks better than that by person.
        return sa.and_(
            (table.c.segment_id + 0).in_(segment_ids), table.c.profile_id.in_(self.people)
        )


def is_initial(transaction: sa.Connection, segments: Collection[int]) -> bool:
    """Whether nobody was ever in any of these segments, nor unknown to it."""
    return not any(
        transaction.execute(
            sa.select(table.c.segment_id).where(table.c.segment_id.in_(sorted(segments))).limit(1)
        ).first()
        for table in (STAYS, UNKNOWNS)
    )


def write_initial(
    transaction: sa.Connection,
    verdicts: Sequence[AnyVerdicts],
    segment_ids: Mapping[str, int],
    causes: Causes,
    day: int,
) -> None:
    """Write the verdicts of initial segments, where there is nothing to compare with."""
    for each in verdicts:
        for members in each.rows(segment_ids, lambda holds: holds):
            segment, profile, _ = members.subquery("members").c
            names = ["segment_id", "profile_id", "entered_day", "entered_reason"]
            reason = causes.of_entry(segment, profile)
            rows = sa.select(segment, profile, sa.literal(day), reason)
            transaction.execute(sa.insert(STAYS).from_select(names, rows))
        for unknown in each.rows(segment_ids, lambda holds: holds.is_(None)):
            segment, profile, _ = unknown.subquery("unknown").c
            names = ["segment_id", "profile_id"]
            transaction.execute(sa.insert(UNKNOWNS).from_select(names, sa.select(segment, profile)))


@contextmanager
def current_verdicts(
    transaction: sa.Connection, verdicts: Sequence[AnyVerdicts], segment_ids: Mapping[str, int]
) -> Iterator[None]:
    """Fill `CURRENT_VERDICTS` and create an empty `EXITS`; drop both at the end."""
    CURRENT_VERDICTS.create(transaction)
    EXITS.create(transaction)
    names = ["segment_id", "profile_id", "holds"]
    for each in verdicts:
        for rows in each.rows(segment_ids, _is_member_or_unknown):
            transaction.execute(sa.insert(CURRENT_VERDICTS).from_select(names, rows))
    yield
    # Not in a `finally`: after an error the transaction is rolled back, and they are gone with it.
    EXITS.drop(transaction)
    CURRENT_VERDICTS.drop(transaction)


def _is_member_or_unknown(holds: Expression) -> Predicate:
    return sa.or_(holds, holds.is_(None))


def apply_changes(
    transaction: sa.Connection, scope: Scope, causes: Causes, day: int
) -> MembershipChanges:
    """Close the stays that ended, open those that began, and store the unknowns.

    Needs `current_verdicts`. `left_reason` is "change" where a changed segment is left, and "time"
    everywhere else, until `set_exit_reasons` knows better. Stays that end on the day they began
    are there until `drop_brief_stays`.
    """
    left = _close(transaction, scope, causes.changed, day)
    reopened = _reopen(transaction, scope, day)
    opened = _open(transaction, causes, day)
    certain, unknown = _store_unknowns(transaction, scope)
    entered = {each: reopened.get(each, 0) + opened.get(each, 0) for each in {*reopened, *opened}}
    return MembershipChanges(entered, left, certain, unknown)


def _close(transaction: sa.Connection, scope: Scope, changed: Collection[int], day: int) -> Counts:
    ending = sa.select(STAYS.c.id, STAYS.c.segment_id, STAYS.c.profile_id).where(
        scope.of(STAYS), STAYS.c.left_day.is_(None), ~_holds(STAYS)
    )
    names = ["stay_id", "segment_id", "profile_id"]
    transaction.execute(sa.insert(EXITS).from_select(names, ending))
    left = sa.select(EXITS.c.segment_id, sa.func.count()).group_by(EXITS.c.segment_id)
    counted = _counts(transaction, left)
    reason = sa.case((STAYS.c.segment_id.in_(sorted(changed)), "change"), else_="time")
    ends_now = STAYS.c.id.in_(sa.select(EXITS.c.stay_id))
    transaction.execute(sa.update(STAYS).where(ends_now).values(left_day=day, left_reason=reason))
    return counted


def drop_brief_stays(transaction: sa.Connection, day: int) -> None:
    """Move stays that ended on the day they began out of the memberships.

    Such a stay was none; keeping it would make the order of evaluations on one day visible. Only
    the brake asks why it ended, for a week.
    """
    brief = sa.and_(STAYS.c.id.in_(sa.select(EXITS.c.stay_id)), STAYS.c.entered_day == day)
    columns = ("segment_id", "profile_id", "left_day", "left_reason")
    again = sa.exists().where(
        brief,
        STAYS.c.segment_id == BRIEF_STAYS.c.segment_id,
        STAYS.c.profile_id == BRIEF_STAYS.c.profile_id,
    )
    outdated = BRIEF_STAYS.c.left_day < day - _BRIEF_STAYS_LAST
    transaction.execute(sa.delete(BRIEF_STAYS).where(sa.or_(outdated, again)))
    rows = sa.select(*(STAYS.c[name] for name in columns)).where(brief)
    transaction.execute(sa.insert(BRIEF_STAYS).from_select(columns, rows))
    transaction.execute(sa.delete(STAYS).where(brief))


def _reopen(transaction: sa.Connection, scope: Scope, day: int) -> Counts:
    """Undo the exits of this day where the verdict holds again."""
    back = sa.and_(scope.of(STAYS), STAYS.c.left_day == day, _holds(STAYS))
    counted = by_segment(transaction, STAYS, back)
    if counted:
        stays = {"left_day": None, "left_reason": None}
        transaction.execute(sa.update(STAYS).where(back).values(**stays))
    return counted


def _open(transaction: sa.Connection, causes: Causes, day: int) -> Counts:
    already = sa.exists(STAYS.c.profile_id).where(
        STAYS.c.profile_id == CURRENT_VERDICTS.c.profile_id,
        STAYS.c.segment_id + 0 == CURRENT_VERDICTS.c.segment_id,
        STAYS.c.left_day.is_(None),
    )
    new = sa.and_(CURRENT_VERDICTS.c.holds, ~already)
    last = transaction.execute(sa.select(sa.func.max(STAYS.c.id))).scalar() or 0
    place = (CURRENT_VERDICTS.c.segment_id, CURRENT_VERDICTS.c.profile_id)
    rows = sa.select(*place, sa.literal(day), causes.of_entry(*place)).where(new)
    names = ["segment_id", "profile_id", "entered_day", "entered_reason"]
    transaction.execute(sa.insert(STAYS).from_select(names, rows))
    # A sum, so that no index in the order of the segments looks better than the newest rows.
    segment = (STAYS.c.segment_id + 0).label("segment")
    counted = sa.select(segment, sa.func.count()).where(STAYS.c.id > last).group_by(segment)
    return _counts(transaction, counted)


def _store_unknowns(transaction: sa.Connection, scope: Scope) -> tuple[Counts, Counts]:
    """Store who is unknown; how many are certain now, and how many are unknown now."""
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
    unknown = by_segment(transaction, CURRENT_VERDICTS, new)
    if unknown:
        rows = sa.select(CURRENT_VERDICTS.c.segment_id, CURRENT_VERDICTS.c.profile_id).where(new)
        names = ["segment_id", "profile_id"]
        transaction.execute(sa.insert(UNKNOWNS).from_select(names, rows))
    return certain, unknown


def _holds(stays: sa.Table) -> Predicate:
    return sa.exists().where(
        CURRENT_VERDICTS.c.segment_id == stays.c.segment_id,
        CURRENT_VERDICTS.c.profile_id == stays.c.profile_id,
        CURRENT_VERDICTS.c.holds,
    )


def by_segment(transaction: sa.Connection, table: sa.TableClause, condition: Predicate) -> Counts:
    """How many rows of each segment meet a condition."""
    counted = sa.select(table.c.segment_id, sa.func.count()).where(condition)
    return _counts(transaction, counted.group_by(table.c.segment_id))


def _counts(transaction: sa.Connection, query: sa.Select[Any]) -> Counts:
    return {segment: int(count) for segment, count in transaction.execute(query)}
