"""Column types, and columns that many tables share."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, Integer
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

# SQLite only numbers rows by itself in a column that is declared INTEGER.
Key = BigInteger().with_variant(Integer(), "sqlite")


class Instant(TypeDecorator[datetime]):
    """An aware UTC instant, kept as whole microseconds since 1970.

    SQLite has no type for instants and would drop the zone; an integer compares the same on
    every engine. Refuses naive values.
    """

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002 - the same on all
        """From an aware datetime to microseconds."""
        return _written(value)

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], int | None]:  # noqa: ARG002 - the same
        """The same without the library's detour, for many rows."""
        return _written

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - the same on all
        """From microseconds to an aware datetime in UTC."""
        return None if value is None else EPOCH + timedelta(microseconds=int(value))


def _written(value: datetime | None) -> int | None:
    return None if value is None else microseconds(value)


def microseconds(instant: datetime) -> int:
    """Whole microseconds since 1970 of an aware instant."""
    if instant.tzinfo is None:
        raise ValueError("an instant without a zone reached the store")
    return (instant - EPOCH) // _MICROSECOND


def local_day(instant: datetime, zone: ZoneInfo) -> int:
    """The day number of an instant in the shop's zone."""
    return instant.astimezone(zone).toordinal()


def row_id() -> Any:
    """A number given by the database."""
    return Field(default=None, primary_key=True, sa_type=Key)


def reference(target: str, *, index: bool = False) -> Any:
    """A row of another table, always there."""
    return Field(sa_type=Key, foreign_key=target, index=index)


def maybe_reference(target: str, *, index: bool = False) -> Any:
    """A row of another table, or none."""
    return Field(default=None, sa_type=Key, foreign_key=target, index=index, nullable=True)


def instant() -> Any:
    """An aware UTC instant, always there."""
    return Field(sa_type=Instant)


def maybe_instant() -> Any:
    """An aware UTC instant, or none."""
    return Field(default=None, sa_type=Instant, nullable=True)


def amount() -> Any:
    """Ten-thousandths, 0 unless given."""
    return Field(default=0, sa_type=BigInteger)


def maybe_amount() -> Any:
    """Ten-thousandths, or none where nobody said."""
    return Field(default=None, sa_type=BigInteger, nullable=True)
