"""Whether the present evaluation still says what holds."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, exists, select

from core.store.bulk import table_of
from core.store.tables.segments import Evaluation, Touched

_EVALUATION = table_of(Evaluation)
_TOUCHED = table_of(Touched)


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
    latest = select(_EVALUATION.c.at, _EVALUATION.c.as_of_day)
    row = transaction.execute(latest.order_by(_EVALUATION.c.id.desc()).limit(1)).first()
    marked = bool(transaction.scalar(select(exists(select(_TOUCHED.c.id)))))
    if row is None:
        return Freshness(None, None, marked)
    return Freshness(row.at, date.fromordinal(row.as_of_day), marked)
