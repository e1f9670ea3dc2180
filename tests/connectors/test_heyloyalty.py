"""Heyloyalty as a source, held against the suite and against what its vendor's wiki says."""

import dataclasses
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import httpx
import pytest
import respx
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr, ValidationError

from connectors.heyloyalty import Heyloyalty
from connectors.heyloyalty.fields import ListField, chosen, definition
from connectors.heyloyalty.signing import signature, signed
from connectors.heyloyalty.standing import WORDS
from connectors.kit import (
    Consent,
    Contact,
    Interest,
    ListMember,
    Misconfigured,
    Page,
    Record,
    Window,
)
from connectors.kit.testing import Description, FakeApi, FakeClock, SourceContract
from tests.connectors.held import HeldAgainst

SAMPLES = Path(__file__).parent / "samples" / "heyloyalty.json"
SETTINGS: Mapping[str, Any] = {
    "api_key": "made-up-key",
    "api_secret": "made-up-secret",
    "list": 7001,
    "interests": "interesser",
}
COPENHAGEN = ZoneInfo("Europe/Copenhagen")
NOW = Window(until=datetime(2024, 5, 10, tzinfo=UTC), zone=COPENHAGEN)
R = TypeVar("R", bound=Record)


class HeyloyaltyApi(FakeApi):
    """Serves the lists beside the members too."""

    def _serve(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/loyalty/v1")
        if path == "/lists":
            return httpx.Response(200, json=list(self.samples.get(path, ())))
        if re.fullmatch("/lists/[0-9]+", path):
            empty = {"id": 7001, "name": "", "fields": []}
            known = self.samples.get(path, () if self.samples else (empty,))
            return httpx.Response(200, json=known[0]) if known else httpx.Response(404)
        return super()._serve(request)


def described(shared: Path) -> Description:
    return Description.load(shared / "api-specs" / "heyloyalty" / "handwritten-openapi.json")


def loaded() -> dict[str, list[dict[str, Any]]]:
    raws: dict[str, list[dict[str, Any]]] = json.loads(SAMPLES.read_text("utf-8"))
    return raws


class TestHeyloyalty(HeldAgainst, SourceContract):
    connector = Heyloyalty
    described = staticmethod(described)
    vendor = "heyloyalty"
    fake = HeyloyaltyApi
    settings = SETTINGS
    samples = SAMPLES

    @pytest.fixture
    def raws(self) -> dict[str, list[Any]]:
        # The other lists of the account are only asked for when ours is not there.
        return {path: rows for path, rows in loaded().items() if path != "/lists"}


def configured(**changes: Any) -> Heyloyalty:
    """A connection whose clock waits in no time, as every one here that asks for something."""
    source = Heyloyalty(**{**SETTINGS, **changes})
    source._clock = FakeClock()
    return source


@pytest.fixture
def club() -> Heyloyalty:
    return configured()


@pytest.fixture
def api(club: Heyloyalty) -> Iterator[HeyloyaltyApi]:
    clock = club._clock
    assert isinstance(clock, FakeClock)
    fake = HeyloyaltyApi(club, loaded(), clock)
    with respx.mock(assert_all_called=False) as router:
        router.route().mock(side_effect=fake)
        yield fake


def members(place: int, **changes: Any) -> dict[str, Any]:
    return {**loaded()["/lists/7001/members"][place], **changes}


def of(records: Iterable[Record], kind: type[R]) -> list[R]:
    return [record for record in records if isinstance(record, kind)]


def read(club: Heyloyalty, window: Window = NOW) -> list[Page]:
    return list(club.read("members", window))


def records(pages: Iterable[Page]) -> list[Record]:
    return [record for page in pages for record in page.records]


def notes(pages: Iterable[Page]) -> dict[str, int]:
    return {name: count for page in pages for name, count in page.notes.items()}


# -- The signature


def test_the_signature_is_the_base64_of_the_hexadecimal_digest() -> None:
    # Computed with: printf TIME | openssl dgst -sha256 -hmac made-up-secret, and base64.
    assert signature("Fri, 24 May 2013 13:16:26 GMT", "made-up-secret") == (
        "YzI1NWU1NDQzYzlhYzk1M2VlZTUxMGUyMmRhYTdiNTdhNzAwZTJmMTk5MTMyZTZhN2U4Yzc0ZjhkMWE4N2M3NA=="
    )


def test_a_request_carries_the_time_that_was_signed() -> None:
    now = datetime(2013, 5, 24, 13, 16, 26, tzinfo=UTC)
    headers = signed(SecretStr("made-up-key"), SecretStr("made-up-secret\n"), now).headers
    assert headers["X-Request-Timestamp"] == "Fri, 24 May 2013 13:16:26 GMT"
    proof = signature("Fri, 24 May 2013 13:16:26 GMT", "made-up-secret")
    assert headers["Authorization"] == httpx.BasicAuth("made-up-key", proof)._auth_header
    assert "made-up-secret" not in repr(headers)


def test_every_attempt_is_signed_anew(club: Heyloyalty, api: HeyloyaltyApi) -> None:
    api.faults = [httpx.Response(429, headers={"Retry-After": "45"})]
    read(club)
    refused, answered = api.requests[:2]
    waited = parsedate_to_datetime(answered.headers["X-Request-Timestamp"])
    waited_from = parsedate_to_datetime(refused.headers["X-Request-Timestamp"])
    assert (waited - waited_from).total_seconds() >= 45
    for request in (refused, answered):
        proof = signature(request.headers["X-Request-Timestamp"], "made-up-secret")
        assert (
            httpx.BasicAuth("made-up-key", proof)._auth_header == request.headers["Authorization"]
        )


# -- Members


def test_a_member_is_a_contact_with_what_the_fields_hold(api: HeyloyaltyApi) -> None:
    fields = {
        "store": "butik",
        "loyalty": "reference",
        "custom.children": "antal_boern",
        "custom.bought": "seneste_koeb",
        "custom.vip": "VIP",
        "custom.shoe_size": "noter",
        "custom.nothing": "not there",
    }
    contact, *_ = of(records(read(configured(fields=fields))), Contact)
    assert contact.id == "0a1b2c3d-0000-4000-8000-000000000001"
    assert contact.email == "Frida.Holm@example.com"
    assert (contact.first_name, contact.last_name, contact.phone) == ("Frida", "Holm", "20304050")
    assert (contact.gender, contact.birthday) == ("female", date(1988, 2, 29))
    assert (contact.city, contact.postcode, contact.country) == ("Aarhus", "8000", "DK")
    assert (contact.store, contact.loyalty) == ("Aarhus", None)
    assert contact.custom == {
        "children": Decimal(2),
        "bought": date(2024, 4, 30),
        "vip": True,
        "shoe_size": "39",
    }
    assert contact.emptied == ()


def test_times_are_the_shops_own_unless_the_setting_says_otherwise(api: HeyloyaltyApi) -> None:
    contact, *_ = of(records(read(configured())), Contact)
    assert contact.created == datetime(2024, 1, 10, 7, 5, tzinfo=UTC)
    assert contact.updated_at == datetime(2024, 5, 1, 10, tzinfo=UTC)
    contact, *_ = of(records(read(configured(zone="UTC"))), Contact)
    assert contact.created == datetime(2024, 1, 10, 8, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("sex", "read"),
    [
        (1, "male"),
        ("2", "female"),
        ({"id": "1", "value": "Mand"}, "male"),
        (None, None),
        ("", None),
    ],
)
def test_the_vendors_numbers_are_genders(sex: Any, read: str | None) -> None:
    (contact,) = of(Heyloyalty(**SETTINGS).members(members(0, sex=sex)), Contact)
    assert (contact.gender, contact.emptied) == (read, ())


def test_a_gender_that_nobody_knows_is_emptied_and_counted() -> None:
    (contact,) = of(Heyloyalty(**SETTINGS).members(members(0, sex=3)), Contact)
    assert (contact.gender, contact.emptied) == (None, ("gender",))


def test_an_unknown_country_is_stored_as_given_and_counted(
    club: Heyloyalty, api: HeyloyaltyApi
) -> None:
    pages = read(club)
    countries = [contact.country for contact in of(records(pages), Contact)]
    assert countries == ["DK", "DK", "DK", None, "901", "DK"]
    assert notes(pages)["unknown country 901"] == 1


def test_further_countries_can_be_told(api: HeyloyaltyApi) -> None:
    pages = read(configured(countries={"901": "NO"}))
    assert "NO" in {contact.country for contact in of(records(pages), Contact)}
    assert "unknown country 901" not in notes(pages)


@pytest.mark.parametrize("given", ["0000-00-00", "", None])
def test_no_birthday_is_none(given: str | None) -> None:
    (contact,) = of(Heyloyalty(**SETTINGS).members(members(0, birthdate=given)), Contact)
    assert (contact.birthday, contact.emptied) == (None, ())


def test_a_birthday_in_a_text_field_is_read_as_it_is_written() -> None:
    club = Heyloyalty(**SETTINGS, fields={"birthday": {"name": "noter", "format": "%d-%m-%Y"}})
    (contact,) = of(club.members(members(0, noter="14-07-1981")), Contact)
    assert contact.birthday == date(1981, 7, 14)
    (contact,) = of(club.members(members(0, noter="in May")), Contact)
    assert (contact.birthday, contact.emptied) == (None, ("birthday",))


def test_words_of_a_field_are_mapped() -> None:
    club = Heyloyalty(**SETTINGS, fields={"gender": {"name": "noter", "map": {"Pige": "female"}}})
    (contact,) = of(club.members(members(0, noter="Pige")), Contact)
    assert contact.gender == "female"


def test_a_field_that_was_blanked_is_stated_as_blank() -> None:
    (contact,) = of(Heyloyalty(**SETTINGS).members(members(0, firstname="")), Contact)
    assert "first_name" in contact.model_fields_set
    assert contact.first_name is None


def test_members_whose_fields_stand_inside_are_read_the_same(
    club: Heyloyalty, api: HeyloyaltyApi
) -> None:
    flat = records(read(club))
    outside = {"id", "status", "created_at", "updated_at"}
    rows: Any = api.samples["/lists/7001/members"]
    for place, row in enumerate(rows):
        inner = {name: {"value": row[name], "options": {}} for name in row.keys() - outside}
        rows[place] = {**{name: row[name] for name in outside}, "fields": inner}
    assert records(read(club)) == flat


def test_a_mapping_of_an_unknown_field_is_refused() -> None:
    with pytest.raises(ValidationError, match="postcode"):
        Heyloyalty(**SETTINGS, fields={"zipcode": "postalcode"})


@pytest.mark.parametrize(
    ("place", "consent", "status"),
    [
        (0, ("7001", True, "asked", "2024-05-01T10:00:00+00:00"), "subscribed"),
        (1, ("7001", False, "asked", "2024-05-03T09:00:00+00:00"), "unsubscribed"),
        (2, (None, False, "bounce", "2024-02-01T09:00:00+00:00"), "cleaned"),
        (3, (None, False, "complaint", "2024-03-01T09:00:00+00:00"), "unsubscribed"),
        (4, None, "none"),
        (5, ("7001", True, "asked", "2024-04-22T07:00:00+00:00"), "subscribed"),
    ],
)
def test_a_status_states_this_consent_and_no_other(
    club: Heyloyalty,
    api: HeyloyaltyApi,
    place: int,
    consent: tuple[Any, ...] | None,
    status: str,
) -> None:
    api.samples = {**api.samples, "/lists/7001/members": [members(place)]}
    found = records(read(club))
    stated = [
        (c.list, c.granted, c.reason, str(c.at).replace(" ", "T")) for c in of(found, Consent)
    ]
    assert stated == ([consent] if consent else [])
    (member,) = of(found, ListMember)
    assert (member.status, member.list, member.title) == (status, "7001", "Kundeklub")
    assert (member.subscribed_at is not None) is (status == "subscribed")
    assert (member.unsubscribed_at is not None) is (status == "unsubscribed")


@given(
    status=st.sampled_from([*WORDS, "ACTIVE", "temporary", "", None, "sovende", 7]),
    address=st.sampled_from([*WORDS, "", None, "null", "soft_bounce"]),
    left=st.sampled_from(["", None, "0000-00-00 00:00:00", "2024-04-01 10:00:00"]),
    changed=st.sampled_from(["", "2024-03-01 10:00:00"]),
)
def test_nothing_but_active_in_every_word_ever_grants(
    status: Any, address: Any, left: Any, changed: str
) -> None:
    words = {"status": status, "email": address, "mobile": "active"}
    raw = members(0, status=words, unsubscribed_at=left, updated_at=changed, created_at="")
    found = list(Heyloyalty(**SETTINGS).members(raw))
    granted = [consent for consent in of(found, Consent) if consent.granted]
    active = str(status).lower() == "active" and address in ("active", "", None, "null")
    stays = not left or left.startswith("0000")
    assert bool(granted) is (active and stays and bool(changed))
    assert (of(found, ListMember)[0].status == "subscribed") is (active and stays)


@given(
    status=st.sampled_from([*WORDS, "temporary", ""]),
    left=st.sampled_from(["", "2024-04-01 10:00:00"]),
)
def test_all_email_adds_a_withdrawal_to_a_farewell_and_changes_nothing_else(
    status: str, left: str
) -> None:
    raw = members(0, status=status, unsubscribed_at=left)
    usual = list(Heyloyalty(**SETTINGS).members(raw))
    wide = Heyloyalty(**SETTINGS, unsubscribed_means="all email")
    found = list(wide.members(raw))
    added = [record for record in found if record not in usual]
    assert [record for record in found if record in usual] == usual
    assert found == list(wide.members(raw))
    farewells = [c for c in of(usual, Consent) if c.list and not c.granted]
    assert added == [farewell.model_copy(update={"list": None}) for farewell in farewells]
    assert bool(added) is (status == "unsubscribed" or (status == "active" and bool(left)))


def test_a_status_that_nobody_knows_is_counted_until_it_is_told(api: HeyloyaltyApi) -> None:
    assert notes(read(configured()))["unknown status temporary"] == 1
    told = read(configured(statuses={"Temporary": "pending"}))
    assert "unknown status temporary" not in notes(told)
    assert "pending" in {member.status for member in of(records(told), ListMember)}


def test_a_word_of_a_status_that_may_be_anything_is_not_shown(
    club: Heyloyalty, api: HeyloyaltyApi
) -> None:
    rows: Any = api.samples["/lists/7001/members"]
    rows[0]["status"] = {"status": "frida.holm@example.com"}
    assert notes(read(club))["unknown status"] == 1


def test_options_of_the_field_of_interests_are_topics(club: Heyloyalty, api: HeyloyaltyApi) -> None:
    (interest,) = of(records(read(club)), Interest)
    assert (interest.topic, interest.source) == ("Strik", "stated")
    assert of(records(read(configured(interests=None))), Interest) == []


@pytest.mark.parametrize(
    ("value", "ids"),
    [
        ([{"id": 1, "value": "a"}, {"id": "2"}], ("1", "2")),
        ([3, "4"], ("3", "4")),
        ({"5": "a", "6": "b"}, ("5", "6")),
        ({"id": 7, "value": "a"}, ("7",)),
        ("8", ("8",)),
        (None, ()),
        ("", ()),
        ([], ()),
        ("Loyal, VIP", None),
        ([{"value": "Loyal"}], None),
        ([None], None),
    ],
)
def test_options_are_read_in_every_form_or_not_at_all(
    value: Any, ids: tuple[str, ...] | None
) -> None:
    assert chosen(value) == ids


@pytest.mark.parametrize("fields", [None, [], "none", {"7": None, "8": {}, "9": {"label": "x"}}])
def test_a_list_without_any_field_that_can_be_read_has_none(fields: Any) -> None:
    assert definition({"id": 1, "name": "Club", "fields": fields}).fields == {}


@pytest.mark.parametrize("options", [None, [], "none", ["Loyal"]])
def test_options_that_cannot_be_read_are_none(options: Any) -> None:
    told = {"id": 1, "fields": {"9": {"name": "Hold", "format": "multi", "options": options}}}
    assert definition(told).find("hold") == ListField("Hold", format="multi")


# -- Pages


def test_members_are_read_whole_in_an_order_that_does_not_move_until_a_page_is_empty(
    club: Heyloyalty, api: HeyloyaltyApi
) -> None:
    assert [page.whole for page in read(club)] == [True]
    asked = [dict(each.url.params) for each in api.requests if each.url.path.endswith("/members")]
    assert asked == [
        {"page": number, "perpage": "5000", "orderby": "created_at", "order": "1"}
        for number in ("1", "2")
    ]


class Vanishing(HeyloyaltyApi):
    """Somebody vanishes once the second page was shown."""

    def _serve(self, request: httpx.Request) -> httpx.Response:
        response = super()._serve(request)
        params = request.url.params
        rows: Any = self.samples["/lists/7001/members"]
        if params.get("page") == "2" and len(rows) == 6:
            del rows[0]
        return response


def test_who_vanishes_while_the_pages_are_read_keeps_the_read_from_being_whole(
    club: Heyloyalty, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Heyloyalty, "pages", dataclasses.replace(Heyloyalty.pages, size=2))
    clock = club._clock
    assert isinstance(clock, FakeClock)
    for served, whole in ((Vanishing, False), (HeyloyaltyApi, True)):
        with respx.mock() as router:
            router.route().mock(side_effect=served(club, loaded(), clock))
            pages = read(club)
        assert [page.whole for page in pages][-1] is whole
        shown = {contact.id for contact in of(records(pages), Contact)}
        assert len(shown) == (6 if whole else 5)


def test_a_row_that_is_shown_twice_stands_for_one_that_was_not(
    club: Heyloyalty, api: HeyloyaltyApi
) -> None:
    rows: Any = api.samples["/lists/7001/members"]
    rows.append(rows[0])
    assert not any(page.whole for page in read(club))


def test_a_broken_member_keeps_the_read_from_being_whole_and_is_named_without_values(
    club: Heyloyalty, api: HeyloyaltyApi
) -> None:
    rows: Any = api.samples["/lists/7001/members"]
    rows[1]["created_at"] = "some day in May"
    pages = read(club)
    assert not any(page.whole for page in pages)
    (reject,) = [reject for page in pages for reject in page.rejects]
    assert reject.path == "$.created_at"
    assert "May" not in repr(reject)
    assert len(of(records(pages), Contact)) == 5


def test_a_list_that_is_not_there_is_told_with_those_that_are(api: HeyloyaltyApi) -> None:
    with pytest.raises(Misconfigured, match=r"7001 \(Kundeklub\), 7002 \(Presse\)"):
        read(configured(list=9))


def test_the_samples_hold_invented_people_only() -> None:
    assert set(re.findall(r"@([\w.]+)", SAMPLES.read_text("utf-8"))) == {"example.com"}
