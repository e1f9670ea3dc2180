"""Heyloyalty's JSON for the list, its fields and its members.

Times are the shop's local ones without a zone; an unknown value is an empty text.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sandbox.heyloyalty.lists import Field, Setup, guid
from sandbox.world.mailing import Member
from sandbox.world.simulation import ZONE

Json = dict[str, Any]
STATUSES: Mapping[str, tuple[str, str]] = {
    "subscribed": ("active", "active"),
    "unsubscribed": ("unsubscribed", "active"),
    "pending": ("temporary", "active"),
    "cleaned": ("active", "hard_bounce"),
}
"""Status -> the vendor's words for the member and for the address, which it does not document."""
COMPLAINED = ("unsubscribed", "complaint")


def stamp(instant: datetime) -> str:
    """Format an instant, as in `2013-05-28 13:58:12`."""
    return instant.astimezone(ZONE).strftime("%Y-%m-%d %H:%M:%S")


def summary_payload(setup: Setup) -> Json:
    """The list in the list of lists."""
    return {
        "id": setup.number,
        "name": setup.audience.name,
        "created_at": stamp(setup.audience.opened_at),
        "members": len(setup.audience.members),
        "open_rate": 0,
        "click_rate": 0,
    }


def list_payload(setup: Setup) -> Json:
    """The list with its fields."""
    return {
        "id": setup.number,
        "name": setup.audience.name,
        "country_id": 53,
        "date_format": "dd-mm-yyyy",
        "duplicates": "disallow",
        "fields": {name: field_payload(each) for name, each in setup.fields.items()},
    }


def field_payload(field: Field) -> Json:
    """A field with its options."""
    payload: Json = {
        "id": field.id,
        "type": field.type,
        "type_id": field.id,
        "format": field.format,
        "name": field.name,
        "label": field.label,
        "fallback": "",
        "required_in_shop": False,
    }
    if field.format in ("choice", "multi"):
        # The vendor encodes an empty map as an empty list.
        payload["options"] = {str(id_): label for id_, label in field.options.items()} or []
    return payload


def member_payload(member: Member, setup: Setup) -> Json:
    """A member with the values of all fields."""
    status, address = STATUSES[member.status]
    if member.status == "unsubscribed" and member.complained_at:
        status, address = COMPLAINED
    return {
        "id": guid(member),
        "status": {"status": status, "email": address, "mobile": "active"},
        "sent_mail": 0,
        "sent_sms": 0,
        "open_rate": 0,
        "imported": False,
        "created_at": stamp(member.signed_up_at),
        "updated_at": stamp(member.changed_at),
        **{name: _shown(value, setup.fields[name]) for name, value in setup.values(member).items()},
    }


def _shown(value: Any, field: Field) -> Any:
    if field.format == "multi":
        return [{"id": id_, "value": field.options[id_]} for id_ in value]
    if field.format == "choice":
        return {"id": value, "value": field.options[value]} if value else None
    return value
