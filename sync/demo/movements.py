"""Movements between segments, and a short sentence about the facts that explain it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from core.segments.definition import Segment
from core.segments.rules import Rule
from core.segments.rules.values import Duration
from core.store.bulk import table_of
from core.store.database import Transaction
from core.store.keys import email_key
from core.store.tables import SEGMENTS, STAYS
from core.store.tables.behaviour import ListMember
from core.store.tables.messages import MessageEvent
from core.store.tables.people import Profile
from core.store.tables.trade import Order
from sync.texts import Texts

BOUGHT = ("loyal", "one_time", "lapsed", "recent_month")
"""Segments that orders move people into and out of."""
EXPLAINED = (*BOUGHT, "opened", "clicked", "new_members")
"""Segments whose movements a date or a count explains."""
_PROFILE = table_of(Profile)
_ORDER = table_of(Order)
_EVENT = table_of(MessageEvent)
_MEMBER = table_of(ListMember)


@dataclass(frozen=True)
class Movement:
    """One person entered or left one segment."""

    profile_id: int
    segment: str
    entered: bool


@dataclass(frozen=True)
class History:
    """A person's facts, as local dates; a date is None where it never happened."""

    name: str
    orders: tuple[date, ...]
    """Of every valid order, the oldest first."""
    opened: date | None
    """The last open or click."""
    clicked: date | None
    joined: date | None
    """Start of the latest stay on a list."""


def movements(transaction: Transaction, day: date, segments: Iterable[str]) -> list[Movement]:
    """Every entry and exit of these segments on a local date, in a stable order."""
    number = day.toordinal()
    rows = transaction.execute(
        sa.select(STAYS.c.profile_id, SEGMENTS.c.name, STAYS.c.left_day)
        .join(SEGMENTS, SEGMENTS.c.id == STAYS.c.segment_id)
        .where(
            SEGMENTS.c.name.in_(list(segments)),
            sa.or_(
                sa.and_(STAYS.c.entered_day == number, STAYS.c.left_day.is_(None)),
                STAYS.c.left_day == number,
            ),
        )
        .order_by(SEGMENTS.c.id, STAYS.c.profile_id)
    )
    return [Movement(row.profile_id, row.name, row.left_day is None) for row in rows]


def profile_of(transaction: Transaction, email: str) -> int | None:
    """The profile with this address."""
    ids = sa.select(_PROFILE.c.id).where(_PROFILE.c.email == email_key(email))
    number = transaction.scalar(ids.order_by(_PROFILE.c.id).limit(1))
    return None if number is None else int(number)


def history(transaction: Transaction, profile_id: int, until: date) -> History:
    """One person's facts up to the end of a local date."""
    last = until.toordinal()
    person = transaction.execute(
        sa.select(_PROFILE.c.first_name, _PROFILE.c.last_name).where(_PROFILE.c.id == profile_id)
    ).one()
    orders = (
        sa.select(_ORDER.c.day)
        .where(_ORDER.c.profile_id == profile_id, _ORDER.c.valid, _ORDER.c.day <= last)
        .order_by(_ORDER.c.day)
    )
    events = sa.select(sa.func.max(_EVENT.c.day)).where(
        _EVENT.c.profile_id == profile_id, _EVENT.c.day <= last
    )
    joined = sa.select(sa.func.min(_MEMBER.c.day)).where(_MEMBER.c.profile_id == profile_id)
    return History(
        " ".join(filter(None, (person.first_name, person.last_name))),
        tuple(map(date.fromordinal, transaction.execute(orders).scalars())),
        _date(transaction.scalar(events.where(_EVENT.c.kind.in_(("opened", "clicked"))))),
        _date(transaction.scalar(events.where(_EVENT.c.kind == "clicked"))),
        _date(transaction.scalar(joined)),
    )


def _date(day: int | None) -> date | None:
    return None if day is None else date.fromordinal(day)


def reason(texts: Texts, segment: Segment, history: History, today: date, *, entered: bool) -> str:
    """A sentence about the facts that moved a person into or out of a segment."""
    movement = "entered" if entered else "left"
    if segment.recipe == "new_members" and history.joined is None:
        movement = "gone"
    return texts.say(
        f"demo.why.{segment.recipe}.{movement}", **_facts(texts, segment, history, today)
    )


def _facts(texts: Texts, segment: Segment, history: History, today: date) -> Mapping[str, object]:
    never = texts.say("demo.why.never")
    dates = {
        "last_order": history.orders[-1] if history.orders else None,
        "opened": history.opened,
        "clicked": history.clicked,
        "joined": history.joined,
    }
    return {
        "orders": sum(_is_within(segment.rule, day, today) for day in history.orders),
        "ever": len(history.orders),
        **{name: texts.date(day) if day else never for name, day in dates.items()},
    }


def _is_within(rule: Rule | None, day: date, today: date) -> bool:
    """Whether a date lies in the window of the segment's rule."""
    window = getattr(rule, "within", None)
    return not isinstance(window, Duration) or day > window.before(today)
