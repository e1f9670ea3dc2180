"""Moments as the store keeps them: an instant, and the date it had in the shop."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from core.store.tables.types import EPOCH, local_day
from core.store.upsert.rejected import RecordRejected


def placed(moment: datetime | date, zone: ZoneInfo, path: str = "at") -> tuple[datetime, int]:
    """The instant in UTC and the shop-local day number.

    A plain date is that date in the shop; its instant is the date's first moment there.
    Raises Refused, naming `path`, at the far ends of the calendar.
    """
    try:
        if isinstance(moment, datetime):
            return moment.astimezone(UTC), local_day(moment, zone)
        start = datetime.combine(moment, time.min, tzinfo=zone).astimezone(UTC)
    except OverflowError:
        raise RecordRejected(path, "the date is beyond what a calendar can hold") from None
    return start, moment.toordinal()


def instant(moment: datetime | date | None, zone: ZoneInfo) -> datetime | None:
    """The instant alone; none where none is given or it lies beyond the calendar."""
    if moment is None:
        return None
    try:
        # Most are; what follows would work out the shop's date as well.
        return moment.astimezone(UTC) if isinstance(moment, datetime) else placed(moment, zone)[0]
    except (OverflowError, RecordRejected):
        return None


def newest_first(at: datetime | None) -> float:
    """A sort key: the newest first, unknown last."""
    return float("inf") if at is None else -(at - EPOCH).total_seconds()
