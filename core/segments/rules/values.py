"""The values that rules are written with: durations, numbers, shares, relative thresholds."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Annotated, Literal, get_args

from dateutil.relativedelta import relativedelta
from pydantic import BeforeValidator, WithJsonSchema

Unit = Literal["hour", "day", "week", "month", "year"]
_DURATION = re.compile(r"(\d{1,6}) (hour|day|week|month|year)s?")
_SHARE = re.compile(r"(\d{1,9}(?:\.\d+)?) ?%")
_RELATIVE = re.compile(r"(\d{1,9}(?:\.\d+)?) ?% of (average|median)")
_TOP = re.compile(r"top (\d{1,9}(?:\.\d+)?) ?%")


@dataclass(frozen=True)
class Duration:
    """A duration, `6 months`: hours count between instants, other units between local dates."""

    count: int
    unit: Unit

    def before(self, day: date) -> date:
        """The local date this long before `day`; a month's end is clamped."""
        return day - self._calendar()

    def after(self, day: date) -> date:
        """The local date this long after `day`; a month's end is clamped."""
        return day + self._calendar()

    def before_instant(self, instant: datetime) -> datetime:
        """The instant this many hours before."""
        return instant - timedelta(hours=self.count)

    def _calendar(self) -> relativedelta:
        match self.unit:
            case "day":
                return relativedelta(days=self.count)
            case "week":
                return relativedelta(weeks=self.count)
            case "month":
                return relativedelta(months=self.count)
            case "year":
                return relativedelta(years=self.count)
            case "hour":
                raise ValueError("hours are counted between instants, not between dates")


@dataclass(frozen=True)
class Number:
    """A plain number, or an amount in the hub's currency."""

    value: Decimal


@dataclass(frozen=True)
class Share:
    """A share, written `5%`, as a fraction of one."""

    value: Decimal


@dataclass(frozen=True)
class Relative:
    """A multiple of a population figure, written `120% of average`."""

    share: Decimal
    of: Literal["average", "median"]


@dataclass(frozen=True)
class Top:
    """The highest share of the population, written `top 10%`; ties are included."""

    share: Decimal


@dataclass(frozen=True)
class Day:
    """A local date."""

    day: date


Threshold = Number | Share | Relative | Top | Day


def read_duration(value: object) -> Duration:
    """`"6 months"` as a duration; raises ValueError with how to write it."""
    if isinstance(value, Duration):
        return value
    match = _DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        units = ", ".join(f'"{unit}s"' for unit in get_args(Unit))
        raise ValueError(f'read {value!r}; write a number and one of {units}, as in "6 months"')
    if int(match[1]) == 0:
        raise ValueError(f"read {value!r}; a window of 0 contains nothing")
    return Duration(int(match[1]), match[2])  # type: ignore[arg-type]  # the pattern allows only the units


def read_within(value: object) -> Duration | Literal["ever"]:
    """A duration, or `"ever"`."""
    return "ever" if value == "ever" else read_duration(value)


def read_share(value: object) -> Share:
    """`"5%"` as a share."""
    if isinstance(value, Share):
        return value
    match = _SHARE.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise ValueError(f'read {value!r}; a share is written "5%"')
    return Share(Decimal(match[1]) / 100)


def read_threshold(value: object) -> Threshold:
    """Any value that a number may be compared with."""
    if isinstance(value, Number | Share | Relative | Top | Day):
        return value
    if isinstance(value, bool):
        raise ValueError(f"read {str(value).lower()}; a number is expected")  # noqa: TRY004 - pydantic gathers ValueErrors
    if isinstance(value, int | Decimal):
        return Number(Decimal(value))
    if isinstance(value, float):
        return Number(Decimal(repr(value)))
    if isinstance(value, date) and not isinstance(value, datetime):
        return Day(value)
    if isinstance(value, Mapping):
        return _read_relative_table(value)
    if isinstance(value, str):
        return _read_threshold_text(value.strip())
    raise ValueError(f"read {value!r}; a number is expected")


def _read_relative_table(table: Mapping[str, object]) -> Threshold:
    match dict(table):
        case {"top": share, **others} if not others:
            return Top(read_share(share).value)
        case {"above": share, "of": ("average" | "median") as of, **others} if not others:
            return Relative(1 + read_share(share).value, of)
    raise ValueError(
        'write { above = "20%", of = "average" }, { above = "20%", of = "median" } '
        'or { top = "10%" }'
    )


def _read_threshold_text(text: str) -> Threshold:
    if match := _RELATIVE.fullmatch(text):
        return Relative(Decimal(match[1]) / 100, match[2])  # type: ignore[arg-type]  # the pattern allows only these two
    if match := _TOP.fullmatch(text):
        return Top(Decimal(match[1]) / 100)
    if match := _SHARE.fullmatch(text):
        return Share(Decimal(match[1]) / 100)
    try:
        return Day(date.fromisoformat(text))
    except ValueError:
        pass
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise ValueError(
            f'read {text!r}; write a number, "5%", "120% of average", "150% of median", '
            '"top 10%" or a date'
        )
    return Number(number)


_THRESHOLD_SCHEMA = {
    "anyOf": [
        {"type": "number"},
        {"type": "string"},
        {"type": "object", "properties": {"top": {"type": "string"}}, "required": ["top"]},
        {
            "type": "object",
            "properties": {"above": {"type": "string"}, "of": {"enum": ["average", "median"]}},
            "required": ["above", "of"],
        },
    ]
}
_DURATION_SCHEMA = {"type": "string", "pattern": r"^\d+ (hour|day|week|month|year)s?$"}

DurationField = Annotated[
    Duration, BeforeValidator(read_duration), WithJsonSchema(_DURATION_SCHEMA)
]
WithinField = Annotated[
    Duration | Literal["ever"],
    BeforeValidator(read_within),
    WithJsonSchema({"anyOf": [_DURATION_SCHEMA, {"const": "ever"}]}),
]
ThresholdField = Annotated[
    Number | Share | Relative | Top | Day,
    BeforeValidator(read_threshold),
    WithJsonSchema(_THRESHOLD_SCHEMA),
]
