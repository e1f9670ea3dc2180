"""Brevo, held against the suites and its vendor's description."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import respx

from connectors.brevo import STATISTICS, Brevo
from connectors.brevo.destination import BrevoDestination
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

SAMPLES = Path(__file__).parent / "samples" / "brevo.json"
SETTINGS = {
    "api_key": "a key to look for", "list": 12, "engagement": True,
    "fields": {"birthday": "DOB", "gender": {"name": "GENDER", "map": {"Women": "female"}},
               "custom.size": "size"},
}  # fmt: skip
VIP, LOYAL = Target("list", "VIP"), Target("tag", "LOYAL")
TOWN, SIZE, BORN = (Target("field", name) for name in ("TOWN", "SIZE", "BORN"))


class Vendor(FakeApi):
    """Shows what was modified after an instant and not at it; statistics are an object of lists."""

    def _page(self, request: httpx.Request, declared: Any, items: Any) -> httpx.Response:
        if declared.path == STATISTICS:
            return httpx.Response(200, json=statistics(items))
        since = request.url.params.get("modifiedSince", "")
        shown = [row for row in items if row.get("modifiedAt", "9") > since]
        return super()._page(request, declared, shown if since else items)


def statistics(events: Any) -> dict[str, Any]:
    """Events as the vendor tells them, each below its part."""
    body: dict[str, Any] = {}
    for each in events:
        own = {name: value for name, value in each.items() if name != "part"}
        part = each.get("part", "opened")
        if part == "clicked":
            own = {"campaignId": own.pop("campaignId"), "links": [own]}
        if part.startswith("unsubscriptions"):
            body["unsubscriptions"] = {"userUnsubscription": [own], "adminUnsubscription": []}
        else:
            body.setdefault(part, []).append(own)
    return body


class Described:
    @pytest.fixture
    def description(self, description_of: Callable[[str], Description]) -> Description:
        return description_of("brevo")


class TestBrevo(Described, SourceContract):
    connector = Brevo
    settings = SETTINGS
    samples = SAMPLES
    fake = Vendor


class Account(FakeSystem):
    """Tells who was moved; the others were there already, or are nobody."""

    def offer(self, targets: Any) -> None:
        self.targets = {each: "9" if each.kind == "list" else each.name for each in targets}

    def row(self, person: Person, values: Any) -> dict[str, Any]:
        held = {each.name: True if each.kind == "tag" else value for each, value in values.items()}
        return {
            "attributes": held, "createdAt": "2026-01-01T10:00:00Z", "id": int(person.key),
            "modifiedAt": "2026-01-01T10:00:00Z", "listIds": [12], "emailBlacklisted": False,
            "smsBlacklisted": False,
        }  # fmt: skip

    def _serve(self, request: httpx.Request) -> httpx.Response:
        path = self.path(request)
        if path == "/contacts/attributes":
            types = {LOYAL: "boolean", SIZE: "float", BORN: "date"}
            rows = [
                {"name": each.name, "category": "normal", "type": types.get(each, "text")}
                for each in self.targets if each.kind != "list"
            ]  # fmt: skip
            return httpx.Response(200, json={"attributes": rows})
        answer = super()._serve(request)
        body = answer.json() if answer.content else {}
        for row in body.get("lists", ()):
            counts = ("totalBlacklisted", "totalSubscribers", "uniqueSubscribers", "folderId")
            row |= {"id": int(row["id"]), **dict.fromkeys(counts, 1)}
        for row in body.get("contacts", ()) if request.method == "GET" else ():
            row["id"] = int(row["id"])
        return httpx.Response(answer.status_code, json=body)

    def answer(self, request: httpx.Request) -> httpx.Response:
        path, body = self.path(request), body_of(request)
        if path == "/contacts/batch":
            keys = [str(each["id"]) for each in body["contacts"]]
            gone = [str(place) for place, key in enumerate(keys) if key not in self.people]
            bad = [self.people[key] for key in keys if key in self.refused]
            if gone:
                said = f"No contact found for indexes {','.join(gone)}"
                return _error(404, "document_not_found", said)
            if bad:
                return _error(400, "invalid_parameter", self.complaint(bad[0]))
            return httpx.Response(204)
        assert path in ("/contacts/lists/9/contacts/add", "/contacts/lists/9/contacts/remove")
        moved = [each for each in body["ids"] if self._moves(path, str(each))]
        if not moved:
            return _error(400, "invalid_parameter", "Contact already in list and/or does not exist")
        failed = [each for each in body["ids"] if each not in moved]
        return httpx.Response(201, json={"contacts": {"success": moved, "failure": failed}})

    def _moves(self, path: str, key: str) -> bool:
        on_it = key in self.carried.get(VIP, {})
        return key in self.people and key not in self.refused and on_it is path.endswith("remove")


def _error(status: int, code: str, said: str) -> httpx.Response:
    return httpx.Response(status, json={"code": code, "message": said})


def moved(way: str) -> list[Written]:
    return [Written("POST", f"/contacts/lists/9/contacts/{way}", {"ids": [7001]})]


def put(**attributes: Any) -> list[Written]:
    people = [{"id": 7001, "attributes": attributes}]
    return [Written("POST", "/contacts/batch", {"contacts": people})]


class TestBrevoDestination(Described, DestinationContract):
    connector = Brevo
    settings = SETTINGS
    fake = Account
    writes = {
        (VIP, "yes"): moved("add"),
        (VIP, None): moved("remove"),
        (LOYAL, "yes"): put(LOYAL=True),
        (LOYAL, None): put(LOYAL=False),
        (TOWN, "Odense"): put(TOWN="Odense"),
        (TOWN, None): put(TOWN=""),
        (SIZE, "39"): put(SIZE=39.0),
        (SIZE, None): put(SIZE=""),
    }

    def test_who_was_on_the_list_already_is_found_there(
        self, destination: Brevo, api: Account
    ) -> None:
        ann, bo = api.welcome(2)
        adding = [Change(VIP, person.key, "yes") for person in (ann, api.person(9999))]
        assert [each.result for each in destination.push(adding)] == ["applied", "skipped"]
        again = [*adding, Change(VIP, bo.key, "yes")]
        outcomes = pushed(destination, again)
        assert [outcomes[each].result for each in again] == ["applied", "skipped", "applied"]
        assert {each.result for each in destination.push(adding[:1])} == {"applied"}

    def test_values_that_an_attribute_cannot_hold_and_the_list_of_the_people_are_refused(
        self, destination: Brevo, api: Account
    ) -> None:
        (ann,) = api.welcome(1)
        api.targets[Target("list", "Newsletter")] = "12"
        api.targets[BORN] = "BORN"
        changes = [
            Change(SIZE, ann.key, "large"),
            Change(BORN, ann.key, "1986"),
            Change(Target("list", "Newsletter"), ann.key, "yes"),
            Change(Target("tag", "TOWN"), ann.key, "yes"),
        ]
        outcomes = pushed(destination, changes)
        assert [outcomes[each].reason for each in changes] == [
            "SIZE holds numbers, and no text",
            "BORN holds dates, like 2026-01-31",
            "people sign up for the list 'Newsletter' themselves; choose another list",
            "Brevo has an attribute of the type text of the name 'TOWN'; choose another name",
        ]
        assert api.written() == []

    def test_only_numbers_are_told_and_nothing_that_creates_or_subscribes_is_sent(
        self, destination: Brevo, api: Account
    ) -> None:
        pushed(destination, self.adding(*api.welcome(2), api.person(9999)))
        pushed(destination, self.removing(*api.welcome(2)))
        said = {text for each in api.written() for text in leaves(each.body, names=True)}
        assert {text for text in said if "@" in text or "blacklist" in text.lower()} == set()
        never = ("contacts/import", "contacts/doubleOptinConfirmation", "emailBlacklisted")
        assert [each for each in never if each not in (BrevoDestination.__doc__ or "")] == []
        assert {each.path for each in api.written()} == {
            "/contacts/batch", *(f"/contacts/lists/9/contacts/{way}" for way in ("add", "remove")),
        }  # fmt: skip


@pytest.fixture
def served() -> Iterator[tuple[Brevo, FakeApi]]:
    brevo = Brevo.model_validate(SETTINGS)
    with serving(brevo, SAMPLES, Vendor) as api:
        yield brevo, api


def test_only_the_list_that_people_sign_up_for_grants(served: Any) -> None:
    read = pages(served[0], "contacts", NOON)
    assert told(read, "Consent", "contact", "channel", "list", "granted") == [
        ("247", "email", None, False), ("247", "sms", None, False),
        ("247", "email", "12", False),
        ("45", "sms", None, False),
        ("45", "email", "1", False), ("45", "email", "12", True), ("45", "email", "2", False),
    ]  # fmt: skip
    assert told(read, "ListMember", "contact", "list", "title", "status")[:3] == [
        ("247", "12", "Newsletter", "unsubscribed"), ("247", "43", None, "unsubscribed"),
        ("245", "43", None, "subscribed"),
    ]  # fmt: skip
    # A double opt-in that is still to come is no consent.
    assert told(read, "ListMember", "contact", "list", "status")[-1] == ("46", "12", "pending")
    said = {"Yes": "subscribed", 1: "subscribed", "": "subscribed", "No": "pending", 3: "pending"}
    for answer, status in said.items():
        served[1].samples["/contacts"][3]["attributes"]["DOUBLE_OPT-IN"] = answer
        read = pages(served[0], "contacts", NOON)
        assert told(read, "ListMember", "status")[-1] == (status,), answer


def test_attributes_are_typed_and_an_address_that_brevo_made_up_is_none(served: Any) -> None:
    names = ("email", "first_name", "phone", "birthday", "gender", "custom")
    found = told(pages(served[0], "contacts", NOON), "Contact", "id", *names)
    assert found[1][:4] == ("245", None, None, "+4520304051")
    assert found[2] == (
        "45", "ann@example.com", "Ann", "+4520304052", date(1986, 5, 2), "female", {"size": 39},
    )  # fmt: skip
    groups = told(pages(served[0], "group_members", NOON), "GroupMember", "contact", "title")
    assert groups == [("45", "Segment1")]


def test_nothing_is_lost_that_a_change_does_not_tell(served: Any) -> None:
    brevo, api = served
    (*_, first) = pages(brevo, "contacts", NOON)
    people = api.samples["/contacts"]
    # A contact of the very second of the bound, and one who left a list without being modified.
    people[3] |= {"modifiedAt": (NOON - timedelta(minutes=10)).strftime("%Y-%m-%dT%H:%M:%SZ")}
    people[2]["listIds"].remove(9)
    later = pages(brevo, "contacts", NOON + timedelta(hours=1), state=first.state)
    assert told(later, "Contact", "id") == [("46",)]
    night = pages(brevo, "contacts", NOON + timedelta(days=1), state=later[-1].state)
    assert ("45", "9") not in told(night, "ListMember", "contact", "list")
    assert [first.whole, later[-1].whole, night[-1].whole] == [True, False, True]


def test_events_name_their_campaign_and_days_are_asked_for(served: Any) -> None:
    brevo, api = served
    read = pages(brevo, "statistics", NOON)
    assert told(read, "MessageEvent", "contact", "message", "kind", "hard", "link") == [
        ("45", "21", "delivered", None, None), ("45", "21", "opened", None, None),
        ("45", "45", "opened", None, None),
        ("45", "21", "clicked", None, "https://shop.example/spring"),
        ("46", "45", "bounced", True, None), ("46", "21", "bounced", False, None),
        ("46", "45", "complained", None, None), ("46", "45", "unsubscribed", None, None),
    ]  # fmt: skip
    asked = api.requests[-1].url.params
    assert (asked["startDate"], asked["endDate"]) == ("2026-05-04", "2026-08-02")
    # What is older than the days that were asked for stays: the read is not whole.
    assert not any(page.whole for page in read)
    sent = told(pages(brevo, "campaigns", NOON), "Message", "id", "kind")
    assert sent == [("21", "campaign"), ("45", "automation")]


def test_engagement_is_not_read_unless_it_is_asked_for(served: Any) -> None:
    without = Brevo.model_validate({**SETTINGS, "engagement": False})
    names = [{each.name for each in source.streams()} for source in (served[0], without)]
    assert names[0] - names[1] == {"statistics"}
    assert served[0].declared()["statistics"].path == STATISTICS


@pytest.mark.parametrize(
    ("said", "remedy"),
    [("We have detected you are using an unrecognised IP address", "Authorised IPs"),
     ("Key not found", "make a new one")],
)  # fmt: skip
def test_a_refusal_says_where_the_key_is_mended(said: str, remedy: str) -> None:
    brevo = Brevo.model_validate(SETTINGS)
    brevo._clock = FakeClock()
    with respx.mock() as router:
        router.route().respond(401, json={"code": "unauthorized", "message": said})
        with pytest.raises(Unauthorized, match=remedy):
            pages(brevo, "campaigns", NOON)
