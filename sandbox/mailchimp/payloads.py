"""Mailchimp's JSON for the list, its members, fields and tags.

Times are UTC with their offset written out; an unknown value is an empty text.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sandbox.world.mailing import MailingList, Member, MergeField, Tag, short_id

Json = dict[str, Any]
LANGUAGES = {"DK": "da", "NO": "no", "SE": "sv"}


def stamp(instant: datetime | None) -> str:
    """Format an instant; None is an empty text."""
    return instant.isoformat(timespec="seconds") if instant else ""


def rate(part: int, whole: int) -> float:
    """Share of `whole`; 0 where that is 0."""
    return round(part / whole, 4) if whole else 0


def number_of(text: str) -> int:
    """A stable number for a text."""
    return int(short_id(text)[:7], 16)


def member_payload(member: Member, audience: MailingList, tags: Iterable[Tag]) -> Json:
    """A list member with their tags."""
    person = member.person
    payload = {
        "id": member.id,
        "email_address": member.email,
        "unique_email_id": short_id("unique", member.email.lower()),
        "contact_id": short_id("contact", member.email.lower()) * 3,
        "full_name": f"{person.first_name} {person.last_name}",
        "web_id": number_of(member.email.lower()),
        "email_type": "html",
        "status": member.status,
        "consents_to_one_to_one_messaging": True,
        "merge_fields": dict(member.merge_fields),
        "interests": dict(member.interests),
        "stats": {"avg_open_rate": 0, "avg_click_rate": 0},
        "ip_signup": "",
        "timestamp_signup": stamp(member.signed_up_at),
        "ip_opt": "192.0.2.1" if member.opted_in_at else "",
        "timestamp_opt": stamp(member.opted_in_at),
        "member_rating": 2,
        "last_changed": stamp(member.changed_at),
        "language": LANGUAGES[person.country],
        "vip": False,
        "email_client": "",
        "location": {
            "latitude": 0,
            "longitude": 0,
            "gmtoff": 0,
            "dstoff": 0,
            "country_code": person.country,
            "timezone": "",
            "region": "",
        },
        "source": "Signup Form",
        "list_id": audience.id,
    }
    if member.status == "unsubscribed":
        payload["unsubscribe_reason"] = "N/A (Unsubscribed by admin)"
    carried = [{"id": tag.id, "name": tag.name} for tag in tags if member.id in tag.members]
    payload["tags_count"], payload["tags"] = len(carried), carried
    return payload


def complaint_payload(member: Member, audience: MailingList) -> Json:
    """A member's newest spam report, without the campaign."""
    return {
        "id": number_of(f"complaint:{member.id}"),
        "campaign_id": "",
        "list_id": audience.id,
        "email_id": member.id,
        "email_address": member.email,
        "merge_fields": dict(member.merge_fields),
        "vip": False,
        "date": stamp(member.complained_at),
    }


def list_payload(audience: MailingList, now: datetime) -> Json:
    """The audience with its figures."""
    statuses = [member.status for member in audience.members.values()]
    sent = [campaign for campaign in audience.campaigns if campaign.sent_at]
    joined = [each.opted_in_at for each in audience.members.values() if each.opted_in_at]
    left = [each.unsubscribed_at for each in audience.members.values() if each.unsubscribed_at]
    delivered = sum(len(campaign.deliveries) for campaign in sent)
    opened = sum(bool(seen(d.opens, now)) for each in sent for d in each.deliveries)
    return {
        "id": audience.id,
        "web_id": number_of(audience.id),
        "name": audience.name,
        "contact": {
            "company": "Nordens Varehus",
            "address1": "Torvet 1",
            "address2": "",
            "city": "København",
            "state": "",
            "zip": "1050",
            "country": "DK",
            "phone": "",
        },
        "permission_reminder": "Du har skrevet dig op på shop.example",
        "use_archive_bar": True,
        "campaign_defaults": {
            "from_name": "Nordens Varehus",
            "from_email": "hej@shop.example",
            "subject": "",
            "language": "da",
        },
        "notify_on_subscribe": "",
        "notify_on_unsubscribe": "",
        "date_created": stamp(audience.opened_at),
        "list_rating": 3,
        "email_type_option": False,
        "subscribe_url_short": "https://shop.example/nyhedsbrev",
        "subscribe_url_long": "https://shop.example/nyhedsbrev",
        "beamer_address": "",
        "visibility": "prv",
        "double_optin": True,
        "has_welcome": False,
        "marketing_permissions": False,
        "modules": [],
        "stats": {
            "member_count": statuses.count("subscribed"),
            "unsubscribe_count": statuses.count("unsubscribed"),
            "cleaned_count": statuses.count("cleaned"),
            "member_count_since_send": 0,
            "unsubscribe_count_since_send": 0,
            "cleaned_count_since_send": 0,
            "campaign_count": len(sent),
            "campaign_last_sent": stamp(sent[-1].sent_at if sent else None),
            "merge_field_count": len(audience.merge_fields),
            "avg_sub_rate": 0,
            "avg_unsub_rate": 0,
            "target_sub_rate": 0,
            "open_rate": rate(opened, delivered),
            "click_rate": 0,
            "last_sub_date": stamp(max(joined, default=None)),
            "last_unsub_date": stamp(max(left, default=None)),
        },
    }


def merge_field_payload(field: MergeField, audience: MailingList) -> Json:
    """A field of the list."""
    return {
        "merge_id": field.id,
        "tag": field.tag,
        "name": field.name,
        "type": field.type,
        "required": False,
        "default_value": "",
        "public": True,
        "display_order": field.id + 1,
        "options": dict(field.options),
        "help_text": "",
        "list_id": audience.id,
    }


def tag_payload(tag: Tag, audience: MailingList) -> Json:
    """A static segment."""
    return {
        "id": tag.id,
        "name": tag.name,
        "member_count": sum(each.status == "subscribed" for each in tag.members.values()),
        "type": "static",
        "created_at": stamp(tag.created_at),
        "updated_at": stamp(tag.changed_at),
        "options": {"match": "any", "conditions": []},
        "list_id": audience.id,
    }


def seen(instants: Iterable[datetime], now: datetime) -> list[datetime]:
    """Instants up to now."""
    return [instant for instant in instants if instant <= now]
