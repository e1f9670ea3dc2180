"""Merge fields of a member, read as fields of a contact."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator

from connectors.kit import (
    ABSENT,
    FieldNames,
    NamedField,
    Raw,
    contact_fields,
    named_field,
    readable,
)

ADDRESS = "address"
"""Stands for city, postcode, region and country of a field of the type address."""
PLACE = {"city": "city", "postcode": "zip", "region": "state", "country": "country"}
"""Fields of a contact that an address holds, and what Mailchimp calls them."""
USUAL: FieldNames = {
    "first_name": "FNAME",
    "last_name": "LNAME",
    "phone": "PHONE",
    "birthday": "BIRTHDAY",
    ADDRESS: "ADDRESS",
}
"""The merge fields that Mailchimp gives every audience."""


def _readable(fields: FieldNames) -> FieldNames:
    return readable(fields, also={ADDRESS})


Fields = Annotated[FieldNames, AfterValidator(_readable)]
"""Contact field -> merge tag."""


def merged(stated: Raw, fields: FieldNames) -> dict[str, Any]:
    """Merge fields as fields of a contact; tags are compared without case."""
    values = {tag.casefold(): value for tag, value in stated.items()}

    def value_of(field: NamedField) -> Any:
        return values.get(field.name.casefold(), ABSENT)

    every = {**USUAL, **fields}
    place = value_of(named_field(every.pop(ADDRESS)))
    # A field that was named by itself is believed before a part of an address.
    return {**_place(place), **contact_fields(every, value_of)}


def _place(value: Any) -> dict[str, Any]:
    if value is ABSENT:
        return {}
    parts = value if isinstance(value, Mapping) else {}
    return {name: parts.get(theirs) or None for name, theirs in PLACE.items()}
