"""Mailchimp as a destination: against the sandbox over loopback, and against a server of junk."""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest
import respx
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.kit import (
    NOT_ON_THE_LIST,
    Broken,
    Change,
    Contact,
    Found,
    HubError,
    MessageEvent,
    Network,
    Outcome,
    Target,
    Unavailable,
    Window,
)
from connectors.kit.testing import (
    Description,
    DestinationContract,
    FakeClock,
    FakeSystem,
    Person,
    Written,
)
from connectors.mailchimp import Mailchimp
from connectors.mailchimp.destination import MOST, NO_ADDRESS
from connectors.mailchimp.verdicts import verdict
from sandbox.running import MAILCHIMP_KEY, Sandbox
from sandbox.server import Request
from sandbox.world.mailing import Member
from tests.connectors.held import HeldAgainst
from tests.counting import Held

FORBIDDEN = {"status", "status_if_new", "sync_tags"}
LOYAL, CITY, VIP = Target("tag", "Loyal"), Target("field", "CITY"), Target("field", "SEGMENTS")


def key(email: str) -> str:
    return hashlib.md5(email.lower().encode(), usedforsecurity=False).hexdigest()


def change(target: Target, email: str, value: str | None) -> Change:
    return Change(target, key(email), value, email)


# -- Against the suite


class Audience(FakeSystem):
    """One audience with one tag and one merge field, that answers as Mailchimp does."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.tagged: dict[str, Person] = {}
        self.filled: dict[str, str] = {}

    @classmethod
    def person(cls, number: int) -> Person:
        address = super().person(number).address
        return Person(key(address), address)

    def _serve(self, request: httpx.Request) -> httpx.Response:
        path = self.path(request).removeprefix("/lists/a1b2c3")
        body = json.loads(request.content) if request.content else {}
        answers: dict[tuple[str, str], Callable[[], Any]] = {
            ("GET", "/segments"): self._tags,
            ("GET", "/segments/77/members"): self._carriers,
            ("GET", "/merge-fields"): self._fields,
            ("GET", "/members"): self._members,
            ("POST", "/segments/77"): lambda: self._exchange(body),
            ("POST", ""): lambda: self._update(body["members"]),
        }
        return httpx.Response(200, json=answers[request.method, path]())

    def _tags(self) -> Any:
        tag = {"id": 77, "name": "Loyal", "type": "static"}
        return {"segments": [tag], "total_items": 1}

    def _carriers(self) -> Any:
        rows = [{"id": each} for each in self.tagged]
        return {"members": rows, "total_items": len(rows)}

    def _fields(self) -> Any:
        return {"merge_fields": [{"tag": "SEGMENTS", "type": "text"}], "total_items": 1}

    def _members(self) -> Any:
        rows = [
            {"id": each, "merge_fields": {"SEGMENTS": self.filled.get(each, "")}}
            for each in self.people
        ]
        return {"members": rows, "total_items": len(rows)}

    def _exchange(self, body: Any) -> Any:
        errors: list[Any] = []
        changed: dict[str, list[Any]] = {"added": [], "removed": []}
        for way, done in (("to_add", "added"), ("to_remove", "removed")):
            for address in body.get(f"members_{way}", ()):
                person = self.people.get(key(address))
                if person is None:
                    continue  # It passes over who is not there.
                if person.key in self.refused:
                    said = self.complaint(person)
                    errors.append({"email_addresses": [address], "error": said})
                    continue
                if done == "added":
                    self.tagged[person.key] = person
                elif self.tagged.pop(person.key, None) is None:
                    continue
                changed[done].append({"id": person.key})
        return {**{f"members_{done}": rows for done, rows in changed.items()}, "errors": errors}

    def _update(self, rows: list[Any]) -> Any:
        updated, errors = [], []
        for row in rows:
            person = self.people.get(key(row["email_address"]))
            if person is None or person.key in self.refused:
                said = self.complaint(person) if person else "It is not a member of the list."
                error = {"email_address": row["email_address"], "error": said}
                errors.append({**error, "error_code": "ERROR_GENERIC"})
                continue
            self.filled[person.key] = row["merge_fields"]["SEGMENTS"]
            updated.append({"id": person.key})
        return {"new_members": [], "updated_members": updated, "errors": errors}


def described(shared: Path) -> Description:
    return Description.load(shared / "api-specs" / "mailchimp" / "marketing-swagger2.json")


def filling(value: str) -> Written:
    member = {"email_address": ONE.address, "merge_fields": {"SEGMENTS": value}}
    return Written("POST", "/lists/a1b2c3", {"members": [member], "update_existing": True})


ONE = Audience.person(1)
TAG = "/lists/a1b2c3/segments/77"


class TestMailchimpIsWritten(HeldAgainst, DestinationContract):
    connector = Mailchimp
    settings = {"api_key": "made-up-key-us1", "audience": "a1b2c3"}
    described = staticmethod(described)
    vendor = "mailchimp"
    fake = Audience
    writes = {
        (LOYAL, "yes"): [Written("POST", TAG, {"members_to_add": [ONE.address]})],
        (LOYAL, None): [Written("POST", TAG, {"members_to_remove": [ONE.address]})],
        (VIP, "Loyal, VIP"): [filling("Loyal, VIP")],
        (VIP, None): [filling("")],
    }


# -- Against the sandbox


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(datetime(2026, 11, 20, 8, tzinfo=UTC), people=150) as sandbox:
        yield sandbox
        sent = [words(request.body) & FORBIDDEN for request in written(sandbox)]
        assert not any(sent)


@pytest.fixture
def news(sandbox: Sandbox) -> Mailchimp:
    host = sandbox.mailchimp.url.removeprefix("http://")
    connector = Mailchimp(
        api_key=MAILCHIMP_KEY, audience=sandbox.audience, url=sandbox.mailchimp_url
    ).through(Network(frozenset({host})))
    connector._clock = FakeClock()
    return connector


def written(sandbox: Sandbox) -> list[Request]:
    return [each for each in sandbox.mailchimp.requests if each.method != "GET"]


def words(value: Any) -> set[str]:
    if isinstance(value, list):
        return set().union(*map(words, value))
    if not isinstance(value, dict):
        return set()
    return set(value).union(*map(words, value.values()))


def subscribed(sandbox: Sandbox) -> list[Member]:
    return [each for each in sandbox.world.list.members.values() if each.status == "subscribed"]


def results(outcomes: Sequence[Outcome]) -> list[tuple[str, str]]:
    return [(outcome.result, outcome.reason) for outcome in outcomes]


def test_a_tag_is_created_put_on_and_taken_off(sandbox: Sandbox, news: Mailchimp) -> None:
    ann, bo, eva = subscribed(sandbox)[:3]
    first = list(news.push([change(LOYAL, each.email, "yes") for each in (ann, bo)]))
    assert results(first) == [("applied", "")] * 2
    assert set(sandbox.world.list.tag("Loyal").members) == {ann.id, bo.id}
    mixed = [change(LOYAL, ann.email, None), change(LOYAL, eva.email, "yes")]
    before = len(written(sandbox))
    assert {outcome.result for outcome in news.push(mixed)} == {"applied"}
    assert set(sandbox.world.list.tag("Loyal").members) == {bo.id, eva.id}
    (request,) = written(sandbox)[before:]
    assert request.body == {"members_to_add": [eva.email], "members_to_remove": [ann.email]}
    assert sandbox.violations == []


def test_a_tag_is_found_however_it_is_spelt(sandbox: Sandbox, news: Mailchimp) -> None:
    ann, bo = subscribed(sandbox)[:2]
    sandbox.world.list.create_tag("LOYAL", sandbox.clock.now(), [bo])
    list(news.push([change(LOYAL, ann.email, "yes")]))
    names = [tag.name for tag in sandbox.world.list.tags.values()]
    assert [name for name in names if name.casefold() == "loyal"] == ["LOYAL"]
    assert list(news.carriers(LOYAL)) == [Found(bo.id, "yes"), Found(ann.id, "yes")]


def test_putting_on_and_taking_off_twice_is_the_same(sandbox: Sandbox, news: Mailchimp) -> None:
    ann = subscribed(sandbox)[0]
    for value in ("yes", "yes", None, None):
        (outcome,) = news.push([change(LOYAL, ann.email, value)])
        assert outcome.result == "applied"
    assert not sandbox.world.list.tag("Loyal").members


def test_taking_off_a_tag_that_is_not_there_asks_for_nothing(
    sandbox: Sandbox, news: Mailchimp
) -> None:
    (outcome,) = news.push([change(LOYAL, subscribed(sandbox)[0].email, None)])
    assert outcome.result == "applied"
    assert written(sandbox) == []


def test_carriers_are_told_in_every_status(sandbox: Sandbox, news: Mailchimp) -> None:
    ann, bo = subscribed(sandbox)[:2]
    sandbox.world.list.create_tag("Loyal", sandbox.clock.now(), [ann, bo])
    sandbox.world.list.leave(bo, sandbox.clock.now())
    assert {found.key for found in news.carriers(LOYAL)} == {ann.id, bo.id}
    assert list(news.carriers(Target("tag", "None such"))) == []


def test_fields_of_one_person_are_written_together_and_cleared(
    sandbox: Sandbox, news: Mailchimp
) -> None:
    ann, bo = subscribed(sandbox)[:2]
    changes = [
        change(CITY, ann.email, "Aarhus"),
        change(Target("field", "lastbuy"), ann.email, "2026-11-01"),
        change(Target("field", "BIRTHDAY"), ann.email, "1981-07-14"),
        change(VIP, bo.email, None),
    ]
    assert results(list(news.push(changes))) == [("applied", "")] * 4
    (request,) = written(sandbox)
    assert request.body["update_existing"] is True
    assert [each["email_address"] for each in request.body["members"]] == [ann.email, bo.email]
    assert ann.merge_fields["CITY"] == "Aarhus"
    assert ann.merge_fields["LASTBUY"] == "2026-11-01"
    assert ann.merge_fields["BIRTHDAY"] == "07/14"
    assert bo.merge_fields["SEGMENTS"] == ""
    assert sandbox.violations == []


def test_who_has_something_in_a_field_is_found(sandbox: Sandbox, news: Mailchimp) -> None:
    ann = subscribed(sandbox)[0]
    ann.merge_fields["SEGMENTS"] = "by hand"
    assert list(news.carriers(Target("field", "segments"))) == [Found(ann.id, "by hand")]


def test_a_value_that_is_refused_stops_no_other_field_and_no_other_member(
    sandbox: Sandbox, news: Mailchimp
) -> None:
    ann, bo = subscribed(sandbox)[:2]
    wrong = change(Target("field", "LASTBUY"), ann.email, "last week")
    outcomes = list(
        news.push([wrong, change(CITY, ann.email, "Ribe"), change(CITY, bo.email, "Ribe")])
    )
    assert {(each.change.target.name, each.change.key): each.result for each in outcomes} == {
        ("LASTBUY", ann.id): "rejected",
        ("CITY", ann.id): "applied",
        ("CITY", bo.id): "applied",
    }
    (reason,) = [each.reason for each in outcomes if each.result == "rejected"]
    assert reason == "LASTBUY: Please enter a date"


def test_a_field_that_is_not_there_is_named_with_the_nearest(
    sandbox: Sandbox, news: Mailchimp
) -> None:
    missing = Target("field", "LASTBY")
    with pytest.raises(Broken, match=r"no merge field 'LASTBY' .is it 'LASTBUY'"):
        list(news.carriers(missing))
    (outcome,) = news.push([change(missing, subscribed(sandbox)[0].email, "x")])
    assert outcome.result == "rejected"
    assert "LASTBUY" in outcome.reason
    assert written(sandbox) == []


@pytest.mark.parametrize("target", [LOYAL, CITY])
def test_a_compliance_state_is_told_and_never_fought(
    sandbox: Sandbox, news: Mailchimp, target: Target
) -> None:
    ann, bo = subscribed(sandbox)[:2]
    ann.in_compliance = True
    outcomes = list(news.push([change(target, each.email, "yes") for each in (ann, bo)]))
    found = {each.change.key: each for each in outcomes}
    assert found[bo.id].result == "applied"
    assert found[ann.id].result == "skipped"
    assert found[ann.id].reason.startswith("in a compliance state")
    assert ann.email not in found[ann.id].reason


@pytest.mark.parametrize("target", [LOYAL, CITY])
def test_who_was_deleted_after_the_last_read_is_skipped(
    sandbox: Sandbox, news: Mailchimp, target: Target
) -> None:
    ann = subscribed(sandbox)[0]
    sandbox.world.list.forget(ann)
    (outcome,) = news.push([change(target, ann.email, "yes")])
    assert outcome.result == "skipped"
    assert sandbox.violations == []


@pytest.mark.parametrize("address", [None, "", "somebody.else@example.com", "no address"])
def test_an_address_that_is_not_the_members_own_is_never_sent(
    sandbox: Sandbox, news: Mailchimp, address: str | None
) -> None:
    ann = subscribed(sandbox)[0]
    changes = [Change(target, ann.id, "yes", address) for target in (LOYAL, CITY)]
    assert results(list(news.push(changes))) == [("skipped", NO_ADDRESS)] * 2
    assert sandbox.mailchimp.requests == []


def test_an_address_whose_domain_the_store_shows_decoded_is_sent_as_the_vendor_has_it() -> None:
    sent = "ann@xn--bger-0ra.example"
    domain = b"xn--bger-0ra.example".decode("idna")
    requests = served([Change(LOYAL, key(sent), "yes", f"ann@{domain}")])
    assert requests[-1]["members_to_add"] == [sent]


def test_the_cost_is_what_is_sent(sandbox: Sandbox, news: Mailchimp) -> None:
    people = subscribed(sandbox)
    sandbox.world.list.create_tag("Loyal", sandbox.clock.now())
    changes = [change(LOYAL, each.email, "yes") for each in people[:7]]
    changes += [change(LOYAL, each.email, None) for each in people[7:9]]
    changes += [change(target, each.email, "x") for target in (CITY, VIP) for each in people[:5]]
    cost = news.cost(changes)
    assert sandbox.mailchimp.requests == []
    list(news.push(changes))
    # Whether the tag has to be created is not known before.
    assert cost.requests == len(sandbox.mailchimp.requests) + 1 == 5
    assert cost.seconds > 0


def test_the_gate_that_is_too_busy_is_waited_for(sandbox: Sandbox, news: Mailchimp) -> None:
    ann = subscribed(sandbox)[0]
    sandbox.mailchimp.faults.add("blocked", method="POST", times=2)
    sandbox.mailchimp.faults.add("rate_limited", method="GET", times=1)
    assert results(list(news.push([change(CITY, ann.email, "Ribe")]))) == [("applied", "")]
    sandbox.mailchimp.faults.add("blocked", times=None)
    with pytest.raises(Unavailable):
        list(news.push([change(CITY, ann.email, "Ribe")]))


def test_the_sandbox_is_read_without_a_reject(sandbox: Sandbox, news: Mailchimp) -> None:
    window = Window(until=sandbox.clock.now())
    pages = {each.name: list(news.read(each.name, window)) for each in news.streams()}
    assert not any(page.rejects for read in pages.values() for page in read)
    members = [record for page in pages["members"] for record in page.records]
    shown = {record.id for record in members if isinstance(record, Contact)}
    assert shown == set(sandbox.world.list.members)
    assert pages["members"][-1].whole
    kinds = {
        record.kind
        for read in pages.values()
        for page in read
        for record in page.records
        if isinstance(record, MessageEvent)
    }
    assert kinds >= {"delivered", "opened", "clicked", "unsubscribed"}


# -- Against a server that answers as it likes


def asked(people: int, seed: int) -> list[Change]:
    """Changes of many targets for so many people, in any order, some without an address."""
    dice = Random(seed)
    targets = [LOYAL, Target("tag", "VIP"), CITY, VIP, Target("field", "GONE")]
    emails = [f"person{number}@example.com" for number in range(people)]
    pairs = [(target, email) for target in targets for email in emails if dice.random() < 0.6]
    dice.shuffle(pairs)
    return [
        Change(target, key(email), dice.choice(("yes", None)), dice.choice((*[email] * 9, None)))
        for target, email in pairs
    ]


class Junk:
    """Takes everything, answers a part of it, and keeps what was sent."""

    def __init__(self, keep: int) -> None:
        self.keep = keep
        self.bodies: list[Any] = []
        self.calls: list[tuple[httpx.Request, dict[str, Any]]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content) if request.content else None
        answer = self._answer(request, body)
        self.calls.append((request, answer))
        return httpx.Response(200, json=answer)

    def _answer(self, request: httpx.Request, body: Any) -> dict[str, Any]:
        path = request.url.path
        if body is None:
            if path.endswith("/merge-fields"):
                tags = [{"tag": tag, "type": "text"} for tag in ("CITY", "SEGMENTS")]
                return {"merge_fields": tags, "total_items": 2}
            if path.endswith("/members"):
                return {"members": [], "total_items": 0}
            segments = [{"id": 7, "name": "vip", "type": "static"}]
            return {"segments": segments, "total_items": 1}
        self.bodies.append(body)
        if path.endswith("/segments"):
            return {"id": 8, "name": body["name"], "type": "static"}
        if "members" in body:
            return self._fields(body["members"])
        found: dict[str, Any] = {"errors": []}
        for way, done in (("to_add", "added"), ("to_remove", "removed")):
            emails = body.get(f"members_{way}", [])
            found[f"members_{done}"] = [{"id": key(each)} for each in self._kept(emails)]
            refused = [email for email in emails if self._number(email) % 7 == 1]
            found["errors"].append({"email_addresses": refused, "error": f"{refused} are odd"})
        return found

    def _fields(self, members: list[dict[str, Any]]) -> dict[str, Any]:
        emails = [each["email_address"] for each in members]
        errors = [
            {
                "email_address": each["email_address"].upper(),
                "error": "Your merge fields were invalid.",
                "error_code": "ERROR_GENERIC",
                "field": "city",
                "field_message": "no such place",
            }
            for each in members
            if "CITY" in each["merge_fields"] and self._number(each["email_address"]) % 7 == 1
        ]
        return {
            "new_members": [],
            "updated_members": [{"id": key(email)} for email in self._kept(emails)],
            "errors": errors,
            "total_created": 0,
        }

    def _kept(self, emails: list[str]) -> list[str]:
        return [email for email in emails if self._number(email) % self.keep]

    def _number(self, email: str) -> int:
        digits = "".join(filter(str.isdigit, email))
        return int(digits or "1")


def junked(changes: Sequence[Change], keep: int = 3) -> tuple[list[Outcome], Junk]:
    news = Mailchimp(api_key="made-up-key-us1", audience="a1b2c3")
    news._clock = FakeClock()
    junk = Junk(keep)
    with respx.mock(assert_all_called=False) as router:
        router.route().mock(side_effect=junk)
        return list(news.push(changes)), junk


def served(changes: Sequence[Change]) -> list[Any]:
    return junked(changes)[1].bodies


@settings(max_examples=25)
@given(people=st.integers(0, 2500), seed=st.integers(0, 2**32), keep=st.integers(2, 5))
def test_whatever_is_answered_each_change_has_one_outcome_and_batches_keep_their_bounds(
    people: int, seed: int, keep: int
) -> None:
    changes = asked(people, seed)
    outcomes, junk = junked(changes, keep)
    assert len(outcomes) == len(changes)
    assert {outcome.change for outcome in outcomes} == set(changes)
    known = {change.address for change in changes}
    for body in junk.bodies:
        assert not words(body) & FORBIDDEN
        rows = [each["email_address"] for each in body.get("members", [])]
        sent = [rows, body.get("members_to_add", []), body.get("members_to_remove", [])]
        assert max(map(len, sent)) <= MOST
        assert all(len(set(each)) == len(each) and set(each) <= known for each in sent)
    assert not any("@" in outcome.reason for outcome in outcomes)
    for outcome in outcomes:
        if outcome.change.address is None:
            assert outcome.reason == NO_ADDRESS
    repeated, _ = junked(changes, keep)
    assert repeated == outcomes


def test_requests_and_answers_are_as_the_vendor_describes(shared: Path, held: Held) -> None:
    description = described(shared)
    people = [f"person{number}@example.com" for number in range(20)]
    targets = (LOYAL, Target("tag", "VIP"), CITY, VIP)
    changes = [
        change(target, email, value)
        for target in targets
        for email, value in zip(people, ["yes", None] * 10, strict=True)
    ]
    _, junk = junked(changes)
    assert len(junk.calls) > 6
    for request, answer in junk.calls:
        body = json.loads(request.content) if request.content else None
        description.check_request(request.method, request.url.path, dict(request.url.params), body)
        description.check_response(request.method, request.url.path, 200, answer)
    held.description("mailchimp")


def test_a_field_that_is_bound_twice_is_written_once() -> None:
    twice = [change(Target("field", name), "ann2@example.com", "x") for name in ("CITY", "city")]
    outcomes, junk = junked(twice, keep=100)
    assert sorted(results(outcomes)) == [("applied", ""), ("rejected", "city is bound twice")]
    assert [body["members"][0]["merge_fields"] for body in junk.bodies] == [{"CITY": "x"}]


def test_an_answer_that_tells_of_a_created_member_stops_the_push() -> None:
    news = Mailchimp(api_key="made-up-key-us1", audience="a1b2c3")
    news._clock = FakeClock()
    fields = {"merge_fields": [{"tag": "CITY", "type": "text"}], "total_items": 1}
    with respx.mock() as router:
        router.get().respond(json=fields)
        router.post().respond(json={"new_members": [{"id": "x"}], "total_created": 1})
        with pytest.raises(Broken, match="created"):
            list(news.push([change(CITY, "ann@example.com", "Ribe")]))


def test_a_tag_that_mailchimp_refuses_is_told_and_stops_no_other() -> None:
    news = Mailchimp(api_key="made-up-key-us1", audience="a1b2c3")
    news._clock = FakeClock()

    def answer(request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content) if request.content else None
        if body and body.get("name") == "Loyal":
            return httpx.Response(400, json={"title": "Bad Request", "detail": "too long"})
        return junk(request)

    junk = Junk(keep=100)
    changes = [change(tag, "ann2@example.com", "yes") for tag in (LOYAL, Target("tag", "VIP"))]
    with respx.mock() as router:
        router.route().mock(side_effect=answer)
        outcomes = list(news.push(changes))
    assert [each.result for each in outcomes] == ["rejected", "applied"]
    assert "too long" in outcomes[0].reason


@pytest.mark.parametrize(("again", "error"), [("bo", Unavailable), ("ann", Broken)])
def test_carriers_that_are_not_all_shown_are_read_again(again: str, error: type[HubError]) -> None:
    news = Mailchimp(api_key="made-up-key-us1", audience="a1b2c3")
    news._clock = FakeClock()
    segments = {"segments": [{"id": 7, "name": "Loyal", "type": "static"}], "total_items": 1}
    # It says that there are two, and shows one.
    pages = [[{"id": key("ann@example.com")}], [], [{"id": key(f"{again}@example.com")}], []]
    with respx.mock() as router:
        router.get(path="/3.0/lists/a1b2c3/segments").respond(json=segments)
        router.get(path="/3.0/lists/a1b2c3/segments/7/members").mock(
            side_effect=[
                httpx.Response(200, json={"members": rows, "total_items": 2}) for rows in pages
            ]
        )
        with pytest.raises(error):
            list(news.carriers(LOYAL))


@pytest.mark.parametrize(
    ("said", "result", "reason"),
    [
        ("ann@example.com is in a compliance state due to unsubscribe", "skipped",
         "in a compliance state: … is in a compliance state due to unsubscribe"),
        ("ann@example.com was permanently deleted and cannot be re-imported", "skipped",
         "in a compliance state: … was permanently deleted and cannot be re-imported"),
        ("The contact is not a member of the list.", "skipped", NOT_ON_THE_LIST),
        ("The resource could not be found.", "skipped", NOT_ON_THE_LIST),
        ("Something new <ann@example.com>", "rejected", "Something new …"),
        ("", "rejected", "Mailchimp neither wrote it nor said why"),
    ],
)  # fmt: skip
def test_an_error_is_understood_and_names_nobody(said: str, result: str, reason: str) -> None:
    found = verdict({"email_address": "ann@example.com", "error": said})
    assert (found.result, found.reason) == (result, reason)
