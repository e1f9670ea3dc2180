"""HubSpot: the last delivery, open and click of each contact, as its properties."""

from typing import Any

from connectors.hubspot import ENGAGED, HubSpot
from tests.connectors.engagement.story import (
    DELIVERIES,
    JOINED,
    PEOPLE,
    RESPONSES,
    Tool,
    email,
    sample,
)
from tests.connectors.test_hubspot import STATUSES, Vendor

NUMBERS = {name: str(number) for number, name in enumerate(PEOPLE, start=100_601)}


def _contact(name: str) -> Any:
    happened = sorted((*DELIVERIES, *RESPONSES), key=lambda each: each.at)
    last = {ENGAGED[each.kind]: each.at.isoformat() for each in happened if each.person == name}
    dates = dict.fromkeys(("createdate", "lastmodifieddate"), JOINED.isoformat())
    own = {"id": NUMBERS[name], "properties": {"email": email(name), **dates, **last}}
    return {**sample("hubspot", "contacts"), **own}


def _preferences(name: str) -> Any:
    (newsletter, *_) = sample("hubspot", STATUSES)["statuses"]
    own = {**newsletter, "subscriberIdString": email(name), "timestamp": JOINED.isoformat()}
    return {"subscriberIdString": email(name), "statuses": [own]}


TOOL = Tool(
    HubSpot.model_validate({"token": "a token"}),
    {
        "contacts": [_contact(name) for name in PEOPLE],
        STATUSES: [_preferences(name) for name in PEOPLE],
    },
    key=lambda name: NUMBERS[name],
    fake=Vendor,
)
