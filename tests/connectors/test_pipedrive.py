"""Pipedrive, held against the suites and its vendor's description."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors.kit import Change, Target, Unavailable
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
from connectors.kit.testing.system import body_of, leaves
from connectors.pipedrive import Pipedrive
from connectors.pipedrive.destination import LABELS, PipedriveDestination
from tests.connectors.reading import pages, serving, told

SAMPLES = Path(__file__).parent / "samples" / "pipedrive.json"
SETTINGS = {
    "api_token": "a token to look for", "campaigns": True,
    "fields": {"birthday": "Born", "custom.size": "Shoe size", "custom.materials": "Materials"},
    "company_fields": {"industry": "Branch", "employees": "Staff"},
}  # fmt: skip
ARCHIVED = "/deals/archived"
NOON = datetime(2026, 8, 2, 12, tzinfo=UTC)
VIP = Target("tag", "VIP")
TOWN, SIZE, BORN, SEGMENTS = (Target("field", each) for each in ("Town", "Size", "Born", "Groups"))
TYPES = {SIZE: "double", BORN: "date", SEGMENTS: "set"}
LABEL_FIELD = {
    "field_name": "Labels", "field_code": "label_ids", "field_type": "set",
    "is_custom_field": False, "is_optional_response_field": False,
}  # fmt: skip
OPTIONS = [{"id": 11, "label": "loyal"}, {"id": 12, "label": "lapsed"}]


class Vendor(FakeApi):
    """Has archived deals in a list of their own."""

    def _asked_for(self, request: httpx.Request) -> Any:
        found = super()._asked_for(request)
        if self.path(request) == ARCHIVED:
            return replace(self._source.declared()["deals"], path=ARCHIVED)
        return found

    def _page(self, request: httpx.Request, declared: Any, items: Any) -> httpx.Response:
        body = super()._page(request, declared, items).json()
        if self.path(request) == LABELS.path:
            body["data"] |= LABEL_FIELD
        return httpx.Response(200, json=body)


class Described:
    @pytest.fixture
    def description(self, description_of: Callable[[str], Description]) -> Description:
        return description_of("pipedrive")


class TestPipedrive(Described, SourceContract):
    connector = Pipedrive
    settings = SETTINGS
    samples = SAMPLES
    fake = Vendor


class Account(FakeSystem):
    """Shows persons by ids, and takes one at a time, with all labels of it."""

    found = 3
    """A label that somebody else has put on everybody."""

    def row(self, person: Person, values: Any) -> dict[str, Any]:  # noqa: ARG002 - as it is called
        labels = [int(self.targets[each]) for each in values if each.kind == "tag"]
        fields = {self.targets[each]: value for each, value in values.items()
                  if each.kind == "field"}  # fmt: skip
        return {"label_ids": [self.found, *labels], "custom_fields": fields}

    def _serve(self, request: httpx.Request) -> httpx.Response:
        answer = super()._serve(request)
        if request.method != "GET":
            return answer
        body = answer.json()
        path, data = self.path(request), body.get("data")
        if path == "/personFields":
            for row in data:
                target = Target("field", row["field_name"])
                row |= {"field_type": TYPES.get(target, "varchar"), "is_custom_field": True,
                        "is_optional_response_field": False, "options": OPTIONS}  # fmt: skip
        elif path == "/persons":
            asked = request.url.params.get("ids")
            for row in data:
                row["id"] = int(row["id"])
            body["data"] = [row for row in data
                            if not asked or str(row["id"]) in asked.split(",")]  # fmt: skip
        else:
            for row in data["options"]:
                row["id"] = int(row["id"])
            body["data"] |= LABEL_FIELD
        return httpx.Response(200, json=body)

    def answer(self, request: httpx.Request) -> httpx.Response:
        assert request.method == "PATCH", f"{request.url.path} is never called"
        key = self.path(request).removeprefix("/persons/")
        if key in self.refused:
            said = {"success": False, "error": self.complaint(self.people[key])}
            return httpx.Response(400, json=said)
        return httpx.Response(200, json={"success": True, "data": {"id": int(key)}})


def patched(**body: Any) -> list[Written]:
    return [Written("PATCH", "/persons/7001", body)]


def field(number: int, value: Any) -> list[Written]:
    return patched(custom_fields={str(number): value})


class TestPipedriveDestination(Described, DestinationContract):
    connector = Pipedrive
    settings = SETTINGS
    fake = Account
    writes = {
        (VIP, "yes"): patched(label_ids=[3, 501]),
        (VIP, None): patched(label_ids=[3]),
        (TOWN, "Odense"): field(502, "Odense"),
        (TOWN, None): field(502, None),
        (SIZE, "39"): field(503, 39.0),
        (SIZE, None): field(503, None),
    }

    def test_labels_of_others_stay_and_a_hundred_people_are_looked_up_at_once(
        self, destination: Pipedrive, api: Account
    ) -> None:
        people = [*api.welcome(101), api.person(9999)]
        api.refused = {people[1].key}
        changes = [Change(VIP, person.key, "yes") for person in people]
        outcomes = pushed(destination, changes)
        results = [outcomes[each].result for each in changes]
        assert (results[1], results[-1], results.count("applied")) == ("rejected", "skipped", 100)
        assert {tuple(each.body["label_ids"]) for each in api.written()} == {(3, 501)}
        asked = [each.url.params["ids"].count(",") + 1 for each in api.requests
                 if "ids" in each.url.params]  # fmt: skip
        assert asked == [100, 2]

    def test_values_that_a_field_cannot_hold_are_refused_before_they_are_sent(
        self, destination: Pipedrive, api: Account
    ) -> None:
        (ann,) = api.welcome(1)
        api.targets |= {BORN: "b", SEGMENTS: "g"}
        good = Change(SEGMENTS, ann.key, "loyal,lapsed")
        changes = [Change(SIZE, ann.key, "large"), Change(BORN, ann.key, "1986"), good]
        outcomes = pushed(destination, changes)
        assert [outcomes[each].reason for each in changes[:2]] == [
            "Size holds numbers, and no text", "Born holds dates, like 2026-01-31",
        ]  # fmt: skip
        assert [each.body for each in api.written()] == [{"custom_fields": {"g": [11, 12]}}]
        (wrong,) = pushed(destination, [Change(SEGMENTS, ann.key, "loyal,laps")]).values()
        assert wrong.reason == "Groups has no such option (is it 'lapsed'?)"

    def test_nothing_that_creates_or_subscribes_is_sent(
        self, destination: Pipedrive, api: Account
    ) -> None:
        pushed(destination, self.adding(*api.welcome(2), api.person(9999)))
        pushed(destination, self.removing(*api.welcome(2)))
        said = {text for each in api.written() for text in leaves(each.body, names=True)}
        assert {text for text in said if "@" in text} == set()
        assert said & {"marketing_status", "emails", "name", "owner_id"} == set()
        never = ("POST /persons", "DELETE /persons", "merge", "marketing_status", "emails")
        assert [each for each in never if each not in (PipedriveDestination.__doc__ or "")] == []
        assert {(each.method, each.path) for each in api.written()} == {
            ("PATCH", "/persons/7001"), ("PATCH", "/persons/7002"),
        }  # fmt: skip

    def test_a_spent_day_is_told(self, destination: Pipedrive, api: Account) -> None:
        api.outage = httpx.Response(429, headers={"x-daily-ratelimit-token-remaining": "0"})
        with pytest.raises(Unavailable, match="in a day are spent"):
            list(destination.push(self.adding(*api.welcome(1))))


@pytest.fixture
def served() -> Iterator[tuple[Pipedrive, FakeApi]]:
    drive = Pipedrive.model_validate(SETTINGS)
    with serving(drive, SAMPLES, Vendor) as api:
        yield drive, api


def test_only_a_subscribed_person_grants(served: Any) -> None:
    drive, api = served
    read = pages(drive, "persons", NOON)
    assert told(read, "Consent", "contact", "list", "granted") == [
        ("1", "marketing", True), ("2", "marketing", False),
    ]  # fmt: skip
    statuses = told(read, "ListMember", "status")
    assert statuses == [("subscribed",), ("unsubscribed",), ("archived",), ("none",)]
    assert api.requests[-1].url.params["include_fields"] == "marketing_status"
    without = drive.model_copy(update={"campaigns": False})
    assert told(pages(without, "persons", NOON), "Consent", "contact") == []
    assert "include_fields" not in api.requests[-1].url.params


def test_persons_have_typed_fields_a_role_a_place_and_labels(served: Any) -> None:
    read = pages(served[0], "persons", NOON)
    names = ("email", "emails", "phone", "phones", "birthday", "custom", "job_role", "city")
    assert told(read, "Contact", *names)[0] == (
        "will@example.com", ("home@example.com",), "+4520304050", ("+4520304051",),
        date(1984, 3, 3), {"size": 39, "materials": ("Wool", "Silk")}, "Buyer", "Ribe",
    )  # fmt: skip
    assert told(read, "GroupMember", "contact", "group", "title") == [("1", "1", "Customer")]
    companies = told(
        pages(served[0], "organizations", NOON), "Company",
        "id", "name", "industry", "employees", "country", "city",
    )  # fmt: skip
    assert companies == [("1234", "Pipedrive", "Retail", 120, "Estonia", "Tallinn")]


def test_a_deal_that_is_archived_is_not_lost(served: Any) -> None:
    drive, api = served
    (*_, first) = read = pages(drive, "deals", NOON)
    assert told(read, "Deal", "id", "stage", "status", "contact", "company", "amount") == [
        ("1", "Qualified", "open", "1", "1234", Decimal("200.5")),
        ("2", "Qualified", "won", "1", "1234", Decimal("200.5")),
        ("3", "Qualified", "lost", "1", "1234", Decimal("200.5")),
        ("4", "Qualified", "lost", "1", "1234", Decimal("200.5")),
    ]  # fmt: skip
    closed = [at and at.date() for (at,) in told(read, "Deal", "closed_at")]
    assert closed == [None, date(2026, 2, 4), date(2026, 2, 1), date(2025, 2, 1)]
    api.samples[ARCHIVED].append(api.samples["/deals"].pop(0) | {"is_archived": True})
    later = pages(drive, "deals", NOON + timedelta(hours=1), state=first.state)
    assert api.requests[-1].url.params["updated_since"] == "2026-08-02T11:50:00Z"
    assert not any(page.whole for page in later)
    night = pages(drive, "deals", NOON + timedelta(days=1), state=later[-1].state)
    assert {id_ for (id_,) in told(night, "Deal", "id")} == {"1", "2", "3", "4"}
    assert night[-1].whole


def test_somebody_who_was_deleted_is_seen_by_the_read_of_the_day(served: Any) -> None:
    drive, api = served
    (*_, first) = pages(drive, "persons", NOON)
    api.samples["/persons"].pop()
    night = pages(drive, "persons", NOON + timedelta(days=1), state=first.state)
    assert (first.whole, night[-1].whole) == (True, True)
    assert ("4",) not in told(night, "Contact", "id")
    assert body_of(api.requests[-1]) is None
