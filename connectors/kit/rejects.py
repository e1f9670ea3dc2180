"""Rejects: what a row that cannot be mapped tells the person who looks for it.

A reject names where the row stood and what was wrong there; never a value, because values
are people's.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from core.contract import Reject
from core.log import bounded, shape_of


class Unreadable(ValueError):
    """Raised by a mapping for a value whose meaning it must not guess.

    Its text is told with the reject: a sentence about the field, without the value.
    """


_LONGEST_QUOTE = 200


def without_addresses(text: str) -> str:
    """Return a vendor's words without any address in them, and not too long."""
    words = bounded(text).split()
    return " ".join("…" if "@" in word else word for word in words)[:_LONGEST_QUOTE]


UNMAPPABLE = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError)
"""Errors of mapping a row that is not as agreed; a ValidationError is a ValueError."""

_HARMLESS_ID = re.compile(r"[\w-]{1,64}", re.ASCII)
_LONGEST_ID = 64
"""Bits of a number, or letters of a text."""
_EITHER = frozenset({"datetime", "date"})
"""The two forms of a moment, which pydantic names as if they were parts of the field."""
_QUOTING = frozenset({"value_error", "assertion_error", "union_tag_invalid"})
"""Kinds of validation errors whose text may quote what was read."""


def reject(
    where: str,
    position: int,
    raw: Any,
    error: Exception,
    mapping: Callable[[Any], Any],
    *,
    id: str = "id",  # noqa: A002 - as a stream declares it
) -> Reject:
    """Describe a row of `where` whose mapping failed; maps it once more to learn where.

    It is named by its field `id`, else by its position, which the next read may not repeat.
    """
    id_ = raw.get(id) if isinstance(raw, Mapping) else None
    # A number of thousands of digits cannot even be written down.
    plain = isinstance(id_, str) or (isinstance(id_, int) and id_.bit_length() <= _LONGEST_ID)
    known = plain and _HARMLESS_ID.fullmatch(str(id_))
    key = str(id_) if known else ""
    name = f"{where}#{key}" if known else f"{where}[{position}]"
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        path = ".".join(map(str, [part for part in first["loc"] if part not in _EITHER]))
        reason = "is not valid" if first["type"] in _QUOTING else first["msg"]
        return Reject(name, f"{error.title}.{path}", reason, key)
    trail = _Trail()
    try:
        mapping(_watched(raw, "$", trail))
    except UNMAPPABLE as again:
        error = again
    return Reject(name, trail.last, _reason(error), key, trail.shape)


def _reason(error: Exception) -> str:
    if isinstance(error, Unreadable):
        return str(error)
    return "is missing" if isinstance(error, LookupError) else "is not what was agreed"


class _Trail:
    """The path that a mapping looked at last."""

    last = "$"
    shape = ""
    """Shape of the value there; empty where none was."""

    def note(self, path: str, value: Any) -> None:
        """Note a path and what lies there."""
        self.last, self.shape = path, ""
        if isinstance(value, int) and value.bit_length() > _LONGEST_ID:
            # A number of thousands of digits cannot even be written down.
            return
        if isinstance(value, str | int | float):
            self.shape = shape_of(value)


class _WatchedObject(dict[str, Any]):
    """An object that notes which of its keys was read."""

    def __init__(self, raw: Mapping[str, Any], path: str, trail: _Trail) -> None:
        super().__init__(
            {key: _watched(value, f"{path}.{key}", trail) for key, value in raw.items()}
        )
        self._path = path
        self._trail = trail

    def __getitem__(self, key: str) -> Any:
        self._trail.note(f"{self._path}.{key}", super().get(key))
        return super().__getitem__(key)

    def get(self, key: str, default: Any = None) -> Any:
        value = super().get(key, default)
        self._trail.note(f"{self._path}.{key}", value)
        return value

    def __iter__(self) -> Iterator[str]:
        # An object where a list was expected is walked by its keys.
        for key in super().__iter__():
            self._trail.last = self._path
            yield key


class _WatchedList(list[Any]):
    """A list that notes which of its items was read."""

    def __init__(self, raw: list[Any], path: str, trail: _Trail) -> None:
        super().__init__(
            _watched(value, f"{path}[{place}]", trail) for place, value in enumerate(raw)
        )
        self._path = path
        self._trail = trail

    def __iter__(self) -> Iterator[Any]:
        for place, value in enumerate(super().__iter__()):
            self._trail.last = f"{self._path}[{place}]"
            yield value


def _watched(raw: Any, path: str, trail: _Trail) -> Any:
    if isinstance(raw, dict):
        return _WatchedObject(raw, path, trail)
    return _WatchedList(raw, path, trail) if isinstance(raw, list) else raw
