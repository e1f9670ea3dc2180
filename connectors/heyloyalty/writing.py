"""Edits of fields: one for each change, with the value in the vendor's own codes."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from connectors.heyloyalty.fields import SEXES, YES, Definition, ListField
from connectors.kit import Edit, Unwritable, nearest

YES_NO = dict.fromkeys(YES, 1) | dict.fromkeys(("0", "false", "no"), 0)
WHERE = "in Heyloyalty (the list, Fields)"


WANTED = {
    # Words for the kind, the format of the nearest that are offered, and advice.
    "options": (
        "multi-choice field",
        "multi",
        f"create it {WHERE}, or name another in options_field",
    ),
    "yes_no": ("field", "boolean", f"create it as a yes/no field {WHERE}"),
    "value": ("field", "", f"correct the name, or create the field {WHERE}"),
}
UNFIT = {
    "options": "is of the kind {format}, and not multi-choice; name another in options_field",
    "yes_no": "is of the kind {format}, and no yes/no field",
    "value": "is multi-choice; bind tags to its options, or name another field",
}


def field_for(setup: Definition, name: str, use: str) -> ListField:
    """The field of that name for a use; raises Unwritable with the nearest of its kind."""
    what, wanted, advice = WANTED[use]
    field = setup.find(name)
    if field is None:
        known = [each.name for each in setup.fields.values() if wanted in ("", each.format)]
        raise Unwritable(f"the list has no {what} {name!r}{nearest(name, known)}; {advice}")
    fits = field.format == wanted if wanted else field.format != "multi"
    if not fits:
        raise Unwritable(f"the field {name!r} {UNFIT[use].format(format=field.format)}")
    return field


def option(field: ListField, label: str) -> str:
    """The id of an option; raises Unwritable where there is none."""
    found = field.option(label)
    if found is None:
        known = nearest(label, field.options.values())
        raise Unwritable(
            f"the field {field.name!r} has no option {label!r}{known}; create it {WHERE}"
        )
    return found


def written(field: ListField, text: str | None, countries: Mapping[str, str]) -> Any:
    """A value in the vendor's codes; raises Unwritable where the field cannot hold it."""
    if text is None:
        return 0 if field.format == "boolean" else ""
    code = _code(field.name.casefold(), text, countries)
    if code is not None:
        return code
    if field.format == "choice":
        if (known := field.option(text)) is None:
            # Which value it is stays unsaid: it is somebody's.
            raise Unwritable(
                f"{field.name}: the value is none of the field's options; create it {WHERE}"
            )
        return _number(known)
    try:
        return FORMS.get(field.format, str)(text)
    except (ValueError, KeyError, InvalidOperation):
        raise Unwritable(f"{field.name}: the value is no {field.format}") from None


def _code(name: str, text: str, countries: Mapping[str, str]) -> Any:
    """The vendor's own number for a gender or a country; None for anything else."""
    by_word = {
        "sex": {word: id_ for id_, word in SEXES.items()},
        "country": {letters.casefold(): id_ for id_, letters in countries.items()},
    }.get(name, {})
    found = by_word.get(text.casefold())
    return None if found is None else _number(found)


def with_options(present: Iterable[str], edits: Iterable[Edit]) -> list[str]:
    """The whole set of options after the edits; those that are not ours stay as they are."""
    options = dict.fromkeys(present)
    for edit in edits:
        if edit.adds:
            options.setdefault(edit.known.raw["option"])
        else:
            options.pop(edit.known.raw["option"], None)
    return [*options]


def sent_options(options: Iterable[str]) -> list[int | str]:
    """Options as the vendor takes them: numbers in a list."""
    return [_number(id_) for id_ in options]


def _number(id_: str) -> int | str:
    return int(id_) if id_.isascii() and id_.isdigit() else id_


def _finite(text: str) -> str:
    if not Decimal(text).is_finite():
        raise ValueError
    return text


FORMS: Mapping[str, Callable[[str], Any]] = {
    "boolean": lambda text: YES_NO[text.casefold()],
    "number": _finite,
    "date": lambda text: f"{date.fromisoformat(text)}",
}
"""A text as a field of a format takes it; raises an error where it cannot."""
