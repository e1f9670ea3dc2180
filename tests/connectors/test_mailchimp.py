"""Mailchimp as a source, held against the suite, its vendor's description and recorded payloads."""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import httpx
import pytest
import respx
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from connectors.kit import (
    Consent,
    Contact,
    GroupMember,
    Interest,
    ListMember,
    Message,
    MessageEvent,
    Misconfigured,
    Page,
    Record,
    Unauthorized,
    Unavailable,
    Window,
)
from connectors.kit.testing import Description, FakeApi, FakeClock, SourceContract
from connectors.mailchimp import Mailchimp
from connectors.mailchimp.members import STATUS
from tests.connectors.held import HeldAgainst
from tests.counting import Held

SAMPLES = Path(__file__).parent / "samples" / "mailchimp.json"
AUDIENCE = "a1b2c3d4e5"
SETTINGS: Mapping[str, Any] = {"api_key": "made-up-key-us1", "audience": AUDIENCE}
REPORTS = ("deliveries", "activity", "farewells")
UNTIL = datetime(2024, 5, 10, tzinfo=UTC)
NOW = Window(until=UNTIL)
R = TypeVar("R", bound=Record)


def described(shared: Path) -> Description:
    return Description.load(shared / "api-specs" / "mailchimp" / "marketing-swagger2.json")


def loaded() -> dict[str, list[dict[str, Any]]]:
    raws: dict[str, list[dict[str, Any]]] = json.loads(SAMPLES.read_text("utf-8"))
    return raws


class TestMailchimp(HeldAgainst, SourceContract):
    connector = Mailchimp
    described = staticmethod(described)
    vendor = "mailchimp"
    settings: ClassVar[Mapping[str, Any]] = {**SETTINGS, "campaign_days": 40_000}
    samples = SAMPLES


def configured(**changes: Any) -> Mailchimp:
    """A connection whose clock waits in no time, as every one here that asks for something."""
    source = Mailchimp(**{**SETTINGS, **changes})
    source._clock = FakeClock()
    return source


@pytest.fixture
def news() -> Mailchimp:
    return configured()


@pytest.fixture
def api(news: Mailchimp) -> Iterator[FakeApi]:
    clock = news._clock
    assert isinstance(clock, FakeClock)
    fake = FakeApi(news, loaded(), clock)
    with respx.mock(assert_all_called=False) as router:
        router.route().mock(side_effect=fake)
        yield fake


def key(email: str) -> str:
    return hashlib.md5(email.lower().encode(), usedforsecurity=False).hexdigest()


def members(place: int, **changes: Any) -> dict[str, Any]:
    return {**loaded()[f"/lists/{AUDIENCE}/members"][place], **changes}


def mapped(news: Mailchimp, raw: Any) -> list[Record]:
    """The records of one member, where nothing is known of the account's lists and interests."""
    return list(news.members(raw, lists={}, topics={}))


def of(records: Iterable[Record], kind: type[R]) -> list[R]:
    return [record for record in records if isinstance(record, kind)]


def read(
    news: Mailchimp, stream: str, window: Window = NOW, state: str | None = None
) -> list[Page]:
    return list(news.read(stream, window, state))


def records(pages: Iterable[Page]) -> list[Record]:
    return [record for page in pages for record in page.records]


# -- Members


def test_a_member_is_a_contact_with_what_the_merge_fields_hold() -> None:
    news = Mailchimp(**SETTINGS, fields={"gender": "GENDER", "custom.shoe_size": "SIZE"})
    (contact,) = of(mapped(news, members(0)), Contact)
    assert contact.id == key("Frida.Holm@example.com")
    assert contact.email == "Frida.Holm@example.com"
    assert (contact.first_name, contact.last_name, contact.phone) == (
        "Frida",
        "Holm",
        "+4520304050",
    )
    assert (contact.birth_day, contact.birthday) == ("02-29", None)
    assert (contact.city, contact.postcode, contact.country) == ("Aarhus", "8000", "DK")
    assert (contact.gender, contact.language) == ("female", "da")
    assert contact.custom == {"shoe_size": Decimal(39)}
    assert contact.created == datetime(2024, 1, 10, 8, tzinfo=UTC)
    assert contact.emptied == ()


@pytest.mark.parametrize(
    ("setting", "value", "read"),
    [
        ("BIRTHDAY", "07/14", ("07-14", None)),
        ("BIRTHDAY", "1981-07-14", (None, "1981-07-14")),
        ("BIRTHDAY", "1981-07-14T00:00:00.000Z", (None, "1981-07-14")),
        ({"name": "BIRTHDAY", "format": "%d/%m"}, "29/02", ("02-29", None)),
        ({"name": "BIRTHDAY", "format": "%d-%m-%Y"}, "14-07-1981", (None, "1981-07-14")),
        ("BIRTHDAY", "", (None, None)),
    ],
)
def test_a_birthday_is_read_as_it_is_written(
    setting: Any, value: str, read: tuple[str | None, str | None]
) -> None:
    news = Mailchimp(**SETTINGS, fields={"birthday": setting})
    (contact,) = of(mapped(news, members(0, merge_fields={"BIRTHDAY": value})), Contact)
    assert (contact.birth_day, contact.birthday and contact.birthday.isoformat()) == read
    assert contact.emptied == ()


def test_a_birthday_that_is_none_is_emptied_and_counted() -> None:
    news = Mailchimp(**SETTINGS)
    (contact,) = of(mapped(news, members(0, merge_fields={"BIRTHDAY": "in May"})), Contact)
    assert contact.birthday is None
    assert contact.emptied == ("birthday",)


def test_words_of_a_field_are_mapped() -> None:
    setting = {"gender": {"name": "GENDER", "map": {"Pige": "female"}}}
    news = Mailchimp(**SETTINGS, fields=setting)
    (contact,) = of(mapped(news, members(0, merge_fields={"GENDER": "Pige"})), Contact)
    assert contact.gender == "female"


def test_a_field_that_was_blanked_is_stated_as_blank() -> None:
    news = Mailchimp(**SETTINGS, fields={"custom.size": "SIZE"})
    blank = members(0, merge_fields={"FNAME": "", "SIZE": ""})
    (contact,) = of(mapped(news, blank), Contact)
    assert "first_name" in contact.model_fields_set
    assert (contact.first_name, contact.custom) == (None, {"size": None})


def test_a_mapping_of_an_unknown_field_is_refused() -> None:
    with pytest.raises(ValidationError, match="postcode"):
        Mailchimp(**SETTINGS, fields={"zipcode": "ZIP"})


@pytest.mark.parametrize(
    ("place", "consent", "status"),
    [
        (0, (AUDIENCE, True, "asked", "2024-01-10T08:05:00+00:00"), "subscribed"),
        (1, (AUDIENCE, False, "asked", "2024-05-03T09:00:00+00:00"), "unsubscribed"),
        (2, (None, False, "bounce", "2024-02-01T09:00:00+00:00"), "cleaned"),
        (3, None, "pending"),
        (4, None, "none"),
        (5, None, "archived"),
    ],
)
def test_a_status_states_this_consent_and_no_other(
    news: Mailchimp, place: int, consent: tuple[Any, ...] | None, status: str
) -> None:
    found = mapped(news, members(place))
    stated = [
        (c.list, c.granted, c.reason, str(c.at).replace(" ", "T")) for c in of(found, Consent)
    ]
    assert stated == ([consent] if consent else [])
    (member,) = of(found, ListMember)
    assert (member.status, member.list) == (status, AUDIENCE)
    assert (member.subscribed_at is not None) is (status == "subscribed")


@given(
    status=st.sampled_from([*STATUS, "transactional", "snoozed", ""]),
    opted=st.sampled_from(["", "2024-01-01T00:00:00+00:00"]),
    changed=st.sampled_from(["", "2024-03-01T00:00:00+00:00"]),
)
def test_nothing_but_subscribed_ever_grants(status: str, opted: str, changed: str) -> None:
    raw = members(0, status=status, timestamp_opt=opted, timestamp_signup="", last_changed=changed)
    found = mapped(Mailchimp(**SETTINGS), raw)
    granted = [consent for consent in of(found, Consent) if consent.granted]
    assert bool(granted) is (status == "subscribed" and bool(opted or changed))
    assert [member.status for member in of(found, ListMember)] == [STATUS.get(status, "none")]


@given(status=st.sampled_from([*STATUS, "transactional", ""]))
def test_all_email_adds_a_withdrawal_to_a_farewell_and_changes_nothing_else(status: str) -> None:
    raw = members(0, status=status)
    usual = mapped(Mailchimp(**SETTINGS), raw)
    wide = Mailchimp(**SETTINGS, unsubscribed_means="all email")
    found = mapped(wide, raw)
    added = [record for record in found if record not in usual]
    assert [record for record in found if record in usual] == usual
    assert found == mapped(wide, raw)
    farewells = [c for c in of(usual, Consent) if c.list and not c.granted]
    assert added == [farewell.model_copy(update={"list": None}) for farewell in farewells]
    assert bool(added) is (status == "unsubscribed")


BOXES = {"p1": "Email", "p2": "Post &amp; pakker"}


@pytest.mark.parametrize(
    ("setting", "ticked", "asked", "permission"),
    [
        (None, None, False, None),
        (None, None, True, False),
        (None, [], False, False),
        (None, ["p2"], True, True),
        ("email ", ["p1"], True, True),
        ("p1", ["p1", "p2"], True, True),
        ("Post & pakker", ["p2"], True, True),
        ("Email", ["p2"], True, False),
        ("Email", None, True, False),
        ("Emial", ["p1"], True, False),
    ],
)
def test_a_box_that_is_not_ticked_takes_the_grant_away_and_withdraws_nothing(
    setting: str | None, ticked: list[str] | None, asked: bool, permission: bool | None
) -> None:
    news = Mailchimp(**SETTINGS, email_permission=setting)
    for place, status in enumerate(("subscribed", "unsubscribed", "cleaned", "pending")):
        shown = {} if ticked is None else {"marketing_permissions": boxes(*ticked)}
        lists = {AUDIENCE: {"marketing_permissions": asked}}
        found = of(news.members(members(place, **shown), lists=lists, topics={}), Consent)
        usual = of(mapped(Mailchimp(**SETTINGS), members(place)), Consent)
        assert [each.permission for each in found] == [permission] * (status == "subscribed") + [
            None
        ] * (len(usual) - (status == "subscribed"))
        assert [each.model_copy(update={"permission": None}) for each in found] == usual
    assert news.gate() == (setting or "")


def boxes(*ticked: str) -> list[dict[str, Any]]:
    return [
        {"marketing_permission_id": id_, "text": text, "enabled": id_ in ticked}
        for id_, text in BOXES.items()
    ]


@pytest.mark.parametrize(
    ("setting", "said"),
    [(None, "which of them means email?"), ("Emial", "none is 'Emial'"), ("P1", None)],
)
def test_a_person_is_asked_which_permission_means_email(
    api: FakeApi, setting: str | None, said: str | None
) -> None:
    for raw in api.samples[f"/lists/{AUDIENCE}/members"]:
        raw["marketing_permissions"] = boxes("p2")
    news = configured(email_permission=setting)
    (page,) = read(news, "members")
    assert len(page.questions) == (said is not None)
    for question in page.questions:
        assert said is not None
        assert said in question
        assert '"Email", "Post & pakker"' in question
        assert 'email_permission = "Email"' in question
    assert not read(news, "complaints")[0].questions


@pytest.mark.parametrize(
    ("status", "granted"), [("subscribed", [True]), ("unsubscribed", [False]),
                            ("nonsubscribed", []), ("pending", [])],
)  # fmt: skip
def test_the_status_of_text_messages_is_a_consent_with_its_own_time(
    news: Mailchimp, status: str, granted: list[bool]
) -> None:
    at = "2024-04-01T10:00:00+00:00"
    raw = members(
        3, merge_fields={}, sms_phone_number="+4520304060", sms_subscription_status=status,
        sms_subscription_last_updated=at,
    )  # fmt: skip
    found = mapped(news, raw)
    stated = [(each.granted, each.phone, each.list, each.at) for each in of(found, Consent)]
    moment = datetime(2024, 4, 1, 10, tzinfo=UTC)
    assert stated == [(each, "+4520304060", AUDIENCE, moment) for each in granted]
    assert {each.channel for each in of(found, Consent)} <= {"sms"}
    (contact,) = of(found, Contact)
    assert contact.phone == "+4520304060"


def test_members_are_told_by_title_and_interests_by_name(news: Mailchimp, api: FakeApi) -> None:
    found = records(read(news, "members"))
    assert {member.title for member in of(found, ListMember)} == {"Nyhedsbrev"}
    (interest,) = of(found, Interest)
    assert (interest.topic, interest.source) == ("Strik", "stated")
    assert interest.contact == key("Frida.Holm@example.com")


def test_names_that_mailchimp_escapes_are_read_as_they_were_typed(news: Mailchimp) -> None:
    raw = members(0, interests={"i1": True}, tags=[{"id": 7, "name": "Ost &amp; vin"}])
    topics, lists = {"i1": {"name": "Mad &amp; vin"}}, {AUDIENCE: {"name": "A &amp;amp; B"}}
    found = list(news.members(raw, lists=lists, topics=topics))
    assert [interest.topic for interest in of(found, Interest)] == ["Mad & vin"]
    assert [member.title for member in of(found, ListMember)] == ["A & B"]
    (tagged,) = of(found, GroupMember)
    assert (tagged.contact, tagged.group, tagged.title) == (raw["id"], "7", "Ost & vin")
    campaign = loaded()["/campaigns"][0]
    (message,) = news.campaigns({**campaign, "settings": {"subject_line": "Mad &amp; vin"}})
    assert message.title == "Mad & vin"


def test_members_are_read_whole_and_in_an_order_that_does_not_move(
    news: Mailchimp, api: FakeApi
) -> None:
    assert [page.whole for page in read(news, "members")] == [True]
    (request,) = [each for each in api.requests if each.url.path.endswith("/members")]
    assert request.url.params["sort_field"] == "timestamp_signup"
    assert request.url.params["count"] == "1000"
    assert "since_last_changed" not in request.url.params


def test_a_broken_member_keeps_the_read_from_being_whole(news: Mailchimp, api: FakeApi) -> None:
    rows = api.samples[f"/lists/{AUDIENCE}/members"]
    del rows[1]["status"]
    (page,) = read(news, "members")
    assert not page.whole
    (reject,) = page.rejects
    assert reject.path == "$.status"
    assert rows[1]["email_address"] not in repr(reject)


def test_an_audience_that_is_not_there_is_told_with_those_that_are(api: FakeApi) -> None:
    wrong = configured(audience="nothere")
    with pytest.raises(Misconfigured, match=r"a1b2c3d4e5 \(Nyhedsbrev\), ffffffff00 \(Presse\)"):
        read(wrong, "members")


# -- Complaints


def test_who_complained_has_withdrawn_from_every_list(news: Mailchimp, api: FakeApi) -> None:
    (said,) = of(records(read(news, "complaints")), Consent)
    assert said.contact == key("ole.skov@example.com")
    assert (said.channel, said.list, said.granted) == ("email", None, False)
    assert (said.reason, said.at) == ("complaint", datetime(2024, 5, 3, 9, tzinfo=UTC))
    assert api.requests


# -- Campaigns and what was done with them


def events(news: Mailchimp, report: str, window: Window = NOW) -> list[MessageEvent]:
    return of(records(read(news, report, window)), MessageEvent)


def paths(api: FakeApi) -> list[str]:
    return [each.url.path.removeprefix("/3.0") for each in api.requests]


def test_only_campaigns_that_went_out_to_the_audience_are_messages(
    news: Mailchimp, api: FakeApi
) -> None:
    first = api.samples["/campaigns"][0]
    rows: Any = api.samples["/campaigns"]
    rows += [
        {**first, "id": "draft", "status": "save", "send_time": ""},
        {**first, "id": "other", "recipients": {"list_id": "ffffffff00"}},
    ]
    found = of(records(read(news, "campaigns")), Message)
    assert [(message.id, message.title) for message in found] == [
        ("c0ffee0001", "Majnyt"),
        ("c0ffee0002", "Nyt på hylderne"),
    ]
    assert found[0].sent_at == datetime(2024, 5, 2, 10, tzinfo=UTC)
    assert api.requests[0].url.params["list_id"] == AUDIENCE
    assert api.requests[0].url.params["status"] == "sent"


def test_reports_become_events_of_each_person(news: Mailchimp, api: FakeApi) -> None:
    frida, ole, eva = (
        key(f"{name}@example.com") for name in ("frida.holm", "ole.skov", "eva.lund")
    )
    found = [event for report in REPORTS for event in events(news, report)]
    told = [
        (each.message[-1], each.contact, each.kind, each.at.strftime("%d %H:%M"), each.link)
        for each in found
        if isinstance(each.at, datetime)
    ]
    assert sorted(told, key=repr) == sorted(
        [
            ("1", frida, "delivered", "02 10:00", None),
            ("1", ole, "delivered", "02 10:00", None),
            ("1", eva, "bounced", "02 10:02", None),
            ("1", frida, "opened", "02 11:00", None),
            ("1", frida, "clicked", "02 11:01", "https://shop.example/strik"),
            ("1", frida, "clicked", "02 11:01", "https://shop.example/garn"),
            ("1", frida, "opened", "04 19:30", None),
            ("1", ole, "unsubscribed", "03 09:00", None),
            ("2", frida, "delivered", "09 10:00", None),
        ],
        key=repr,
    )
    assert {each.evidence for each in found} == {"probable"}
    assert {each.kind: each.hard for each in found} == {
        "delivered": None, "opened": None, "clicked": None, "unsubscribed": None, "bounced": True,
    }  # fmt: skip
    assert len({each.id for each in found}) == len(found)


def test_a_later_read_asks_only_for_what_is_new(news: Mailchimp, api: FakeApi) -> None:
    window = Window(until=UNTIL, since=datetime(2024, 5, 4, tzinfo=UTC))
    found = [event for report in REPORTS for event in events(news, report, window)]
    assert ("2", "delivered") in [(each.message[-1], each.kind) for each in found]
    assert "unsubscribed" not in {each.kind for each in found}
    assert "/reports/c0ffee0001/sent-to" not in paths(api)
    activity = next(each for each in api.requests if each.url.path.endswith("email-activity"))
    assert activity.url.params["since"] == "2024-05-03T23:59:59+00:00"


def test_older_campaigns_are_looked_through_once_a_day_and_nothing_is_missed(
    news: Mailchimp, api: FakeApi
) -> None:
    later = datetime(2024, 7, 1, 6, tzinfo=UTC)

    def hourly(hours: int, state: str | None) -> tuple[list[str], str | None]:
        until = later + timedelta(hours=hours)
        window = Window(until=until, since=until - timedelta(hours=49))
        api.requests.clear()
        pages = read(news, "activity", window, state)
        return [str(each.url.params.get("since")) for each in api.requests[1:]], pages[-1].state

    # Two days of reports are counted late, and one second belongs to the edge.
    assert hourly(0, "2024-06-29") == (["2024-06-26T23:59:59+00:00"] * 2, "2024-07-01")
    assert hourly(1, "2024-07-01") == ([], "2024-07-01")
    assert hourly(120, "2024-07-01") == (["2024-06-28T23:59:59+00:00"] * 2, "2024-07-06")
    assert hourly(0, None) == (["2024-06-29T04:59:59+00:00"] * 2, "2024-07-01")


def test_campaigns_of_long_ago_are_left_alone(news: Mailchimp, api: FakeApi) -> None:
    until = UNTIL + timedelta(days=500)
    for since in (None, until - timedelta(days=1)):
        for report in REPORTS:
            read(news, report, Window(until=until, since=since))
    assert set(paths(api)) == {"/campaigns"}


@pytest.mark.parametrize("row", [None, {}, {"email_id": "x", "activity": [{}]},
                                 {"activity": [{"action": "open"}]},
                                 {"email_id": "x", "activity": ["open"]}])  # fmt: skip
def test_a_broken_row_of_a_report_stops_no_other(news: Mailchimp, api: FakeApi, row: Any) -> None:
    good = records(read(news, "activity"))
    rows: Any = api.samples["/reports/c0ffee0001/email-activity"]
    rows.insert(0, row)
    pages = read(news, "activity")
    assert records(pages) == good
    rejects = [reject for page in pages for reject in page.rejects]
    assert len(rejects) == 1


# -- Its key, and its limits


@pytest.mark.parametrize("key", ["nokey", "abc-", "abc-us1.evil.example/", "abc-us1@evil"])
def test_a_key_without_a_data_centre_is_told_at_check(key: str) -> None:
    with pytest.raises(Misconfigured, match="data centre"):
        Mailchimp(api_key=key, audience=AUDIENCE).check()


def test_the_key_says_where_the_account_lives() -> None:
    news = Mailchimp(api_key="0123456789-us21\n", audience=AUDIENCE)
    news.check()
    assert news.address == "https://us21.api.mailchimp.com/3.0"


def test_an_address_of_ones_own_needs_no_data_centre() -> None:
    news = Mailchimp(api_key="sandbox", audience=AUDIENCE, url="http://127.0.0.1:9/3.0/")
    news.check()
    assert news.address == "http://127.0.0.1:9/3.0"


def test_a_refusal_without_json_means_later(news: Mailchimp, api: FakeApi) -> None:
    api.faults = [httpx.Response(403, html="<html>slow down</html>")]
    assert records(read(news, "members"))
    api.outage = httpx.Response(403, html="<html>slow down</html>")
    with pytest.raises(Unavailable):
        read(news, "members")


def test_a_refusal_with_json_is_about_the_key(news: Mailchimp, api: FakeApi) -> None:
    api.outage = httpx.Response(
        403,
        headers={"Content-Type": "application/problem+json"},
        content=b'{"title": "Forbidden", "status": 403}',
    )
    with pytest.raises(Unauthorized):
        read(news, "members")


# -- What was recorded from the real one


@pytest.fixture
def recorded(shared: Path) -> list[dict[str, Any]]:
    file = shared / "data" / "payloads" / "mailchimp" / "grouparoo_import_records.json"
    found: list[dict[str, Any]] = json.loads(file.read_text("utf-8"))
    return found


def test_recorded_lists_and_members_load(
    recorded: list[dict[str, Any]], shared: Path, held: Held
) -> None:
    description = described(shared)
    bodies = {"/3.0/lists": next(each["body"] for each in recorded if each["path"] == "/3.0/lists")}
    audience = "a36b032126"
    list_path = f"/3.0/lists/{audience}/members"
    whole = [
        e["body"] for e in recorded if e["path"] == list_path and len(e["body"]["members"]) == 10
    ]
    bodies[list_path] = whole[0]
    categories = f"/3.0/lists/{audience}/interest-categories"
    bodies[categories] = {"list_id": audience, "categories": [], "total_items": 0}

    def answer(request: httpx.Request) -> httpx.Response:
        description.check_request("GET", request.url.path, dict(request.url.params))
        body = bodies[request.url.path]
        description.check_response("GET", request.url.path, 200, body)
        return httpx.Response(200, json=body)

    news = configured(api_key="made-up-key-us3", audience=audience, fields={"custom.ltv": "LTV"})
    with respx.mock() as router:
        router.route().mock(side_effect=answer)
        (page,) = read(news, "members")
    assert page.whole
    assert list(page.rejects) == []
    contacts = of(page.records, Contact)
    assert len(contacts) == 10
    assert all(contact.email and contact.id == key(contact.email) for contact in contacts)
    assert {consent.granted for consent in of(page.records, Consent)} == {True}
    titles = {each["id"]: each["name"] for each in bodies["/3.0/lists"]["lists"]}
    assert {m.title for m in of(page.records, ListMember)} == {titles[audience]}
    dorthy = next(contact for contact in contacts if contact.first_name == "Dorthy")
    assert dorthy.custom == {"ltv": Decimal("290.53")}
    held.description("mailchimp")


def test_every_recorded_member_maps_on_its_own(
    recorded: list[dict[str, Any]], shared: Path
) -> None:
    exported = json.loads(
        (shared / "data/payloads/mailchimp/grouparoo_export_record.json").read_text("utf-8")
    )
    raws = [raw for each in recorded for raw in each["body"].get("members", [])]
    raws += [each["body"] for each in exported if "email_address" in (each["body"] or {})]
    assert len(raws) > 40
    for raw in raws:
        found = mapped(Mailchimp(**SETTINGS), raw)
        (member,) = of(found, ListMember)
        assert member.status == raw["status"]
        assert [c.granted for c in of(found, Consent)] == [raw["status"] == "subscribed"]


def test_the_samples_hold_invented_people_only() -> None:
    assert set(re.findall(r"@([\w.]+)", SAMPLES.read_text("utf-8"))) <= {
        "example.com",
        "shop.example",
    }
