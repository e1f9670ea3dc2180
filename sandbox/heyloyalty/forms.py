"""What the list's things look like in Heyloyalty's JSON (api-specs/README.md, Heyloyalty).

Times are the shop's own and name no zone; what is not known is an empty text.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sandbox.heyloyalty.lists import Field, Setup, guid
from sandbox.world.life import ZONE
from sandbox.world.mailing import Member

Json = dict[str, Any]
STATUSES: Mapping[str, tuple[str, str]] = {
    "subscribed": ("active", "active"),
    "unsubscribed": ("unsubscribed", "active"),
    "pending": ("temporary", "active"),
    "cleaned": ("active", "hard_bounce"),
}
"""A member's status, and that of the address; the vendor documents no words."""
COMPLAINED = ("unsubscribed", "complaint")


def stamp(instant: datetime) -> str:
    """`2013-05-28 13:58:12`."""
    return instant.astimezone(ZONE).strftime("%Y-%m-%d %H:%M:%S")


def summary_form(setup: Setup) -> Json:
    """The list in the list of lists."""
    return {
        "id": setup.number,
        "name": setup.audience.name,
        "created_at": stamp(setup.audience.opened_at),
        "members": len(setup.audience.members),
        "open_rate": 0,
        "click_rate": 0,
    }


def list_form(setup: Setup) -> Json:
    """The list with its fields."""
    return {
        "id": setup.number,
        "name": setup.audience.name,
        "country_id": 53,
        "date_format": "dd-mm-yyyy",
        "duplicates": "disallow",
        "fields": {name: field_form(each) for name, each in setup.fields.items()},
    }


def field_form(field: Field) -> Json:
    """A field with its options."""
    form: Json = {
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
        # An empty map of the vendor's comes as an empty list.
        form["options"] = {str(id_): label for id_, label in field.options.items()} or []
    return form


def member_form(member: Member, setup: Setup) -> Json:
    """A member with everything that stands in the fields."""
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
