"""The fields of a list: what they are, and what stands in them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import AfterValidator

from connectors.heyloyalty.standing import day
from connectors.kit import (
    ABSENT,
    FieldNames,
    NamedField,
    Raw,
    contact_fields,
    named_field,
    readable,
)

SEXES = {"1": "male", "2": "female"}
COUNTRIES: Mapping[str, str] = {"53": "DK"}
"""The vendor's country ids that are documented."""
YES = frozenset({"1", "true", "yes"})


Fields = Annotated[FieldNames, AfterValidator(readable)]
"""Contact field -> field of the list (Heyloyalty calls its name the merge field)."""
USUAL: FieldNames = {
    "first_name": "firstname",
    "last_name": "lastname",
    "phone": "mobile",
    "gender": "sex",
    "birthday": "birthdate",
    "postcode": "postalcode",
    "city": "city",
    "country": "country",
}
"""The fields that Heyloyalty gives every list."""


@dataclass(frozen=True)
class ListField:
    """One field of a list."""

    name: str
    label: str = ""
    format: str = "text"
    """text, number, date, boolean, choice or multi."""
    options: Mapping[str, str] = field(default_factory=dict)
    """Labels by the option's id."""

    def option(self, label: str) -> str | None:
        """The id of the option with that label."""
        wanted = label.strip().casefold()
        for id_, known in self.options.items():
            if known.strip().casefold() == wanted:
                return id_
        return None

    def text(self, value: Any) -> str | None:
        """Value of the field as people read it; None where it is empty."""
        if self.format == "multi":
            ids = chosen(value) or ()
            return ", ".join(self.options.get(id_, id_) for id_ in ids) or None
        if isinstance(value, Mapping):
            label = self.options.get(code(value) or "") or value.get("value")
            return None if label is None else str(label).strip() or None
        text = "" if value is None else str(value).strip()
        if self.format == "date":
            return day(text)
        if self.format == "boolean":
            return "yes" if text.lower() in YES else None
        return self.options.get(text, text) or None

    def value(self, stated: Any) -> Any:
        """Value of the field as a text, a number, a date, or yes and no."""
        text = self.text(stated)
        if self.format == "boolean":
            return text is not None
        if text is None or day(text) is None:
            return None
        try:
            if self.format == "number":
                return Decimal(text)
            return date.fromisoformat(text) if self.format == "date" else text
        except (ValueError, InvalidOperation):
            return text


@dataclass(frozen=True)
class Definition:
    """A list as it is set up."""

    title: str | None = None
    fields: Mapping[str, ListField] = field(default_factory=dict)
    """By their folded names."""
    zone: ZoneInfo = ZoneInfo("UTC")
    """Of its times."""

    def find(self, name: str) -> ListField | None:
        """The field of that name, else of that label."""
        wanted = name.strip().casefold()
        labelled = (each for each in self.fields.values() if each.label.casefold() == wanted)
        return self.fields.get(wanted) or next(labelled, None)

    def called(self, name: str) -> ListField:
        """The field of that name; one of plain text where the list tells of none."""
        return self.find(name) or ListField(name)


def definition(body: Raw) -> Definition:
    """Definition of a list from an answer."""
    told = body.get("fields")
    rows: Iterable[Any] = told.values() if isinstance(told, Mapping) else ()
    fields = [
        ListField(
            str(row["name"]),
            str(row.get("label") or ""),
            str(row.get("format") or "text"),
            _options(row.get("options")),
        )
        for row in rows
        if isinstance(row, Mapping) and row.get("name")
    ]
    return Definition(body.get("name") or None, {each.name.casefold(): each for each in fields})


def _options(told: Any) -> dict[str, str]:
    """Labels by id; an empty map comes as an empty list."""
    return (
        {str(id_): str(label) for id_, label in told.items()} if isinstance(told, Mapping) else {}
    )


def values(raw: Raw) -> dict[str, Any]:
    """Values of a member's fields, by their folded names.

    Public clients also meet members whose fields stand inside `fields`, each with its `value`.
    """
    found = {name.casefold(): value for name, value in raw.items()}
    inner = raw.get("fields")
    if isinstance(inner, Mapping):
        for name, told in inner.items():
            known = isinstance(told, Mapping) and "value" in told
            found[name.casefold()] = told["value"] if known else told
    return found


def code(value: Any) -> str | None:
    """The id of what was chosen, or the value itself."""
    if isinstance(value, Mapping):
        value = value.get("id")
    text = "" if value is None else str(value).strip()
    return text or None


def chosen(value: Any) -> tuple[str, ...] | None:
    """The ids of a multi-choice field; None where they cannot be read."""
    if value in (None, "", [], {}):
        return ()
    rows = [value] if isinstance(value, Mapping) and "id" in value else value
    if isinstance(rows, Mapping):
        rows = [*rows]
    if not isinstance(rows, list):
        rows = [rows]
    ids = [code(row) for row in rows]
    known = tuple(id_ for id_ in ids if id_ and id_.isascii() and id_.isdigit())
    return known if len(known) == len(ids) else None


def member_fields(
    raw: Raw, known: Definition, fields: FieldNames, countries: Raw
) -> dict[str, Any]:
    """A member's fields as fields of a contact, None where they are blank.

    What cannot be understood is left for the contact to refuse and count.
    """
    stated = values(raw)
    every = {**USUAL, **fields}
    codes = {"country": countries, "gender": SEXES}
    coded = {named_field(every[name]).name: known for name, known in codes.items()}

    def value_of(field: NamedField) -> Any:
        name = field.name.casefold()
        if name not in stated:
            return ABSENT
        here = known.called(field.name)
        if field.name not in coded:
            return here.value(stated[name])
        # Both may be chosen from a list, by the vendor's own ids.
        text, id_ = here.text(stated[name]), code(stated[name])
        is_word = coded[field.name] is SEXES and id_ not in {*field.map, *SEXES}
        return text if is_word or text in field.map else id_

    return contact_fields(every, value_of, codes)


def country(given: str, countries: Raw) -> str | None:
    """Two letters for the vendor's id, or for two letters; None for what nobody knows."""
    two_letters = len(given) == 2 and given.isascii() and given.isalpha()  # noqa: PLR2004
    return countries.get(given) or (given.upper() if two_letters else None)
