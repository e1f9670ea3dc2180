"""Customers: who they are, and what they allowed on which channel."""

import json
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from connectors.kit import (
    Consent,
    Contact,
    ContactTable,
    FieldNames,
    NamedField,
    Raw,
    contact_fields,
    dig,
    utc,
)

ADDRESS = {
    "first_name": "firstName",
    "last_name": "lastName",
    "country": "countryCodeV2",
    "region": "province",
    "city": "city",
    "postcode": "zip",
}
"""Our fields of an address, and the vendor's."""
PERSON = ContactTable(
    contact={
        **{ours: f"defaultAddress.{theirs}" for ours, theirs in ADDRESS.items()},
        "id": "legacyResourceId",
        "created": "createdAt",
        "updated_at": "updatedAt",
        "email": "defaultEmailAddress.emailAddress",
        "phone": "defaultPhoneNumber.phoneNumber",
        "first_name": "firstName?",
        "last_name": "lastName?",
        "language": "locale?",
    },
)
CONSENTS: Mapping[Any, str] = {
    "email": "defaultEmailAddress",
    "sms": "defaultPhoneNumber.smsMarketingConsent",
    "whatsapp": "defaultPhoneNumber.whatsAppMarketingConsent",
}
"""Channel -> where its consent lies."""
# https://shopify.dev/docs/api/admin-graphql/2026-10/enums/CustomerEmailAddressMarketingState; a
# customer who never subscribed, or has not confirmed it, has stated nothing.
GRANTED = {"SUBSCRIBED": True, "UNSUBSCRIBED": False}
METHODS = {"SINGLE_OPT_IN": "single", "CONFIRMED_OPT_IN": "double"}


def number(gid: str) -> str:
    """The number at the end of a global id, by which the admin's addresses and exports name it."""
    return gid.rpartition("/")[2]


def person(raw: Raw, fields: FieldNames) -> Iterator[Contact | Consent]:
    """A customer, with the metafields that `fields` names, and their consents."""
    metafields = dig(raw, "metafields.nodes") or ()
    found = {f"{each['namespace']}.{each['key']}": each for each in metafields}

    def value_of(field: NamedField) -> Any:
        return _value(found[field.name]) if field.name in found else None

    yield from PERSON.records(raw, **contact_fields(fields, value_of))
    contact = raw["legacyResourceId"]
    for channel, place in CONSENTS.items():
        told: Raw = dig(raw, place) or {}
        granted = GRANTED.get(told.get("state", ""))
        if granted is not None:
            method = METHODS.get(str(told.get("optInLevel"))) if granted else None
            # Without its instant a grant is as old, and a withdrawal as new, as it can be.
            at = utc(told.get("updatedAt") or raw["createdAt" if granted else "updatedAt"])
            yield Consent(contact=contact, channel=channel, granted=granted, method=method, at=at)
    if dig(raw, "defaultEmailAddress.openTrackingLevel") == "OPTED_OUT":
        at = utc(dig(raw, "defaultEmailAddress.updatedAt") or raw["updatedAt"])
        yield Consent(contact=contact, channel="tracking", granted=False, at=at)


def _value(raw: Raw) -> Any:
    """Return a metafield's value by its type; a list as texts.

    https://shopify.dev/docs/apps/build/metafields/list-of-data-types
    """
    kind, text = raw["type"], raw["value"]
    if kind.startswith("list."):
        return tuple(map(str, json.loads(text)))
    if kind.startswith("number_"):
        return Decimal(text)
    if kind == "boolean":
        return text == "true"
    return date.fromisoformat(text[:10]) if kind in {"date", "date_time"} else text
