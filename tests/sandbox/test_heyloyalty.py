"""Heyloyalty's list: signed requests, pages, writes and violations."""

import base64
import hashlib
import hmac
from collections.abc import Callable, Generator, Iterator, Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

import httpx
import pytest

from connectors.kit.testing import Description
from sandbox import Sandbox
from sandbox.heyloyalty.lists import guid
from sandbox.running import HEYLOYALTY_KEY, HEYLOYALTY_SECRET
from sandbox.world.mailing import Member
from sandbox.world.world import BY_HAND

LIST = "/lists/7001"
STRANGER = "ffffffff-ffff-4fff-8fff-ffffffffffff"


class Signed(httpx.Auth):
    """Signs every request with the present time."""

    def __init__(self, secret: str = HEYLOYALTY_SECRET) -> None:
        self.secret = secret

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        now = format_datetime(datetime.now(UTC), usegmt=True)
        digest = hmac.new(self.secret.encode(), now.encode(), hashlib.sha256).hexdigest()
        password = base64.b64encode(digest.encode()).decode()
        request.headers["X-Request-Timestamp"] = now
        yield next(httpx.BasicAuth(HEYLOYALTY_KEY, password).auth_flow(request))


def client(sandbox: Sandbox, auth: httpx.Auth) -> httpx.Client:
    return httpx.Client(base_url=sandbox.heyloyalty_url, auth=auth, timeout=10, trust_env=False)


@pytest.fixture
def club(sandbox: Sandbox) -> Iterator[httpx.Client]:
    with client(sandbox, Signed()) as opened:
        yield opened


def with_status(sandbox: Sandbox, status: str) -> list[Member]:
    return [each for each in sandbox.world.club.members.values() if each.status == status]


def path(member: Member) -> str:
    return f"{LIST}/members/{guid(member)}"


def test_only_a_request_that_signs_its_own_time_is_answered(sandbox: Sandbox) -> None:
    with client(sandbox, Signed("wrong")) as stranger:
        assert stranger.get("/lists").status_code == 401
    with client(sandbox, httpx.BasicAuth(HEYLOYALTY_KEY, HEYLOYALTY_SECRET)) as unsigned:
        assert unsigned.get("/lists").status_code == 401
        headers = {"X-Request-Timestamp": "yesterday"}
        assert unsigned.get("/lists", headers=headers).status_code == 401


def test_the_raw_digest_is_no_signature(sandbox: Sandbox) -> None:
    now = format_datetime(datetime.now(UTC), usegmt=True)
    digest = hmac.new(HEYLOYALTY_SECRET.encode(), now.encode(), hashlib.sha256).digest()
    raw = httpx.BasicAuth(HEYLOYALTY_KEY, base64.b64encode(digest).decode())
    with client(sandbox, raw) as wrong:
        assert wrong.get("/lists", headers={"X-Request-Timestamp": now}).status_code == 401


def test_members_come_page_by_page_until_one_is_empty(sandbox: Sandbox, club: httpx.Client) -> None:
    assert len(club.get(f"{LIST}/members").json()["members"]) == 50
    shown: list[dict[str, Any]] = []
    page = 1
    while rows := club.get(f"{LIST}/members", params={"page": page, "perpage": 20}).json()[
        "members"
    ]:
        shown += rows
        page += 1
    everybody = sandbox.world.club.members.values()
    assert [each["id"] for each in shown] == [
        guid(each) for each in sorted(everybody, key=lambda member: member.signed_up_at)
    ]
    newest = club.get(f"{LIST}/members", params={"order": "-1", "perpage": 1}).json()["members"]
    assert newest == shown[-1:]


@pytest.mark.parametrize(
    "query",
    [
        {"perpage": "5001"},
        {"perpage": "many"},
        {"page": "0"},
        {"orderby": "shoe_size"},
        {"order": "up"},
        {"filter[email][eq][]": "x"},
    ],
)
def test_unsupported_requests_are_refused(club: httpx.Client, query: Mapping[str, str]) -> None:
    assert club.get(f"{LIST}/members", params=query).status_code == 400


def test_a_member_has_the_vendors_codes_and_the_shops_own_time(
    sandbox: Sandbox, club: httpx.Client
) -> None:
    member = next(
        each
        for each in with_status(sandbox, "subscribed")
        if each.person.gender == "female" and each.person.country == "DK"
    )
    shown = club.get(path(member)).json()
    assert shown["email"] == member.email
    assert shown["sex"] == {"id": 2, "value": "Kvinde"}
    assert shown["country"] == {"id": 53, "value": "Danmark"}
    assert shown["status"] == {"status": "active", "email": "active", "mobile": "active"}
    assert len(shown["created_at"]) == len("2013-05-28 13:58:12")
    assert {each["value"] for each in shown["interesser"]} == member.person.topics
    sandbox.clock.advance(hours=1)
    sandbox.world.unsubscribe(member.email, sandbox.world.club)
    shown = club.get(path(member)).json()
    assert shown["status"]["status"] == "unsubscribed"
    assert shown["updated_at"] == "2026-03-02 09:30:00"


def test_a_complaint_or_a_bounce_shows_in_the_email_status(
    sandbox: Sandbox, club: httpx.Client
) -> None:
    ida, ole = with_status(sandbox, "subscribed")[:2]
    sandbox.world.complain(ida.email, sandbox.world.club)
    sandbox.world.bounce(ole.email, sandbox.world.club)
    assert club.get(path(ida)).json()["status"]["email"] == "complaint"
    assert club.get(path(ole)).json()["status"]["email"] == "hard_bounce"


def test_unknown_lists_and_members_are_not_found(club: httpx.Client) -> None:
    for missing in ("/lists/7002", f"{LIST}/members/{STRANGER}", "/carts"):
        assert club.get(missing).status_code == 404


def test_a_patch_changes_what_it_names_and_leaves_the_rest(
    sandbox: Sandbox, club: httpx.Client
) -> None:
    member = with_status(sandbox, "subscribed")[1]
    before = club.get(path(member)).json()
    sandbox.clock.advance(hours=1)
    loyal = sandbox.club.setup.option("segments", "Loyal")
    body = {"city": "Ribe", "segments": [loyal], "loyal": 1, "butik": ""}
    assert club.patch(path(member), json=body).status_code == 200
    after = club.get(path(member)).json()
    assert after["segments"] == [{"id": loyal, "value": "Loyal"}]
    assert (after["city"], after["loyal"], after["butik"]) == ("Ribe", 1, None)
    assert after["updated_at"] > before["updated_at"]
    same = before.keys() - body.keys() - {"updated_at"}
    assert {name: after[name] for name in same} == {name: before[name] for name in same}
    assert sandbox.violations == []


def test_a_patch_that_changes_nothing_moves_no_time(sandbox: Sandbox, club: httpx.Client) -> None:
    member = with_status(sandbox, "subscribed")[1]
    club.patch(path(member), json={"city": "Ribe"})
    sandbox.clock.advance(hours=1)
    club.patch(path(member), json={"city": "Ribe"})
    assert member.changed_at < sandbox.clock.now()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("shoe_size", 39),
        ("segments", [1]),
        ("segments", "Loyal"),
        ("butik", 1),
        ("antal_boern", "two"),
        ("seneste_koeb", "last week"),
        ("loyal", "perhaps"),
        ("city", "x" * 256),
    ],
)
def test_a_value_that_does_not_fit_is_refused(
    sandbox: Sandbox, club: httpx.Client, name: str, value: Any
) -> None:
    member = with_status(sandbox, "subscribed")[1]
    answer = club.patch(path(member), json={name: value, "firstname": "Ida"})
    assert answer.status_code == 400
    assert answer.json()["error"]["message"].startswith(name)
    assert sandbox.club.setup.values(member)["firstname"] != "Ida"


def test_writing_to_who_left_takes_them_back_and_is_a_violation(
    sandbox: Sandbox, club: httpx.Client
) -> None:
    member = with_status(sandbox, "subscribed")[1]
    sandbox.world.unsubscribe(member.email, sandbox.world.club)
    assert club.patch(path(member), json={"city": "Ribe"}).status_code == 200
    assert member.status == "subscribed"
    assert sandbox.violations == ["PATCH member: a member who is unsubscribed was written to"]


@pytest.mark.parametrize(
    ("method", "where"),
    [
        ("PUT", "{member}"),
        ("DELETE", "{member}"),
        ("POST", f"{LIST}/members"),
        ("POST", f"{LIST}/members/upsert"),
        ("POST", f"{LIST}/import"),
    ],
)
def test_clearing_creating_and_deleting_are_violations(
    sandbox: Sandbox, club: httpx.Client, method: str, where: str
) -> None:
    member = with_status(sandbox, "subscribed")[1]
    answer = club.request(method, where.format(member=path(member)), json={})
    assert answer.status_code == 404
    assert len(sandbox.violations) == 1
    assert member.email not in sandbox.violations[0]


def test_a_stranger_a_status_and_an_option_taken_from_others_are_violations(
    sandbox: Sandbox, club: httpx.Client
) -> None:
    club.patch(f"{LIST}/members/{STRANGER}", json={"city": "Ribe"})
    assert len(sandbox.violations) == 1
    member = with_status(sandbox, "subscribed")[1]
    club.patch(path(member), json={"status": "active"})
    assert len(sandbox.violations) == 2
    by_hand = next(each for each in sandbox.world.club.tag(BY_HAND).members.values())
    club.patch(path(by_hand), json={"segments": []})
    assert len(sandbox.violations) == 3


def test_a_deleted_member_is_not_found_but_no_violation(
    sandbox: Sandbox, club: httpx.Client
) -> None:
    member = with_status(sandbox, "subscribed")[1]
    sandbox.world.forget(member.email, sandbox.world.club)
    assert club.patch(path(member), json={"city": "Ribe"}).status_code == 404
    assert sandbox.violations == []


def test_fields_and_options_are_made_by_hand(sandbox: Sandbox, club: httpx.Client) -> None:
    setup = sandbox.club.setup
    setup.create_field("hold", "Hold", "multi")
    assert club.get(LIST).json()["fields"]["hold"]["options"] == []
    number = setup.create_option("hold", "Yoga")
    assert club.get(LIST).json()["fields"]["hold"]["options"] == {str(number): "Yoga"}
    with pytest.raises(KeyError, match="Zumba"):
        setup.option("hold", "Zumba")


def test_everything_is_as_the_vendor_describes(
    sandbox: Sandbox, club: httpx.Client, description_of: Callable[[str], Description]
) -> None:
    description = description_of("heyloyalty")
    member = with_status(sandbox, "subscribed")[1]
    sandbox.world.unsubscribe(with_status(sandbox, "subscribed")[2].email, sandbox.world.club)
    requests: list[tuple[str, str, dict[str, str], Any]] = [
        ("GET", "/lists", {}, None),
        ("GET", LIST, {}, None),
        ("GET", "/lists/1", {}, None),
        ("GET", f"{LIST}/members", {"page": "1", "perpage": "5000", "order": "-1"}, None),
        ("GET", path(member), {}, None),
        ("GET", f"{LIST}/members/{STRANGER}", {}, None),
        ("PATCH", path(member), {}, {"city": "Ribe", "segments": []}),
    ]
    for method, where, query, body in requests:
        answer = club.request(method, where, params=query, json=body)
        description.check_request(method, where, query, body)
        shown = answer.json() if answer.content else None
        description.check_response(method, where, answer.status_code, shown)
