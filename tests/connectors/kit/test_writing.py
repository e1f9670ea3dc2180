"""Destinations by declaration: targets, batches, verdicts, cost."""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import httpx
import pytest
import respx
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.kit import (
    NOT_ON_THE_LIST,
    Again,
    Batch,
    Broken,
    Change,
    Declared,
    Edit,
    Found,
    KnownTarget,
    Limit,
    Names,
    Outcome,
    PerPerson,
    PerTarget,
    Response,
    Secret,
    Target,
    Unauthorized,
    Writing,
)
from connectors.kit.testing import FakeClock
from connectors.kit.writing.batches import grouped

LOYAL, VIP, CITY = Target("tag", "Loyal"), Target("tag", "VIP"), Target("field", "city")
TOWNS, LIST = Target("field", "Citys & towns"), Target("list", "1")
TAKEN = "Guild has a saved segment of the name 'Loyall'; choose another name (is it 'Loyal'?)"
MISSING = (
    "Guild has no field 'citi' (is it 'city'?); correct the name, or create it in Guild (Fields)"
)


class Guild(Writing):
    """The members of a guild; the status of an answer is everybody's verdict."""

    kind = "guild"
    base_url = "https://guild.test"
    limits = (Limit(2, seconds=1.0), Limit(1, seconds=60.0, of="/reports"))
    catalogue: ClassVar[dict[str, Names]] = {
        "tag": Names(
            Declared("/tags", items="tags"),
            create=lambda guild, name: guild.send("POST", "/tags", json={"name": name}),
            created="tag.id",
            other=lambda row: "a saved segment" if row.get("saved") else "",
        ),
        "field": Names(Declared("/fields"), name="title", advice="create it in Guild (Fields)"),
    }
    batch: ClassVar[dict[str, PerTarget | PerPerson]] = {"tag": PerTarget(4), "field": PerPerson(4)}
    read_back: ClassVar[dict[str, Declared]] = {
        "tag": Declared("/tags/{tag}/members", fill={"tag": "id"}),
        "field": Declared("/members"),
    }

    def gating_lists(self) -> Sequence[str]:
        return ()

    def write(self, batch: Batch) -> Response:
        method = "DELETE" if batch.kind == "tag" and batch.removing else "POST"
        rows = [[each.key, each.id, each.value] for each in batch.edits]
        return self.send(method, "/writes", json=rows)

    def carried(self, raw: Any, known: KnownTarget) -> Any:
        return known.target.kind == "tag" or raw.get(known.id)


Answer = Callable[[list[Any]], httpx.Response]


class Hall:
    """Answers of the guild; keeps the bodies of what was written."""

    def __init__(self, answer: Answer = lambda _: httpx.Response(200)) -> None:
        self.tags: list[dict[str, Any]] = [{"id": 7, "name": "Loyal"}]
        self.carriers: list[dict[str, Any]] = []
        self.asked: list[str] = []
        self.written: list[Any] = []
        self.meanwhile: dict[str, Any] | None = None
        self.creation = httpx.Response(200, json={"tag": {"id": 8}})
        self._answer = answer

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        self.asked.append(f"{request.method} {path}")
        if path == "/writes":
            self.written.append(json.loads(request.content))
            return self._answer(self.written[-1])
        if request.method == "POST":
            self.tags += [self.meanwhile] if self.meanwhile else []
            return self.creation
        if path == "/tags":
            return httpx.Response(200, json={"tags": self.tags})
        fields = [{"id": 1, "title": "city"}, {"id": 2, "title": "Citys &amp; towns"}]
        return httpx.Response(200, json=fields if path == "/fields" else self.carriers)


def guild_of(connector: type[Writing] = Guild) -> Writing:
    guild = connector()
    guild._clock = FakeClock()
    return guild


def pushed(
    changes: Sequence[Change], hall: Hall, connector: type[Writing] = Guild
) -> dict[Change, tuple[str, str]]:
    with respx.mock(assert_all_called=False) as router:
        router.route().mock(side_effect=hall)
        outcomes = list(guild_of(connector).push(changes))
    assert Counter(each.change for each in outcomes) == Counter(changes)
    return {each.change: (each.result, each.reason) for each in outcomes}


def tagging(*keys: str, target: Target = LOYAL, value: str | None = "yes") -> list[Change]:
    return [Change(target, key, value, f"{key}@example.com") for key in keys]


# -- Targets


@pytest.mark.parametrize("name", ["Loyal", "LOYAL", " loyal "])
def test_a_name_is_compared_without_case_and_blanks(name: str) -> None:
    hall = Hall()
    pushed(tagging("a", target=Target("tag", name)), hall)
    assert hall.written == [[["a", "7", "yes"]]]


def test_a_name_that_is_escaped_is_found() -> None:
    hall = Hall()
    pushed(tagging("a", target=TOWNS), hall)
    assert hall.written == [[["a", "2", "yes"]]]


def test_a_missing_tag_is_created_for_whoever_gets_it_and_for_nobody_else() -> None:
    hall = Hall()
    assert set(pushed(tagging("a", target=VIP, value=None), hall).values()) == {("applied", "")}
    assert hall.asked == ["GET /tags"]
    mixed = [*tagging("a", "b", target=VIP), *tagging("c", target=VIP, value=None)]
    mixed += tagging("d", target=Target("tag", "vip"))
    assert set(pushed(mixed, hall).values()) == {("applied", "")}
    assert hall.asked == ["GET /tags", "GET /tags", "POST /tags", "POST /writes"]
    assert hall.written == [[[key, "8", "yes"] for key in ("a", "b", "d")]]


def test_a_tag_that_another_hub_creates_meanwhile_is_used() -> None:
    hall = Hall()
    hall.creation = httpx.Response(422, json={"message": "the name is taken"})
    (outcome,) = pushed(tagging("a", target=VIP), hall).values()
    assert outcome == ("rejected", "tag 'VIP': Guild refuses it (422): the name is taken")
    hall.meanwhile = {"id": 9, "name": "VIP"}
    (outcome,) = pushed(tagging("a", target=VIP), hall).values()
    assert outcome == ("applied", "")
    assert hall.written == [[["a", "9", "yes"]]]


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        (Target("tag", "Loyall"), TAKEN),
        (Target("field", "citi"), MISSING),
        (LIST, "Guild has no lists"),
    ],
)
def test_a_target_that_cannot_be_written_is_refused_with_the_nearest_and_stops_no_other(
    target: Target, reason: str
) -> None:
    hall = Hall()
    hall.tags.append({"id": 8, "name": "loyall", "saved": True})
    bad, good = tagging("a", target=target) + tagging("a")
    assert pushed([bad, good], hall) == {bad: ("rejected", reason), good: ("applied", "")}
    assert len(hall.written) == 1
    with respx.mock(assert_all_called=False) as router, pytest.raises(Broken) as refused:
        router.route().mock(side_effect=hall)
        list(guild_of().carriers(target))
    assert str(refused.value) == reason


def test_what_is_bound_twice_is_written_once() -> None:
    hall = Hall()
    twice = [*tagging("a"), *tagging("a", target=Target("tag", "loyal"))]
    assert list(pushed(twice, hall).values()) == [
        ("rejected", "loyal is bound twice"),
        ("applied", ""),
    ]
    assert hall.written == [[["a", "7", "yes"]]]


# -- Verdicts


def refusing(bad: set[str], status: int = 422) -> Answer:
    def answer(rows: list[Any]) -> httpx.Response:
        keys = {key for key, *_ in rows}
        said = {"message": f"{'@example.com '.join(sorted(keys & bad))}@x.dk is no good"}
        return httpx.Response(status, json=said) if keys & bad else httpx.Response(200)

    return answer


KEYS = [*"abcdefghij"]


@settings(max_examples=25)
@given(
    bad=st.sets(st.sampled_from(KEYS)),
    missing=st.sets(st.sampled_from(KEYS)),
    values=st.lists(st.sampled_from(["yes", None]), min_size=10, max_size=10),
    target=st.sampled_from([LOYAL, CITY]),
)
def test_a_refusal_reaches_the_people_at_fault_and_nobody_else(
    bad: set[str], missing: set[str], values: list[str | None], target: Target
) -> None:
    def answer(rows: list[Any]) -> httpx.Response:
        refused = refusing(bad)(rows)
        return refusing(missing, 404)(rows) if refused.status_code == 200 else refused

    changes = [
        each
        for key, value in zip(KEYS, values, strict=True)
        for each in tagging(key, target=target, value=value)
    ]
    outcomes = pushed(changes, Hall(answer))
    results = {each.key: outcomes[each] for each in changes}
    assert {key for key, (result, _) in results.items() if result == "rejected"} == bad
    assert {key for key, told in results.items() if told == ("skipped", NOT_ON_THE_LIST)} == (
        missing - bad
    )
    assert not any("@" in reason for _, reason in results.values())


def test_a_vendor_that_refuses_everybody_is_not_asked_about_each() -> None:
    asked = 0

    def answer(rows: list[Any]) -> httpx.Response:
        nonlocal asked
        asked += 1
        return httpx.Response(400, json={"message": "the account is closed"})

    changes = [change for number in range(2_000) for change in tagging(str(number))]
    outcomes = pushed(changes, Hall(answer))
    assert {result for result, _ in outcomes.values()} == {"rejected"}
    assert any("40 requests in a row" in reason for _, reason in outcomes.values())
    assert asked == 40


def test_a_credential_that_may_not_write_is_told_in_the_vendors_words() -> None:
    said = {"message": "this key of ann@x.dk may only read"}
    with pytest.raises(Unauthorized, match="this key of") as error:
        pushed(tagging("a"), Hall(lambda _: httpx.Response(403, json=said)))
    assert "ann@x.dk" not in str(error.value)


def test_one_bad_value_of_a_person_stops_no_other_value() -> None:
    hall = Hall(lambda rows: refusing({"2"})([[id_] for _, id_, _ in rows]))
    city, towns = (
        *tagging("a", target=CITY),
        *tagging("a", target=TOWNS),
    )
    outcomes = pushed([city, towns], hall)
    assert [outcomes[each][0] for each in (city, towns)] == ["applied", "rejected"]


def test_a_tag_that_is_deleted_while_it_is_written_to_makes_nobody_unknown() -> None:
    def answer(rows: list[Any]) -> httpx.Response:
        if rows[0][1] != "7":
            return httpx.Response(200)
        hall.tags = [each for each in hall.tags if each["id"] != 7]
        return httpx.Response(404)

    hall = Hall(answer)
    hall.tags.append({"id": 8, "name": "VIP"})
    gone, others = tagging(*KEYS), tagging(*KEYS, target=VIP)
    outcomes = pushed([*gone, *others], hall)
    assert {outcomes[each][0] for each in gone} == {"rejected"}
    assert "deleted the tag 'Loyal' while it was written to" in outcomes[gone[-1]][1]
    assert {outcomes[each][0] for each in others} == {"applied"}
    assert [len(rows) for rows in hall.written if rows[0][1] == "7"] == [4]


class Telling(Guild):
    """Its answers name whom they mean."""

    def verdicts(self, answer: Response, batch: Batch) -> Any:
        yield Outcome(Change(LOYAL, "nobody asked for", "yes"), "applied")
        if answer.find("again"):
            yield Again(batch.edits)
        for each in batch.edits:
            if each.key in (answer.find("done") or ()):
                yield each.applied()
                yield each.rejected("changed its mind")


def test_who_has_no_verdict_is_looked_up_once_for_all_batches() -> None:
    hall = Hall(lambda _: httpx.Response(200, json={"done": ["a"]}))
    hall.carriers = [{"id": "a"}, {"id": "b"}, {"id": "i"}]
    added, removed = tagging(*"abcdef"), tagging(*"ghi", value=None)
    outcomes = pushed([*added, *removed], hall, Telling)
    assert [outcomes[each] for each in added] == [
        ("applied", ""), ("applied", ""), *[("skipped", NOT_ON_THE_LIST)] * 4
    ]  # fmt: skip
    unanswered = ("rejected", "Telling neither wrote it nor said why")
    assert [outcomes[each] for each in removed] == [("applied", ""), ("applied", ""), unanswered]
    assert hall.asked.count("GET /tags/7/members") == 1


@pytest.mark.parametrize("answer", [{"again": True}, {}, {"done": []}])
def test_a_field_without_a_verdict_is_rejected_and_not_sent_for_ever(answer: Any) -> None:
    hall = Hall(lambda _: httpx.Response(200, json=answer))
    outcomes = pushed(tagging("a", "b", target=CITY), hall, Telling)
    assert {result for result, _ in outcomes.values()} == {"rejected"}
    assert len(hall.written) == 1


# -- Batches and cost


@given(
    size=st.integers(1, 7),
    both_ways=st.booleans(),
    changes=st.lists(
        st.builds(
            Change,
            st.sampled_from([LOYAL, VIP, CITY]),
            st.sampled_from(KEYS),
            st.sampled_from(["yes", None]),
        ),
        unique_by=lambda each: (each.target, each.key),
    ),
)
def test_every_edit_is_in_one_batch_and_no_batch_is_too_large(
    size: int, both_ways: bool, changes: list[Change]
) -> None:
    edits = [Edit(each, KnownTarget(each.target, each.target.name), each.value) for each in changes]
    for cut in (PerTarget(size, both_ways=both_ways), PerPerson(size)):
        batches = list(cut.cut(edits))
        assert Counter(each.change for some in batches for each in some.edits) == Counter(changes)
        for some in batches:
            if isinstance(cut, PerTarget):
                assert len({each.id for each in some.edits}) == 1
                assert max(len(some.adding), len(some.removing)) <= size
                assert both_ways or not (some.adding and some.removing)
            else:
                assert len(some.people) <= size
                everything = grouped(edits, lambda each: each.key)
                assert all(len(own) == len(everything[key]) for key, own in some.people.items())


def test_the_cost_is_a_bound_with_look_ups_and_the_vendors_pace() -> None:
    changes = [
        *tagging(*KEYS),
        *tagging("a", target=CITY),
        *tagging("a", target=LIST),
    ]
    cost = guild_of().cost(changes)
    # Two lists of targets, one tag that may be missing, ten people by four, one person.
    assert cost.requests == 2 + 1 + 3 + 1
    assert cost.seconds == cost.requests * 0.5
    hall = Hall()
    pushed(changes, hall)
    assert len(hall.asked) == cost.requests - 1


def test_carriers_of_several_fields_are_one_walk_over_everybody() -> None:
    hall = Hall()
    hall.carriers = [{"id": "a", "1": "Ribe", "2": ""}, {"id": "b", "1": None, "2": 5}]
    fields = [CITY, TOWNS]
    with respx.mock(assert_all_called=False) as router:
        router.route().mock(side_effect=hall)
        found = list(guild_of().carriers_of(fields))
    assert found == [(fields[0], Found("a", "Ribe")), (fields[1], Found("b", "5"))]
    assert hall.asked == ["GET /fields", "GET /members"]


def test_a_class_takes_from_its_declarations_what_the_hub_asks() -> None:
    assert sorted(Guild.target_kinds) == ["field", "tag"]
    assert Guild.people_at_once == 4
    assert not Guild.by_person
    assert Guild.can_read_back

    class Blind(Guild):
        batch: ClassVar[dict[str, PerTarget | PerPerson]] = {"tag": PerPerson(9)}
        read_back: ClassVar[dict[str, Declared]] = {}
        people_at_once = 2

    assert Blind.people_at_once == 2
    assert Blind.by_person
    assert not Blind.can_read_back


@pytest.mark.parametrize(
    ("target", "there"),
    [(LOYAL, True), (VIP, False), (Target("tag", "loyall"), True), (Target("list", "1"), True)],
)
def test_a_target_is_there_unless_a_catalogue_lacks_it(target: Target, there: bool) -> None:
    hall = Hall()
    hall.tags.append({"id": 8, "name": "loyall", "saved": True})
    with respx.mock(assert_all_called=False) as router:
        router.route().mock(side_effect=hall)
        assert guild_of().exists(target) is there


class Keyed(Guild):
    """The guild, behind a key."""

    key: Secret


def test_a_reason_quotes_no_secret_of_ours() -> None:
    guild = Keyed.model_validate({"key": "s3cret"})
    guild._clock = FakeClock()
    with respx.mock as router:
        router.post("/writes").respond(422, json={"message": "s3cret is no key of ann@example.com"})
        answer = guild.send("POST", "/writes", json=[])
    assert guild.reason_of(answer) == "Keyed refuses it (422): … is no key of …"
