"""Brevo: the statistics of each subscriber, below their campaigns."""

from typing import Any

from connectors.brevo import Brevo
from tests.connectors.engagement.story import (
    DELIVERIES,
    JOINED,
    PEOPLE,
    RESPONSES,
    SENT,
    Happened,
    Tool,
    email,
    sample,
)
from tests.connectors.test_brevo import Vendor

LIST = 12
NUMBERS = {name: number for number, name in enumerate(PEOPLE, start=101)}


def _contact(name: str) -> Any:
    joined = {"createdAt": JOINED.isoformat(), "modifiedAt": JOINED.isoformat()}
    own = {"id": NUMBERS[name], "email": email(name), "listIds": [LIST], "listUnsubscribed": []}
    return {**sample("brevo", "contacts", 2), **own, **joined, "attributes": {}}


def _campaign(number: int) -> Any:
    sent = {"id": number, "sentDate": SENT[number].isoformat()}
    return {**sample("brevo", "campaigns"), **sent}


def _event(happened: Happened) -> Any:
    row = {
        "part": happened.kind, "campaignId": happened.newsletter,
        "eventTime": happened.at.isoformat(),
    }  # fmt: skip
    times = {"count": 1, "ip": "192.0.2.1"} if happened.kind != "delivered" else {}
    return {**row, **times, **({"url": happened.link} if happened.link else {})}


def _events_of(name: str) -> list[Any]:
    return [_event(each) for each in (*DELIVERIES, *RESPONSES) if each.person == name]


CONTACTS = [_contact(name) for name in PEOPLE]
TOOL = Tool(
    Brevo.model_validate({"api_key": "a key", "list": LIST, "engagement": True}),
    {
        "/contacts/lists": [sample("brevo", "/contacts/lists")],
        "contacts": CONTACTS,
        "campaigns": [_campaign(number) for number in SENT],
        f"/contacts/lists/{LIST}/contacts": CONTACTS,
        "statistics": {str(number): _events_of(name) for name, number in NUMBERS.items()},
    },
    key=lambda name: str(NUMBERS[name]),
    fake=Vendor,
)
