"""Timestamps as the store keeps them: an instant in UTC and a shop-local date."""

from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from core.store.tables.types import EPOCH, local_day
from core.store.upsert.page_context import RecordRejected


def placed(moment: datetime | date, zone: ZoneInfo, path: str = "at") -> tuple[datetime, int]:
    """The instant in UTC and the shop-local day number.

    A plain date is that date in the shop; its instant is the date's first moment there.
    Raises RecordRejected, naming `path`, at the far ends of the calendar.
    """
    try:
        if isinstance(moment, datetime):
            return moment.astimezone(UTC), local_day(moment, zone)
        start = datetime.combine(moment, time.min, tzinfo=zone).astimezone(UTC)
    except OverflowError:
        raise RecordRejected(path, "the date is beyond the end of the calendar") from None
    return start, moment.toordinal()


def placed_columns(moment: datetime | date, zone: ZoneInfo) -> dict[str, Any]:
    """Instant and shop-local day as the columns `at` and `day`; raises RecordRejected."""
    at, day = placed(moment, zone)
    return {"at": at, "day": day}


def instant(moment: datetime | date | None, zone: ZoneInfo) -> datetime | None:
    """The instant alone; None where none is given or it is beyond the calendar."""
    if moment is None:
        return None
    try:
        # The usual case; `placed` would compute the local date as well.
        return moment.astimezone(UTC) if isinstance(moment, datetime) else placed(moment, zone)[0]
    except (OverflowError, RecordRejected):
        return None


def newest_first(at: datetime | None) -> float:
    """A sort key: newest first, unknown last."""
    return float("inf") if at is None else -(at - EPOCH).total_seconds()
