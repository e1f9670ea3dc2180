"""MailerLite: a report of each campaign that counts, and tells no instants."""

from typing import Any

from connectors.mailerlite import MailerLite
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


def _subscriber(name: str) -> Any:
    own = {"id": name, "email": email(name), "subscribed_at": JOINED.isoformat()}
    return {**sample("mailerlite", "subscribers"), **own}


def _campaign(number: int) -> Any:
    sent = {"id": str(number), "finished_at": SENT[number].isoformat()}
    return {**sample("mailerlite", "campaigns"), **sent}


def _report(number: int) -> list[Any]:
    did = [(each.person, each.kind) for each in RESPONSES if each.newsletter == number]
    return [
        {
            "id": f"{number}-{each.person}", "subscriber": _subscriber(each.person),
            "opens_count": did.count((each.person, "opened")),
            "clicks_count": did.count((each.person, "clicked")),
        }
        for each in DELIVERIES if each.newsletter == number
    ]  # fmt: skip


TOOL = Tool(
    MailerLite.model_validate({"api_key": "a key"}),
    {
        "subscribers": [_subscriber(name) for name in PEOPLE],
        "campaigns": [_campaign(number) for number in SENT],
        "activity": {str(number): _report(number) for number in SENT},
    },
)
