"""Conditions on one value: what may stand behind a key of `where`, or beside a measure."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from core.segments.rules.values import DurationField, ThresholdField


class Condition(BaseModel):
    """One or more comparisons; several all hold."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", populate_by_name=True, hide_input_in_errors=True
    )

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("says nothing; write a value or a comparison")
        return self


def _word(value: object) -> object:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    return value


Word = Annotated[str, BeforeValidator(_word), WithJsonSchema({"type": ["string", "integer"]})]
Words = Annotated[tuple[Word, ...], Field(min_length=1, max_length=500)]


class ForEachValues(str):
    """Stands where a rule names a value of a family, for all of them at once.

    No config can write it: no text in the store holds the character that it is.
    """

    __slots__ = ("words",)
    words: tuple[str, ...]
    """The values, as the family has them."""

    def __new__(cls, words: Sequence[str]) -> Self:
        """Stand for these values."""
        each = super().__new__(cls, "\x00")
        each.words = tuple(words)
        return each


class TextComparisons(Condition):
    """Comparisons of a text; case does not matter."""

    is_: Word | None = Field(default=None, alias="is")
    is_not: Word | None = None
    in_: Words | None = Field(default=None, alias="in")
    not_in: Words | None = None
    contains: Word | None = None
    starts_with: Word | None = None
    known: bool | None = None


class ComparedNumber(BaseModel):
    """What a number, an amount, a share or a date may be compared with."""

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


def for_each_values(asked: object) -> ForEachValues | None:
    """The values of a family, where a condition asks for all of them at once."""
    word = asked.is_ if isinstance(asked, TextComparisons) else None
    return word if isinstance(word, ForEachValues) else None


class NumberComparisons(Condition, ComparedNumber):
    """Comparisons of a number, an amount, a share or a date."""


class BirthdayComparisons(Condition):
    """Whether a birthday comes soon."""

    within_next: DurationField | None = None
    known: bool | None = None


def _spelt_out(value: object) -> object:
    """A scalar is `is`, a list is `in`."""
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
    BeforeValidator(_spelt_out),
    _schema({"type": ["string", "integer"]}, "equal, any of, or a table of comparisons"),
]
NumberCondition = Annotated[
    NumberComparisons,
    BeforeValidator(_spelt_out),
    _schema({"type": ["number", "string"]}, "equal, any of, or a table of comparisons"),
]


def _coupon(value: object) -> object:
    return value if isinstance(value, bool) else _spelt_out(value)


CouponCondition = Annotated[
    bool | TextComparisons,
    BeforeValidator(_coupon),
    WithJsonSchema({"anyOf": [{"type": "boolean"}, {"type": "string"}, {"type": "array"}]}),
]
LocalDate = Annotated[date, Field(description="a local date")]
