"""Pydantic's findings in the words of the config: path, what was read, nearest known words."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError

from core.errors import Mistake
from core.shapes import Annotation, below, fields
from core.words import nearest, unknown

Steps = tuple[str | int, ...]
"""The way from a table down to a value: keys, and numbers in lists."""
UNION_TAG = "is a "
"""What the names of a union's members begin with, so that no place is taken for one."""
_LONGEST_SHOWN = 60
_EXPECTED: Mapping[str, str] = {
    "bool_parsing": "true or false",
    "bool_type": "true or false",
    "dict_type": "a table",
    "int_from_float": "a whole number",
    "int_parsing": "a whole number",
    "int_type": "a whole number",
    "list_type": "a list",
    "mapping_type": "a table",
    "model_type": "a table",
    "path_type": "a path",
    "string_type": "a text",
    "tuple_type": "a list",
}
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


def mistakes(
    error: ValidationError,
    model: type[BaseModel],
    table: Mapping[str, object],
    path: str = "",
    known_already: Collection[Steps] = (),
    also: Iterable[str] = (),
) -> list[Mistake]:
    """What is wrong with a table that was read as `model`, one mistake per place.

    Places in `known_already`, and what follows from them, are left out. `also` are further keys
    of the table that the model does not know of.
    """
    found: dict[Steps, list[str]] = {}
    for each in error.errors(include_url=False):
        steps, value = _place(each["loc"], table)
        # A rule about the table as a whole cannot be judged while a part of it is not there.
        if any(steps[: len(known)] == known or not steps for known in known_already):
            continue
        message = _message(each, value, _expected(model, steps[:-1]), also)
        if message not in found.setdefault(steps, []):
            found[steps].append(message)
    return [
        Mistake(dotted(path, steps), " or ".join(messages))
        for steps, messages in found.items()
        if not _is_said_deeper(steps, messages, found)
    ]


def dotted(path: str, steps: Iterable[str | int]) -> str:
    """A path as a person reads it: `connections.shop.orders.files[0]`."""
    for step in steps:
        if isinstance(step, int):
            path += f"[{step}]"
        else:
            key = step if _BARE_KEY.fullmatch(step) else shown(step)
            path = f"{path}.{key}" if path else key
    return path


def shown(value: object) -> str:
    """What was read, as a person wrote it, and no longer than a line."""
    match value:
        case bool():
            return str(value).lower()
        case str():
            text = value if len(value) <= _LONGEST_SHOWN else f"{value[:_LONGEST_SHOWN]}..."
            return f'"{text}"' if text.isprintable() else ascii(text)
        case Mapping():
            return "a table"
        case list() | tuple():
            return "a list"
        case _:
            return str(value)[:_LONGEST_SHOWN]


def _place(location: Sequence[str | int], table: object) -> tuple[Steps, object]:
    """Where an error lies in the table, and what stands there.

    Pydantic's location also names the members of unions that it tried; those are left out.
    """
    value = table
    steps: list[str | int] = []
    location = [part for part in location if not str(part).startswith(UNION_TAG)]
    for number, part in enumerate(location):
        is_last = number == len(location) - 1
        if isinstance(value, Mapping) and (part in value or is_last):
            value = value.get(part)
        elif isinstance(value, list | tuple) and isinstance(part, int) and part < len(value):
            value = value[part]
        else:
            continue
        steps.append(part)
    return tuple(steps), value


def _is_said_deeper(
    steps: Steps, messages: Sequence[str], found: Mapping[Steps, Sequence[str]]
) -> bool:
    # A choice of shapes says of every shape why it does not fit; the one that got deepest is meant.
    return len(messages) == 1 and any(
        len(other) > len(steps) and other[: len(steps)] == steps for other in found
    )


def _expected(model: type[BaseModel], steps: Steps) -> list[Annotation]:
    expected: list[Annotation] = [model]
    for step in steps:
        expected = [each for one in expected for each in below(one, step)]
    return expected


def _message(
    found: Mapping[str, Any], value: object, expected: Iterable[Annotation], also: Iterable[str]
) -> str:
    known = {name: purpose for each in expected for name, purpose in fields(each).items()}
    context = found.get("ctx", {})
    key = str(found["loc"][-1]) if found["loc"] else ""
    if key.startswith(UNION_TAG):
        key = ""
    match found["type"]:
        case "extra_forbidden":
            return unknown("key", key, [*known, *(also if len(found["loc"]) == 1 else ())])
        case "missing":
            return f"is missing: {known[key]}" if known.get(key) else "is missing"
        case "literal_error" | "enum" if isinstance(value, str):
            return unknown("choice", value, _quoted(str(context["expected"])))
        case "union_tag_invalid":
            return unknown("choice", str(context["tag"]), _quoted(str(context["expected_tags"])))
        case "value_error" | "assertion_error":
            return str(context["error"])
        case kind if kind in _EXPECTED:
            return f"read {shown(value)}; {_EXPECTED[kind]} is expected"
    if isinstance(value, Mapping) and (
        hint := _nearest_key(value, frozenset(context.get("known", ())))
    ):
        return hint
    said = str(found["msg"])
    return f"read {shown(value)}; {said[:1].lower()}{said[1:]}"


def _nearest_key(table: Mapping[str, object], known: frozenset[str]) -> str:
    """For a table that is chosen by one of its keys: the key that was meant to choose."""
    meant = [key for key in table if nearest(key, known)]
    return unknown("key", meant[0], known) if meant and not known & table.keys() else ""


def _quoted(expected: str) -> list[str]:
    return re.findall(r"'([^']*)'", expected)
