"""Heyloyalty as a destination: against the sandbox over loopback, and against a server of junk."""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest
import respx
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.heyloyalty import Heyloyalty
from connectors.heyloyalty.destination import FEW, ONE_LOOK, UNREADABLE
from connectors.kit import (
    NOT_ON_THE_LIST,
    Broken,
    Change,
    Contact,
    Found,
    Network,
    Outcome,
    RawPage,
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
from sandbox.heyloyalty.lists import guid
from sandbox.running import HEYLOYALTY_KEY, HEYLOYALTY_SECRET, Sandbox
from sandbox.server import Request
from sandbox.world.mailing import Member
from sandbox.world.world import BY_HAND
from tests.connectors.held import HeldAgainst
from tests.counting import Held

LOYAL, VIP = Target("tag", "Loyal"), Target("tag", "VIP")
CITY, BOUGHT = Target("field", "city"), Target("field", "seneste_koeb")


# -- Against the suite


class Club(FakeSystem):
    """One list with one multi-choice field and a city, that answers as Heyloyalty does."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.values: dict[str, dict[str, Any]] = {}

    @classmethod
    def person(cls, number: int) -> Person:
        key = f"{number:08d}-0000-4000-8000-000000000000"
        return Person(key, super().person(number).address)

    def _serve(self, request: httpx.Request) -> httpx.Response:
        path = self.path(request).removeprefix("/lists/7001")
        if not path:
            fields = {
                "segments": {"name": "segments", "format": "multi", "options": {"1": "Loyal"}},
                "city": {"name": "city", "format": "text"},
            }
            return httpx.Response(200, json={"id": 7001, "name": "Club", "fields": fields})
        if path == "/members":
            # Only an empty page is the last.
            shown = [self._row(key) for key in self.people] if self._is_first(request) else []
            return httpx.Response(200, json={"members": shown})
        person = self.people.get(path.removeprefix("/members/"))
        if person is None:
            return httpx.Response(404)
        if request.method == "GET":
            return httpx.Response(200, json=self._row(person.key))
        if person.key in self.refused:
            return httpx.Response(400, json={"error": self.complaint(person)})
        body = json.loads(request.content)
        if "segments" in body:
            body["segments"] = [{"id": id_} for id_ in body["segments"]]
        self.values.setdefault(person.key, {}).update(body)
        return httpx.Response(200)

    def _is_first(self, request: httpx.Request) -> bool:
        return request.url.params["page"] == "1"

    def _row(self, key: str) -> dict[str, Any]:
        said = self.values.get(key, {})
        return {"id": key, "status": {"status": "active"}, "segments": [], "city": "", **said}


def described(shared: Path) -> Description:
    return Description.load(shared / "api-specs" / "heyloyalty" / "handwritten-openapi.json")


ONE = f"/lists/7001/members/{Club.person(1).key}"


class TestHeyloyaltyIsWritten(HeldAgainst, DestinationContract):
    connector = Heyloyalty
    settings = {"api_key": "made-up-key", "api_secret": "made-up-secret", "list": 7001}
    described = staticmethod(described)
    vendor = "heyloyalty"
    fake = Club
    writes = {
        (LOYAL, "yes"): [Written("PATCH", ONE, {"segments": [1]})],
        (LOYAL, None): [Written("PATCH", ONE, {"segments": []})],
        (CITY, "Ribe"): [Written("PATCH", ONE, {"city": "Ribe"})],
        (CITY, None): [Written("PATCH", ONE, {"city": ""})],
    }


# -- Against the sandbox


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(datetime(2026, 11, 20, 8, tzinfo=UTC), people=150) as sandbox:
        yield sandbox
        assert {each.method for each in sandbox.heyloyalty.requests} <= {"GET", "PATCH"}


def configured(sandbox: Sandbox, **changes: Any) -> Heyloyalty:
    host = sandbox.heyloyalty.url.removeprefix("http://")
    stanza = {
        "api_key": HEYLOYALTY_KEY,
        "api_secret": HEYLOYALTY_SECRET,
        "list": sandbox.club.setup.number,
        "url": sandbox.heyloyalty_url,
        **changes,
    }
    connector = Heyloyalty(**stanza).through(Network(frozenset({host})))
    connector._clock = FakeClock()
    return connector


@pytest.fixture
def club(sandbox: Sandbox) -> Heyloyalty:
    return configured(sandbox)


@pytest.fixture
def yes_no(sandbox: Sandbox) -> Heyloyalty:
    return configured(sandbox, **{"as": "yes_no"})


def change(target: Target, member: Member, value: str | None) -> Change:
    return Change(target, guid(member), value, member.email)


def written(sandbox: Sandbox) -> list[Request]:
    return [each for each in sandbox.heyloyalty.requests if each.method != "GET"]


def subscribed(sandbox: Sandbox) -> list[Member]:
    return [each for each in sandbox.world.club.members.values() if each.status == "subscribed"]


def plain(sandbox: Sandbox) -> list[Member]:
    """Subscribed people to whom nobody gave an option by hand."""
    return [each for each in subscribed(sandbox) if guid(each) not in sandbox.club.setup.written]


def options(sandbox: Sandbox, member: Member) -> set[str]:
    setup = sandbox.club.setup
    return {setup.fields["segments"].options[each] for each in setup.values(member)["segments"]}


def results(outcomes: Sequence[Outcome]) -> list[tuple[str, str]]:
    return [(outcome.result, outcome.reason) for outcome in outcomes]


def test_options_are_put_in_and_taken_out_and_those_of_others_stay(
    sandbox: Sandbox, club: Heyloyalty
) -> None:
    by_hand = next(each for each in subscribed(sandbox) if options(sandbox, each))
    ann = plain(sandbox)[0]
    assert options(sandbox, by_hand) == {BY_HAND}
    first = [change(LOYAL, by_hand, "yes"), change(VIP, by_hand, "yes"), change(VIP, ann, "yes")]
    assert results(list(club.push(first))) == [("applied", "")] * 3
    assert options(sandbox, by_hand) == {BY_HAND, "Loyal", "VIP"}
    assert options(sandbox, ann) == {"VIP"}
    second = [change(VIP, by_hand, None), change(VIP, ann, None)]
    assert results(list(club.push(second))) == [("applied", "")] * 2
    assert options(sandbox, by_hand) == {BY_HAND, "Loyal"}
    assert options(sandbox, ann) == set()
    assert sandbox.violations == []


def test_everything_of_a_person_is_one_request_with_nothing_else_in_it(
    sandbox: Sandbox, club: Heyloyalty
) -> None:
    ann, bo = plain(sandbox)[:2]
    changes = [
        change(LOYAL, ann, "yes"),
        change(VIP, ann, "yes"),
        change(CITY, ann, "Ribe"),
        change(BOUGHT, ann, "2026-11-01"),
        change(CITY, bo, None),
    ]
    before = sandbox.club.setup.values(ann)
    assert results(list(club.push(changes))) == [("applied", "")] * 5
    ours, theirs = written(sandbox)
    loyal, vip = (sandbox.club.setup.option("segments", each) for each in ("Loyal", "VIP"))
    assert ours.body == {"segments": [loyal, vip], "city": "Ribe", "seneste_koeb": "2026-11-01"}
    assert theirs.body == {"city": ""}
    assert sandbox.club.setup.values(ann) == {**before, **ours.body}


def test_an_option_is_found_however_it_is_spelt(sandbox: Sandbox, club: Heyloyalty) -> None:
    ann = plain(sandbox)[0]
    (outcome,) = club.push([change(Target("tag", "LOYAL "), ann, "yes")])
    assert outcome.result == "applied"
    assert list(club.carriers(LOYAL)) == [Found(guid(ann), "yes")]


def test_a_set_that_is_right_already_is_not_written(sandbox: Sandbox, club: Heyloyalty) -> None:
    ann = plain(sandbox)[0]
    for value in ("yes", "yes", None, None):
        (outcome,) = club.push([change(LOYAL, ann, value)])
        assert outcome.result == "applied"
    assert len(written(sandbox)) == 2
    assert options(sandbox, ann) == set()


def test_yes_and_no_are_written_to_a_field_of_their_own(
    sandbox: Sandbox, yes_no: Heyloyalty
) -> None:
    ann, bo = plain(sandbox)[:2]
    changes = [change(Target("tag", "loyal"), ann, "yes"), change(VIP, ann, None)]
    changes.append(change(Target("tag", "Loyal kunde"), bo, "yes"))
    assert results(list(yes_no.push(changes))) == [("applied", "")] * 3
    assert [each.body for each in written(sandbox)] == [{"loyal": 1, "vip": 0}, {"loyal": 1}]
    assert {found.key for found in yes_no.carriers(LOYAL)} == {guid(ann), guid(bo)}
    assert list(yes_no.carriers(VIP)) == []
    assert sandbox.violations == []


@pytest.mark.parametrize(
    ("settings", "target", "told"),
    [
        ({}, Target("tag", "Loyall"), "no option 'Loyall' .is it 'Loyal'"),
        ({"options_field": "segmenter"}, Target("tag", "x"), "no option 'x'; create it in Hey"),
        ({"options_field": "segmants"}, LOYAL, "no multi-choice field 'segmants' .is it 'segment"),
        ({"options_field": "city"}, LOYAL, "'city' is of the kind text, and not multi-choice"),
        ({"as": "yes_no"}, Target("tag", "vipp"), "no field 'vipp' .is it 'vip'.*yes/no field"),
        ({"as": "yes_no"}, Target("tag", "city"), "'city' is of the kind text, and no yes/no"),
        ({}, Target("field", "seneste_kob"), "no field 'seneste_kob' .is it 'seneste_koeb'"),
        ({}, Target("field", "segments"), "'segments' is multi-choice; bind tags"),
        ({}, Target("list", "7002"), "Heyloyalty has no lists"),
    ],
)
def test_what_is_not_there_is_named_and_the_others_go_on(
    sandbox: Sandbox, settings: dict[str, str], target: Target, told: str
) -> None:
    club = configured(sandbox, **settings)
    with pytest.raises(Broken, match=told):
        list(club.carriers(target))
    ann = plain(sandbox)[0]
    missing, good = club.push([change(target, ann, "yes"), change(CITY, ann, "Ribe")])
    assert (missing.result, good.result) == ("rejected", "applied")
    assert [each.body for each in written(sandbox)] == [{"city": "Ribe"}]


@pytest.mark.parametrize("status", ["unsubscribed", "cleaned", "pending"])
@pytest.mark.parametrize("many", [False, True], ids=["few", "many"])
def test_who_is_not_subscribed_any_more_is_never_written_to(
    sandbox: Sandbox, club: Heyloyalty, status: Any, many: bool
) -> None:
    people = plain(sandbox)[: FEW + 5 if many else 2]
    people[0].status = status
    changes = [change(target, each, "yes") for each in people for target in (LOYAL, CITY)]
    outcomes = list(club.push(changes))
    left = [each for each in outcomes if each.change.key == guid(people[0])]
    assert {each.result for each in left} == {"skipped"}
    assert {each.result for each in outcomes if each not in left} == {"applied"}
    assert all(each.reason.startswith("not subscribed to the list") for each in left)
    assert len(written(sandbox)) == len(people) - 1
    assert people[0].status == status
    assert sandbox.violations == []


def test_who_was_deleted_after_the_last_read_is_skipped(sandbox: Sandbox, club: Heyloyalty) -> None:
    ann = plain(sandbox)[0]
    sandbox.world.club.forget(ann)
    assert results(list(club.push([change(LOYAL, ann, "yes")]))) == [("skipped", NOT_ON_THE_LIST)]
    assert written(sandbox) == []


def test_a_value_that_is_refused_stops_no_other_field_and_no_other_member(
    sandbox: Sandbox, club: Heyloyalty
) -> None:
    ann, bo = plain(sandbox)[:2]
    too_long = change(Target("field", "segmentnavne"), ann, "x" * 300)
    outcomes = list(
        club.push([too_long, change(CITY, ann, "Ribe"), change(LOYAL, ann, "yes"),
                   change(CITY, bo, "Ribe")])
    )  # fmt: skip
    assert {(each.change.target.name, each.change.key): each.result for each in outcomes} == {
        ("segmentnavne", guid(ann)): "rejected",
        ("city", guid(ann)): "applied",
        ("Loyal", guid(ann)): "applied",
        ("city", guid(bo)): "applied",
    }
    (reason,) = [each.reason for each in outcomes if each.result == "rejected"]
    assert reason == "segmentnavne: Heyloyalty refuses the value (400)"


@pytest.mark.parametrize(
    ("name", "value", "sent"),
    [
        ("sex", "female", 2),
        ("country", "DK", 53),
        ("country", "NO", 901),
        ("butik", "nowhere", None),
        ("loyal", "yes", 1),
        ("loyal", "No", 0),
        ("loyal", None, 0),
        ("antal_boern", "2.5", "2.5"),
        ("antal_boern", "two", None),
        ("seneste_koeb", "2026-02-30", None),
        ("seneste_koeb", None, ""),
        ("country", "Sverige", 902),
        ("country", "Norway", None),
    ],
)
def test_values_are_written_in_the_vendors_own_codes(
    sandbox: Sandbox, name: str, value: str | None, sent: Any
) -> None:
    club = configured(sandbox, countries={"901": "NO"})
    ann = plain(sandbox)[0]
    (outcome,) = club.push([change(Target("field", name), ann, value)])
    if sent is None:
        assert outcome.result == "rejected"
        assert outcome.reason.startswith(f"{name}: the value is n")
        assert str(value) not in outcome.reason
        assert written(sandbox) == []
    else:
        assert outcome.result == "applied"
        assert [each.body for each in written(sandbox)] == [{name: sent}]


def test_a_choice_is_written_by_its_label(sandbox: Sandbox, club: Heyloyalty) -> None:
    ann = plain(sandbox)[0]
    number, label = next(iter(sandbox.club.setup.fields["butik"].options.items()))
    (outcome,) = club.push([change(Target("field", "Din butik"), ann, label.upper())])
    assert outcome.result == "applied"
    assert [each.body for each in written(sandbox)] == [{"butik": number}]


def test_who_has_something_in_a_field_is_found(sandbox: Sandbox, club: Heyloyalty) -> None:
    ann, bo = plain(sandbox)[:2]
    club_list = sandbox.club.setup
    club_list.written[guid(ann)] = {"segmentnavne": "by hand", "loyal": 1}
    club_list.written[guid(bo)] = {"loyal": 0}
    assert list(club.carriers(Target("field", "Segmentnavne"))) == [Found(guid(ann), "by hand")]
    assert list(club.carriers(Target("field", "loyal"))) == [Found(guid(ann), "yes")]
    genders = {found.value for found in club.carriers(Target("field", "sex"))}
    assert genders == {"Mand", "Kvinde"}


def test_carriers_are_told_in_every_status(sandbox: Sandbox, club: Heyloyalty) -> None:
    ann, bo = plain(sandbox)[:2]
    list(club.push([change(LOYAL, each, "yes") for each in (ann, bo)]))
    sandbox.world.club.leave(bo, sandbox.clock.now())
    assert {found.key for found in club.carriers(LOYAL)} == {guid(ann), guid(bo)}


def test_a_member_without_an_id_carries_nothing(
    sandbox: Sandbox, club: Heyloyalty, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [{"city": "Ribe"}, {"id": "a", "city": "Ribe"}]
    monkeypatch.setattr(Heyloyalty, "walk", lambda *_, **__: iter([_listed(rows, whole=True)]))
    assert list(club.carriers(CITY)) == [Found("a", "Ribe")]


def test_carriers_that_change_while_they_are_read_are_read_again_later(
    sandbox: Sandbox, club: Heyloyalty, monkeypatch: pytest.MonkeyPatch
) -> None:
    walks = iter([_listed([{"id": "1"}]), _listed([{"id": "2"}])])
    monkeypatch.setattr(Heyloyalty, "walk", lambda *_, **__: iter([next(walks)]))
    with pytest.raises(Unavailable, match="changed while they were read"):
        list(club.carriers(CITY))


def _listed(rows: Sequence[Any], *, whole: bool = False) -> Any:
    return RawPage(rows, last=True, whole=whole)


@pytest.mark.parametrize("people", [1, FEW, FEW + 1])
def test_the_cost_is_what_is_sent(sandbox: Sandbox, club: Heyloyalty, people: int) -> None:
    some = plain(sandbox)[:people]
    changes = [change(target, each, "yes") for target in (LOYAL, VIP, CITY) for each in some]
    cost = club.cost(changes)
    assert sandbox.heyloyalty.requests == []
    list(club.push(changes))
    assert cost.requests == len(sandbox.heyloyalty.requests)
    assert len(written(sandbox)) == people
    assert cost.seconds > 0


def test_a_large_push_asks_little_more_than_one_request_a_member(club: Heyloyalty) -> None:
    changes = [Change(LOYAL, str(number), "yes") for number in range(12_000)]
    assert club.cost(changes).requests == 12_000 + 1 + 2 * 12_000 // ONE_LOOK


def test_a_setting_says_how_fast_it_may_go(sandbox: Sandbox) -> None:
    changes = [Change(LOYAL, "1", "yes")]
    slow, fast = (configured(sandbox, requests_per_second=each) for each in (1, 100))
    assert (slow.cost(changes).seconds, slow.limits[0].requests) == (3, 1)
    assert fast.limits[0].requests == 100
    assert fast.limits[0].at_once == slow.limits[0].at_once == 1
    assert 0 < fast.cost(changes).seconds < 1


def test_a_busy_server_is_waited_for(sandbox: Sandbox, club: Heyloyalty) -> None:
    ann = plain(sandbox)[0]
    sandbox.heyloyalty.faults.add("rate_limited", method="PATCH", times=2)
    assert results(list(club.push([change(CITY, ann, "Ribe")]))) == [("applied", "")]
    sandbox.heyloyalty.faults.add("unavailable", times=None)
    with pytest.raises(Unavailable):
        list(club.push([change(CITY, ann, "Ribe")]))


def test_the_sandbox_is_read_without_a_reject(sandbox: Sandbox, club: Heyloyalty) -> None:
    pages = list(club.read("members", Window(until=sandbox.clock.now())))
    assert not any(page.rejects for page in pages)
    shown = {r.id for page in pages for r in page.records if isinstance(r, Contact)}
    assert shown == {guid(member) for member in sandbox.world.club.members.values()}
    assert pages[-1].whole


def test_a_bound_target_belongs_to_the_list_and_to_whoever_is_subscribed(
    club: Heyloyalty,
) -> None:
    assert club.gating_lists() == ("7001",)
    assert club.writable_statuses == {"subscribed"}
    assert club.by_person


# -- Against a server that answers as it likes

FIELDS = {
    "segments": {"name": "segments", "format": "multi", "options": {"1": "Loyal", "2": "VIP"}},
    "city": {"name": "city", "format": "text"},
    "seneste_koeb": {"name": "seneste_koeb", "format": "date"},
}
THEIRS = 9
"""An option that is not ours, and that the list's definition does not even tell."""


class Junk:
    """Has everybody in some state, takes a part of what is sent, and keeps it."""

    def __init__(self, people: int) -> None:
        self.members: dict[str, dict[str, Any]] = {
            f"{number:08d}-0000-4000-8000-000000000000": self._member(number)
            for number in range(people)
        }
        self.calls: list[tuple[httpx.Request, httpx.Response]] = []

    def _member(self, number: int) -> dict[str, Any]:
        row: dict[str, Any] = {
            "status": {"status": "active" if number % 5 else "unsubscribed"},
            "city": "",
            "segments": [{"id": THEIRS}] if number % 3 else [],
        }
        if number % 7 == 1:
            row["segments"] = "Loyal, and somebody's own words"
        if number % 7 == 2:
            del row["segments"]
        return row

    def __call__(self, request: httpx.Request) -> httpx.Response:
        answer = self._answer(request)
        self.calls.append((request, answer))
        return answer

    def _answer(self, request: httpx.Request) -> httpx.Response:
        *_, last = request.url.path.split("/")
        if last == "7001":
            return httpx.Response(200, json={"id": 7001, "name": "Club", "fields": FIELDS})
        if last == "members":
            rows = [{"id": key, **row} for key, row in self.members.items()]
            return httpx.Response(
                200, json={"members": rows if request.url.params["page"] == "1" else []}
            )
        row = self.members.get(last)
        if row is None:
            return httpx.Response(404)
        if request.method == "GET":
            return httpx.Response(200, json={"id": last, **row})
        body = json.loads(request.content)
        if "seneste_koeb" in body and int(last[:8]) % 4 == 0:
            return httpx.Response(400, json={"error": f"{last} somebody@example.com"})
        if "segments" in body:
            row["segments"] = [{"id": id_} for id_ in body["segments"]]
        return httpx.Response(200)


def pushed(changes: Sequence[Change], junk: Junk) -> list[Outcome]:
    club = Heyloyalty(api_key="made-up-key", api_secret="made-up-secret", list=7001)
    club._clock = FakeClock()
    with respx.mock(assert_all_called=False) as router:
        router.route().mock(side_effect=junk)
        return list(club.push(changes))


def asked(junk: Junk, seed: int) -> list[Change]:
    """Changes of many targets in any order, for people some of whom are not there."""
    dice = Random(seed)
    targets = [LOYAL, VIP, CITY, BOUGHT, Target("field", "GONE"), Target("tag", "Gone")]
    keys = [*junk.members, "ffffffff-0000-4000-8000-000000000000"]
    pairs = [(target, key) for target in targets for key in keys if dice.random() < 0.6]
    dice.shuffle(pairs)
    return [Change(target, key, dice.choice(("2026-01-01", None))) for target, key in pairs]


@settings(max_examples=25)
@given(people=st.integers(0, 60), seed=st.integers(0, 2**32))
def test_whatever_is_answered_each_change_has_one_outcome_and_nobody_loses_an_option(
    people: int, seed: int
) -> None:
    junk = Junk(people)
    changes = asked(junk, seed)
    outcomes = pushed(changes, junk)
    assert len(outcomes) == len(changes)
    assert {outcome.change for outcome in outcomes} == set(changes)
    assert not any("@" in outcome.reason for outcome in outcomes)
    known = {change.key for change in changes}
    for request, _ in junk.calls:
        assert request.method in ("GET", "PATCH")
        if request.method == "PATCH":
            *_, key = request.url.path.split("/")
            assert key in known
            assert int(key[:8]) % 5
            body = json.loads(request.content)
            assert body
            assert body.keys() <= FIELDS.keys()
            assert THEIRS in body.get("segments", [THEIRS]) or not int(key[:8]) % 3
    for outcome in outcomes:
        if outcome.change.target in (LOYAL, VIP) and outcome.change.key in junk.members:
            number = int(outcome.change.key[:8])
            if number % 5 and number % 7 in (1, 2):
                assert outcome.reason == UNREADABLE


def test_requests_and_answers_are_as_the_vendor_describes(shared: Path, held: Held) -> None:
    description = described(shared)
    junk = Junk(30)
    pushed([Change(LOYAL, "none such", "yes")], junk)
    pushed(
        [Change(each, key, "2026-01-01") for each in (LOYAL, CITY) for key in junk.members], junk
    )
    assert {request.method for request, _ in junk.calls} == {"GET", "PATCH"}
    for request, answer in junk.calls:
        body = json.loads(request.content) if request.content else None
        told = json.loads(answer.content) if answer.content else None
        path = request.url.path
        description.check_request(request.method, path, dict(request.url.params), body)
        description.check_response(request.method, path, answer.status_code, told)
    held.description("heyloyalty")


def test_a_field_that_is_bound_twice_is_written_once() -> None:
    junk = Junk(4)
    key = [*junk.members][3]
    twice = [Change(Target("field", name), key, "x") for name in ("city", "City")]
    twice += [Change(Target("tag", name), key, "yes") for name in ("Loyal", "loyal")]
    outcomes = pushed(twice, junk)
    assert sorted(results(outcomes)) == [
        ("applied", ""),
        ("applied", ""),
        ("rejected", "City is bound twice"),
        ("rejected", "loyal is bound twice"),
    ]
