"""Kit (ConvertKit): the people of a filter for each broadcast, without instants."""

from typing import Any

from connectors.convertkit import ConvertKit
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
from tests.connectors.test_convertkit import Vendor

NUMBERS = {name: str(number) for number, name in enumerate(PEOPLE, start=100_601)}


def _subscriber(name: str) -> Any:
    own = {"id": int(NUMBERS[name]), "email_address": email(name)}
    return {**sample("convertkit", "subscribers"), **own, "created_at": JOINED.isoformat()}


def _broadcast(number: int) -> Any:
    sent = {"id": number, "send_at": SENT[number].isoformat()}
    return {**sample("convertkit", "broadcasts"), **sent}


def _people(kind: str) -> dict[str, Any]:
    happened = [each for each in (*DELIVERIES, *RESPONSES) if each.kind == kind]
    return {
        str(number): [
            {"id": NUMBERS[each.person], "first_name": None, "email_address": email(each.person),
             "created_at": JOINED.isoformat()}
            for each in happened if each.newsletter == number
        ]
        for number in SENT
    }  # fmt: skip


TOOL = Tool(
    ConvertKit.model_validate({"client_id": "an-app", "client_secret": "a secret"}),
    {
        "subscribers": [_subscriber(name) for name in PEOPLE],
        "broadcasts": [_broadcast(number) for number in SENT],
        "delivered": _people("delivered"),
        "opens": _people("opened"),
        "clicks": _people("clicked"),
    },
    key=lambda name: NUMBERS[name],
    fake=Vendor,
)
