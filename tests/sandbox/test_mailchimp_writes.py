"""Writing to the list, and what is a violation."""

from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from sandbox import Sandbox
from sandbox.world.mailing import Member

STRANGER = "stranger@mail.example"


def with_status(sandbox: Sandbox, status: str) -> list[Member]:
    return [each for each in sandbox.world.list.members.values() if each.status == status]


def batch(*changes: Mapping[str, Any], update: bool = True) -> dict[str, Any]:
    return {"members": list(changes), "update_existing": update}


def field(member: Member | str, value: Any, tag: str = "SEGMENTS") -> dict[str, Any]:
    email = member if isinstance(member, str) else member.email
    return {"email_address": email, "merge_fields": {tag: value}}


def test_a_tag_is_created_empty_and_then_filled_and_emptied(
    news: httpx.Client, audience: str, sandbox: Sandbox
) -> None:
    first, second, third = with_status(sandbox, "subscribed")[:3]
    tag = news.post(f"{audience}/segments", json={"name": "Loyal", "static_segment": []}).json()
    assert (tag["type"], tag["member_count"]) == ("static", 0)
    path = f"{audience}/segments/{tag['id']}"
    added = {"members_to_add": [first.email, second.email.upper()]}
    assert news.post(path, json=added).json()["total_added"] == 2
    swap = {"members_to_add": [third.email], "members_to_remove": [first.email]}
    answer = news.post(path, json=swap).json()
    assert (answer["total_added"], answer["total_removed"], answer["error_count"]) == (1, 1, 0)
    listed = news.get(f"{path}/members").json()["members"]
    assert {each["id"] for each in listed} == {second.id, third.id}
    assert set(sandbox.world.list.tag("Loyal").members) == {second.id, third.id}
    shown = news.get(f"{audience}/members/{third.id}").json()
    assert {"id": tag["id"], "name": "Loyal"} in shown["tags"]
    assert sandbox.violations == []


def test_tags_of_the_shop_s_own_people_are_there_before(news: httpx.Client, audience: str) -> None:
    tags = news.get(f"{audience}/segments?type=static").json()["segments"]
    assert {tag["name"]: bool(tag["member_count"]) for tag in tags} == {
        "Fødselsdagsklub": True,
        "VIP": True,
    }
    assert news.get(f"{audience}/segments?type=saved").json()["segments"] == []
    answer = news.post(f"{audience}/segments", json={"name": "VIP", "static_segment": []})
    assert (answer.status_code, answer.json()["title"]) == (400, "Bad Request")


def test_members_who_left_are_shown_in_a_tag_only_on_request(
    news: httpx.Client, audience: str, sandbox: Sandbox
) -> None:
    tag = sandbox.world.list.tag("VIP")
    gone = next(iter(tag.members.values()))
    sandbox.world.unsubscribe(gone.email)
    path = f"{audience}/segments/{tag.id}/members"
    without = {each["id"] for each in news.get(path).json()["members"]}
    shown = news.get(f"{path}?include_unsubscribed=true").json()["members"]
    assert {each["id"] for each in shown} - without == {gone.id}


def test_a_stranger_is_an_error_and_a_violation(
    news: httpx.Client, audience: str, sandbox: Sandbox
) -> None:
    known = with_status(sandbox, "subscribed")[0]
    tag = sandbox.world.list.tag("VIP")
    answer = news.post(
        f"{audience}/segments/{tag.id}", json={"members_to_add": [known.email, STRANGER]}
    ).json()
    assert [each["email_addresses"] for each in answer["errors"]] == [[STRANGER]]
    assert answer["total_added"] == 1
    assert len(sandbox.violations) == 1
    body = news.post(audience, json=batch(field(known, "vip"), field(STRANGER, "vip"))).json()
    assert [each["email_address"] for each in body["errors"]] == [STRANGER]
    assert (body["total_created"], body["total_updated"], body["error_count"]) == (0, 1, 1)
    assert len(sandbox.violations) == 2
    assert not any(STRANGER in each for each in sandbox.violations)
    assert STRANGER not in {each.email for each in sandbox.world.list.members.values()}


@pytest.mark.parametrize(
    "body",
    [
        batch({"email_address": "x@mail.example", "status": "subscribed"}),
        batch({"email_address": "x@mail.example", "status_if_new": "subscribed"}),
        {**batch(), "sync_tags": True},
    ],
)
def test_a_status_or_a_replacement_of_tags_is_a_violation(
    news: httpx.Client, audience: str, sandbox: Sandbox, body: Mapping[str, Any]
) -> None:
    news.post(audience, json=body)
    words = ("status was sent", "status_if_new was sent", "sync_tags was sent")
    assert [each for each in sandbox.violations if each.endswith(words)]


def test_creating_or_replacing_a_member_is_a_violation(
    news: httpx.Client, audience: str, sandbox: Sandbox
) -> None:
    member = with_status(sandbox, "subscribed")[0]
    assert news.post(f"{audience}/members", json={}).status_code == 404
    assert news.put(f"{audience}/members/{member.id}", json={}).status_code == 404
    assert len(sandbox.violations) == 2


def test_merge_fields_are_written_without_touching_the_status(
    news: httpx.Client, audience: str, sandbox: Sandbox
) -> None:
    subscribed, left = (with_status(sandbox, each)[0] for each in ("subscribed", "unsubscribed"))
    sandbox.clock.advance(hours=1)
    body = news.post(
        audience, json=batch(field(subscribed, "loyal,vip"), field(left, "lapsed"))
    ).json()
    assert [each["merge_fields"]["SEGMENTS"] for each in body["updated_members"]] == [
        "loyal,vip",
        "lapsed",
    ]
    assert (subscribed.status, left.status) == ("subscribed", "unsubscribed")
    assert subscribed.changed_at == sandbox.clock.now()
    sandbox.clock.advance(hours=1)
    news.post(audience, json=batch(field(subscribed, "loyal,vip")))
    assert subscribed.changed_at < sandbox.clock.now()


def test_an_existing_member_is_an_error_without_update_existing(
    news: httpx.Client, audience: str, sandbox: Sandbox
) -> None:
    member = with_status(sandbox, "subscribed")[0]
    body = news.post(audience, json=batch(field(member, "vip"), update=False)).json()
    assert [each["error_code"] for each in body["errors"]] == ["ERROR_CONTACT_EXISTS"]
    assert member.merge_fields["SEGMENTS"] == ""


def test_cleaned_members_and_those_in_compliance_state_are_refused(
    news: httpx.Client, audience: str, sandbox: Sandbox
) -> None:
    cleaned, blocked = with_status(sandbox, "subscribed")[:2]
    sandbox.world.bounce(cleaned.email)
    sandbox.world.put_in_compliance_state(blocked.email)
    body = news.post(audience, json=batch(field(cleaned, "vip"), field(blocked, "vip"))).json()
    assert (body["total_updated"], body["error_count"]) == (0, 2)
    assert all("compliance state" in each["error"] for each in body["errors"])
    tag = sandbox.world.list.create_tag("Loyal", sandbox.clock.now())
    added = {"members_to_add": [cleaned.email, blocked.email]}
    answer = news.post(f"{audience}/segments/{tag.id}", json=added).json()
    assert (answer["total_added"], answer["error_count"]) == (0, 2)
    assert sandbox.violations == []


def test_a_deleted_member_is_an_error_but_no_violation(
    news: httpx.Client, audience: str, sandbox: Sandbox
) -> None:
    member = with_status(sandbox, "subscribed")[0]
    sandbox.world.forget(member.email)
    (error,) = news.post(audience, json=batch(field(member, "vip"))).json()["errors"]
    assert "permanently deleted" in error["error"]
    assert sandbox.violations == []


@pytest.mark.parametrize(
    ("tag", "value", "message"),
    [
        ("CHILDREN", "two", "Please enter a number"),
        ("LASTBUY", "last week", "Please enter a date"),
        ("BIRTHDAY", "1980-02-29", "Please enter a month and a day"),
        ("SEGMENTS", "x" * 256, "Please enter a value no longer than 255 characters"),
    ],
)
def test_a_value_that_does_not_fit_its_field_is_an_error(
    news: httpx.Client, audience: str, sandbox: Sandbox, tag: str, value: str, message: str
) -> None:
    member = with_status(sandbox, "subscribed")[0]
    (error,) = news.post(audience, json=batch(field(member, value, tag))).json()["errors"]
    assert (error["field"], error["field_message"]) == (tag, message)
    assert news.post(audience, json=batch(field(member, "", tag))).json()["total_updated"] == 1


def test_five_hundred_at_once_are_the_most(
    news: httpx.Client, audience: str, sandbox: Sandbox
) -> None:
    emails = [with_status(sandbox, "subscribed")[0].email] * 501
    tag = sandbox.world.list.tag("VIP")
    answers = [
        news.post(f"{audience}/segments/{tag.id}", json={"members_to_add": emails}),
        news.post(f"{audience}/segments/{tag.id}", json={"members_to_remove": emails}),
        news.post(f"{audience}/segments", json={"name": "Many", "static_segment": emails}),
        news.post(audience, json=batch(*(field(email, "vip") for email in emails))),
    ]
    for answer in answers:
        assert answer.status_code == 400
        assert answer.json()["detail"] == "Maximum allowed member items exceeded"


def test_a_field_can_be_added_once(news: httpx.Client, audience: str, sandbox: Sandbox) -> None:
    wanted = {"tag": "CITYHUB", "name": "City", "type": "text"}
    made = news.post(f"{audience}/merge-fields", json=wanted).json()
    assert made["tag"] == "CITYHUB"
    member = with_status(sandbox, "subscribed")[0]
    news.post(audience, json=batch(field(member, "Oslo", "CITYHUB")))
    assert member.merge_fields["CITYHUB"] == "Oslo"
    assert news.post(f"{audience}/merge-fields", json=wanted).status_code == 400


def test_a_body_that_is_no_json_is_refused(news: httpx.Client, audience: str) -> None:
    answer = news.post(audience, content=b"{members")
    assert (answer.status_code, answer.json()["title"]) == (400, "JSON Parse Error")
