"""Who moved, and what the store knows of a person that may explain it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from core.store.database import Transaction
from core.store.keys import email_key
from core.store.tables import EVENTS, ORDERS, PLACES, PROFILES, SEGMENTS, STAYS


@dataclass(frozen=True)
class Movement:
    """One person entered or left one segment."""

    profile_id: int
    segment: str
    entered: bool


@dataclass(frozen=True)
class History:
    """What a person did, as local dates; a date is None where it never happened."""

    name: str
    orders: tuple[date, ...]
    """Of every valid order, the oldest first."""
    opened: date | None
    """The last open or click."""
    clicked: date | None
    joined: date | None
    """Start of the latest stay on a list."""


def movements(transaction: Transaction, day: date, segments: Iterable[str]) -> list[Movement]:
    """Who entered and who left these segments on a local date, in a stable order."""
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
    """The person with this address."""
    found = sa.select(PROFILES.c.id).where(PROFILES.c.email == email_key(email))
    number = transaction.scalar(found.order_by(PROFILES.c.id).limit(1))
    return None if number is None else int(number)


def history(transaction: Transaction, profile_id: int, until: date) -> History:
    """What one person did up to the end of a local date."""
    last = until.toordinal()
    person = transaction.execute(
        sa.select(PROFILES.c.first_name, PROFILES.c.last_name).where(PROFILES.c.id == profile_id)
    ).one()
    orders = (
        sa.select(ORDERS.c.day)
        .where(ORDERS.c.profile_id == profile_id, ORDERS.c.valid, ORDERS.c.day <= last)
        .order_by(ORDERS.c.day)
    )
    events = sa.select(sa.func.max(EVENTS.c.day)).where(
        EVENTS.c.profile_id == profile_id, EVENTS.c.day <= last
    )
    joined = sa.select(sa.func.min(PLACES.c.day)).where(PLACES.c.profile_id == profile_id)
    return History(
        " ".join(filter(None, (person.first_name, person.last_name))),
        tuple(map(date.fromordinal, transaction.execute(orders).scalars())),
        _date(transaction.scalar(events.where(EVENTS.c.kind.in_(("opened", "clicked"))))),
        _date(transaction.scalar(events.where(EVENTS.c.kind == "clicked"))),
        _date(transaction.scalar(joined)),
    )


def _date(day: int | None) -> date | None:
    return None if day is None else date.fromordinal(day)
