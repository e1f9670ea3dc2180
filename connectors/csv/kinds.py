"""Kinds of values that a record's fields take, derived from the record itself."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

from pydantic import AwareDatetime

from connectors.kit import NOUNS, Order, Record

_ID = get_type_hints(Order, include_extras=True)["id"]
"""How records declare an id, and what names one."""

_CODES = frozenset({"phone", "loyalty", "sku", "postcode"})


class Kind(Enum):
    """Kind of a cell."""

    TEXT = "a text"
    ID = "an id"
    CODE = "a number that is a name"
    """A phone or card number, an article number: spreadsheets take it for an amount."""
    MOMENT = "a date or an instant"
    DATE = "a date"
    MONTH_DAY = "a month and day"
    NUMBER = "a number"
    OTHER = "a word"
    """True or false, or a whole number: the record reads it."""
    TEXTS = "several texts"
    CUSTOM = "fields of one's own"
    ROWS = "rows of their own"


PLURALS: Mapping[str, str] = {record.plural: noun for noun, record in NOUNS.items()}
"""Stanza -> noun."""


@cache
def kinds(noun: type[Record]) -> Mapping[str, Kind]:
    """Every field of a record and what it takes."""
    hints = get_type_hints(noun, include_extras=True)
    return {name: _kind(name, hints[name]) for name in noun.model_fields}


def rows_of(noun: type[Record], field: str) -> type[Record]:
    """The record that a field of the kind ROWS holds one or several of."""
    leaves = _leaves(get_type_hints(noun)[field])
    return next(leaf for leaf in leaves if isinstance(leaf, type) and issubclass(leaf, Record))


def _kind(name: str, hint: Any) -> Kind:
    leaves = _leaves(hint)
    if any(map(_is_record, leaves)):
        return Kind.ROWS
    if name == "custom":
        return Kind.CUSTOM
    if name == "birth_day":
        return Kind.MONTH_DAY
    if any(get_origin(each) is tuple for each in (hint, *get_args(hint))):
        return Kind.TEXTS
    if _ID in (hint, *get_args(hint)):
        return Kind.ID
    if name in _CODES:
        return Kind.CODE
    if AwareDatetime in leaves:
        return Kind.MOMENT
    if date in leaves:
        return Kind.DATE
    if Decimal in leaves:
        return Kind.NUMBER
    return Kind.OTHER if {bool, int} & leaves else Kind.TEXT


def _leaves(hint: Any) -> set[Any]:
    origin = get_origin(hint)
    if origin is Annotated:
        return _leaves(get_args(hint)[0])
    if origin is Literal:
        return {str}
    return {leaf for part in get_args(hint) for leaf in _leaves(part)} or {hint}


def _is_record(leaf: Any) -> bool:
    return isinstance(leaf, type) and issubclass(leaf, Record)
