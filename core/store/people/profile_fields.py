"""Fields of a profile that are rows of their own: texts, and the custom fields of sources."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection

from core.store.bulk import Row, delete_where, insert_rows, rows_where
from core.store.keys import postcode_key
from core.store.money import ten_thousandths
from core.store.tables import PROFILE_FIELDS
from core.store.upsert.custom import value_rows

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


def fields_of(contacts: Iterable[Mapping[str, Any]]) -> dict[str, list[Row]]:
    """Field -> text, folded value, number and day of each value, of fields that are no columns."""
    found: dict[str, list[Row]] = {}
    for stated in contacts:
        for name, value in stated.items():
            if name not in found and (name in TEXT_FIELDS or name.startswith("custom.")):
                found[name] = field_rows(name, value)
    return found


def field_rows(name: str, value: Any) -> list[Row]:
    """The rows of a field: text, folded value, number and day of each of its values."""
    if name != "postcode":
        return value_rows(value)
    key = postcode_key(value)
    is_number = key.isdecimal() and len(key) <= _LONGEST_POSTCODE
    number = ten_thousandths(Decimal(key)) if is_number else None
    return [{"text": value, "value": key, "number": number, "day": None}]


def write_fields(
    transaction: Connection, fields: Mapping[int, Mapping[str, list[Row]]]
) -> set[int]:
    """Write the fields of each profile; returns the profiles of which some changed."""
    stored: dict[tuple[int, str, str], Row] = {
        (row["profile_id"], row["field"], row["value"]): row
        for row in rows_where(
            transaction, PROFILE_FIELDS, PROFILE_FIELDS.c.profile_id, fields.keys()
        )
    }
    due = {
        (profile, name, row["value"]): {"profile_id": profile, "field": name, **row}
        for profile, each in fields.items()
        for name, rows in each.items()
        for row in rows
    }
    changed = {
        place[0] for place in stored.keys() | due.keys() if stored.get(place) != due.get(place)
    }
    filled = {place[0] for place in stored}
    delete_where(transaction, PROFILE_FIELDS, PROFILE_FIELDS.c.profile_id, changed & filled)
    insert_rows(
        transaction, PROFILE_FIELDS, [row for place, row in due.items() if place[0] in changed]
    )
    return changed
