"""What is kept of an evaluation: stays with entered and left, unknowns, sizes, baselines."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import orjson
import sqlalchemy as sa

from core.segments.definition import Segment
from core.segments.judge import Verdicts
from core.segments.sql.baselines import Measured
from core.segments.sql.clock import Clock
from core.segments.sql.world import World
from core.store.bulk import table_of
from core.store.tables import segments

SEGMENTS = table_of(segments.Segment)
STAYS = table_of(segments.Membership)
UNKNOWNS = table_of(segments.Verdict)
BASELINES = table_of(segments.Baseline)
TOUCHED = table_of(segments.Touched)
EVALUATIONS = table_of(segments.Evaluation)
LEAVING = "leaving"
"""Reason of a stay that ended just now, until it is known."""


@dataclass(frozen=True)
class Moved:
    """How many entered and left each segment."""

    entered: dict[str, int] = field(default_factory=dict)
    left: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class _Kept:
    """A segment as the store knows it."""

    id: int
    changed: bool
    """Whether it means something else than at the last evaluation."""


def keep(
    transaction: sa.Connection,
    world: World,
    every: Sequence[Segment],
    verdicts: Sequence[Verdicts],
    baselines: Sequence[Measured],
    now: datetime,
) -> Moved:
    """Write the difference between the verdicts and the stays so far.

    Why somebody left is still open afterwards, except where the definition changed.
    """
    day = world.clock.day.toordinal()
    _go_back(transaction, day)
    kept = _known(transaction, world, every)
    moved = Moved()
    for some in verdicts:
        for name, column in some.columns.items():
            entered, left = _move(transaction, kept[name], some.table, column, day)
            moved.entered[name], moved.left[name] = entered, left
            _count(transaction, kept[name], some.table, column, day)
    _retire(transaction, {each.id for each in kept.values()}, day)
    _write_baselines(transaction, baselines, day, now)
    transaction.execute(
        sa.insert(EVALUATIONS).values(
            as_of=world.clock.instant, as_of_day=day, fingerprint=fingerprint(world), at=now
        )
    )
    return moved


def last_mark(transaction: sa.Connection) -> int:
    """The newest mark of a touched profile; what is set later stays for the next evaluation."""
    return transaction.execute(sa.select(sa.func.max(TOUCHED.c.id))).scalar() or 0


def forget_marks(transaction: sa.Connection, until: int) -> None:
    """Delete the marks that this evaluation has read."""
    transaction.execute(sa.delete(TOUCHED).where(TOUCHED.c.id <= until))


def last_clock(transaction: sa.Connection) -> Clock | None:
    """What the present memberships are as of; None before the first evaluation."""
    row = transaction.execute(
        sa.select(EVALUATIONS.c.as_of, EVALUATIONS.c.as_of_day)
        .order_by(EVALUATIONS.c.id.desc())
        .limit(1)
    ).first()
    return Clock(row.as_of, date.fromordinal(row.as_of_day)) if row else None


def fingerprint(world: World) -> str:
    """The settings that every verdict depends on, as one text."""
    shop = world.shop
    settings: list[Any] = [
        str(shop.zone), shop.currency, shop.country, sorted(shop.brand_aliases.items()),
        list(shop.precedence), list(shop.joins_nobody), sorted(world.delivered),
        sorted(world.connections),
    ]  # fmt: skip
    return orjson.dumps(settings).decode()


def _go_back(transaction: sa.Connection, day: int) -> None:
    """Move the present to an earlier date: what began after it did not, what ended has not."""
    transaction.execute(sa.delete(STAYS).where(STAYS.c.entered_day > day))
    transaction.execute(
        sa.update(STAYS).where(STAYS.c.left_day > day).values(left_day=None, left_reason=None)
    )


def _known(transaction: sa.Connection, world: World, every: Sequence[Segment]) -> dict[str, _Kept]:
    """The segments' rows, new ones added; a changed meaning is noticed here."""
    named = {each.name: each.rule for each in every if each.rule is not None}
    rows = {row.name: row for row in transaction.execute(sa.select(SEGMENTS))}
    before = transaction.execute(
        sa.select(EVALUATIONS.c.fingerprint).order_by(EVALUATIONS.c.id.desc()).limit(1)
    ).scalar()
    settings_changed = before is not None and before != fingerprint(world)
    kept: dict[str, _Kept] = {}
    for each in every:
        values = {
            "title": orjson.dumps(dict(each.title)).decode(),
            "definition": each.definition(named),
            "retired": False,
        }
        row = rows.get(each.name)
        if row is None:
            added = sa.insert(SEGMENTS).values(name=each.name, members=0, unknown=0, **values)
            number = transaction.execute(added.returning(SEGMENTS.c.id)).scalar_one()
            kept[each.name] = _Kept(int(number), changed=True)
            continue
        transaction.execute(sa.update(SEGMENTS).where(SEGMENTS.c.id == row.id).values(**values))
        changed = row.definition != values["definition"] or settings_changed
        kept[each.name] = _Kept(row.id, changed)
    return kept


def _fraction(measured: Measured) -> tuple[int | None, int]:
    if measured.figure is None:
        return None, 1
    return measured.figure.numerator, measured.figure.denominator


def _move(
    transaction: sa.Connection,
    segment: _Kept,
    table: sa.Table,
    verdict: sa.Column[Any],
    day: int,
) -> tuple[int, int]:
    """Close the stays that ended and open those that began."""
    mine = sa.and_(STAYS.c.segment_id == segment.id, STAYS.c.left_day.is_(None))
    holds = sa.exists().where(table.c.profile_id == STAYS.c.profile_id, verdict)
    # What it means changed, or it is still to be seen whether time alone explains it.
    reason = "change" if segment.changed else LEAVING
    left = transaction.execute(
        sa.update(STAYS).where(mine, ~holds).values(left_day=day, left_reason=reason)
    ).rowcount
    # A stay that ends on the day it began was none; keeping it would make the order of
    # evaluations on one day visible.
    transaction.execute(
        sa.delete(STAYS).where(
            STAYS.c.segment_id == segment.id, STAYS.c.left_day == STAYS.c.entered_day
        )
    )
    already = sa.exists().where(mine, STAYS.c.profile_id == table.c.profile_id)
    # Who left today and holds again never left.
    reopened = transaction.execute(
        sa.update(STAYS)
        .where(
            STAYS.c.segment_id == segment.id,
            STAYS.c.left_day == day,
            sa.exists().where(table.c.profile_id == STAYS.c.profile_id, verdict),
        )
        .values(left_day=None, left_reason=None)
    ).rowcount
    new = sa.select(sa.literal(segment.id), table.c.profile_id, sa.literal(day)).where(
        verdict, ~already
    )
    entered = transaction.execute(
        sa.insert(STAYS).from_select(["segment_id", "profile_id", "entered_day"], new)
    ).rowcount
    return entered + reopened, left


def _count(
    transaction: sa.Connection,
    segment: _Kept,
    table: sa.Table,
    verdict: sa.Column[Any],
    day: int,
) -> None:
    """Keep who is unknown, and how many are in and unknown."""
    transaction.execute(sa.delete(UNKNOWNS).where(UNKNOWNS.c.segment_id == segment.id))
    unsure = sa.select(sa.literal(segment.id), table.c.profile_id).where(verdict.is_(None))
    unknown = transaction.execute(
        sa.insert(UNKNOWNS).from_select(["segment_id", "profile_id"], unsure)
    ).rowcount
    members = transaction.execute(
        sa.select(sa.func.count()).select_from(table).where(verdict)
    ).scalar_one()
    transaction.execute(
        sa.update(SEGMENTS)
        .where(SEGMENTS.c.id == segment.id)
        .values(members=members, unknown=unknown, as_of_day=day)
    )


def _retire(transaction: sa.Connection, present: set[int], day: int) -> None:
    """End the stays of segments that the config no longer has."""
    gone = [
        row.id
        for row in transaction.execute(sa.select(SEGMENTS.c.id).where(~SEGMENTS.c.retired))
        if row.id not in present
    ]
    for number in gone:
        transaction.execute(
            sa.update(STAYS)
            .where(STAYS.c.segment_id == number, STAYS.c.left_day.is_(None))
            .values(left_day=day, left_reason="change")
        )
        transaction.execute(sa.delete(UNKNOWNS).where(UNKNOWNS.c.segment_id == number))
        transaction.execute(
            sa.update(SEGMENTS)
            .where(SEGMENTS.c.id == number)
            .values(retired=True, members=0, unknown=0)
        )


def _write_baselines(
    transaction: sa.Connection, baselines: Sequence[Measured], day: int, now: datetime
) -> None:
    transaction.execute(sa.delete(BASELINES).where(BASELINES.c.as_of_day >= day))
    found: Mapping[str, Measured] = {each.words: each for each in baselines}
    for words, each in found.items():
        numerator, denominator = _fraction(each)
        transaction.execute(
            sa.insert(BASELINES).values(
                key=words, as_of_day=day, numerator=numerator, denominator=denominator, at=now
            )
        )
