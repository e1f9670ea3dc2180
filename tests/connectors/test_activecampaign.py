"""ActiveCampaign, held against the suite and its vendor's description."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from connectors.activecampaign import ActiveCampaign
from connectors.activecampaign.destination import INCLUDED
from connectors.kit import Broken, Target
from connectors.kit.testing import (
    Description,
    DestinationContract,
    FakeApi,
    FakeSystem,
    SourceContract,
    Written,
)
from connectors.kit.testing.system import body_of
from tests.connectors.reading import NOON, pages, serving, told

SAMPLES = Path(__file__).parent / "samples" / "activecampaign.json"
SETTINGS = {
    "url": "https://example.api-us1.com", "api_key": "a key to look for", "list": 1,
    "fields": {"birthday": "Born", "custom.materials": "MATERIALS", "custom.worn": "worn"},
}  # fmt: skip
PLACE = {"contact": 7001, "tag": 3}
LOYAL, TOWN = Target("tag", "Loyal"), Target("field", "Town")


class Vendor(FakeApi):
    """Puts what `include` names beside contacts; filters from the day after, as in Honolulu."""

    def _serve(self, request: httpx.Request) -> httpx.Response:
        body = super()._serve(request).json()
        if "meta" in body:
            body["meta"]["total"] = str(body["meta"]["total"])
        if self.path(request) == "/contacts":
            day = request.url.params.get("filters[updated_after]", "")
            body["contacts"] = [row for row in body["contacts"] if _day(row) > day]
            for name in INCLUDED:
                below = [each for row in body["contacts"] for each in row.pop(name, ())]
                body |= {name: below} if "include" in request.url.params else {}
        return httpx.Response(200, json=body)


def _day(row: Any) -> str:
    at = datetime.fromisoformat(row.get("udate") or "9999-01-01T00:00:00+00:00")
    return at.astimezone(ZoneInfo("Pacific/Honolulu")).isoformat()[:10]


class Described:
    @pytest.fixture
    def description(self, description_of: Callable[[str], Description]) -> Description:
        return description_of("activecampaign")


class TestActiveCampaign(Described, SourceContract):
    connector = ActiveCampaign
    settings = SETTINGS
    samples = SAMPLES
    fake = Vendor


class Contacts(FakeSystem):
    """Contacts, a tag and a field with the number 3; a tag's place has the contact's number."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.had: dict[tuple[str, str], str] = {}

    def _serve(self, request: httpx.Request) -> httpx.Response:
        (_, name, *rest), body = self.path(request).split("/"), body_of(request) or {}
        # Nothing subscribes (contactLists) or creates (contact/sync, import/bulk_import).
        assert name in ("tags", "fields", "contacts", "contactTags")
        key = str(body["contactTag"]["contact"]) if "contactTag" in body else "".join(rest[:1])
        if key and (key not in self.people or key in self.refused):
            said = {"message": "no", "errors": [{"title": self.complaint(self.person(1))}]}
            return httpx.Response(422 if key in self.people else 404, json=said)
        if "contact" in body:
            self.had[key, "field"] = body["contact"]["fieldValues"][0]["value"]
        elif request.method != "GET":
            self.had |= {(key, "tag"): "yes" if request.method == "POST" else ""}
        after = request.url.params.get("id_greater", "")
        people = [each for each in self.people if each > after and key in ("", each)]
        places = [
            {"id": who, "contact": who, kind: "3", "value": value}
            for (who, kind), value in self.had.items() if value and who in people
        ]  # fmt: skip
        return httpx.Response(201 if request.method == "POST" else 200, json={
            "tags": [{"id": "3", "tag": "Loyal", "tagType": "contact"}],
            "fields": [{"id": "3", "title": "Town"}], "meta": {"total": "1"},
            "contacts": [{"id": each} for each in people], "contactLists": [],
            "contactTags": [each for each in places if "tag" in each],
            "fieldValues": [each for each in places if "field" in each],
        })  # fmt: skip


def put(value: str) -> list[Written]:
    fields = {"fieldValues": [{"field": "3", "value": value}]}
    return [Written("PUT", "/contacts/7001", {"contact": fields})]


class TestActiveCampaignDestination(Described, DestinationContract):
    connector = ActiveCampaign
    settings = SETTINGS
    fake = Contacts
    writes = {
        (LOYAL, "yes"): [Written("POST", "/contactTags", {"contactTag": PLACE})],
        (LOYAL, None): [Written("DELETE", "/contactTags/7001")],
        (TOWN, "Odense"): put("Odense"),
        (TOWN, None): put(""),
    }


@pytest.fixture
def served() -> Iterator[tuple[ActiveCampaign, Any]]:
    account = ActiveCampaign.model_validate(SETTINGS)
    with serving(account, SAMPLES, Vendor) as api:
        yield account, api.samples


def test_only_an_active_place_on_a_list_is_a_grant(served: Any) -> None:
    read = pages(served[0], "contacts", NOON)
    assert told(read, "ListMember", "contact", "title", "status") == [
        ("1001", "Newsletter", "subscribed"), ("1001", "Sale", "pending"),
        ("1002", "Newsletter", "cleaned"), ("1003", "Newsletter", "unsubscribed"),
    ]  # fmt: skip
    assert told(read, "Consent", "contact", "list", "granted", "reason") == [
        ("1001", "1", True, "asked"), ("1002", None, False, "bounce"),
        ("1003", "1", False, "asked"),
    ]  # fmt: skip
    days = [str(at)[:10] for (at,) in told(read, "Consent", "at")]
    assert days == ["2025-03-20", "2021-05-12", "2026-08-01"]


def test_fields_are_typed_and_events_name_their_campaign(served: Any) -> None:
    account, read = served[0], pages(served[0], "contacts", NOON)
    # A field that the account does not have says nothing; one without a value is empty.
    assert told(read, "Contact", "birthday", "custom")[:2] == [
        (date(1984, 3, 3), {"materials": "Wool, Silk"}), (None, {"materials": None}),
    ]  # fmt: skip
    assert told(read, "GroupMember", "contact", "title") == [
        ("1001", "Loyal"), ("1001", "Wool fan"), ("1003", "Loyal"),
    ]  # fmt: skip
    assert told(read, "Deleted", "noun", "id") == [("Contact", "1005")]
    events = [*pages(account, "bounces", NOON), *read]
    assert told(events, "MessageEvent", "contact", "message", "kind", "hard") == [
        ("1002", "41", "bounced", True), ("1003", "42", "bounced", None),
        ("1003", "41", "unsubscribed", None),
    ]  # fmt: skip
    sent = told(pages(account, "campaigns", NOON), "Message", "id", "kind")
    assert sent == [("41", "campaign"), ("42", "automation")]


def test_nothing_is_lost_that_a_date_does_not_tell(served: Any) -> None:
    account, people = served[0], served[1]["/contacts"]
    (*_, first) = pages(account, "contacts", NOON)
    # A tag that moves no date, and a change within the day on which the filter begins.
    people[0]["contactTags"].pop(0)
    people[1] |= {"firstName": "Johnny", "udate": (NOON + timedelta(minutes=30)).isoformat()}
    later = pages(account, "contacts", NOON + timedelta(hours=1), first.state)
    assert told(later, "Contact", "id", "first_name") == [("1002", "Johnny"), ("1003", "Astrid")]
    night = pages(account, "contacts", NOON + timedelta(days=1), later[-1].state)
    assert told(night, "GroupMember", "contact", "group") == [("1001", "12"), ("1003", "11")]
    assert [first.whole, later[-1].whole, night[-1].whole] == [True, False, True]


def test_an_answer_without_the_lists_beside_is_broken(served: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(f"{__name__}.INCLUDED", ())
    with pytest.raises(Broken, match="contactLists"):
        pages(served[0], "contacts", NOON)
