"""ActiveCampaign, held against the suite and its vendor's description."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
import respx

from connectors.activecampaign import INCLUDED, ActiveCampaign
from connectors.kit import (
    Broken,
    Consent,
    Contact,
    Deal,
    Deleted,
    GroupMember,
    ListMember,
    Message,
    MessageEvent,
    Page,
    Window,
)
from connectors.kit.testing import Description, FakeApi, FakeClock, SourceContract

SAMPLES = Path(__file__).parent / "samples" / "activecampaign.json"
SETTINGS = {
    "url": "https://example.api-us1.com",
    "api_key": "a key to look for",
    "crm": True,
    "fields": {"birthday": "Born", "custom.materials": "MATERIALS", "custom.worn": "worn"},
}
NOON = datetime(2026, 8, 2, 12, tzinfo=UTC)
HONOLULU = ZoneInfo("Pacific/Honolulu")


class Vendor(FakeApi):
    """Puts lists, tags and values beside a page of contacts, where `include` asks for them."""

    def _serve(self, request: httpx.Request) -> httpx.Response:
        answer = super()._serve(request)
        body = answer.json()
        if "meta" in body and self.path(request) != "/deals":
            body["meta"]["total"] = str(body["meta"]["total"])
        rows = [row for row in body.get("contacts", ()) if isinstance(row, dict)]
        asked = "include" in request.url.params
        for name in INCLUDED if self.path(request) == "/contacts" else ():
            own = [(row, row.pop(name, ())) for row in rows]
            if asked:
                body[name] = [each for _, theirs in own for each in theirs]
                for row, theirs in own:
                    row[name] = [each["id"] for each in theirs]
        return httpx.Response(answer.status_code, json=body)


class Forgetful(Vendor):
    """Filters by days of Honolulu, and leaves out the day itself."""

    def _serve(self, request: httpx.Request) -> httpx.Response:
        answer = super()._serve(request)
        day = request.url.params.get("filters[updated_after]", "")
        body = answer.json()
        if "contacts" in body:
            body["contacts"] = [
                row
                for row in body["contacts"]
                if datetime.fromisoformat(row["udate"]).astimezone(HONOLULU).isoformat()[:10] > day
            ]
        return httpx.Response(answer.status_code, json=body)


class TestActiveCampaign(SourceContract):
    connector = ActiveCampaign
    settings = SETTINGS
    samples = SAMPLES
    fake = Vendor

    @pytest.fixture
    def description(self, description_of: Callable[[str], Description]) -> Description:
        return description_of("activecampaign")


@pytest.fixture
def raws() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(SAMPLES.read_text("utf-8"))
    bounces = loaded.pop("bounces").items()
    named = {name if name[0] == "/" else f"/{name}": rows for name, rows in loaded.items()}
    return named | {f"/contacts/{id_}/bounceLogs": rows for id_, rows in bounces}


@pytest.fixture
def account() -> ActiveCampaign:
    account = ActiveCampaign.model_validate(SETTINGS)
    account._clock = FakeClock()
    return account


@pytest.fixture
def api(account: ActiveCampaign, raws: dict[str, Any]) -> Iterator[FakeApi]:
    with respx.mock(assert_all_called=False) as router:
        fake = Forgetful(account, raws, FakeClock())
        router.route().mock(side_effect=fake)
        yield fake


def pages(
    account: ActiveCampaign, stream: str, until: datetime = NOON, state: str | None = None
) -> list[Page]:
    return list(account.read(stream, Window(until=until, live=True), state))


def records(account: ActiveCampaign, stream: str, *kinds: type) -> list[Any]:
    found = [each for page in pages(account, stream) for each in page.records]
    return [each for each in found if not kinds or isinstance(each, kinds)]


@pytest.mark.usefixtures("api")
def test_only_an_active_place_on_a_list_is_a_grant(account: ActiveCampaign) -> None:
    assert [
        (each.contact, each.list, each.granted, each.reason, each.at.date().isoformat())
        for each in records(account, "contacts", Consent)
    ] == [
        ("1001", "1", True, "asked", "2025-03-20"),
        ("1002", None, False, "bounce", "2021-05-12"),
        ("1003", "1", False, "asked", "2026-08-01"),
    ]
    assert [
        (each.contact, each.title, each.status) for each in records(account, "contacts", ListMember)
    ] == [
        ("1001", "Newsletter", "subscribed"),
        ("1001", "Sale", "pending"),
        ("1002", "Newsletter", "cleaned"),
        ("1003", "Newsletter", "unsubscribed"),
    ]


@pytest.mark.usefixtures("api")
def test_a_contact_has_typed_fields_a_company_and_tags(account: ActiveCampaign) -> None:
    jane, john, *_ = records(account, "contacts", Contact)
    assert (jane.birthday, jane.company, john.company) == (date(1984, 3, 3), "31", None)
    # A field that the account does not have says nothing; one without a value is empty.
    assert [jane.custom, john.custom] == [{"materials": "Wool, Silk"}, {"materials": None}]
    assert [(each.contact, each.title) for each in records(account, "contacts", GroupMember)] == [
        ("1001", "Loyal"),
        ("1001", "Wool fan"),
        ("1003", "Loyal"),
    ]
    assert records(account, "contacts", Deleted) == [Deleted(noun="Contact", id="1005")]


@pytest.mark.usefixtures("api")
def test_bounces_and_unsubscribes_name_their_campaign(account: ActiveCampaign) -> None:
    events = records(account, "bounces") + records(account, "contacts", MessageEvent)
    assert [(each.contact, each.message, each.kind, each.hard) for each in events] == [
        ("1002", "41", "bounced", True),
        ("1003", "42", "bounced", None),
        ("1003", "41", "unsubscribed", None),
    ]
    assert [each.kind for each in records(account, "campaigns", Message)] == [
        "campaign", "automation",
    ]  # fmt: skip


def test_deals_and_companies_are_read_where_the_plan_has_them(
    account: ActiveCampaign, api: FakeApi
) -> None:
    assert [
        (each.contact, each.status, each.amount, each.currency)
        for each in records(account, "deals", Deal)
    ] == [("1001", "open", Decimal(57600), "USD"), (None, "won", Decimal(1200), "JPY")]
    api.requests.clear()
    without = account.model_copy(update={"crm": False})
    assert [each.name for each in without.streams()] == ["contacts", "campaigns", "bounces"]
    assert records(without, "contacts", Contact)[0].company is None
    assert "/accountContacts" not in map(api.path, api.requests)


def test_nothing_is_lost_that_a_date_does_not_tell(
    account: ActiveCampaign, api: FakeApi, raws: dict[str, Any]
) -> None:
    (*_, last) = pages(account, "contacts")
    assert last.whole
    jane, john, *_ = raws["/contacts"]
    # A tag that moves no date, and a change of this day before which the filter begins.
    jane["contactTags"].pop(0)
    john |= {"firstName": "Johnny", "udate": (NOON + timedelta(minutes=30)).isoformat()}
    raws["/contacts"].pop()
    api.requests.clear()
    later = pages(account, "contacts", NOON + timedelta(hours=1), last.state)
    assert {each.id for page in later for each in page.records if isinstance(each, Contact)} == {
        "1002", "1003",
    }  # fmt: skip
    assert not any(page.whole for page in later)
    assert api.requests[-2].url.params["filters[updated_after]"] == "2026-07-31"
    night = pages(account, "contacts", NOON + timedelta(days=1), later[-1].state)
    tags = [each for page in night for each in page.records if isinstance(each, GroupMember)]
    assert (night[-1].whole, [each.group for each in tags]) == (True, ["12", "11"])


def test_an_answer_without_what_was_asked_for_beside_is_broken(
    account: ActiveCampaign, raws: dict[str, Any], respx_mock: respx.MockRouter
) -> None:
    respx_mock.route().mock(side_effect=FakeApi(account, raws, FakeClock()))
    with pytest.raises(Broken, match="contactLists"):
        pages(account, "contacts")
