"""Edits of fields: one for each change, with the value in the vendor's own codes."""

import difflib
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from connectors.heyloyalty.fields import SEXES, YES, Definition, ListField
from connectors.kit import Edit, Unwritable

NO = frozenset({"0", "false", "no"})
WHERE = "in Heyloyalty (the list, Fields)"


def _found(
    setup: Definition, name: str, what: str, advice: str, kind: str | None = None
) -> ListField:
    """The field of that name; raises Unwritable with the nearest of its kind and the advice."""
    field = setup.find(name)
    if field is None:
        near = _near(name, _names(setup, kind))
        raise Unwritable(f"the list has no {what} {name!r}{near}; {advice}")
    return field


def options_field(setup: Definition, name: str) -> ListField:
    """The multi-choice field that holds the tags; raises Unwritable where there is none."""
    advice = f"create it {WHERE}, or name another in options_field"
    field = _found(setup, name, "multi-choice field", advice, "multi")
    if field.format != "multi":
        raise Unwritable(
            f"the field {name!r} is of the kind {field.format}, and not multi-choice; "
            "name another in options_field"
        )
    return field


def option(field: ListField, label: str) -> str:
    """The id of an option; raises Unwritable where there is none."""
    found = field.option(label)
    if found is None:
        raise Unwritable(
            f"the field {field.name!r} has no option {label!r}"
            f"{_near(label, field.options.values())}; create it {WHERE}"
        )
    return found


def yes_no_field(setup: Definition, name: str) -> ListField:
    """The yes/no field of a tag; raises Unwritable where there is none."""
    field = _found(setup, name, "field", f"create it as a yes/no field {WHERE}", "boolean")
    if field.format != "boolean":
        raise Unwritable(f"the field {name!r} is of the kind {field.format}, and no yes/no field")
    return field


def plain_field(setup: Definition, name: str) -> ListField:
    """A field that holds one value; raises Unwritable where there is none."""
    field = _found(setup, name, "field", f"correct the name, or create the field {WHERE}")
    if field.format == "multi":
        raise Unwritable(
            f"the field {name!r} is multi-choice; bind tags to its options, or name another field"
        )
    return field


def written(field: ListField, text: str | None, countries: Mapping[str, str]) -> Any:
    """A value in the vendor's codes; raises Unwritable where the field cannot hold it."""
    if text is None:
        return 0 if field.format == "boolean" else ""
    code = _code(field.name.casefold(), text, countries)
    if code is not None:
        return code
    match field.format:
        case "boolean" if text.casefold() in YES | NO:
            return int(text.casefold() in YES)
        case "choice" if (known := field.option(text)) is not None:
            return _number(known)
        case "choice":
            # Which value it is stays unsaid: it is somebody's.
            raise Unwritable(
                f"{field.name}: the value is none of the field's options; create it {WHERE}"
            )
        case "number" if _is_number(text):
            return text
        case "date" if _is_date(text):
            return text
        case "boolean" | "number" | "date":
            raise Unwritable(f"{field.name}: the value is no {field.format}")
    return text


def _code(name: str, text: str, countries: Mapping[str, str]) -> Any:
    """The vendor's own number for a gender or a country; None for anything else."""
    by_word = {
        "sex": {word: id_ for id_, word in SEXES.items()},
        "country": {letters.casefold(): id_ for id_, letters in countries.items()},
    }.get(name, {})
    found = by_word.get(text.casefold())
    return None if found is None else _number(found)


def with_options(present: Iterable[str], edits: Iterable[Edit]) -> tuple[str, ...]:
    """The whole set of options after the edits; those that are not ours stay as they are."""
    options = dict.fromkeys(present)
    for edit in edits:
        if edit.adds:
            options.setdefault(edit.known.raw["option"])
        else:
            options.pop(edit.known.raw["option"], None)
    return tuple(options)


def sent_options(options: Iterable[str]) -> Any:
    """Options as the vendor takes them: numbers in a list."""
    return [_number(id_) for id_ in options]


def _number(id_: str) -> int | str:
    return int(id_) if id_.isascii() and id_.isdigit() else id_


def _is_number(text: str) -> bool:
    try:
        return Decimal(text).is_finite()
    except InvalidOperation:
        return False


def _is_date(text: str) -> bool:
    try:
        return bool(date.fromisoformat(text))
    except ValueError:
        return False


def _names(setup: Definition, format_: str | None = None) -> Iterable[str]:
    return [each.name for each in setup.fields.values() if format_ in (None, each.format)]


def _near(word: str, known: Iterable[str]) -> str:
    folded = {each.casefold(): each for each in known}
    near = difflib.get_close_matches(word.casefold(), folded, n=1)
    return f" (is it {folded[near[0]]!r}?)" if near else ""
