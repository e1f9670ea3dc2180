"""Klaviyo as a source, held against the suite and its vendor's description."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import respx

from connectors.kit import Consent, Contact, Window
from connectors.kit.testing import Description, FakeApi, FakeClock, SourceContract
from connectors.kit.testing.samples import load
from connectors.klaviyo import Klaviyo

SAMPLES = Path(__file__).parent / "samples" / "klaviyo.json"
SETTINGS = {"api_key": "pk_a key to look for", "fields": {"gender": "Gender"}}
SARAH, BO, EVA, IB = (f"01GDDKASAP8TKDDA2GRZDSVP4{last}" for last in "HJKM")
CONSENTED = datetime(2023, 2, 21, 20, 7, 38, tzinfo=UTC)
EVER = datetime(2100, 1, 1, tzinfo=UTC)


class TestKlaviyo(SourceContract):
    connector = Klaviyo
    settings = SETTINGS
    samples = SAMPLES

    @pytest.fixture
    def description(self, description_of: Callable[[str], Description]) -> Description:
        return description_of("klaviyo")


class Vendor(FakeApi):
    """Leaves out what is not strictly greater, as the vendor does."""

    def _serve(self, request: httpx.Request) -> httpx.Response:
        body = super()._serve(request).json()
        asked = request.url.params.get("filter", "")
        if asked.startswith("greater-than(updated,"):
            bound = datetime.fromisoformat(asked[len("greater-than(updated,") : -1])
            body["data"] = [row for row in body["data"] if _updated(row) > bound]
        return httpx.Response(200, json=body)


def _updated(row: Any) -> datetime:
    return datetime.fromisoformat(row["attributes"]["updated"])


@pytest.fixture
def klaviyo() -> Klaviyo:
    klaviyo = Klaviyo.model_validate(SETTINGS)
    klaviyo._clock = FakeClock()
    return klaviyo


@pytest.fixture
def api(klaviyo: Klaviyo) -> Iterator[Vendor]:
    with respx.mock(assert_all_called=False) as router:
        fake = Vendor(klaviyo, load(SAMPLES, klaviyo), FakeClock())
        router.route().mock(side_effect=fake)
        yield fake


def records(klaviyo: Klaviyo, stream: str, since: datetime | None = None) -> list[Any]:
    window = Window(until=EVER, since=since, live=True)
    return [each for page in klaviyo.read(stream, window) for each in page.records]


@pytest.mark.usefixtures("api")
def test_a_profile_is_a_contact_with_its_properties(klaviyo: Klaviyo) -> None:
    sarah, bo, *_ = [each for each in records(klaviyo, "profiles") if isinstance(each, Contact)]
    assert (sarah.email, sarah.language, sarah.city, sarah.job_role) == (
        "sarah.mason@klaviyo-demo.com", "en-US", "New York", "Regional Manager",
    )  # fmt: skip
    assert sarah.custom == {"pseudonym": "Dr. Octopus"}
    assert (bo.gender, bo.language, bo.city) == ("female", None, None)
    assert bo.custom == {"Gender": "F", "Points": 12, "Tags": ("a", "b")}


@pytest.mark.usefixtures("api")
def test_each_channel_states_its_own_consent_and_a_suppression_wins(klaviyo: Klaviyo) -> None:
    stated = [each for each in records(klaviyo, "profiles") if isinstance(each, Consent)]
    assert [
        (each.contact, each.channel, each.list, each.granted, each.reason) for each in stated
    ] == [
        (SARAH, "email", None, True, "asked"),
        (SARAH, "email", "Y6nRLs", False, "asked"),
        (SARAH, "sms", None, True, "asked"),
        (SARAH, "push", None, True, "asked"),
        (SARAH, "tracking", None, False, "asked"),
        (BO, "email", None, False, "bounce"),
        (IB, "email", None, False, "asked"),
    ]
    assert (stated[0].method, stated[0].origin, stated[0].at) == (
        "double", "mydomain.com/signup", CONSENTED,
    )  # fmt: skip
    assert stated[-1].at == datetime(2022, 11, 8, 2, tzinfo=UTC)


@pytest.mark.usefixtures("api")
def test_being_on_a_list_is_no_consent(klaviyo: Klaviyo) -> None:
    assert [
        (each.list, each.contact, each.status) for each in records(klaviyo, "list_members")
    ] == [
        ("Y6nRLr", SARAH, "subscribed"),
        ("Y6nRLr", BO, "cleaned"),
        ("Y6nRLs", SARAH, "unsubscribed"),
        ("Y6nRLs", EVA, "none"),
        ("Y6nRLs", IB, "unsubscribed"),
    ]
    (member,) = records(klaviyo, "group_members")
    assert (member.contact, member.group, member.title) == (SARAH, "VRgFBe", "Repeat Purchasers")


@pytest.mark.usefixtures("api")
def test_campaigns_that_went_out_and_flows_are_messages(klaviyo: Klaviyo) -> None:
    assert [(each.id, each.channel) for each in records(klaviyo, "campaigns")] == [
        ("01HC", "email"), ("01HD", "email"),
    ]  # fmt: skip
    assert {each.channel for each in records(klaviyo, "sms_campaigns")} == {"sms"}
    assert [(each.id, each.kind) for each in records(klaviyo, "flows")] == [
        ("VRgFBd", "automation")
    ]


@pytest.mark.usefixtures("api")
def test_events_are_graded_by_apples_flag_and_by_the_kind_of_bounce(klaviyo: Klaviyo) -> None:
    found = records(klaviyo, "events")
    assert [(each.kind, each.evidence, each.hard) for each in found] == [
        ("delivered", "probable", None),
        ("opened", "machine", None),
        ("opened", "human", None),
        ("opened", "probable", None),
        ("clicked", "probable", None),
        ("bounced", "probable", True),
        ("bounced", "probable", False),
        ("complained", "probable", None),
        ("unsubscribed", "probable", None),
    ]
    assert (found[4].message, found[4].link) == ("VRgFBd", "https://shop.example/a")


def test_profiles_of_the_very_second_of_the_checkpoint_are_read_again(
    klaviyo: Klaviyo, api: Vendor
) -> None:
    found = records(klaviyo, "profiles", datetime(2022, 11, 8, 2, tzinfo=UTC))
    assert [each.id for each in found if isinstance(each, Contact)] == [EVA, IB]
    asked = api.requests[-1].url.params
    assert asked["filter"] == "greater-than(updated,2022-11-08T01:59:59Z)"
    assert api.requests[-1].headers["revision"] == "2026-10-15"


@pytest.mark.usefixtures("api")
def test_a_row_from_the_future_moves_no_checkpoint_past_the_present(klaviyo: Klaviyo) -> None:
    now = datetime(2022, 11, 8, 1, 30, tzinfo=UTC)
    pages = list(klaviyo.read("profiles", Window(until=now, live=True)))
    assert [page.cursor for page in pages] == [now]
    assert len([each for page in pages for each in page.records if isinstance(each, Contact)]) == 4
