"""Whether the present evaluation still says what holds."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, exists, select

from core.store.tables import EVALUATIONS, TOUCHED


@dataclass(frozen=True)
class Freshness:
    """What the present memberships rest on, and whether something has changed since."""

    at: datetime | None
    """When they were evaluated; None: never."""
    day: date | None
    """The local date that they are as of."""
    marked: bool
    """Whether somebody must be evaluated again."""


def freshness(transaction: Connection) -> Freshness:
    """How fresh the present evaluation is."""
    latest = select(EVALUATIONS.c.at, EVALUATIONS.c.as_of_day)
    row = transaction.execute(latest.order_by(EVALUATIONS.c.id.desc()).limit(1)).first()
    marked = bool(transaction.scalar(select(exists(select(TOUCHED.c.id)))))
    if row is None:
        return Freshness(None, None, marked)
    return Freshness(row.at, date.fromordinal(row.as_of_day), marked)
