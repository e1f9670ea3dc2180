"""Omnisend, held against the suites and a description that was transcribed from its vendor's."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
import respx

from connectors.kit import Change, Misconfigured, Target
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
from connectors.omnisend import Omnisend
from connectors.omnisend.destination import DONE_AFTER, OmnisendDestination
from tests.connectors.reading import NOON, pages, serving, told

SAMPLES = Path(__file__).parent / "samples" / "omnisend.json"
SETTINGS = {"api_key": "a key to look for", "fields": {"language": "lang"}}
JANE, BO, CAI, DEA = (f"5f0c000000000000000000a{last}" for last in range(1, 5))
VIP, TOWN = Target("tag", "VIP"), Target("field", "Town")


class Vendor(FakeApi):
    """Refuses a filter beside `updatedAtFrom`, and leaves out what is older."""

    def _page(self, request: httpx.Request, declared: Any, items: Any) -> httpx.Response:
        asked = request.url.params
        since = asked.get("updatedAtFrom", "")
        assert not (since and asked.keys() & {"email", "phone", "status", "segmentID", "tag"})
        shown = [row for row in items if row.get("updatedAt", "9") >= since]
        return super()._page(request, declared, shown if since else items)


class Described:
    @pytest.fixture
    def description(self, description_of: Callable[[str], Description]) -> Description:
        return description_of("omnisend")


class TestOmnisend(Described, SourceContract):
    connector = Omnisend
    settings = SETTINGS
    samples = SAMPLES
    fake = Vendor


class Brand(FakeSystem):
    """Takes tags for whomever it is told, and puts them on those who are there."""

    slow = False
    """Whether a quarter of an hour has not passed where somebody asks who carries a tag."""

    def offer(self, targets: Any) -> None:
        self.targets = {each: each.name for each in targets}

    def row(self, person: Person, values: Any) -> dict[str, Any]:
        tags = [each.name for each in values if each.kind == "tag"]
        properties = {each.name: value for each, value in values.items() if each.kind == "field"}
        return {"email": person.address, "tags": tags, "customProperties": properties}

    def _serve(self, request: httpx.Request) -> httpx.Response:
        if "tag" in request.url.params and not self.slow:
            self._clock.sleep(DONE_AFTER.total_seconds())
        return super()._serve(request)

    def answer(self, request: httpx.Request) -> httpx.Response:
        path, body = self.path(request), body_of(request)
        if path == "/contacts/tags":
            assert len(body["contactIDs"]) <= 250
            return httpx.Response(202)
        below, key = path.rsplit("/", 1)
        assert below == "/contacts", f"{request.method} {path} is never sent"
        if key not in self.people:
            return httpx.Response(404, json={"title": "Not Found", "status": 404})
        if request.method == "GET":
            return httpx.Response(200, json={"id": key, "customProperties": {"theirs": 1}})
        if key in self.refused:
            said = self.complaint(self.people[key])
            return httpx.Response(400, json={"title": "Bad", "errors": [{"message": said}]})
        return httpx.Response(200, json={"id": key})


def tagged(method: str) -> list[Written]:
    return [Written(method, "/contacts/tags", {"contactIDs": ["7001"], "tags": ["VIP"]})]


def put(value: str | None) -> list[Written]:
    properties = {"theirs": 1, "Town": value}
    return [Written("PATCH", "/contacts/7001", {"customProperties": properties})]


class TestOmnisendDestination(Described, DestinationContract):
    connector = Omnisend
    settings = SETTINGS
    fake = Brand
    writes = {
        (VIP, "yes"): tagged("POST"),
        (VIP, None): tagged("DELETE"),
        (TOWN, "Odense"): put("Odense"),
        (TOWN, None): put(None),
    }

    def test_a_tag_is_pending_until_it_is_there_or_its_time_is_over(
        self, destination: Omnisend, api: Brand
    ) -> None:
        people = [*api.welcome(600), api.person(9999)]
        changes = [Change(VIP, person.key, "yes") for person in people]
        outcomes = list(destination.push(changes))
        (handle,) = {each.handle for each in outcomes}
        # The tag is on the last ones later than it is asked for.
        late = api.carried[VIP].pop(people[599].key)
        api.slow = True
        first = {each.change.key: each.result for each in destination.resolve(handle, changes)}
        assert [key for key, result in first.items() if result == "pending"] == [
            people[599].key, people[600].key,
        ]  # fmt: skip
        api.slow, api.carried[VIP][people[599].key] = False, late
        again = {each.change.key: each.result for each in destination.resolve(handle, changes)}
        assert [key for key, result in again.items() if result == "skipped"] == [people[600].key]
        # Three requests write, three pages show who carries it, each time that is asked.
        assert [len(api.written()), len(api.requests)] == [3, 9]

    def test_properties_of_others_are_sent_back_with_ours(
        self, destination: Omnisend, api: Brand
    ) -> None:
        ann, gone = *api.welcome(1), api.person(9999)
        outcomes = pushed(destination, [Change(TOWN, who.key, "Ribe") for who in (ann, gone)])
        assert [each.result for each in outcomes.values()] == ["applied", "skipped"]
        assert [each.method for each in api.requests] == ["GET", "PATCH", "GET"]

    def test_nothing_that_creates_or_subscribes_is_sent(
        self, destination: Omnisend, api: Brand
    ) -> None:
        pushed(destination, self.adding(*api.welcome(2), api.person(9999)))
        pushed(destination, self.removing(*api.welcome(2)))
        said = {text for each in api.written() for text in leaves(each.body, names=True)}
        assert {text for text in said if "@" in text} == set()
        assert (
            said & {"channels", "consent", "identifiers", "emails", "sendWelcomeMessage"} == set()
        )
        never = ("POST contacts", "batches", "events", "channels", "consent")
        assert [each for each in never if each not in (OmnisendDestination.__doc__ or "")] == []
        assert {each.path for each in api.written()} == {
            "/contacts/tags", "/contacts/7001", "/contacts/7002",
        }  # fmt: skip


@pytest.fixture
def served() -> Iterator[tuple[Omnisend, FakeApi]]:
    brand = Omnisend.model_validate(SETTINGS)
    with serving(brand, SAMPLES, Vendor) as api:
        yield brand, api


def test_each_channel_states_its_own_consent_and_no_other_word_grants(served: Any) -> None:
    brand, api = served
    api.samples["/contacts"][3]["identifiers"][0]["channels"]["email"]["status"] = "paused"
    read = pages(brand, "contacts", NOON)
    stated = told(read, "Consent", "contact", "channel", "list", "granted", "origin", "at")
    assert [(*each[:-1], f"{each[-1]:%Y-%m-%d}") for each in stated] == [
        (JANE, "email", "contacts", True, "Website Form", "2020-02-29"),
        (JANE, "sms", None, True, None, "2021-01-01"),
        (BO, "email", "contacts", False, None, "2026-05-02"),
        (BO, "sms", None, False, None, "2026-07-01"),
    ]
    members = told(read, "ListMember", "contact", "status")
    assert members == [(JANE, "subscribed"), (BO, "unsubscribed"), (CAI, "none"), (DEA, "none")]


def test_properties_are_typed_and_segments_are_groups(served: Any) -> None:
    read = pages(served[0], "contacts", NOON)
    names = ("language", "gender", "birthday", "country", "phone", "phones", "custom")
    custom = {"lang": "da", "size": Decimal(39), "likes": ("wool", "silk")}
    assert told(read, "Contact", *names)[0] == (
        "da", "female", date(1997, 5, 2), "GB", "+4520304050", ("+4520304051",), custom,
    )  # fmt: skip
    assert told(read, "GroupMember", "group", "title") == [
        ("VIP", None), ("source: form", None), ("64aa00000000000000000001", "Opened lately"),
    ]  # fmt: skip


def test_nothing_is_lost_that_a_change_does_not_tell(served: Any) -> None:
    brand, api = served
    (*_, first) = pages(brand, "contacts", NOON)
    people = api.samples["/contacts"]
    # One of the very second of the bound, a tag that moves no date, and one who is gone.
    people[3]["updatedAt"] = (NOON - timedelta(minutes=10)).strftime("%Y-%m-%dT%H:%M:%SZ")
    people[0]["tags"] = ["Loyal"]
    people.pop(1)
    later = pages(brand, "contacts", NOON + timedelta(hours=1), first.state)
    assert told(later, "Contact", "id") == [(DEA,)]
    assert api.requests[-1].url.params["sort"] == "updatedAt"
    night = pages(brand, "contacts", NOON + timedelta(days=1), later[-1].state)
    assert (JANE, "Loyal") in told(night, "GroupMember", "contact", "group")
    assert (BO,) not in told(night, "Contact", "id")
    assert [first.whole, later[-1].whole, night[-1].whole] == [True, False, True]


def test_a_retired_version_is_named_and_a_pause_in_the_body_is_kept() -> None:
    brand = Omnisend.model_validate(SETTINGS)
    brand._clock = clock = FakeClock()
    listed = {"contacts": [], "segments": [], "paging": {"cursors": {}, "hasMore": False}}
    busy = httpx.Response(429, json={"title": "Too Many", "status": 429, "retryAfter": 41})
    with respx.mock() as router:
        route = router.get(url__startswith="https://api.omnisend.com/api/")
        route.side_effect = [busy, *[httpx.Response(200, json=listed)] * 2, httpx.Response(410)]
        begun = clock.now()
        pages(brand, "contacts", NOON)
        assert clock.now() - begun >= timedelta(seconds=41)
        assert route.calls[0].request.headers["Omnisend-Version"] == "2026-03-15"
        with pytest.raises(Misconfigured, match="has retired '2026-03-15'"):
            pages(brand, "contacts", NOON)
