"""Conditions on one value: behind a key of `where`, or beside a measure."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from core.segments.rules.values import DurationField, Number, Share, ThresholdField


class Table(BaseModel):
    """One table of a segment in the config."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        populate_by_name=True,
        hide_input_in_errors=True,
    )


class Condition(Table):
    """One or more comparisons; several all hold."""

    @model_validator(mode="after")
    def _compares(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("compares nothing; write a value or a comparison")
        return self


def _word(value: object) -> object:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float | Decimal):
        return str(value)
    return value


Word = Annotated[str, BeforeValidator(_word), WithJsonSchema({"type": ["string", "integer"]})]
Words = Annotated[tuple[Word, ...], Field(min_length=1, max_length=500)]


class TextComparisons(Condition):
    """Comparisons of a text; case does not matter."""

    is_: Word | None = Field(default=None, alias="is")
    is_not: Word | None = None
    in_: Words | None = Field(default=None, alias="in")
    not_in: Words | None = None
    contains: Word | None = None
    starts_with: Word | None = None
    known: bool | None = None


class ForEachValues(TextComparisons):
    """Equal to each value of a `for_each` segment in turn, in one query for all of them.

    No config can write it: it takes the place of a condition after that was validated.
    """

    values: tuple[str, ...]


class ComparedNumber(BaseModel):
    """Comparisons of a number, an amount, a share or a date, as fields of a table."""

    is_: ThresholdField | None = Field(default=None, alias="is")
    is_not: ThresholdField | None = None
    in_: Annotated[tuple[ThresholdField, ...], Field(min_length=1, max_length=500)] | None = Field(
        default=None, alias="in"
    )
    not_in: Annotated[tuple[ThresholdField, ...], Field(min_length=1, max_length=500)] | None = None
    at_least: ThresholdField | None = None
    over: ThresholdField | None = None
    at_most: ThresholdField | None = None
    under: ThresholdField | None = None
    between: tuple[ThresholdField, ThresholdField] | None = None
    known: bool | None = None


class NumberComparisons(Condition, ComparedNumber):
    """Comparisons of a number, an amount, a share or a date."""


ORDERING = ("at_least", "over", "at_most", "under", "between")
"""The comparisons that need an order."""


def number_comparisons(table: BaseModel, names: Iterable[str]) -> NumberComparisons | None:
    """The comparisons among `names` that a table has; None where it has none of them."""
    given = {name: value for name in names if (value := getattr(table, name)) is not None}
    return NumberComparisons(**given) if given else None


def shares_of(condition: NumberComparisons, number: int) -> NumberComparisons:
    """The same comparisons with each share as that part of a number: 50% of 5 as 2.5."""

    def part(value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(map(part, value))
        return Number(value.value * number) if isinstance(value, Share) else value

    stated = {name: getattr(condition, name) for name in condition.model_fields_set}
    return condition.model_copy(update={name: part(value) for name, value in stated.items()})


class CustomComparisons(TextComparisons):
    """Comparisons of a field of the source's own: a text, several, a number or a date."""

    only: Words | Word | None = None
    at_least: ThresholdField | None = None
    over: ThresholdField | None = None
    at_most: ThresholdField | None = None
    under: ThresholdField | None = None
    between: tuple[ThresholdField, ThresholdField] | None = None

    @property
    def texts(self) -> TextComparisons:
        """The comparisons as of a text."""
        return self

    @property
    def ordering(self) -> NumberComparisons | None:
        """The comparisons of order alone; None where there are none."""
        return number_comparisons(self, ORDERING)


class BirthdayComparisons(Condition):
    """Comparisons of a birthday."""

    within_next: DurationField | None = None
    known: bool | None = None


def _as_table(value: object) -> object:
    """A scalar is short for `is`, a list for `in`."""
    if isinstance(value, Mapping | Condition):
        return value
    if isinstance(value, list | tuple):
        return {"in": value}
    return {"is": value}


def _schema(scalar: Mapping[str, Any], name: str) -> WithJsonSchema:
    return WithJsonSchema(
        {
            "anyOf": [scalar, {"type": "array", "items": scalar}, {"type": "object"}],
            "description": name,
        }
    )


TextCondition = Annotated[
    TextComparisons,
    BeforeValidator(_as_table),
    _schema({"type": ["string", "integer"]}, "equal, any of, or a table of comparisons"),
]
CustomCondition = Annotated[
    CustomComparisons,
    BeforeValidator(_as_table),
    _schema({"type": ["string", "number", "boolean"]}, "equal, any of, or a table of comparisons"),
]
NumberCondition = Annotated[
    NumberComparisons,
    BeforeValidator(_as_table),
    _schema({"type": ["number", "string"]}, "equal, any of, or a table of comparisons"),
]


def _coupon(value: object) -> object:
    return value if isinstance(value, bool) else _as_table(value)


CouponCondition = Annotated[
    bool | TextComparisons,
    BeforeValidator(_coupon),
    WithJsonSchema({"anyOf": [{"type": "boolean"}, {"type": "string"}, {"type": "array"}]}),
]
LocalDate = Annotated[date, Field(description="a local date")]
