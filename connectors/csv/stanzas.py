"""Stanzas of the config for files: one per noun, one key per field of its record."""

import codecs
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from pathlib import PurePath
from typing import Annotated, Any, Literal, cast
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    GetJsonSchemaHandler,
    PlainSerializer,
    Tag,
    WithJsonSchema,
    create_model,
    model_validator,
)

from connectors.csv.kinds import Kind, kinds, rows_of
from connectors.csv.words import one_of
from connectors.kit import Record

DELIMITERS: Mapping[str, str] = {"whitespace": " ", "tab": "\t"}
"""Delimiters that have a name; "whitespace" is any run of blanks."""
_TIMES = ("%H", "%I", "%c", "%X")
_YEARS = ("%Y", "%y", "%G", "%c", "%x")


def _delimiter(text: str) -> str:
    if text in DELIMITERS:
        return text
    if len(text) != 1 or text in '\r\n"':
        raise ValueError('write one character, or "whitespace", or "tab"')
    return text


def _encoding(name: str) -> str:
    try:
        "a".encode(name)
        # With a byte order mark or without: files from spreadsheets have one.
        return "utf-8-sig" if codecs.lookup(name).name == "utf-8" else name
    except (LookupError, ValueError):
        raise ValueError(
            'there is no such encoding; common ones: "utf-8", "cp1252", "latin-1", "utf-16"'
        ) from None


def _zone(name: object) -> object:
    if not isinstance(name, str) or name in available_timezones():
        return ZoneInfo(name) if isinstance(name, str) else name
    raise ValueError(f"there is no such time zone; {one_of(name, available_timezones())}")


def _inside(pattern: str) -> str:
    path = PurePath(pattern)
    odd = any(part == ".." or ("**" in part and part != "**") for part in path.parts)
    if odd or not path.parts or path.is_absolute():
        raise ValueError("write a file name, or a pattern as sales_*.csv, inside of `folder`")
    return pattern


def _some(patterns: tuple[str, ...]) -> tuple[str, ...]:
    if not patterns:
        raise ValueError("name at least one file")
    return patterns


Delimiter = Annotated[str, AfterValidator(_delimiter)]
Encoding = Annotated[str, AfterValidator(_encoding)]
Inside = Annotated[str, AfterValidator(_inside)]
Zone = Annotated[
    ZoneInfo, BeforeValidator(_zone), PlainSerializer(str), WithJsonSchema({"type": "string"})
]
Name = Annotated[str, Field(min_length=1)]


class Table(BaseModel):
    """How a delimited file is read."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", hide_input_in_errors=True, use_attribute_docstrings=True
    )
    delimiter: Delimiter = ","
    """Delimiter of fields: one character, "whitespace" or "tab"."""
    quote: Annotated[str, Field(max_length=1)] = '"'
    """Quote around a field that holds a delimiter; "" for none."""
    encoding: Encoding = "utf-8-sig"
    """How the file writes letters; utf-8 unless said otherwise."""
    columns: tuple[Name, ...] | None = Field(default=None, min_length=1)
    """The names of all columns, for files without a header line."""


class Lookup(Table):
    """A second file that says what a key stands for; its first row with that key wins."""

    file: Inside
    """The file, in the same folder."""
    key: Name
    """The column to find."""
    value: Name
    """The column to take."""


def _shape(lookup: object) -> str | None:
    if isinstance(lookup, dict | Lookup):
        return "one"
    return "chain" if isinstance(lookup, list | tuple) else None


class Value(BaseModel):
    """Where one field takes its value from: a column's name, or a table."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", hide_input_in_errors=True, use_attribute_docstrings=True
    )
    column: Name | None = None
    """The column."""
    columns: tuple[Name, ...] | None = Field(default=None, min_length=1)
    """Several columns, joined."""
    joiner: str = " "
    """Text that joins them. In ids it is marked with a backslash where a part holds it itself."""
    value: str | bool | int | Decimal | datetime | date | None = None
    """The same for every row."""
    row: bool = False
    """The row's own place: `<file name>:<row>`."""
    format: str | None = None
    """How a date is written, as in "%d.%m.%Y"; without it, ISO 8601."""
    map: Mapping[str, str | bool | int] | None = None
    """Meaning of each word; a word outside it stays as read, "" is no value."""
    lookup: Annotated[
        Annotated[Lookup, Tag("one")] | Annotated[tuple[Lookup, ...], Tag("chain")],
        Discriminator(
            _shape,
            custom_error_type="lookup",
            custom_error_message="write a table with file, key and value, or a list of them",
        ),
    ] = ()
    """A second file to find the value in, or a chain of such files."""
    number: bool = False
    """Whether a field of one's own is a number; otherwise it is a text."""
    split: str | None = Field(default=None, min_length=1)
    """Separator of several values in one column."""

    @model_validator(mode="before")
    @classmethod
    def _column_name(cls, given: Any) -> Any:
        return {"column": given} if isinstance(given, str) else given

    @model_validator(mode="after")
    def _one_place(self) -> "Value":
        places = [
            self.column is not None, self.columns is not None, self.value is not None, self.row
        ]  # fmt: skip
        if sum(places) != 1:
            raise ValueError("write exactly one of column, columns, value, row")
        return self

    @property
    def named(self) -> tuple[str, ...]:
        """The columns that it needs."""
        return self.columns or ((self.column,) if self.column else ())

    @property
    def lookups(self) -> tuple[Lookup, ...]:
        """The chain of files, in the order in which they are asked."""
        return (self.lookup,) if isinstance(self.lookup, Lookup) else self.lookup

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: Any, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """A column's name may stand instead of the table."""
        return {"anyOf": [{"type": "string", "minLength": 1}, handler(core_schema)]}


class Fields(BaseModel):
    """Where the fields of one record take their values from."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    def mapped(self) -> Mapping[str, Value]:
        """The fields that take one value, by name."""
        given = ((name, getattr(self, name)) for name in type(self).model_fields)
        return {name: value for name, value in given if isinstance(value, Value)}

    def nested(self, field: str) -> "Fields | None":
        """The stanza of a field that holds several records, as an order's lines."""
        found = getattr(self, field, None)
        return found if isinstance(found, Fields) else None

    def custom_fields(self) -> Mapping[str, Value]:
        """Fields of one's own, by name."""
        return cast("Mapping[str, Value]", getattr(self, "custom", {}))

    def values(self) -> Iterator[Value]:
        """Every value of the stanza and of what stands in it."""
        yield from self.mapped().values()
        yield from self.custom_fields().values()
        for name in type(self).model_fields:
            if (inner := self.nested(name)) is not None:
                yield from inner.values()

    def needed(self) -> tuple[str, ...]:
        """The columns that the files must have."""
        return tuple(dict.fromkeys(name for value in self.values() for name in value.named))


class Stanza(Fields, Table):
    """Files and what their columns mean."""

    # The models made from it have no source to take docstrings from.
    model_config = ConfigDict(use_attribute_docstrings=False)
    files: Annotated[tuple[Inside, ...], AfterValidator(_some)] = Field(
        description="Files or patterns in `folder`, plain or gzipped, read in order.",
    )
    timezone: Zone | None = Field(
        default=None,
        description="The zone of instants that are written without one; absent: the shop's.",
    )
    decimal: Literal[".", ","] | None = Field(
        default=None,
        description="The decimal mark, where thousands are grouped by the other one or by blanks.",
    )


def stanza_of(noun: type[Record]) -> type[Stanza]:
    """The model of a noun's stanza: its keys are the record's fields."""
    return cast(type[Stanza], _model(f"{noun.__name__}Stanza", Stanza, noun))


@cache
def _model(name: str, base: type[Fields], noun: type[Record]) -> type[Fields]:
    fields: dict[str, Any] = {}
    value: Any
    for field, kind in kinds(noun).items():
        info = noun.model_fields[field]
        described = info.description or f"The column that holds `{field}`, or a table."
        if kind is Kind.ROWS:
            inner = _model(f"{noun.__name__}{field.title()}", Fields, rows_of(noun, field))
            fields[field] = (inner | None, Field(default=None, description=described))
        elif kind is Kind.CUSTOM:
            value = Annotated[Value, AfterValidator(_fits(kind))]
            fields[field] = (Mapping[str, value], Field(default={}, description=described))
        else:
            value = Annotated[Value, AfterValidator(_fits(kind))]
            if info.is_required():
                fields[field] = (value, Field(description=described))
            else:
                fields[field] = (value | None, Field(default=None, description=described))
    model = create_model(name, __base__=base, **fields)
    model.__doc__ = noun.__doc__
    return model


def _fits(kind: Kind) -> Callable[[Value], Value]:
    def fits(value: Value) -> Value:
        if value.number and kind not in (Kind.NUMBER, Kind.CUSTOM):
            raise ValueError(f"`number` is for numbers; this is {kind.value}")
        if value.split is not None and kind not in (Kind.TEXTS, Kind.CUSTOM):
            raise ValueError(f"`split` is for several values; this is {kind.value}")
        if value.format is not None:
            _check_format(value, kind)
        return value

    return fits


def _check_format(value: Value, kind: Kind) -> None:
    if kind not in (Kind.MOMENT, Kind.DATE, Kind.MONTH_DAY, Kind.CUSTOM):
        raise ValueError(f"`format` is for dates; this is {kind.value}")
    if value.number:
        raise ValueError("`format` is for dates and `number` for numbers; write one of them")
    layout = str(value.format)
    try:
        written = datetime(2001, 2, 3, tzinfo=UTC).strftime(layout)
        datetime.strptime(written, layout)  # noqa: DTZ007 - only whether it can be read
    except (ValueError, re.error) as error:
        raise ValueError(f'{error}; write a date format, as in "%d.%m.%Y"') from None
    has_year = any(code in layout for code in _YEARS)
    if kind is Kind.MONTH_DAY and has_year:
        raise ValueError("this is a day without its year; a whole date belongs to `birthday`")
    if kind is not Kind.MONTH_DAY and not has_year:
        raise ValueError("the format names no year (%Y or %y)")


def tells_time(layout: str) -> bool:
    """Whether a date format holds a time of day."""
    return any(code in layout for code in _TIMES)
