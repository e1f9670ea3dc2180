"""Klaviyo: an event each, of a metric each."""

from typing import Any

import httpx

from connectors.kit.testing import FakeApi
from connectors.klaviyo import Klaviyo
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

METRICS = {"delivered": "m1", "opened": "m2", "clicked": "m3"}
NAMES = ("Received Email", "Opened Email", "Clicked Email")


class Vendor(FakeApi):
    """Has no campaigns of text messages."""

    def _serve(self, request: httpx.Request) -> httpx.Response:
        is_sms = "'sms'" in request.url.params.get("filter", "")
        return httpx.Response(200, json={"data": []}) if is_sms else super()._serve(request)


def _person(name: str) -> Any:
    raw = sample("klaviyo", "profiles")
    own = raw["attributes"]
    own["subscriptions"]["email"].pop("open_tracking")
    marketing = own["subscriptions"]["email"]["marketing"]
    marketing |= {"consent_timestamp": JOINED.isoformat(), "list_suppressions": []}
    joined = {"email": email(name), "phone_number": None, "joined_group_at": JOINED.isoformat()}
    return {**raw, "id": name, "attributes": {**own, **joined}}


def _campaign(number: int) -> Any:
    raw = sample("klaviyo", "campaigns")
    raw["attributes"]["send_time"] = SENT[number].isoformat()
    messages = raw["relationships"]["campaign-messages"]
    messages["data"] = [{"type": "campaign-message", "id": f"n{number}"}]
    return {**raw, "id": f"c{number}"}


def _metric(id_: str, name: str) -> Any:
    raw = sample("klaviyo", "/api/metrics")
    return {**raw, "id": id_, "attributes": {**raw["attributes"], "name": name}}


def _event(number: int, happened: Happened) -> Any:
    raw = sample("klaviyo", "events")
    properties = {"$message": f"n{happened.newsletter}", "URL": happened.link}
    raw["attributes"] |= {"datetime": happened.at.isoformat(), "event_properties": properties}
    raw["relationships"]["profile"]["data"]["id"] = happened.person
    raw["relationships"]["metric"]["data"]["id"] = METRICS[happened.kind]
    return {**raw, "id": f"e{number}"}


TOOL = Tool(
    Klaviyo.model_validate({"api_key": "pk_a key"}),
    {
        "profiles": [_person(name) for name in PEOPLE],
        "/api/lists": [sample("klaviyo", "/api/lists")],
        "list_members": {"Y6nRLr": [_person(name) for name in PEOPLE]},
        "campaigns": [_campaign(number) for number in SENT],
        "/api/metrics": [
            _metric(id_, name) for id_, name in zip(METRICS.values(), NAMES, strict=True)
        ],
        "events": [_event(*each) for each in enumerate([*DELIVERIES, *RESPONSES])],
    },
    fake=Vendor,
)
