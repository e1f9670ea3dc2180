"""Shapes: the TypedDict of all that is read of a row, and rows that come close to theirs."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cache
from typing import Any, get_args, get_origin, get_type_hints, is_typeddict

import msgspec

from connectors.kit.lists.cursor import Cursor

Unread = msgspec.Raw
"""A part of a shape that is seldom needed; `part_of` reads it."""


def exact(shape: Any) -> msgspec.json.Decoder[Any]:
    """A reader of JSON of this shape, to which numbers with a point are exact decimals."""
    return msgspec.json.Decoder(shape, float_hook=Decimal)


@cache
def exact_list(shape: type) -> msgspec.json.Decoder[Any]:
    """A reader of a list of rows of this shape."""
    return exact(list[shape])  # type: ignore[valid-type]


def shape_of(mapping: Callable[..., Any], cursor: Cursor | None) -> type | None:
    """The TypedDict that a mapping takes its raws as, if it does.

    Raises TypeError where the cursor could not be read from it.
    """
    hints = mapping.__annotations__.values()
    shape: type | None = next((hint for hint in hints if is_typeddict(hint)), None)
    if shape and cursor and cursor.field.split(".")[0] not in shape.__annotations__:
        raise TypeError(f"{shape.__name__} lacks {cursor.field}, by which its stream is narrowed")
    return shape


def as_list(value: Any) -> Any:
    """A list that came as an object with numbers as keys, as PHP writes an array with a gap.

    Anything else stays as it is.
    """
    if isinstance(value, Mapping) and value and all(str(key).isdecimal() for key in value):
        return [*value.values()]
    return value


def as_shaped(value: Any, shape: Any) -> Any:
    """A value whose lists are lists wherever the shape says so, at any depth."""
    for kind in get_args(shape) if get_origin(shape) is not list else (shape,):
        if get_origin(kind) is list or is_typeddict(kind):
            shape = kind
    if get_origin(shape) is list:
        items = as_list(value)
        (kind,) = get_args(shape)
        return [as_shaped(each, kind) for each in items] if isinstance(items, list) else items
    if is_typeddict(shape) and isinstance(value, dict):
        hints = _hints(shape)
        return {
            name: as_shaped(part, hints[name]) if name in hints else part
            for name, part in value.items()
        }
    return value


@cache
def _hints(shape: type) -> Mapping[str, Any]:
    return get_type_hints(shape)
