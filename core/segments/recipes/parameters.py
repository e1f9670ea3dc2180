"""The parameters of recipes: their types, and how each is read."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from core.mistakes import nearest, quoted, shown, unknown
from core.segments.rules.values import read_duration, read_share
from core.words import CHANNELS, GENDERS, understood

Type = Literal[
    "ages", "amount", "choice", "comparison", "count", "date", "decade", "flag", "month",
    "number", "percent", "share", "span", "text", "texts", "window",
]  # fmt: skip
_OLDEST = 150
_MONTHS = range(1, 13)
_UNITS = ("hours", "days", "weeks", "months", "years")
_COMPARISONS = ("at_least", "over", "at_most", "under", "between")


class Parameter(BaseModel):
    """One parameter of a recipe."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    type: Type
    default: Any = None
    """The value where none is given; without a default, rules that name it are left out."""
    named: Any = None
    """The value that `true` is short for."""
    required: bool = False
    example: Any = None
    """Shown in the list of recipes, and where the parameter is missing."""
    choices: tuple[str, ...] | Mapping[str, str] = ()
    """The words to choose from; a table maps them to words of the rule language."""
    partner: str | None = Field(default=None, alias="with")
    """The parameter without which this one has no effect."""
    also: str | None = None
    """Another name under which `for_each` supplies it."""

    @model_validator(mode="after")
    def _fits_its_type(self) -> Self:
        for value in (self.default, self.named, self.example):
            if value is not None:
                self.read(value)
        return self

    def read(self, value: object) -> object:
        """The value as rules take it; raises ValueError with what was read and what to write."""
        if value is True and self.named is not None:
            return self.read(self.named)
        if self.type == "choice":
            return _choice(value, self.choices)
        return _READERS[self.type](value)

    def word(self, value: object) -> object:
        """The word of the rule language for a value that was read."""
        if isinstance(self.choices, Mapping) and isinstance(value, str):
            return self.choices[value]
        return value


def _choice(value: object, choices: tuple[str, ...] | Mapping[str, str]) -> str:
    if not isinstance(value, str):
        raise ValueError(f"read {shown(value)}; write one of {quoted(choices)}")  # noqa: TRY004 - shown as a mistake of the config
    for word in (value, *(understood(table)(value) for table in (GENDERS, CHANNELS))):
        if isinstance(word, str) and word in choices:
            return word
    raise ValueError(unknown("choice", value, choices))


def _count(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError(f"read {shown(value)}; write a whole number from 1 up")
    return value


def _number(value: object) -> int | float | str:
    if isinstance(value, int | float | str) and not isinstance(value, bool):
        try:
            number = Decimal(str(value))
        except InvalidOperation:
            number = Decimal("NaN")
        if number.is_finite() and number > 0:
            return value
    raise ValueError(f"read {shown(value)}; write a number above 0")


def _percent(value: object) -> str:
    try:
        read_share(value)
    except ValueError:
        raise ValueError(f'read {shown(value)}; write a share as in "20%"') from None
    return str(value)


def _share(value: object) -> str:
    text = _percent(value)
    if read_share(text).value > 1:
        raise ValueError(f'read {shown(value)}; write a share from "0%" to "100%"')
    return text


def _span(value: object) -> str:
    try:
        read_duration(value)
    except ValueError as error:
        raise ValueError(_with_nearest_unit(value, str(error))) from None
    return str(value)


def _with_nearest_unit(value: object, message: str) -> str:
    near = nearest(value.split()[-1], _UNITS) if isinstance(value, str) and value.split() else ()
    return f"{message}; did you mean {quoted(near[:1])}?" if near else message


def _window(value: object) -> str:
    return "ever" if value == "ever" else _span(value)


def _date(value: object) -> date:
    try:
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        return date.fromisoformat(value)  # type: ignore[arg-type]  # other types raise TypeError
    except (TypeError, ValueError):
        raise ValueError(f"read {shown(value)}; write a date as in 2026-03-31") from None


def _text(value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, str) and value.strip():
        return value.strip()
    raise ValueError(f"read {shown(value)}; write a text that is not empty")


def _texts(value: object) -> str | list[str]:
    if isinstance(value, list | tuple):
        if not value:
            raise ValueError("read an empty list; write at least one text")
        return [_text(each) for each in value]
    return _text(value)


def _flag(value: object) -> bool:
    if isinstance(value, bool):
        return value
    raise ValueError(f"read {shown(value)}; write true or false")


def _month(value: object) -> int | str:
    if value == "this month":
        return "this month"
    number = int(value) if isinstance(value, str) and re.fullmatch("[0-9]{1,2}", value) else value
    if isinstance(number, bool) or not isinstance(number, int) or number not in _MONTHS:
        raise ValueError(f'read {shown(value)}; write a month from 1 to 12, or "this month"')
    return number


def _ages(value: object) -> list[int]:
    match value:
        case [int(youngest), int(oldest)] if 0 <= youngest <= oldest <= _OLDEST:
            return [youngest, oldest]
        case int(age) if not isinstance(age, bool) and 0 <= age <= _OLDEST:
            return [age, age]
    shown_value = list(value) if isinstance(value, list | tuple) else shown(value)
    raise ValueError(f"read {shown_value}; write the lowest and the highest age as in [20, 29]")


def _decade(value: object) -> list[int]:
    match = re.fullmatch(r"(\d{1,3})(?:-(\d{1,3}))?", str(value))
    if match is not None and int(match[1]) % 10 == 0 and int(match[1]) < _OLDEST:
        ends = [int(match[1]), int(match[1]) + 9]
        if match[2] in (None, str(ends[1])):
            return ends
    raise ValueError(f'read {shown(value)}; write a decade of life as in 20 or "20-29"')


def _comparison(value: object) -> dict[str, object]:
    if isinstance(value, str):
        return {"at_least": _share(value)}
    if not isinstance(value, Mapping) or not value:
        raise ValueError(
            f'read {shown(value)}; write a share as in "30%", or comparisons as in '
            '{ at_least = "30%", under = "50%" }'
        )
    for key in value:
        if key not in _COMPARISONS:
            raise ValueError(unknown("comparison", str(key), _COMPARISONS))
    return {
        str(key): [_share(end) for end in each] if isinstance(each, list | tuple) else _share(each)
        for key, each in value.items()
    }


_READERS: Mapping[str, Callable[[object], object]] = {
    "ages": _ages, "amount": _number, "comparison": _comparison, "count": _count, "date": _date,
    "decade": _decade, "flag": _flag, "month": _month, "number": _number, "percent": _percent,
    "share": _share, "span": _span, "text": _text, "texts": _texts, "window": _window,
}  # fmt: skip
