"""From rows to records: one row, or all rows of one order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from pydantic import ValidationError

from connectors.csv.kinds import Kind, kinds, rows_of
from connectors.csv.stanzas import Fields, Value
from connectors.csv.values import SPOILT, Context, Getter, Unreadable, earliest, getter
from connectors.kit import Loss, Record, Reject, order_status, shape_of

Cells = Sequence[str]
"""A row as getters read it: its place, `<file name>:<row>`, is the last cell."""


class Refused(Exception):
    """A row, or an order for a row's sake, that cannot be loaded."""

    def __init__(self, place: str, column: str, reason: str, shape: str = "") -> None:
        """Take where the row stands, the column at fault and its shape; never a value."""
        super().__init__(reason)
        self.reject = Reject(place, column, reason, shape=shape)


class Builder:
    """Makes records of one noun, one row each."""

    def __init__(
        self, noun: type[Record], fields: Fields, layout: Mapping[str, int], context: Context
    ) -> None:
        """Prepare every field for rows in which columns stand as `layout` says."""
        self.noun = noun
        self._fields = fields
        self._context = context
        self._essential = noun.critical | {
            name for name, field in noun.model_fields.items() if field.is_required()
        }
        takes = kinds(noun)
        self._read = [
            (name, getter(value, takes[name], layout, context), _empty(noun, name))
            for name, value in fields.mapped().items()
        ]
        self._custom = {
            name: getter(value, Kind.CUSTOM, layout, context)
            for name, value in fields.custom_fields().items()
        }
        self._own = [get for name, get, _ in self._read if fields.mapped()[name].named]

    def record(self, row: Cells) -> Record:
        """The record that a row tells; raises Refused."""
        return self.finished(self.values(row), row)

    def is_blank(self, row: Cells) -> bool:
        """Whether none of its columns has a value in this row."""
        return bool(self._own) and all(get(row) is None for get in self._own)

    def values(self, row: Cells) -> dict[str, Any]:
        """The fields of a row; an empty cell says so, and thus clears what was there before."""
        values = {}
        for name, get, empty in self._read:
            value = get(row)
            if value is SPOILT:
                raise self._spoilt(name, row)
            values[name] = empty if value is None else value
        if self._custom:
            values["custom"] = self._custom_values(row)
        return values

    def finished(self, values: Mapping[str, Any], row: Cells) -> Record:
        """The record with these values; raises Refused, naming the row."""
        try:
            return self.noun(**values)
        except ValidationError as error:
            raise self.refused(error, values, row) from None

    def refused(self, error: ValidationError, values: Mapping[str, Any], row: Cells) -> Refused:
        """Message for a person about a row that made no record."""
        for each in error.errors(include_url=False, include_input=False, include_context=False):
            name = str(each["loc"][0]) if each["loc"] else ""
            if name in self._essential:
                break
        value = values.get(name)
        shape = shape_of(value) if isinstance(value, str | Unreadable) else ""
        return Refused(row[-1], self.column(name), _reason(value, each["msg"]), shape)

    def _spoilt(self, field: str, row: Cells) -> Refused:
        self._context.losses.append(Loss("spoilt", self.column(field), place=row[-1]))
        return Refused(row[-1], self.column(field), SPOILT.reason)

    def column(self, field: str) -> str:
        """The column that a person looks at for a field; the field where there is none."""
        value: Value | None = self._fields.mapped().get(field)
        return " + ".join(value.named) if value is not None and value.named else field

    def first(self, rows: Sequence[Cells], *, adds: bool) -> dict[str, Any]:
        """The fields of several rows that tell of one thing; raises Refused.

        Of a field that differs between rows, the earliest date of the thing itself counts, else
        the first row that has a value; with `adds`, amounts are added up.
        """
        values: dict[str, Any] = {}
        for name, get, empty in self._read:
            found = self._readable(name, get, rows)
            if not found:
                values[name] = empty
                continue
            if adds and isinstance(found[0], Decimal):
                values[name] = sum(found, Decimal(0))
                continue
            values[name] = found[0]
            if any(other != found[0] for other in found):
                self._context.notes[f"{self.column(name)} differs between rows of one id"] += 1
                if name == "contact":
                    place = str(rows[0][-1])
                    self._context.losses.append(Loss("ambiguous", self.column(name), place=place))
                if name in self._essential and isinstance(found[0], date):
                    values[name] = earliest(found, self._context.zone)
        if self._custom:
            stated = map(self._custom_values, reversed(rows))
            values["custom"] = {name: each for row in stated for name, each in row.items() if each}
        return values

    def _readable(self, name: str, get: Getter, rows: Sequence[Cells]) -> list[Any]:
        found = []
        unreadable: list[object] = []
        for row in rows:
            value = get(row)
            if value is SPOILT:
                raise self._spoilt(name, row)
            if isinstance(value, Unreadable):
                if name in self._essential:
                    raise Refused(row[-1], self.column(name), value.reason, value.shape)
                unreadable = [value]
            elif value is not None:
                found.append(value)
        return found or unreadable

    def _custom_values(self, row: Cells) -> dict[str, Any]:
        values = {}
        for name, get in self._custom.items():
            value = get(row)
            if isinstance(value, Unreadable):
                # The record does not know the row.
                place = str(row[-1])
                loss = Loss("emptied", f"custom.{name}", shape_of(value), place)
                self._context.losses.append(loss)
            else:
                values[name] = value
        return values


@dataclass
class OrderBuilder:
    """Makes orders or refunds, each of all rows that share its id."""

    head: Builder
    lines: Builder | None
    discounts: Builder | None
    buyer: Builder | None
    context: Context

    @classmethod
    def of(
        cls, noun: type[Record], fields: Fields, layout: Mapping[str, int], context: Context
    ) -> "OrderBuilder":
        """Prepare for rows in which columns stand as `layout` says."""

        def inner(field: str) -> Builder | None:
            nested = fields.nested(field)
            if nested is None:
                return None
            return Builder(rows_of(noun, field), nested, layout, context)

        return cls(
            Builder(noun, fields, layout, context),
            inner("lines"),
            inner("discounts"),
            inner("buyer"),
            context,
        )

    def record(self, rows: Sequence[Cells]) -> Record:
        """The whole order; raises Refused, naming the row that spoils it."""
        values = (
            self.head.values(rows[0])
            if len(rows) == 1
            else self.head.first(rows, adds=self.lines is None)
        )
        if values.get("status"):
            values["status"] = order_status(values["status"], self.context.statuses)
        if self.lines is not None:
            values["lines"] = self._lines(self.lines, rows)
        if self.discounts is not None:
            values["discounts"] = self._discounts(self.discounts, rows)
        if self.buyer is not None:
            values["buyer"] = self.buyer.finished(self.buyer.first(rows, adds=False), rows[0])
        return self.head.finished(values, rows[0])

    def _lines(self, builder: Builder, rows: Sequence[Cells]) -> tuple[Record, ...]:
        lines: dict[str, Record] = {}
        named = "id" if "id" in builder.noun.model_fields else "line"
        for row in rows:
            if builder.is_blank(row):
                continue
            line: Any = builder.record(row)
            name = getattr(line, named)
            if lines.setdefault(name, line) is line:
                continue
            if lines[name] != line:
                raise Refused(
                    row[-1],
                    builder.column(named),
                    "two different lines of one order share it; `id = { row = true }` may help",
                )
            self.context.notes["lines that are there twice"] += 1
        return tuple(lines.values())

    def _discounts(self, builder: Builder, rows: Sequence[Cells]) -> tuple[Record, ...]:
        # A code is often repeated on every line of its order.
        found: dict[str, Record] = {}
        for row in rows:
            if not builder.is_blank(row):
                discount: Any = builder.record(row)
                found.setdefault(discount.code or "", discount)
        return tuple(found.values())


def _empty(noun: type[Record], field: str) -> Any:
    info = noun.model_fields[field]
    return None if info.is_required() else info.get_default(call_default_factory=True)


def _reason(given: object, message: str) -> str:
    if isinstance(given, Unreadable):
        return given.reason
    if given is None:
        return "is missing"
    sentence = message.removeprefix("Value error, ")
    return sentence[:1].lower() + sentence[1:]
