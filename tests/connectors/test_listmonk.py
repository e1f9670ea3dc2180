"""listmonk, held against the suites and its vendor's description."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

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
from connectors.kit.testing.destinations.given import pushed
from connectors.kit.testing.system import body_of, leaves
from connectors.listmonk import Listmonk
from connectors.listmonk.destination import ListmonkDestination
from tests.connectors.reading import NOON, pages, serving, told

SAMPLES = Path(__file__).parent / "samples" / "listmonk.json"
SETTINGS = {
    "url": "https://lists.example", "user": "hub", "token": "a token to look for", "list": 1,
    "fields": {"city": "city", "custom.size": "size"},
}  # fmt: skip
VIP = Target("list", "VIP")
LISTS = "/subscribers/lists"


class Vendor(FakeApi):
    """Understands the one SQL expression by which subscribers are narrowed."""

    def _page(self, request: httpx.Request, declared: Any, items: Any) -> httpx.Response:
        _, _, since = request.url.params.get("query", "").partition("updated_at >= ")
        rows = [row for row in items if row["updated_at"] >= since.strip("'")] if since else items
        return super()._page(request, declared, rows)


class Described:
    @pytest.fixture
    def description(self, description_of: Callable[[str], Description]) -> Description:
        return description_of("listmonk")


class TestListmonk(Described, SourceContract):
    connector = Listmonk
    settings = SETTINGS
    samples = SAMPLES
    fake = Vendor


class Installation(FakeSystem):
    """Fails altogether where one of the numbers is nobody's."""

    def row(self, person: Person, values: Any) -> dict[str, Any]:
        lists = [
            {"id": int(self.targets[each]), "subscription_status": "unconfirmed"} for each in values
        ]
        return {"email": person.address, "status": "enabled", "lists": lists}

    def _serve(self, request: httpx.Request) -> httpx.Response:
        answer = super()._serve(request)
        body = answer.json()
        if request.method == "GET":
            for row in body["data"]["results"]:
                row["id"] = int(row["id"])
        return httpx.Response(answer.status_code, json=body)

    def named(self, request: httpx.Request) -> list[Person]:
        asked = self._asked(request)
        return [self.people[key] for key in asked if key in self.people] or super().named(request)

    def _asked(self, request: httpx.Request) -> list[str]:
        """The numbers that an SQL expression asks for."""
        query: str = request.url.params.get("query", "")
        _, _, asked = query.partition("subscribers.id IN ")
        return asked.strip("()").split(",")

    def answer(self, request: httpx.Request) -> httpx.Response:
        path, body = self.path(request), body_of(request)
        if (request.method, path) == ("GET", "/subscribers"):
            there = [{"id": key} for key in self._asked(request) if key in self.people]
            return httpx.Response(200, json={"data": {"results": there, "total": len(there)}})
        assert (request.method, path) == ("PUT", LISTS), f"{path} is never called"
        assert all(str(each) in self.people for each in body["ids"])
        for each in body["ids"]:
            if str(each) in self.refused:
                said = self.complaint(self.people[str(each)])
                return httpx.Response(400, json={"message": said})
        return httpx.Response(200, json={"data": True})


def put(action: str) -> list[Written]:
    return [Written("PUT", LISTS, {"ids": [7001], "action": action, "target_list_ids": [501]})]


class TestListmonkDestination(Described, DestinationContract):
    connector = Listmonk
    settings = SETTINGS
    fake = Installation
    writes = {(VIP, "yes"): put("add"), (VIP, None): put("remove")}

    def test_the_list_that_people_sign_up_for_is_never_written_to(
        self, destination: Listmonk, api: Installation
    ) -> None:
        api.targets = {Target("list", "News"): "1"}
        key = api.welcome(1)[0].key
        (outcome,) = pushed(destination, [Change(Target("list", "News"), key, "yes")]).values()
        assert "people sign up for the list 'News' themselves" in outcome.reason
        assert api.written() == []

    def test_nothing_that_creates_or_subscribes_is_sent(
        self, destination: Listmonk, api: Installation
    ) -> None:
        pushed(destination, self.adding(*api.welcome(2), api.person(9999)))
        pushed(destination, self.removing(*api.welcome(2)))
        said = {text for each in api.written() for text in leaves(each.body, names=True)}
        assert {text for text in said if "@" in text} == set()
        assert said & {"status", "query", "unsubscribe", "preconfirm_subscriptions"} == set()
        never = ("POST subscribers", "import", "optin", "PUT subscribers/{id}", "status")
        assert [each for each in never if each not in (ListmonkDestination.__doc__ or "")] == []
        assert {each.path for each in api.written()} == {LISTS}


@pytest.fixture
def served() -> Iterator[tuple[Listmonk, FakeApi]]:
    installation = Listmonk.model_validate(SETTINGS)
    with serving(installation, SAMPLES, Vendor) as api:
        yield installation, api


def test_only_a_confirmed_place_on_the_list_grants(served: Any) -> None:
    read = pages(served[0], "subscribers", NOON)
    stated = told(read, "Consent", "contact", "list", "granted", "at")
    assert [(*each[:-1], f"{each[-1]:%Y-%m-%d}") for each in stated] == [
        ("1", "1", True, "2026-01-10"), ("3", "1", False, "2026-03-10"),
        ("4", None, False, "2026-02-10"),
    ]  # fmt: skip
    assert told(read, "ListMember", "contact", "title", "status") == [
        ("1", "Default list", "subscribed"), ("1", "VIP", "subscribed"),
        ("2", "Default list", "pending"), ("3", "Default list", "unsubscribed"),
        ("5", "Default list", "none"),
    ]  # fmt: skip
    assert told(read, "Contact", "city", "custom")[0] == ("Bengaluru", {"size": 39})


def test_bounces_name_their_campaign(served: Any) -> None:
    events = told(pages(served[0], "bounces", NOON), "MessageEvent", "contact", "message", "hard")
    assert events == [("3", "1", True)]
    assert told(pages(served[0], "campaigns", NOON), "Message", "id") == [("1",)]


def test_who_leaves_a_list_is_seen_though_no_date_moves(served: Any) -> None:
    installation, api = served
    (*_, first) = pages(installation, "subscribers", NOON)
    people = api.samples["/subscribers"]
    people[0]["lists"][0]["subscription_status"] = "unsubscribed"
    people[1]["updated_at"] = "2026-08-02T12:10:00Z"
    people.pop()
    later = pages(installation, "subscribers", NOON + timedelta(hours=1), first.state)
    assert told(later, "Contact", "id") == [("2",)]
    night = pages(installation, "subscribers", NOON + timedelta(days=1), later[-1].state)
    assert ("1", "1", False) in told(night, "Consent", "contact", "list", "granted")
    assert ("5",) not in told(night, "Contact", "id")
    assert [first.whole, later[-1].whole, night[-1].whole] == [True, False, True]
