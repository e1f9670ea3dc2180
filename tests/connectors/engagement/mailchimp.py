"""Mailchimp: reports of each campaign, a row per person."""

import hashlib
from typing import Any

from connectors.mailchimp import Mailchimp
from tests.connectors.engagement.story import (
    DELIVERIES,
    JOINED,
    PEOPLE,
    RESPONSES,
    SENT,
    Tool,
    email,
    sample,
)

AUDIENCE = "a1b2c3d4e5"
MEMBERS = f"/lists/{AUDIENCE}/members"
ACTIONS = {"opened": "open", "clicked": "click"}


def _key(name: str) -> str:
    return hashlib.md5(email(name).encode(), usedforsecurity=False).hexdigest()


def _named(name: str) -> dict[str, Any]:
    return {"email_address": email(name), "email_id": _key(name)}


def _member(name: str) -> Any:
    at = JOINED.isoformat()
    own = {"id": _key(name), "email_address": email(name), "merge_fields": {}}
    instants = {"timestamp_signup": at, "timestamp_opt": at, "last_changed": at}
    return {**sample("mailchimp", MEMBERS), **own, **instants}


def _campaign(number: int) -> Any:
    sent = {"id": f"c{number}", "send_time": SENT[number].isoformat()}
    return {**sample("mailchimp", "/campaigns"), **sent}


def _activity(number: int, name: str) -> Any:
    actions = [
        {"action": ACTIONS[each.kind], "timestamp": each.at.isoformat()}
        | ({"url": each.link} if each.link else {})
        for each in RESPONSES
        if (each.newsletter, each.person) == (number, name)
    ]
    row = sample("mailchimp", "/reports/c0ffee0001/email-activity")
    return {**row, **_named(name), "campaign_id": f"c{number}", "activity": actions}


def _delivery(number: int, name: str) -> Any:
    row = sample("mailchimp", "/reports/c0ffee0002/sent-to")
    return {**row, **_named(name), "campaign_id": f"c{number}"}


TOOL = Tool(
    Mailchimp.model_validate({"api_key": "made-up-us1", "audience": AUDIENCE}),
    {
        "/lists": [sample("mailchimp", "/lists")],
        MEMBERS: [_member(name) for name in PEOPLE],
        "/campaigns": [_campaign(number) for number in SENT],
        **{
            f"/reports/c{number}/sent-to": [
                _delivery(number, each.person) for each in DELIVERIES if each.newsletter == number
            ]
            for number in SENT
        },
        **{
            f"/reports/c{number}/email-activity": [_activity(number, name) for name in PEOPLE]
            for number in SENT
        },
    },
    key=_key,
)
