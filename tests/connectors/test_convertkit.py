"""Kit (ConvertKit), held against the suites and its vendor's description."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import respx

from connectors.convertkit import ConvertKit
from connectors.convertkit.destination import ConvertKitDestination
from connectors.kit import Change, Target, Unauthorized
from connectors.kit.testing import (
    Description,
    DestinationContract,
    FakeApi,
    FakeClock,
    FakeSystem,
    Person,
    SourceContract,
    Written,
)
from connectors.kit.testing.destinations.given import pushed
from connectors.kit.testing.system import body_of, leaves
from tests.connectors.reading import NOON, pages, serving, told

SAMPLES = Path(__file__).parent / "samples" / "convertkit.json"
SETTINGS = {
    "client_id": "an-app", "client_secret": "a secret to look for",
    "fields": {"last_name": "Last name", "custom.size": {"name": "shoe_size", "number": True}},
}  # fmt: skip
VIP, TOWN = Target("tag", "VIP"), Target("field", "Town")
NOBODY = "Subscriber does not exist"


AROUND = {"has_previous_page": False, "start_cursor": "a", "end_cursor": "b", "per_page": 1000}


class Vendor(FakeApi):
    """Tells of a page all that the vendor tells."""

    def _page(self, request: httpx.Request, declared: Any, items: Any) -> httpx.Response:
        return _around(super()._page(request, declared, items))


def _around(answer: httpx.Response) -> httpx.Response:
    body = answer.json()
    around = {**AROUND, "has_next_page": False, **body.get("pagination", {})}
    return httpx.Response(200, json={**body, "pagination": around})


class Described:
    @pytest.fixture
    def description(self, description_of: Callable[[str], Description]) -> Description:
        return description_of("convertkit")


class TestConvertKit(Described, SourceContract):
    connector = ConvertKit
    settings = {**SETTINGS, "broadcast_days": 40_000}
    samples = SAMPLES
    fake = Vendor


class Account(FakeSystem):
    """Names who was written to; a failure about nobody has no number of a subscriber."""

    def row(self, person: Person, values: Any) -> dict[str, Any]:
        tags = [{"id": int(self.targets[each]), "name": each.name}
                for each in values if each.kind == "tag"]  # fmt: skip
        fields = {each.name.lower(): value for each, value in values.items()
                  if each.kind == "field"}  # fmt: skip
        return {
            "first_name": None, "email_address": person.address, "state": "active",
            "created_at": "2026-01-01T10:00:00Z", "tags": tags, "fields": fields,
        }  # fmt: skip

    def _serve(self, request: httpx.Request) -> httpx.Response:
        answer = super()._serve(request)
        if request.method != "GET":
            return answer
        body = _around(answer).json()
        for row in (row for name in body if name != "pagination" for row in body[name]):
            row["id"] = int(row["id"])
            if "label" in row:
                row |= {"key": row["label"].lower(), "name": f"ck_field_{row['id']}"}
            elif "name" in row:
                row |= {"created_at": "2026-01-01T10:00:00Z"}
        return httpx.Response(200, json=body)

    def answer(self, request: httpx.Request) -> httpx.Response:
        path, body = self.path(request), body_of(request)
        assert path in ("/bulk/tags/subscribers", "/bulk/custom_fields/subscribers"), path
        name = "tagging" if "tags" in path else "custom_field_value"
        rows = body[f"{name}s"]
        assert len(rows) <= 100
        done = [each for each in rows if not self._complaint(each)]
        failures = [
            {"errors": [said], name: {
                **each, "subscriber_id": None if said == NOBODY else each["subscriber_id"]
            }}
            for each in rows if (said := self._complaint(each))
        ]  # fmt: skip
        told: dict[str, Any] = {"failures": failures}
        if request.method == "POST" and name == "tagging":
            told["subscribers"] = [
                {"id": each["subscriber_id"], "first_name": "Sub", "created_at": "2026",
                 "email_address": "sub@example.com", "tagged_at": "2026"} for each in done
            ]  # fmt: skip
        elif name == "custom_field_value":
            told["custom_field_values"] = done
        return httpx.Response(200, json=told)

    def _complaint(self, row: Any) -> str:
        key = str(row["subscriber_id"])
        if key not in self.people:
            return NOBODY
        return self.complaint(self.people[key]) if key in self.refused else ""


def tagged(method: str) -> list[Written]:
    taggings = [{"tag_id": 501, "subscriber_id": 7001}]
    return [Written(method, "/bulk/tags/subscribers", {"taggings": taggings})]


def valued(value: str) -> list[Written]:
    values = [{"subscriber_id": 7001, "subscriber_custom_field_id": 502, "value": value}]
    return [Written("POST", "/bulk/custom_fields/subscribers", {"custom_field_values": values})]


class TestConvertKitDestination(Described, DestinationContract):
    connector = ConvertKit
    settings = SETTINGS
    fake = Account
    writes = {
        (VIP, "yes"): tagged("POST"),
        (VIP, None): tagged("DELETE"),
        (TOWN, "Odense"): valued("Odense"),
        (TOWN, None): valued(""),
    }

    def test_a_request_has_no_more_people_than_are_answered_at_once(
        self, destination: ConvertKit, api: Account
    ) -> None:
        people = [*api.welcome(101), api.person(9999)]
        api.refused = {people[1].key}
        changes = [Change(VIP, person.key, "yes") for person in people]
        outcomes = pushed(destination, changes)
        results = [outcomes[each].result for each in changes]
        assert (results[1], results[-1], results.count("applied")) == ("rejected", "skipped", 100)
        assert [len(each.body["taggings"]) for each in api.written()] == [100, 2]

    def test_whoever_a_removal_fails_for_is_found_though_no_answer_names_anybody(
        self, destination: ConvertKit, api: Account
    ) -> None:
        people = [*api.welcome(3), api.person(9999)]
        changes = [Change(VIP, person.key, None) for person in people]
        outcomes = pushed(destination, changes)
        assert [outcomes[each].result for each in changes] == [*["applied"] * 3, "skipped"]
        sizes = [len(each.body["taggings"]) for each in api.written()]
        assert sizes == [4, 2, 2, 1, 1]

    def test_what_became_a_job_is_looked_up(self, destination: ConvertKit, api: Account) -> None:
        ann, bo = api.welcome(2)
        changes = [Change(VIP, person.key, "yes") for person in (ann, bo)]
        list(destination.push(changes[:1]))
        serve = api.answer
        api.answer = lambda request: (  # type: ignore[method-assign]
            httpx.Response(202, json={}) if request.method == "POST" else serve(request)
        )
        api.refused = {bo.key}
        results = [each.result for each in destination.push(changes)]
        assert results == ["applied", "skipped"]

    def test_nothing_that_creates_or_subscribes_is_sent(
        self, destination: ConvertKit, api: Account
    ) -> None:
        pushed(destination, self.adding(*api.welcome(2), api.person(9999)))
        pushed(destination, self.removing(*api.welcome(2)))
        said = {text for each in api.written() for text in leaves(each.body, names=True)}
        assert {text for text in said if "@" in text or "state" in text} == set()
        never = ("/bulk/subscribers", "PUT /subscribers", "/forms/", "/sequences/", "/unsubscribe")
        assert [each for each in never if each not in (ConvertKitDestination.__doc__ or "")] == []
        assert {each.path for each in api.written()} == {
            f"/bulk/{name}/subscribers" for name in ("tags", "custom_fields")
        }


@pytest.fixture
def served() -> Iterator[tuple[ConvertKit, FakeApi]]:
    kit = ConvertKit.model_validate(SETTINGS)
    with serving(kit, SAMPLES, Vendor) as api:
        yield kit, api


def test_only_an_active_subscriber_grants_and_leaving_has_its_own_instant(served: Any) -> None:
    read = pages(served[0], "subscribers", NOON)
    consents = ("contact", "list", "granted", "reason", "origin")
    assert told(read, "Consent", *consents) == [
        ("209", "subscribers", True, "asked", "Welcome Form"),
        ("211", "subscribers", True, "asked", "Sign up"),
        ("214", None, False, "bounce", None), ("215", None, False, "complaint", None),
        ("456", "subscribers", True, "asked", None),
    ]  # fmt: skip
    assert [status for (status,) in told(read, "ListMember", "status")] == [
        "subscribed", "subscribed", "unsubscribed", "pending", "cleaned", "unsubscribed", "none",
        "subscribed",
    ]  # fmt: skip
    left = told(pages(served[0], "cancelled", NOON), "Consent", "contact", "granted", "at")
    assert left == [("212", False, datetime(2026, 6, 2, 9, tzinfo=UTC))]


def test_fields_are_found_by_label_or_key_and_tags_are_groups(served: Any) -> None:
    read = pages(served[0], "subscribers", NOON)
    names = ("first_name", "last_name", "custom", "signup_source")
    assert told(read, "Contact", *names)[1] == ("Ann", "Bro", {"size": 39}, "Sign up")
    groups = told(read, "GroupMember", "contact", "title")
    assert groups == [("209", "VIP"), ("211", "VIP"), ("211", "Newsletter")]


def test_a_change_of_the_same_day_or_without_a_date_is_not_lost(served: Any) -> None:
    kit, api = served
    (*_, first) = pages(kit, "subscribers", NOON)
    people = api.samples["/subscribers"]
    people[0]["tags"] = []
    later = pages(kit, "subscribers", NOON + timedelta(hours=1), state=first.state)
    # The filter takes days: the day of the last read is asked for again, and the one before.
    assert api.requests[-1].url.params["updated_after"] == "2026-07-31"
    assert api.requests[-1].url.params["status"] == "all"
    people.pop()
    night = pages(kit, "subscribers", NOON + timedelta(days=1), state=later[-1].state)
    assert "updated_after" not in api.requests[-1].url.params
    assert ("456",) not in told(night, "Contact", "id")
    assert [first.whole, later[-1].whole, night[-1].whole] == [True, False, True]


def test_events_count_on_the_day_that_the_broadcast_was_sent(served: Any) -> None:
    kit, api = served
    sent = datetime(2026, 7, 20, 10, tzinfo=UTC)
    events = ("contact", "message", "kind", "at")
    # The first broadcast is older than the days that count; the third is a draft.
    found = told(pages(kit, "delivered", NOON), "MessageEvent", *events)
    assert found == [("456", "2", "delivered", sent), ("211", "2", "delivered", sent)]
    for stream, kind in (("opens", "opened"), ("clicks", "clicked")):
        found = told(pages(kit, stream, NOON), "MessageEvent", *events)
        assert found == [("211", "2", kind, sent)]
    asked = [body_of(each) for each in api.requests if each.method == "POST"]
    assert asked[0] == {
        "all": [{"type": "delivered", "count_greater_than": 0,
                 "any": [{"type": "broadcasts", "ids": [2]}]}],
        "per_page": 100,
    }  # fmt: skip
    # A draft and a broadcast that is still to come were not sent.
    messages = told(pages(kit, "broadcasts", NOON), "Message", "id", "title")
    assert messages == [("1", "Campaign subject 1"), ("2", "Campaign subject 2")]


def test_a_refusal_says_how_to_sign_in_again() -> None:
    kit = ConvertKit.model_validate(SETTINGS)
    kit._clock = FakeClock()
    with serving(kit, SAMPLES, Vendor) as api, respx.mock:
        api.outage = httpx.Response(401, json={"errors": ["The access token is invalid"]})
        with pytest.raises(Unauthorized, match="segmenthub connect"):
            pages(kit, "broadcasts", NOON)
