"""Mistakes in the words of the config: path, the value read, and the nearest known words."""

import re
import types
from collections.abc import Collection, Iterable, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from core.errors import Mistake

LONGEST_LIST = 12
"""Up to this many known words are all listed; of more, only the nearest."""
_LIKE = 0.6
_MOST = 3


def nearest(read: str, known: Iterable[str]) -> tuple[str, ...]:
    """Up to three known words that resemble `read`, the likeliest first."""
    wanted = read.casefold()
    matcher = SequenceMatcher(b=wanted)
    likely: list[tuple[float, int, str]] = []
    for word in sorted(set(known)):
        folded = word.casefold()
        matcher.set_seq1(folded)
        if matcher.quick_ratio() >= _LIKE and (ratio := matcher.ratio()) >= _LIKE:
            # Between equally similar words a common beginning decides: DKR is DKK, not PKR.
            likely.append((-ratio, -_common_prefix(wanted, folded), word))
    return tuple(word for _, _, word in sorted(likely)[:_MOST])


def _common_prefix(one: str, other: str) -> int:
    """Length of the common beginning of two words."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))


def unknown(what: str, read: str, known: Iterable[str]) -> str:
    """The message that there is no `what` called `read`, with the nearest known words."""
    words = sorted(set(known))
    near = nearest(read, words)
    sentence = f"there is no {what} {quoted([read])}"
    if near:
        return f"{sentence}; did you mean {quoted(near)}?"
    if not words:
        return f"{sentence}; none is known"
    if len(words) <= LONGEST_LIST:
        return f"{sentence}; known: {quoted(words)}"
    return f"{sentence}, and none of the {len(words)} known ones is similar"


def unknown_of_kind(what: str, read: str, known: Iterable[str]) -> str:
    """As `unknown`, and all known words of the kind: those with the same part before a dot.

    Of other kinds only that part is listed.
    """
    words = sorted(set(known))
    kind, dot, _ = read.partition(".")
    of_kind = [word for word in words if dot and word.startswith(f"{kind}.")]
    listed = quoted(of_kind or dict.fromkeys(re.sub(r"\..*", ".…", word) for word in words))
    if near := nearest(read, words):
        return f"there is no {what} {quoted([read])}; did you mean {quoted(near)}? Known: {listed}"
    return f"there is no {what} {quoted([read])}; known: {listed}"


def quoted(words: Iterable[str]) -> str:
    """Words in quotation marks, for a sentence: `"a", "b"`."""
    return ", ".join(f'"{word}"' for word in words)


Annotation = Any
Steps = tuple[str | int, ...]
"""Path from a table to a value: keys, and positions in lists."""
UNION_TAG = "is a "
"""Prefix of the names of a union's members, which no key of a config has."""
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
    already_reported: Collection[Steps] = (),
    also: Iterable[str] = (),
) -> list[Mistake]:
    """The mistakes in a table that was read as `model`, one per place.

    Places in `already_reported`, and their consequences, are left out. `also` are further keys
    that the table may have beside those of the model.
    """
    found: dict[Steps, list[str]] = {}
    for each in error.errors(include_url=False):
        steps, value = _place(each["loc"], table)
        # A rule about the whole table cannot be checked while a part of it is missing.
        if any(steps[: len(known)] == known or not steps for known in already_reported):
            continue
        message = _message(each, value, _expected(model, steps[:-1]), also)
        if message not in found.setdefault(steps, []):
            found[steps].append(message)
    return [
        Mistake(dotted(path, steps), " or ".join(messages))
        for steps, messages in found.items()
        if not _has_deeper_mistake(steps, messages, found)
    ]


def dotted(path: str, steps: Iterable[str | int]) -> str:
    """A path in writing: `connections.shop.orders.files[0]`."""
    for step in steps:
        if isinstance(step, int):
            path += f"[{step}]"
        else:
            key = step if _BARE_KEY.fullmatch(step) else shown(step)
            path = f"{path}.{key}" if path else key
    return path


def shown(value: object) -> str:
    """A value as it was written, at most one line long."""
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
    """Path of an error in the table, and the value there.

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


def _has_deeper_mistake(
    steps: Steps, messages: Sequence[str], found: Mapping[Steps, Sequence[str]]
) -> bool:
    # A union reports an error for each of its members; the one that reached deepest is meant.
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
    message = str(found["msg"])
    return f"read {shown(value)}; {message[:1].lower()}{message[1:]}"


def _nearest_key(table: Mapping[str, object], known: frozenset[str]) -> str:
    """For a union that is chosen by a key: a message for the misspelt key."""
    similar = [key for key in table if nearest(key, known)]
    return unknown("key", similar[0], known) if similar and not known & table.keys() else ""


def _quoted(expected: str) -> list[str]:
    return re.findall(r"'([^']*)'", expected)


def choices(annotation: Annotation) -> list[Annotation]:
    """The members of a union without None; any other type alone."""
    origin: Any = get_origin(annotation)
    if origin is Annotated:
        return choices(get_args(annotation)[0])
    if origin in (Union, types.UnionType):
        return [choice for member in get_args(annotation) for choice in choices(member)]
    return [] if annotation is type(None) else [annotation]


def fields(annotation: Annotation) -> dict[str, str]:
    """The keys that a table may have here, with their descriptions."""
    return {
        field.alias or name: field.description or ""
        for model in _models(annotation)
        for name, field in model.model_fields.items()
    }


def takes_table(annotation: Annotation) -> bool:
    """Whether a table is accepted here."""
    return bool(_models(annotation)) or any(
        choice in (Any, object, dict) or _is_mapping(choice) for choice in choices(annotation)
    )


def below(annotation: Annotation, step: str | int) -> list[Annotation]:
    """The types one step down: of a model's field, a mapping's values, a list's items."""
    if isinstance(step, int):
        return [
            item
            for choice in choices(annotation)
            if not _is_mapping(choice)
            for item in get_args(choice)[:1]
        ]
    values = [
        value
        for choice in choices(annotation)
        if _is_mapping(choice)
        for value in get_args(choice)[1:]
    ]
    return values + [
        field.annotation
        for model in _models(annotation)
        for name, field in model.model_fields.items()
        if step == (field.alias or name)
    ]


def _models(annotation: Annotation) -> list[type[BaseModel]]:
    return [
        choice
        for choice in choices(annotation)
        if isinstance(choice, type) and issubclass(choice, BaseModel)
    ]


def _is_mapping(choice: Annotation) -> bool:
    origin = get_origin(choice)
    return isinstance(origin, type) and issubclass(origin, Mapping)
