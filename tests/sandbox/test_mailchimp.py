"""Reading the list."""

from collections.abc import Mapping
from datetime import timedelta

import httpx
import pytest

from sandbox import Sandbox
from sandbox.world.mailing import member_id
from tests.sandbox.reading import every_row


def test_a_wrong_key_is_refused_in_problem_json(sandbox: Sandbox) -> None:
    answer = httpx.get(sandbox.mailchimp_url + "/ping", auth=("any", "wrong"), trust_env=False)
    assert answer.status_code == 401
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    assert answer.json()["title"] == "API Key Invalid"


def test_the_key_may_come_as_a_bearer_token(sandbox: Sandbox) -> None:
    headers = {"Authorization": "Bearer sandbox-us1"}
    answer = httpx.get(sandbox.mailchimp_url + "/ping", headers=headers, trust_env=False)
    assert answer.json() == {"health_status": "Everything's Chimpy!"}


def test_members_come_ten_at_a_time_unless_more_are_requested(
    news: httpx.Client, audience: str, sandbox: Sandbox
) -> None:
    body = news.get(f"{audience}/members").json()
    assert len(body["members"]) == 10
    assert body["total_items"] == len(sandbox.world.list.members)
    everybody = every_row(news, f"{audience}/members", "members")
    assert {each["id"] for each in everybody} == set(sandbox.world.list.members)
    assert all(each["id"] == member_id(each["email_address"]) for each in everybody)


def test_an_offset_behind_the_last_row_is_an_empty_page(news: httpx.Client, audience: str) -> None:
    body = news.get(f"{audience}/members", params={"offset": 5000}).json()
    assert body["members"] == []
    assert body["total_items"] > 0


@pytest.mark.parametrize(
    "query",
    [
        {"count": "1001"},
        {"count": "many"},
        {"offset": "-1"},
        {"status": "gone"},
        {"since_last_changed": "yesterday"},
        {"sort_field": "email_address"},
    ],
)
def test_a_value_that_is_not_described_is_refused(
    news: httpx.Client, audience: str, query: Mapping[str, str]
) -> None:
    answer = news.get(f"{audience}/members", params=query)
    assert answer.status_code == 400
    assert answer.json()["title"] == "Invalid Resource"
    assert [each["field"] for each in answer.json()["errors"]] == list(query)


def test_members_are_narrowed_by_status_and_by_when_they_changed(
    news: httpx.Client, audience: str, sandbox: Sandbox
) -> None:
    subscribed = news.get(f"{audience}/members?status=subscribed&count=1000").json()["members"]
    assert {each["status"] for each in subscribed} == {"subscribed"}
    since = sandbox.clock.now()
    sandbox.clock.advance(hours=1)
    sandbox.world.unsubscribe(subscribed[0]["email_address"])
    query = {"since_last_changed": since.isoformat()}
    (changed,) = news.get(f"{audience}/members", params=query).json()["members"]
    assert changed["email_address"] == subscribed[0]["email_address"]
    assert changed["status"] == "unsubscribed"
    assert changed["last_changed"] == "2026-03-02T08:30:00+00:00"


def test_a_complaint_shows_beside_the_unsubscribe(
    news: httpx.Client, audience: str, sandbox: Sandbox
) -> None:
    members = sandbox.world.list.members.values()
    ida = next(each for each in members if each.status == "subscribed")
    before = every_row(news, f"{audience}/abuse-reports", "abuse_reports")
    sandbox.clock.advance(hours=1)
    sandbox.world.complain(ida.email)
    shown = every_row(news, f"{audience}/abuse-reports", "abuse_reports")
    (new,) = [each for each in shown if each["email_id"] not in {row["email_id"] for row in before}]
    assert (new["email_id"], new["date"]) == (ida.id, "2026-03-02T08:30:00+00:00")
    assert news.get(f"{audience}/members/{ida.id}").json()["status"] == "unsubscribed"


def test_only_the_requested_fields_come(news: httpx.Client, audience: str) -> None:
    query = {"fields": "members.id,members.merge_fields.FNAME,total_items", "count": "1"}
    body = news.get(f"{audience}/members", params=query).json()
    assert set(body) == {"members", "total_items"}
    assert set(body["members"][0]) == {"id", "merge_fields"}
    assert set(body["members"][0]["merge_fields"]) == {"FNAME"}
    without = news.get(f"{audience}/members?exclude_fields=members.merge_fields,list_id").json()
    assert "list_id" not in without
    assert "merge_fields" not in without["members"][0]
    assert "id" in without["members"][0]


def test_rows_are_sorted_as_requested(news: httpx.Client, audience: str) -> None:
    path = f"{audience}/members?count=1000&sort_field=last_changed"
    rising = [each["last_changed"] for each in news.get(path).json()["members"]]
    falling = [each["last_changed"] for each in news.get(path + "&sort_dir=DESC").json()["members"]]
    assert rising == sorted(rising)
    assert falling == sorted(rising, reverse=True)


def test_merge_fields_hold_stated_values(whole_news: httpx.Client, whole: Sandbox) -> None:
    path = f"/lists/{whole.audience}"
    fields = every_row(whole_news, f"{path}/merge-fields", "merge_fields")
    assert all(len(field["tag"]) <= 10 for field in fields)
    members = every_row(whole_news, f"{path}/members", "members")
    shown = {field["tag"] for field in fields} - {"SEGMENTS", "LASTBUY"}
    assert {
        tag for each in members for tag, value in each["merge_fields"].items() if value
    } == shown
    assert any(each["merge_fields"]["BIRTHDAY"] == "02/29" for each in members)
    assert any(each["email_address"] != each["email_address"].lower() for each in members)


def test_topics_are_named_by_their_group(news: httpx.Client, audience: str) -> None:
    (group,) = news.get(f"{audience}/interest-categories").json()["categories"]
    path = f"{audience}/interest-categories/{group['id']}/interests"
    topics = {each["id"]: each["name"] for each in news.get(path).json()["interests"]}
    member = news.get(f"{audience}/members?count=1").json()["members"][0]
    assert set(member["interests"]) == set(topics)
    assert "Friluftsliv" in topics.values()


def test_drafts_are_no_sent_campaigns(news: httpx.Client, sandbox: Sandbox) -> None:
    every = every_row(news, "/campaigns", "campaigns")
    assert [each["status"] for each in every].count("save") == 1
    sent = news.get("/campaigns?status=sent&count=1000").json()["campaigns"]
    assert len(sent) == len(sandbox.world.list.campaigns) == len(every) - 1
    times = [each["send_time"] for each in sent]
    assert times == sorted(times, reverse=True)
    later = news.get("/campaigns", params={"since_send_time": times[2], "status": "sent"}).json()
    assert [each["send_time"] for each in later["campaigns"]] == times[:2]


def test_reports_tell_who_got_opened_and_clicked(whole_news: httpx.Client, whole: Sandbox) -> None:
    campaign = whole.world.list.campaigns[-2]
    path = f"/reports/{campaign.id}"
    sent = every_row(whole_news, f"{path}/sent-to", "sent_to")
    activity = every_row(whole_news, f"{path}/email-activity", "emails")
    assert len(sent) == len(activity) == len(campaign.deliveries)
    assert {each["status"] for each in sent} >= {"sent", "soft"}
    opened = {each["email_id"] for each in sent if each["open_count"]}
    acted = [(each["email_id"], done) for each in activity for done in each["activity"]]
    assert {who for who, done in acted if done["action"] == "open"} == opened
    details = every_row(whole_news, f"{path}/open-details", "members")
    assert {each["email_id"] for each in details} == opened
    links = whole_news.get(f"{path}/click-details").json()["urls_clicked"]
    clickers = {
        (each["email_id"], link["url"])
        for link in links
        for each in every_row(whole_news, f"{path}/click-details/{link['id']}/members", "members")
    }
    assert clickers == {(who, done["url"]) for who, done in acted if done["action"] == "click"}
    assert {done["type"] for _, done in acted if done["action"] == "bounce"} <= {"hard", "soft"}


def test_future_events_are_not_shown(news: httpx.Client, sandbox: Sandbox) -> None:
    campaign = sandbox.world.send_newsletter()
    path = f"/reports/{campaign.id}/email-activity"

    def opens() -> int:
        emails = every_row(news, path, "emails")
        return sum(done["action"] == "open" for each in emails for done in each["activity"])

    assert opens() == 0
    sandbox.world.pass_time(0.5)
    some = opens()
    sandbox.world.pass_time(10)
    assert 0 < some < opens()


def test_activity_since_leaves_out_who_did_nothing(news: httpx.Client, sandbox: Sandbox) -> None:
    campaign = sandbox.world.send_newsletter()
    half = sandbox.world.pass_time(1)
    sandbox.world.pass_time(5)
    query = {"since": half.isoformat(), "count": "1000"}
    late = news.get(f"/reports/{campaign.id}/email-activity", params=query).json()["emails"]
    assert 0 < len(late) < len(campaign.deliveries)
    first = min(done["timestamp"] for each in late for done in each["activity"])
    assert first > half.isoformat()


def test_an_unsubscribe_by_a_campaign_is_in_its_report(
    whole_news: httpx.Client, whole: Sandbox
) -> None:
    leavers = {
        each["email_id"]: each
        for campaign in whole.world.list.campaigns
        for each in every_row(whole_news, f"/reports/{campaign.id}/unsubscribed", "unsubscribes")
    }
    assert leavers
    members = whole.world.list.members.values()
    gone = {member.id for member in members if member.status == "unsubscribed"}
    assert gone <= set(leavers)


def test_unknown_things_are_not_found(news: httpx.Client, audience: str) -> None:
    for path in ("/lists/abc", "/reports/abc/sent-to", f"{audience}/segments/1", "/carts"):
        answer = news.get(path)
        assert (answer.status_code, answer.json()["title"]) == (404, "Resource Not Found")


def test_the_list_knows_its_figures(news: httpx.Client, audience: str, sandbox: Sandbox) -> None:
    (shown,) = news.get("/lists").json()["lists"]
    assert shown == news.get(audience).json()
    statuses = [member.status for member in sandbox.world.list.members.values()]
    assert shown["stats"]["member_count"] == statuses.count("subscribed")
    assert shown["stats"]["campaign_count"] == len(sandbox.world.list.campaigns)


def test_people_who_come_back_begin_a_new_stay(news: httpx.Client, sandbox: Sandbox) -> None:
    member = next(m for m in sandbox.world.list.members.values() if m.status == "subscribed")
    sandbox.world.unsubscribe(member.email)
    sandbox.clock.advance(days=2)
    sandbox.world.subscribe(member.person)
    shown = news.get(f"/lists/{sandbox.audience}/members/{member.id}").json()
    assert shown["timestamp_opt"] == (sandbox.world.started_at + timedelta(days=2)).isoformat()
    assert shown["timestamp_signup"] < shown["timestamp_opt"]
