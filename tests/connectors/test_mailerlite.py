"""MailerLite, held against the suites and a description that was derived from its clients."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors.kit import Broken, Change, Target
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
from connectors.kit.testing.fake import parameters
from connectors.kit.testing.system import body_of, leaves
from connectors.mailerlite import MailerLite
from connectors.mailerlite.destination import MailerLiteDestination
from tests.connectors.reading import NOON, pages, serving, told

SAMPLES = Path(__file__).parent / "samples" / "mailerlite.json"
SETTINGS = {
    "api_key": "a key to look for", "fields": {"birthday": "Born", "custom.size": "Shoe size"},
}  # fmt: skip
DUMMY, ANN, BO, CAI, DEA, ELI, FAY = (f"319868430649935{last}" for last in range(37, 44))
VIP, TOWN, SIZE = Target("tag", "VIP"), Target("field", "Town"), Target("field", "Size")


class Described:
    @pytest.fixture
    def description(self, description_of: Callable[[str], Description]) -> Description:
        return description_of("mailerlite")


class TestMailerLite(Described, SourceContract):
    connector = MailerLite
    settings = {**SETTINGS, "campaign_days": 40_000}
    samples = SAMPLES


class Account(FakeSystem):
    """Answers each call of a batch by itself."""

    def offer(self, targets: Any) -> None:
        super().offer(targets)
        self.targets |= {each: each.name.lower() for each in targets if each.kind == "field"}

    def row(self, person: Person, values: Any) -> dict[str, Any]:
        groups = [
            {"id": self.targets[each], "name": each.name} for each in values if each.kind == "tag"
        ]
        fields = {
            self.targets[each]: value for each, value in values.items() if each.kind == "field"
        }
        return {"email": person.address, "status": "active", "groups": groups, "fields": fields}

    def _serve(self, request: httpx.Request) -> httpx.Response:
        answer = super()._serve(request)
        if self.path(request) != "/fields":
            return answer
        body = answer.json()
        for row in body["data"]:
            row |= {"type": "number" if row["key"] == "size" else "text"}
        return httpx.Response(200, json=body)

    def answer(self, request: httpx.Request) -> httpx.Response:
        assert self.path(request) == "/batch", f"{request.url.path} is never called"
        responses = [self._call(each) for each in body_of(request)["requests"]]
        counts = {"total": len(responses), "successful": 0, "failed": 0}
        return httpx.Response(200, json={**counts, "responses": responses})

    def _call(self, call: Any) -> dict[str, Any]:
        api, below, key, *group = call["path"].split("/")
        assert (api, below) == ("api", "subscribers")
        if key not in self.people:
            return {"code": 404, "body": {"message": "Resource not found."}}
        if key in self.refused:
            return {"code": 422, "body": {"message": self.complaint(self.people[key])}}
        if call["method"] == "DELETE":
            return {"code": 204}
        return {"code": 200, "body": {"data": {"id": key, "name": "x"} if group else {}}}


def batch(method: str, below: str = "", **body: Any) -> list[Written]:
    call = {"method": method, "path": f"api/subscribers/7001{below}", **body}
    return [Written("POST", "/batch", {"requests": [call]})]


def put(**fields: Any) -> list[Written]:
    return batch("PUT", body={"fields": fields})


class TestMailerLiteDestination(Described, DestinationContract):
    connector = MailerLite
    settings = SETTINGS
    fake = Account
    writes = {
        (VIP, "yes"): batch("POST", "/groups/501"),
        (VIP, None): batch("DELETE", "/groups/501"),
        (TOWN, "Odense"): put(town="Odense"),
        (TOWN, None): put(town=None),
        (SIZE, "39"): put(size=39.0),
        (SIZE, None): put(size=None),
    }

    def test_each_call_of_a_batch_has_its_own_verdict(
        self, destination: MailerLite, api: Account
    ) -> None:
        people = [*api.welcome(51), api.person(9999)]
        api.refused = {people[1].key}
        changes = [Change(VIP, person.key, "yes") for person in people]
        outcomes = pushed(destination, changes)
        results = [outcomes[each].result for each in changes]
        assert (results[1], results[-1], results.count("applied")) == ("rejected", "skipped", 50)
        assert [len(each.body["requests"]) for each in api.written()] == [50, 2]

    def test_a_field_that_holds_numbers_takes_no_text(
        self, destination: MailerLite, api: Account
    ) -> None:
        (outcome,) = pushed(destination, [Change(SIZE, api.welcome(1)[0].key, "large")]).values()
        assert outcome.reason == "Size holds numbers, and no text"

    def test_an_answer_that_leaves_a_call_out_is_broken(
        self, destination: MailerLite, api: Account
    ) -> None:
        changes = [Change(VIP, person.key, "yes") for person in api.welcome(2)]
        destination.begin_push()
        list(destination.push(changes[:1]))
        api.outage = httpx.Response(200, json={"responses": [{"code": 200}]})
        with pytest.raises(Broken, match="each of the 2 calls"):
            list(destination.push(changes))

    def test_nothing_that_creates_or_subscribes_is_sent(
        self, destination: MailerLite, api: Account
    ) -> None:
        pushed(destination, self.adding(*api.welcome(2), api.person(9999)))
        pushed(destination, self.removing(*api.welcome(2)))
        said = {text for each in api.written() for text in leaves(each.body, names=True)}
        assert {text for text in said if "@" in text} == set()
        assert said & {"status", "groups", "resubscribe", "email", "api/subscribers"} == set()
        never = ("POST subscribers", "import-subscribers", "status", "resubscribe", "groups")
        assert [each for each in never if each not in (MailerLiteDestination.__doc__ or "")] == []
        assert {each.path for each in api.written()} == {"/batch"}


@pytest.fixture
def served() -> Iterator[tuple[MailerLite, FakeApi]]:
    lite = MailerLite.model_validate(SETTINGS)
    with serving(lite, SAMPLES) as api:
        yield lite, api


def test_only_an_active_subscriber_grants(served: Any) -> None:
    read = pages(served[0], "subscribers", NOON)
    stated = told(read, "Consent", "contact", "list", "granted", "reason", "at")
    assert [(who, here, yes, why, f"{at:%Y-%m-%d}") for who, here, yes, why, at in stated] == [
        (DUMMY, "subscribers", True, "asked", "2021-09-01"),
        (ANN, "subscribers", True, "asked", "2023-03-01"),
        (BO, "subscribers", False, "asked", "2026-06-02"),
        (DEA, None, False, "bounce", "2026-05-01"),
        (ELI, None, False, "complaint", "2026-04-01"),
        (FAY, "subscribers", True, "asked", "2021-09-01"),
    ]
    members = told(read, "ListMember", "contact", "status")
    assert [status for _, status in members] == [
        "subscribed", "subscribed", "unsubscribed", "pending", "cleaned", "unsubscribed",
        "subscribed",
    ]  # fmt: skip


def test_fields_are_found_by_name_or_key_and_groups_permit_nothing(served: Any) -> None:
    read = pages(served[0], "subscribers", NOON)
    names = ("first_name", "city", "postcode", "country", "birthday", "custom", "signup_source")
    assert told(read, "Contact", *names)[1] == (
        "Ann", "Ribe", "6760", "Denmark", date(1984, 3, 3), {"size": 39}, "webform",
    )  # fmt: skip
    groups = told(read, "GroupMember", "contact", "title")
    assert groups == [(ANN, "dummy group"), (ANN, "VIP")]


def test_a_change_of_an_old_subscriber_is_seen_though_no_date_tells_it(served: Any) -> None:
    lite, api = served
    (*_, first) = pages(lite, "subscribers", NOON)
    people = api.samples["/subscribers"]
    people[0]["groups"] = [{"id": "2", "name": "VIP"}]
    people.pop()
    later = pages(lite, "subscribers", NOON + timedelta(hours=1), first.state)
    assert (DUMMY, "2") in told(later, "GroupMember", "contact", "group")
    assert (FAY,) not in told(later, "Contact", "id")
    assert (first.whole, later[-1].whole) == (True, True)


def test_a_page_that_is_refused_is_asked_for_half_as_large(served: Any) -> None:
    lite, api = served
    refusal = {"message": "The given data was invalid.", "errors": {"limit": ["at most 500"]}}
    api.faults = [httpx.Response(200, json={"data": []}), httpx.Response(422, json=refusal)]
    assert len(told(pages(lite, "subscribers", NOON), "Contact", "id")) == 7
    assert [each.url.params["limit"] for each in api.requests[1:]] == ["1000", "500"]


def test_opens_count_on_the_day_that_the_campaign_was_sent(served: Any) -> None:
    lite, api = served
    events = told(pages(lite, "activity", NOON), "MessageEvent", "contact", "message", "kind", "at")
    sent = datetime(2026, 7, 20, 10, tzinfo=UTC)
    # The first campaign is older than the days that count, and a bounced address got nothing.
    assert events == [
        (ANN, "2", "delivered", sent), (ANN, "2", "opened", sent), (ANN, "2", "clicked", sent),
        (DUMMY, "2", "delivered", sent),
    ]  # fmt: skip
    assert parameters(api.requests[-1]) == {"page": "1", "limit": "100"}
    assert told(pages(lite, "campaigns", NOON), "Message", "id") == [("1",), ("2",)]
