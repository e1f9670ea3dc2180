"""Campaign Monitor: reports of each campaign, in the zone of the shop."""

from datetime import datetime
from typing import Any

from connectors.campaignmonitor import CampaignMonitor
from connectors.campaignmonitor.destination import key_of
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
from tests.connectors.test_campaignmonitor import LIST, Vendor

ACTIVE = f"/lists/{LIST}/active.json"


def _local(at: datetime) -> str:
    # The story is read in UTC.
    return f"{at:%Y-%m-%d %H:%M:%S}"


def _subscriber(name: str) -> Any:
    at = {"Date": _local(JOINED), "ListJoinedDate": _local(JOINED), "ConsentToTrack": "Yes"}
    return {**sample("campaignmonitor", ACTIVE), "EmailAddress": email(name), **at}


def _campaign(number: int) -> Any:
    sent = {"CampaignID": f"c{number}", "SentDate": _local(SENT[number])}
    return {**sample("campaignmonitor", "campaigns"), **sent}


def _row(happened: Happened) -> Any:
    told = {"EmailAddress": email(happened.person), "ListID": LIST, "Date": _local(happened.at)}
    return {**told, **({"URL": happened.link} if happened.link else {})}


def _report(kind: str) -> dict[str, Any]:
    happened = [each for each in (*DELIVERIES, *RESPONSES) if each.kind == kind]
    return {
        f"c{number}": [_row(each) for each in happened if each.newsletter == number]
        for number in SENT
    }


SETTINGS = {"api_key": "a key", "client_id": "c1c1c1", "list": LIST}
TOOL = Tool(
    CampaignMonitor.model_validate(SETTINGS),
    {
        ACTIVE: [_subscriber(name) for name in PEOPLE],
        "campaigns": [_campaign(number) for number in SENT],
        "deliveries": _report("delivered"),
        "opens": _report("opened"),
        "clicks": _report("clicked"),
    },
    key=lambda name: key_of(email(name)),
    fake=Vendor,
)
