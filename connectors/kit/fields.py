"""A vendor's own fields, read as fields of a contact: one mapping for every connector.

A setting `fields = { gender = "GENDER", birthday = { name = "BORN", format = "%d-%m-%Y" } }` says
which of the vendor's fields holds what.
"""

import html
import re
from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any, Final

from pydantic import BaseModel, ConfigDict

from core.contract import Form
from core.records import Contact
from core.words import GENDERS

CUSTOM: Final = "custom."
ABSENT: Final = object()
"""Answer of a connector for a field that the vendor does not mention at all."""
_OURS = {
    "id", "updated_at", "created", "email", "emails", "phones", "merged_into", "custom", "company",
    "birth_year", "birth_day",
}  # fmt: skip
READABLE: Final = frozenset(Contact.model_fields.keys() - _OURS)
_MONTH_AND_DAY = re.compile(r"(\d\d?)[/-](\d\d?)")


def unescaped(text: Any) -> Any:
    """A text without HTML escapes, as often as it was escaped: `Mad &amp;amp; vin`.

    Anything but a text stays as it is, for the record to refuse.
    """
    while isinstance(text, str) and (plain := html.unescape(text)) != text:
        text = plain
    return text


class NamedField(BaseModel):
    """Where a value stands and how it is written."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    name: str
    """The vendor's name of the field, like GENDER."""
    map: Mapping[str, str] = {}
    """Words of the field and what they mean: { K = "female" }."""
    format: str | None = None
    """How a date is written, like %d-%m-%Y; absent: as the vendor writes dates."""
    number: bool = False
    """Whether a custom field holds a number, though the vendor gives a text."""


FieldNames = Mapping[str, str | NamedField]
"""Contact field, or `custom.<name>` -> the vendor's field."""


def readable(fields: FieldNames, also: Collection[str] = ()) -> FieldNames:
    """Refuse what no contact has; `also` are further words that the connector understands."""
    known = sorted({*READABLE, *also})
    for name in fields:
        if name not in known and not (name.startswith(CUSTOM) and name != CUSTOM):
            raise ValueError(
                f"a contact has no field {name!r}; it has {', '.join(known)} and custom.<name>"
            )
    return fields


def named_field(said: str | NamedField) -> NamedField:
    """A setting in its long form."""
    return NamedField(name=said) if isinstance(said, str) else said


def custom_forms(fields: FieldNames, unsaid: Form) -> dict[str, Form]:
    """The custom fields and what they hold; `unsaid` where the setting does not say."""
    return {
        name.removeprefix(CUSTOM): _form(named_field(said), unsaid)
        for name, said in fields.items()
        if name.startswith(CUSTOM)
    }


def _form(field: NamedField, unsaid: Form) -> Form:
    if field.number:
        return "number"
    return "date" if field.format else unsaid


def contact_fields(
    fields: FieldNames,
    value_of: Callable[[NamedField], Any],
    codes: Mapping[str, Mapping[str, str]] = MappingProxyType({}),
) -> dict[str, Any]:
    """The vendor's values as fields of a contact, None where they are blank.

    `codes` are the vendor's own for some fields: `{"gender": {"1": "male"}}`. What cannot be
    understood is left for the contact to refuse and count.
    """
    told: dict[str, Any] = {}
    custom: dict[str, Any] = {}
    for name, said in fields.items():
        field = named_field(said)
        value = value_of(field)
        if value is ABSENT:
            continue
        meant = _meant(value, field)
        if name.startswith(CUSTOM):
            custom[name.removeprefix(CUSTOM)] = _custom(meant, field)
        elif name == "birthday":
            told |= _birthday(meant, field.format)
        else:
            told[name] = meaning_of_code(name, meant, codes.get(name, {}))
    return {**told, **({"custom": custom} if custom else {})}


def meaning_of_code(field: str, value: Any, codes: Mapping[str, str]) -> Any:
    """Return our word for a vendor's code, a gender also by its word; else the code as it is."""
    if not isinstance(value, str) or not value.strip():
        return None if value == "" else value
    if value in codes:
        return codes[value]
    word = value.casefold()
    return GENDERS.get(word, word) if field == "gender" else value


def _meant(value: Any, field: NamedField) -> Any:
    """A text, trimmed and put into our words, None where it is blank; else what it is."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        return value
    if isinstance(value, int | Decimal) and str(value) not in field.map:
        return value
    text = str(value).strip()
    return field.map.get(text, text) or None


def _birthday(value: Any, written: str | None) -> dict[str, Any]:
    """A whole date is a `birthday`; month and day alone are a `birth_day`."""
    blank: dict[str, Any] = {"birthday": None, "birth_day": None}
    if not isinstance(value, str):
        return {**blank, "birthday": value}
    if written is None:
        short = _MONTH_AND_DAY.fullmatch(value)
        if short is None:
            return {**blank, "birthday": value[:10] if value[10:11] in ("T", " ") else value}
        return {**blank, "birth_day": f"{int(short[1]):02}-{int(short[2]):02}"}
    try:
        if "%Y" in written or "%y" in written:
            return {**blank, "birthday": _date(value, written)}
        # Without a year the 29th of February needs one that has it.
        return {**blank, "birth_day": f"{_date(f'2000 {value}', f'%Y {written}'):%m-%d}"}
    except ValueError:
        return {**blank, "birthday": value}


def _custom(value: Any, field: NamedField) -> Any:
    """A value that a custom field can hold, perhaps several texts; None for any other."""
    if isinstance(value, bool | Decimal | date | list | tuple):
        return value
    if isinstance(value, int):
        return Decimal(value)
    if not isinstance(value, str):
        return None
    try:
        if field.number:
            number = Decimal(value)
            return number if number.is_finite() else None
        return _date(value, field.format) if field.format else value
    except (ValueError, InvalidOperation):
        return None


def _date(text: str, written: str) -> date:
    return datetime.strptime(text, written).date()  # noqa: DTZ007 - only its date is taken
