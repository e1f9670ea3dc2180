"""Merge fields of a member, read as fields of a contact."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict

from connectors.kit import Contact, Raw

ADDRESS = "address"
"""Stands for city, postcode, region and country of a field of the type address."""
CUSTOM = "custom."
NEVER = {"id", "updated_at", "created", "email", "custom", "company", "birth_year", "birth_day"}
READABLE = sorted({ADDRESS, *Contact.model_fields} - NEVER)
PLACE = {"city": "city", "postcode": "zip", "region": "state", "country": "country"}
"""Fields of a contact that an address holds, and what Mailchimp calls them."""
GENDERS = {
    **dict.fromkeys(("f", "female", "woman", "k", "kvinde", "kvinne", "kvinna"), "female"),
    **dict.fromkeys(("m", "male", "man", "mand", "mann"), "male"),
}
_MONTH_AND_DAY = re.compile(r"(\d\d?)/(\d\d?)")


class MergeField(BaseModel):
    """Where a value stands and how it is written."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    tag: str
    """Tag of the merge field, like GENDER."""
    map: Mapping[str, str] = {}
    """Words of the field and what they mean: { K = "female" }."""
    format: str | None = None
    """How a date is written, like %d-%m-%Y; absent: as Mailchimp gives dates and birthdays."""


def _readable(fields: Mapping[str, str | MergeField]) -> Mapping[str, str | MergeField]:
    for name in fields:
        if name not in READABLE and not (name.startswith(CUSTOM) and name != CUSTOM):
            raise ValueError(
                f"a contact has no field {name!r}; it has {', '.join(READABLE)} and custom.<name>"
            )
    return fields


Fields = Annotated[Mapping[str, str | MergeField], AfterValidator(_readable)]
"""Contact field -> merge tag."""
USUAL: Mapping[str, str | MergeField] = {
    "first_name": "FNAME",
    "last_name": "LNAME",
    "phone": "PHONE",
    "birthday": "BIRTHDAY",
    ADDRESS: "ADDRESS",
}
"""The merge fields that Mailchimp gives every audience."""


def contact_fields(stated: Raw, fields: Mapping[str, str | MergeField]) -> dict[str, Any]:
    """Merge fields as fields of a contact, None where they are blank.

    What cannot be understood is left for the contact to refuse and count.
    """
    values = {tag.casefold(): value for tag, value in stated.items()}
    place: dict[str, Any] = {}
    named: dict[str, Any] = {}
    custom: dict[str, Any] = {}
    for name, said in {**USUAL, **fields}.items():
        field = MergeField(tag=said) if isinstance(said, str) else said
        if field.tag.casefold() not in values:
            continue
        value = values[field.tag.casefold()]
        if name.startswith(CUSTOM):
            custom[name.removeprefix(CUSTOM)] = _custom(value, field)
        elif name == ADDRESS:
            place = _place(value)
        elif name == "birthday":
            named |= _birthday(_text(value, field), field.format)
        else:
            named[name] = _text(value, field)
    if named.get("gender"):
        word = named["gender"].casefold()
        named["gender"] = GENDERS.get(word, word)
    # A field that was named by itself is believed before a part of an address.
    return {**place, **named, **({"custom": custom} if custom else {})}


def _text(value: Any, field: MergeField) -> str | None:
    text = "" if value is None else str(value).strip()
    return field.map.get(text, text) or None


def _place(value: Any) -> dict[str, Any]:
    parts = value if isinstance(value, Mapping) else {}
    return {name: parts.get(theirs) or None for name, theirs in PLACE.items()}


def _birthday(text: str | None, written: str | None) -> dict[str, Any]:
    """A whole date is a `birthday`; month and day alone are a `birth_day`."""
    blank: dict[str, Any] = {"birthday": None, "birth_day": None}
    if text is None:
        return blank
    if written is None:
        short = _MONTH_AND_DAY.fullmatch(text)
        if short is None:
            return {**blank, "birthday": text[:10] if text[10:11] in ("T", " ") else text}
        return {**blank, "birth_day": f"{int(short[1]):02}-{int(short[2]):02}"}
    try:
        if "%Y" in written or "%y" in written:
            return {**blank, "birthday": _date(text, written)}
        # Without a year the 29th of February needs one that has it.
        return {**blank, "birth_day": f"{_date(f'2000 {text}', f'%Y {written}'):%m-%d}"}
    except ValueError:
        return {**blank, "birthday": text}


def _custom(value: Any, field: MergeField) -> Any:
    if isinstance(value, str):
        text = _text(value, field)
        try:
            return _date(text, field.format) if text and field.format else text
        except ValueError:
            return None
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    return value if isinstance(value, bool | Decimal) else None


def _date(text: str, written: str) -> date:
    return datetime.strptime(text, written).date()  # noqa: DTZ007 - only its date is taken
