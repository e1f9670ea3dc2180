"""Fields of a profile that are rows of their own: texts, and the custom fields of sources."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection

from core.records import LARGEST_AMOUNT
from core.store.bulk import Row, delete_where, insert_rows, rows_where
from core.store.keys import fold, postcode_key
from core.store.money import ten_thousandths
from core.store.tables import PROFILE_FIELDS

TEXT_FIELDS: Mapping[str, str] = {
    "region": "county or region",
    "municipality": "municipality",
    "city": "town",
    "postcode": "postal code",
    "climate": "climate zone",
    "store": "the store that the person chose",
    "income": "income, as stated",
    "education": "education, as stated",
    "occupation": "occupation, as stated",
    "marital_status": "marital status, as stated",
    "signup_source": "where the person signed up",
    "job_role": "role at work",
    "lifecycle": "stage as a CRM states it: lead, customer, ...",
}
"""Texts that are rows of their own, as custom fields are, with their meaning."""
_LONGEST_POSTCODE = 10


def fields_of(contacts: Iterable[Mapping[str, Any]]) -> dict[str, Row]:
    """Field -> text, folded value, number and day, of the fields that are no columns."""
    found: dict[str, Row] = {}
    for stated in contacts:
        for name, value in stated.items():
            if name not in found and (name in TEXT_FIELDS or name.startswith("custom.")):
                found[name] = field_row(name, value)
    return found


def field_row(name: str, value: Any) -> Row:
    """The row of a field: its text, folded value, number and day."""
    number: int | None = None
    day: int | None = None
    text = str(value)
    if isinstance(value, dict):
        ((kind, text),) = value.items()
        if kind == "number" and abs(Decimal(text)) <= LARGEST_AMOUNT:
            number = ten_thousandths(Decimal(text))
        if kind == "date":
            day = date.fromisoformat(text).toordinal()
    key = postcode_key(text) if name == "postcode" else fold(text)
    if name == "postcode" and key.isdecimal() and len(key) <= _LONGEST_POSTCODE:
        number = ten_thousandths(Decimal(key))
    return {"text": text, "value": key, "number": number, "day": day}


def write_fields(transaction: Connection, fields: Mapping[int, Mapping[str, Row]]) -> set[int]:
    """Write the fields of each profile; returns the profiles of which some changed."""
    stored: dict[tuple[int, str], Row] = {
        (row["profile_id"], row["field"]): row
        for row in rows_where(
            transaction, PROFILE_FIELDS, PROFILE_FIELDS.c.profile_id, fields.keys()
        )
    }
    due = {
        (profile, name): {"profile_id": profile, "field": name, **row}
        for profile, each in fields.items()
        for name, row in each.items()
    }
    changed = {
        place[0] for place in stored.keys() | due.keys() if stored.get(place) != due.get(place)
    }
    filled = {profile for profile, _ in stored}
    delete_where(transaction, PROFILE_FIELDS, PROFILE_FIELDS.c.profile_id, changed & filled)
    insert_rows(
        transaction, PROFILE_FIELDS, [row for place, row in due.items() if place[0] in changed]
    )
    return changed
