"""ActiveCampaign, held against the suite and its vendor's description."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
import respx

from connectors.activecampaign import INCLUDED, ActiveCampaign
from connectors.kit import Broken, Page, Record, Window
from connectors.kit.testing import Description, FakeApi, FakeClock, SourceContract
from connectors.kit.testing.samples import load

SAMPLES = Path(__file__).parent / "samples" / "activecampaign.json"
FIELDS = {"birthday": "Born", "custom.materials": "MATERIALS", "custom.worn": "worn"}
SETTINGS = {
    "url": "https://example.api-us1.com", "api_key": "a key to look for", "crm": True,
    "fields": FIELDS,
}  # fmt: skip
NOON = datetime(2026, 8, 2, 12, tzinfo=UTC)
HONOLULU = ZoneInfo("Pacific/Honolulu")


class Vendor(FakeApi):
    """Puts what `include` names beside contacts; filters from the day after, as in Honolulu."""

    def _serve(self, request: httpx.Request) -> httpx.Response:
        body = super()._serve(request).json()
        if "meta" in body and self.path(request) != "/deals":
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
    return at.astimezone(HONOLULU).isoformat()[:10]


class TestActiveCampaign(SourceContract):
    connector = ActiveCampaign
    settings = SETTINGS
    samples = SAMPLES
    fake = Vendor

    @pytest.fixture
    def description(self, description_of: Callable[[str], Description]) -> Description:
        return description_of("activecampaign")


@pytest.fixture
def account() -> ActiveCampaign:
    account = ActiveCampaign.model_validate(SETTINGS)
    account._clock = FakeClock()
    return account


@pytest.fixture
def api(account: ActiveCampaign) -> Iterator[FakeApi]:
    with respx.mock(assert_all_called=False) as router:
        fake = Vendor(account, load(SAMPLES, account), FakeClock())
        router.route().mock(side_effect=fake)
        yield fake


def pages(
    account: ActiveCampaign, stream: str, until: datetime = NOON, state: str | None = None
) -> list[Page]:
    return list(account.read(stream, Window(until=until, live=True), state))


def told(pages: list[Page], kind: str, *names: str) -> list[Any]:
    """The values of these names, of every record of a kind."""
    found: list[Record] = [each for page in pages for each in page.records]
    return [
        tuple(getattr(each, name) for name in names)
        for each in found
        if type(each).__name__ == kind
    ]


@pytest.mark.usefixtures("api")
def test_only_an_active_place_on_a_list_is_a_grant(account: ActiveCampaign) -> None:
    read = pages(account, "contacts")
    assert told(read, "ListMember", "contact", "title", "status") == [
        ("1001", "Newsletter", "subscribed"), ("1001", "Sale", "pending"),
        ("1002", "Newsletter", "cleaned"), ("1003", "Newsletter", "unsubscribed"),
    ]  # fmt: skip
    assert told(read, "Consent", "contact", "list", "granted", "reason") == [
        ("1001", "1", True, "asked"), ("1002", None, False, "bounce"),
        ("1003", "1", False, "asked"),
    ]  # fmt: skip
    assert [at.isoformat()[:10] for (at,) in told(read, "Consent", "at")] == [
        "2025-03-20", "2021-05-12", "2026-08-01",
    ]  # fmt: skip


@pytest.mark.usefixtures("api")
def test_fields_are_typed_and_events_name_their_campaign(account: ActiveCampaign) -> None:
    read = pages(account, "contacts")
    # A field that the account does not have says nothing; one without a value is empty.
    assert told(read, "Contact", "birthday", "custom")[:2] == [
        (date(1984, 3, 3), {"materials": "Wool, Silk"}), (None, {"materials": None}),
    ]  # fmt: skip
    assert told(read, "GroupMember", "contact", "title") == [
        ("1001", "Loyal"), ("1001", "Wool fan"), ("1003", "Loyal"),
    ]  # fmt: skip
    assert told(read, "Deleted", "noun", "id") == [("Contact", "1005")]
    events = [*pages(account, "bounces"), *read]
    assert told(events, "MessageEvent", "contact", "message", "kind", "hard") == [
        ("1002", "41", "bounced", True), ("1003", "42", "bounced", None),
        ("1003", "41", "unsubscribed", None),
    ]  # fmt: skip
    sent = told(pages(account, "campaigns"), "Message", "id", "kind")
    assert sent == [("41", "campaign"), ("42", "automation")]
    assert told(pages(account, "deals"), "Deal", "contact", "status", "amount", "currency") == [
        ("1001", "open", 57600, "USD"), (None, "won", 1200, "JPY"),
    ]  # fmt: skip
    assert "deals" not in {
        each.name for each in account.model_copy(update={"crm": False}).streams()
    }


def test_nothing_is_lost_that_a_date_does_not_tell(account: ActiveCampaign, api: FakeApi) -> None:
    (*_, first) = pages(account, "contacts")
    people: Any = api.samples["/contacts"]
    # A tag that moves no date, and a change within the day on which the filter begins.
    people[0]["contactTags"].pop(0)
    people[1] |= {"firstName": "Johnny", "udate": (NOON + timedelta(minutes=30)).isoformat()}
    later = pages(account, "contacts", NOON + timedelta(hours=1), first.state)
    assert told(later, "Contact", "id", "first_name") == [("1002", "Johnny"), ("1003", "Astrid")]
    night = pages(account, "contacts", NOON + timedelta(days=1), later[-1].state)
    assert told(night, "GroupMember", "contact", "group") == [("1001", "12"), ("1003", "11")]
    assert [first.whole, later[-1].whole, night[-1].whole] == [True, False, True]


def test_an_answer_without_what_was_asked_for_beside_is_broken(account: ActiveCampaign) -> None:
    with respx.mock as router:
        plain = FakeApi(account, load(SAMPLES, account), FakeClock())
        router.route().mock(side_effect=plain)
        with pytest.raises(Broken, match="contactLists"):
            pages(account, "contacts")
