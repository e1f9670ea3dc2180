"""Pipedrive, held against the suites and its vendor's description."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors.kit import Change, Declared, Target, Unavailable
from connectors.kit.testing import (
    Description,
    DestinationContract,
    FakeApi,
    FakeSystem,
    Person,
    SourceContract,
    Written,
)
from connectors.kit.testing.destinations.given import pushed
from connectors.kit.testing.system import leaves
from connectors.pipedrive import Pipedrive
from connectors.pipedrive.destination import PipedriveDestination
from tests.connectors.reading import NOON, pages, serving, told

SAMPLES = Path(__file__).parent / "samples" / "pipedrive.json"
SETTINGS = {
    "url": "https://example.pipedrive.com", "api_key": "a key to look for", "marketing": True,
    "fields": {"gender": "Gender", "custom.likes": "Likes"},
    "company_fields": {"industry": "Industry"},
}  # fmt: skip
VIP, TOWN = Target("tag", "VIP"), Target("field", "Town")
SIZE, LIKES, BORN = (Target("field", name) for name in ("Size", "Likes", "Born"))
TYPES = {"Town": "varchar", "Size": "double", "Likes": "set", "Born": "date"}
OPTIONS = [{"id": 8, "label": "Wool"}, {"id": 9, "label": "Silk"}]


class Vendor(FakeApi):
    """Keeps archived deals in a list of their own, and leaves out what is older than asked for."""

    def _asked_for(self, request: httpx.Request) -> Declared | None:
        if self.path(request) == "/deals/archived":
            return replace(type(self._source).declared()["deals"], path="/deals/archived")
        return super()._asked_for(request)

    def _page(self, request: httpx.Request, declared: Any, items: Any) -> httpx.Response:
        since = request.url.params.get("updated_since", "")
        rows = [row for row in items if row.get("update_time", "9") >= since]
        return super()._page(request, declared, rows)


class Described:
    @pytest.fixture
    def description(self, description_of: Callable[[str], Description]) -> Description:
        return description_of("pipedrive")


class TestPipedrive(Described, SourceContract):
    connector = Pipedrive
    settings = SETTINGS
    samples = SAMPLES
    fake = Vendor


class Company(FakeSystem):
    """Persons with a label of others, 77, which every one of them has."""

    def row(self, person: Person, values: Any) -> dict[str, Any]:  # noqa: ARG002 - as it is called
        labels = [int(self.targets[each]) for each in values if each.kind == "tag"]
        own = {self.targets[each]: text for each, text in values.items() if each.kind == "field"}
        if self.targets.get(LIKES) in own:
            own[self.targets[LIKES]] = [8]
        return {"label_ids": [77, *labels], "custom_fields": own}

    def _serve(self, request: httpx.Request) -> httpx.Response:
        answer = super()._serve(request)
        body, path = answer.json(), self.path(request)
        if path == "/personFields/label_ids":
            for row in body["data"]["options"]:
                row["id"] = int(row["id"])
            body["data"] |= {"field_name": "Labels", "field_code": "label_ids"}
            body["data"] |= {"field_type": "set", "is_custom_field": False}
            body["data"]["is_optional_response_field"] = False
        if path == "/personFields":
            for row in body["data"]:
                row |= {"field_type": TYPES[row["field_name"]], "is_custom_field": True}
                row |= {"options": OPTIONS, "is_optional_response_field": False}
        if path == "/persons":
            asked = request.url.params.get("ids", "").split(",")
            for row in body["data"]:
                row["id"] = int(row["id"])
            body["data"] = [row for row in body["data"] if asked == [""] or str(row["id"]) in asked]
        return httpx.Response(answer.status_code, json=body)

    def answer(self, request: httpx.Request) -> httpx.Response:
        below, key = self.path(request).rsplit("/", 1)
        where = f"{request.method} {request.url.path}"
        assert (request.method, below) == ("PATCH", "/persons"), f"{where} is never called"
        if key in self.refused:
            return _error(400, self.complaint(self.people[key]))
        return httpx.Response(200, json={"success": True, "data": {"id": int(key)}})


def _error(status: int, said: str) -> httpx.Response:
    return httpx.Response(status, json={"success": False, "error": said, "data": None})


def patch(**body: Any) -> list[Written]:
    return [Written("PATCH", "/persons/7001", body)]


class TestPipedriveDestination(Described, DestinationContract):
    connector = Pipedrive
    settings = SETTINGS
    fake = Company
    writes = {
        (VIP, "yes"): patch(label_ids=[77, 501]),
        (VIP, None): patch(label_ids=[77]),
        (TOWN, "Odense"): patch(custom_fields={"502": "Odense"}),
        (TOWN, None): patch(custom_fields={"502": None}),
        (SIZE, "39"): patch(custom_fields={"503": 39.0}),
        (SIZE, None): patch(custom_fields={"503": None}),
        (LIKES, "Wool"): patch(custom_fields={"504": [8]}),
        (LIKES, None): patch(custom_fields={"504": None}),
        (BORN, "1986-05-02"): patch(custom_fields={"505": "1986-05-02"}),
        (BORN, None): patch(custom_fields={"505": None}),
    }

    def test_an_option_that_does_not_exist_is_refused_with_the_nearest(
        self, destination: Pipedrive, api: Company
    ) -> None:
        key = api.welcome(1)[0].key
        (outcome,) = pushed(destination, [Change(LIKES, key, "Wool, Silc")]).values()
        assert "has no option 'Silc' (is it 'Silk'?)" in outcome.reason
        (written,) = pushed(destination, [Change(LIKES, key, "Wool, Silk")]).values()
        assert (written.result, api.written()[-1].body) == (
            "applied", {"custom_fields": {"504": [8, 9]}},
        )  # fmt: skip

    def test_labels_of_others_stay_and_those_of_a_hundred_people_are_read_at_once(
        self, destination: Pipedrive, api: Company
    ) -> None:
        people = [*api.welcome(101), api.person(9999)]
        api.refused = {people[1].key}
        changes = [Change(VIP, person.key, "yes") for person in people]
        outcomes = pushed(destination, changes)
        results = [outcomes[each].result for each in changes]
        assert (results[1], results[-1], results.count("applied")) == ("rejected", "skipped", 100)
        assert {tuple(each.body["label_ids"]) for each in api.written()} == {(77, 501)}
        asked = [each.url.params["ids"].split(",") for each in api.requests
                 if "ids" in each.url.params]  # fmt: skip
        assert [len(ids) for ids in asked] == [100, 2]

    def test_a_text_is_no_date(self, destination: Pipedrive, api: Company) -> None:
        (outcome,) = pushed(destination, [Change(BORN, api.welcome(1)[0].key, "1986")]).values()
        assert outcome.reason == "Born holds dates, like 2026-01-31"

    def test_a_day_that_is_spent_is_told(self, destination: Pipedrive, api: Company) -> None:
        api.outage = httpx.Response(429, headers={"x-daily-ratelimit-token-remaining": "0"})
        with pytest.raises(Unavailable, match="in a day are spent"):
            list(destination.push(self.adding(*api.welcome(1))))

    def test_nothing_that_creates_or_subscribes_is_sent(
        self, destination: Pipedrive, api: Company
    ) -> None:
        pushed(destination, self.adding(*api.welcome(2), api.person(9999)))
        pushed(destination, self.removing(*api.welcome(2)))
        said = {text for each in api.written() for text in leaves(each.body, names=True)}
        assert {text for text in said if "@" in text} == set()
        assert said & {"marketing_status", "emails", "name", "add_time"} == set()
        never = ("POST persons", "marketing_status", "emails")
        assert [each for each in never if each not in (PipedriveDestination.__doc__ or "")] == []
        assert {(each.method, each.path) for each in api.written()} == {
            ("PATCH", "/persons/7001"), ("PATCH", "/persons/7002")
        }  # fmt: skip


@pytest.fixture
def served() -> Iterator[tuple[Pipedrive, FakeApi]]:
    company = Pipedrive.model_validate(SETTINGS)
    with serving(company, SAMPLES, Vendor) as api:
        yield company, api


def test_only_who_is_subscribed_grants(served: Any) -> None:
    read = pages(served[0], "persons", NOON)
    assert told(read, "Consent", "contact", "channel", "granted") == [
        ("1", "email", True), ("2", "email", False),
    ]  # fmt: skip
    assert told(read, "GroupMember", "contact", "group", "title") == [("1", "2", "VIP")]


def test_persons_have_their_company_and_fields_as_labels(served: Any) -> None:
    names = ("email", "emails", "company", "job_role", "city", "gender", "birthday", "custom")
    assert told(pages(served[0], "persons", NOON), "Contact", *names)[0] == (
        "ann@example.com", ("ann.home@example.com",), "1", "Buyer", "Ribe", "female",
        date(1984, 3, 3), {"likes": ("Wool", "Silk")},
    )  # fmt: skip
    companies = pages(served[0], "organizations", NOON)
    assert told(companies, "Company", "id", "industry", "city") == [("1", "Retail", "Ribe")]


def test_a_deal_that_was_archived_is_not_gone(served: Any) -> None:
    company, api = served
    (*_, first) = read = pages(company, "deals", NOON)
    assert told(read, "Deal", "id", "status", "stage", "company")[0] == (
        "1", "open", "Offer made", "1",
    )  # fmt: skip
    api.samples["/deals/archived"].append(
        {**api.samples["/deals"].pop(0), "update_time": "2026-08-02T12:30:00Z"}
    )
    later = pages(company, "deals", NOON + timedelta(hours=1), first.state)
    assert told(later, "Deal", "id") == [("1",)]
    night = pages(company, "deals", NOON + timedelta(days=1), later[-1].state)
    assert sorted(told(night, "Deal", "id")) == [("1",), ("2",), ("3",)]
    assert [each.whole for each in (first, later[-1], night[-1])] == [True, False, True]
