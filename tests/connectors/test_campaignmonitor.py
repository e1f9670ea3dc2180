"""Campaign Monitor, held against the suites and a description derived from its client."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors.campaignmonitor import CampaignMonitor
from connectors.campaignmonitor.destination import (
    FIELDS,
    NO_ADDRESS,
    CampaignMonitorDestination,
    key_of,
)
from connectors.kit import Change, Target
from connectors.kit.testing import (
    Description,
    DestinationContract,
    FakeApi,
    FakeSystem,
    Person,
    SourceContract,
    Written,
)
from connectors.kit.testing.destinations.discretion import STATUS_WORDS
from connectors.kit.testing.destinations.given import pushed
from connectors.kit.testing.system import body_of, leaves
from tests.connectors.reading import NOON, pages, serving, told

SAMPLES = Path(__file__).parent / "samples" / "campaignmonitor.json"
LIST = "a58ee1d3039b8bec838e6d1482a8a965"
SETTINGS = {
    "api_key": "a key to look for", "client_id": "c1c1c1", "list": LIST,
    "fields": {"birthday": "subscription date", "custom.age": "age", "custom.name": "Name",
               "custom.likes": "Multi select field"},
}  # fmt: skip
ANN, BO, CAI, DEA, ELI, FAY = (
    key_of(f"{name}@example.com") for name in ("ann", "bo", "cai", "dea", "eli", "fay")
)
ACTIVE = f"/lists/{LIST}/active.json"
VIP, TOWN = Target("tag", "VIP"), Target("field", "Town")
SIZE, LIKES = Target("field", "Size"), Target("field", "Likes")


class Vendor(FakeApi):
    """Pages as it does, sorts by address, and leaves out what is older than `date`."""

    def _asked_for(self, request: httpx.Request) -> Any:
        named = request.url.path.endswith("/customfields.json")
        return FIELDS if named else super()._asked_for(request)

    def _page(self, request: httpx.Request, declared: Any, items: Any) -> httpx.Response:
        asked = request.url.params
        since = asked.get("date", "")
        items = [row for row in items if row.get("Date", "9") >= since] if since else items
        if asked.get("orderfield") == "date":
            items = sorted(items, key=lambda row: str(row.get("Date")))
        answer = super()._page(request, declared, items)
        body = answer.json()
        if isinstance(body, dict):
            body |= {"PageNumber": int(asked["page"]), "NumberOfPages": 1}
        return httpx.Response(200, json=body)


class Described:
    @pytest.fixture
    def description(self, description_of: Callable[[str], Description]) -> Description:
        return description_of("campaignmonitor")


class TestCampaignMonitor(Described, SourceContract):
    connector = CampaignMonitor
    settings = {**SETTINGS, "campaign_days": 40_000}
    samples = SAMPLES
    fake = Vendor


class Account(FakeSystem):
    """Changes those who are in the list, and adds nobody."""

    TYPES = {SIZE: "Number", LIKES: "MultiSelectMany"}

    @classmethod
    def person(cls, number: int) -> Person:
        address = super().person(number).address
        return Person(key_of(address), address)

    def offer(self, targets: Any) -> None:
        self.targets = {each: f"[{each.name.lower()}]" for each in targets}

    def row(self, person: Person, values: Any) -> dict[str, Any]:
        held = [
            {"Key": each.name, "Value": one}
            for each, value in values.items() for one in value.split(",")
        ]  # fmt: skip
        return {"EmailAddress": person.address, "CustomFields": held}

    def _serve(self, request: httpx.Request) -> httpx.Response:
        if self.path(request) == f"/lists/{LIST}/customfields.json" and request.method == "GET":
            return httpx.Response(200, json=[
                {"FieldName": each.name, "Key": key, "DataType": self.TYPES.get(each, "Text"),
                 "FieldOptions": ["wool", "silk"] if each == LIKES else []}
                for each, key in self.targets.items()
            ])  # fmt: skip
        answer = super()._serve(request)
        body = answer.json() if answer.content else None
        if isinstance(body, dict) and "Results" in body:
            body |= {"PageNumber": 1, "NumberOfPages": 1}
            for row in body["Results"]:
                row.pop("key")
        return httpx.Response(answer.status_code, json=body) if body else answer

    def answer(self, request: httpx.Request) -> httpx.Response:
        body = body_of(request)
        if self.path(request) == f"/lists/{LIST}/customfields.json":
            self.targets[Target("tag", body["FieldName"])] = f"[{body['FieldName'].lower()}]"
            return httpx.Response(201, json=f"[{body['FieldName'].lower()}]")
        assert (request.method, self.path(request)) == ("PUT", f"/subscribers/{LIST}.json")
        assert request.url.params["email"] == body["EmailAddress"]
        person = self.people.get(key_of(body["EmailAddress"]))
        if person is None:
            return httpx.Response(400, json={"Code": 203, "Message": "Subscriber not in list"})
        if person.key in self.refused:
            return httpx.Response(400, json={"Code": 1, "Message": self.complaint(person)})
        return httpx.Response(200)


def put(*entries: Any) -> list[Written]:
    body = {
        "EmailAddress": "person1@example.com", "CustomFields": [*entries], "Resubscribe": False,
        "ConsentToTrack": "Unchanged",
    }  # fmt: skip
    return [Written("PUT", f"/subscribers/{LIST}.json", body)]


class TestCampaignMonitorDestination(Described, DestinationContract):
    connector = CampaignMonitor
    settings = SETTINGS
    fake = Account
    status_words = STATUS_WORDS - {"resubscribe"}
    writes = {
        (VIP, "yes"): put({"Key": "[vip]", "Value": "yes"}),
        (VIP, None): put({"Key": "[vip]", "Clear": True}),
        (TOWN, "Odense"): put({"Key": "[town]", "Value": "Odense"}),
        (TOWN, None): put({"Key": "[town]", "Clear": True}),
        (SIZE, "39"): put({"Key": "[size]", "Value": "39"}),
        (SIZE, None): put({"Key": "[size]", "Clear": True}),
        (LIKES, "wool,silk"): put(
            {"Key": "[likes]", "Value": "wool"}, {"Key": "[likes]", "Value": "silk"}
        ),
        (LIKES, None): put({"Key": "[likes]", "Clear": True}),
    }

    def test_only_the_own_address_is_sent_and_values_that_a_field_cannot_hold_are_refused(
        self, destination: CampaignMonitor, api: Account
    ) -> None:
        (ann,) = api.welcome(1)
        changes = [
            Change(TOWN, ann.key, "Ribe", "other@example.com"), Change(TOWN, ann.key, "Ribe"),
            Change(SIZE, ann.key, "large", ann.address),
            Change(LIKES, ann.key, "wool,silks", ann.address),
        ]  # fmt: skip
        assert [each.reason for each in destination.push(changes)] == [
            NO_ADDRESS, NO_ADDRESS, "Size holds numbers, and no text",
            "Likes has no such option (is it 'silk'?)",
        ]  # fmt: skip
        assert api.written() == []

    def test_a_field_for_a_tag_is_created_and_its_answer_is_the_key(
        self, destination: CampaignMonitor, api: Account
    ) -> None:
        (ann,) = api.welcome(1)
        new = Change(Target("tag", "New"), ann.key, "yes", ann.address)
        assert [each.result for each in destination.push([new])] == ["applied"]
        created, written = api.written()
        assert created.body == {
            "FieldName": "New", "DataType": "Text", "VisibleInPreferenceCenter": False,
        }  # fmt: skip
        assert written.body["CustomFields"] == [{"Key": "[new]", "Value": "yes"}]

    def test_nothing_that_adds_or_brings_back_is_sent(
        self, destination: CampaignMonitor, api: Account
    ) -> None:
        pushed(destination, self.adding(*api.welcome(2), api.person(9999)))
        pushed(destination, self.removing(*api.welcome(2)))
        assert {each.body["Resubscribe"] for each in api.written()} == {False}
        said = {text for each in api.written() for text in leaves(each.body, names=True)}
        assert said & {"Subscribers", "Yes", "MobileNumber", "ConsentToSendSms"} == set()
        never = ("POST subscribers", "import.json", "Resubscribe")
        assert [
            each for each in never if each not in (CampaignMonitorDestination.__doc__ or "")
        ] == []
        assert {(each.method, each.path) for each in api.written()} == {
            ("PUT", f"/subscribers/{LIST}.json")
        }


@pytest.fixture
def served() -> Iterator[tuple[CampaignMonitor, FakeApi]]:
    monitor = CampaignMonitor.model_validate(SETTINGS)
    with serving(monitor, SAMPLES, Vendor) as api:
        yield monitor, api


def test_only_an_active_subscriber_grants(served: Any) -> None:
    read = pages(served[0], "subscribers", NOON)
    stated = told(read, "Consent", "contact", "channel", "list", "granted", "reason")
    assert stated == [
        (ELI, "email", None, False, "bounce"), (CAI, "email", LIST, False, "asked"),
        (ANN, "email", LIST, True, "asked"), (ANN, "sms", None, True, "asked"),
        (ANN, "tracking", None, False, "asked"), (BO, "email", LIST, True, "asked"),
        (BO, "sms", None, False, "asked"),
    ]  # fmt: skip
    assert told(read, "ListMember", "contact", "status") == [
        (ELI, "cleaned"), (CAI, "unsubscribed"), (DEA, "pending"), (ANN, "subscribed"),
        (BO, "subscribed"),
    ]  # fmt: skip
    assert told(read, "Deleted", "noun", "id") == [("Contact", FAY)]


def test_fields_are_typed_and_named_in_either_way(served: Any) -> None:
    found = told(pages(served[0], "subscribers", NOON), "Contact", "id", "birthday", "custom")
    custom = {"age": Decimal(24), "name": "Ann Holm", "likes": ("option one", "option two")}
    assert found[3] == (ANN, date(2010, 3, 9), custom)
    assert key_of("Ann@Bücher.example") == key_of("ann@xn--bcher-kva.example")


def test_nobody_is_lost_who_changes_while_pages_are_read_or_by_a_field_alone(served: Any) -> None:
    monitor, api = served
    people = api.samples[ACTIVE]
    (*_, first) = pages(monitor, "subscribers", NOON)
    # A field that moves no date, one who changed and one who left for another list.
    people[0]["CustomFields"] = [{"Key": "age", "Value": "25"}]
    people[1]["Date"] = "2026-08-02 12:30:00"
    later = pages(monitor, "subscribers", NOON + timedelta(hours=1), first.state)
    assert told(later, "Contact", "id") == [(BO,)]
    assert api.requests[-1].url.params["date"] == "2026-08-01 12:00"
    people.append({**people[0], "EmailAddress": "gus@example.com"})
    api.after_next_page(people, lambda rows: rows[0].update(Date="2026-08-03 11:00:00"))
    night = pages(monitor, "subscribers", NOON + timedelta(days=1), later[-1].state)
    assert [who for who, _ in told(night, "ListMember", "contact", "status")][3:] == [
        ANN, BO, key_of("gus@example.com"),
    ]  # fmt: skip
    assert told(night, "Contact", "custom")[3][0]["age"] == Decimal(25)
    assert {each.url.params.get("orderfield", "email") for each in api.requests} == {"email"}
    assert [first.whole, later[-1].whole, night[-1].whole] == [True, False, True]


def test_events_are_those_of_the_list_and_tell_how_an_address_bounced(served: Any) -> None:
    monitor = served[0].model_copy(update={"campaign_days": 40_000})
    monitor._clock = served[0]._clock
    names = ("contact", "kind", "hard", "link")
    found = {
        name: told(pages(monitor, name, NOON), "MessageEvent", *names)
        for name in ("deliveries", "opens", "clicks", "unsubscribes", "complaints", "bounces")
    }
    assert [who for who, *_ in found["deliveries"]] == [ANN, BO, ANN]
    assert [(who, kind) for who, kind, *_ in found["opens"]] == [(ANN, "opened")] * 2
    assert found["clicks"][0] == (ANN, "clicked", None, "https://video.google.com.au/?hl=en&tab=wv")
    assert [found[name][0][:2] for name in ("unsubscribes", "complaints")] == [
        (CAI, "unsubscribed"), (CAI, "complained"),
    ]  # fmt: skip
    assert found["bounces"] == [(ELI, "bounced", False, None), (FAY, "bounced", True, None)]
    # By its own setting the campaigns are too old to be looked at.
    assert told(pages(served[0], "opens", NOON), "MessageEvent", "contact") == []
