"""Lists below other lists, lists beside others, positions that are no instant, and completeness."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import respx

from connectors.kit import (
    Broken,
    Contact,
    Cursor,
    CursorPages,
    Declared,
    HubError,
    ListMember,
    Marker,
    Newest,
    NumberedPages,
    Page,
    Parents,
    Raw,
    RestSource,
    SinglePage,
    Unauthorized,
    Unavailable,
    Window,
    stream,
)
from connectors.kit.lists import tracking
from connectors.kit.testing import FakeApi, FakeClock

EVER = Window(until=datetime(2100, 1, 1, tzinfo=UTC))
LEVELS = Declared("/levels", pages=SinglePage())


class Club(RestSource):
    """Groups with their members, and customers by version."""

    kind = "club"
    base_url = "https://club.test"
    pages = NumberedPages(size=2, total_header="X-Total")

    @stream("/groups/{group}/members", each=Declared("/groups"), when="open", fill={"group": "id"})
    def members(self, raw: Raw, group: Raw) -> Iterator[ListMember]:
        """People in groups."""
        yield ListMember(contact=raw["id"], list=group["id"], status="subscribed")

    @stream("/people", beside={"levels": LEVELS, "level": replace(LEVELS, by="level")})
    def people(self, raw: Raw, levels: Raw, level: Raw) -> Iterator[Contact]:
        """People, and the name of their level."""
        assert levels.get(str(raw["level"]), {}) == level
        yield Contact(id=raw["id"], city=level["name"])

    @stream(
        "/customers",
        items="data",
        pages=CursorPages("version.max", cursor="after", size=2, until="empty"),
        marker=Marker("version", since="after"),
        ordered=True,
    )
    def customers(self, raw: Raw) -> Iterator[Contact]:
        """Customers."""
        yield Contact(id=raw["id"])


GROUPS = [{"id": n, "name": f"Group {n}", "open": n != 3} for n in (1, 2, 3, 4)]
SAMPLES: dict[str, list[Any]] = {
    "/groups": GROUPS,
    "/groups/1/members": [{"id": 10}, {"id": 11}, {"id": 12}],
    "/groups/4/members": [{"id": 10}],
    "/levels": [{"id": 1, "name": "Gold"}, {"id": 2, "name": "Blue"}],
    "/people": [{"id": 1, "level": 2}, {"id": 2, "level": 1}, {"id": 3, "level": 9}],
}
Read = Callable[..., tuple[list[Page], FakeApi]]


class ClubApi(FakeApi):
    """Answers as told at some paths."""

    told: dict[str, httpx.Response]
    once: dict[str, httpx.Response]
    """Answers to the first request alone."""

    def _serve(self, request: httpx.Request) -> httpx.Response:
        path = self.path(request)
        return self.once.pop(path, None) or self.told.get(path) or super()._serve(request)


@pytest.fixture
def read(respx_mock: respx.MockRouter) -> Read:
    def read(
        name: str,
        state: str | None = None,
        told: dict[str, httpx.Response] | None = None,
        once: dict[str, httpx.Response] | None = None,
    ) -> tuple[list[Page], FakeApi]:
        club = Club()
        club._clock = clock = FakeClock()
        api = ClubApi(club, SAMPLES, clock)
        api.told, api.once = told or {}, once or {}
        respx_mock.route().mock(side_effect=api)
        return list(club.read(name, EVER, state)), api

    return read


def test_a_list_is_read_below_each_row_of_another(read: Read) -> None:
    (page,), api = read("members")
    assert [(each.list, each.contact) for each in page.records] == [  # type: ignore[attr-defined]
        ("1", "10"), ("1", "11"), ("1", "12"), ("4", "10"),
    ]  # fmt: skip
    assert page.whole
    # Group 3 is closed, so its members are not asked for.
    assert {api.path(each) for each in api.requests} == {
        "/groups", "/groups/1/members", "/groups/2/members", "/groups/4/members",
    }  # fmt: skip


def test_one_list_that_cannot_be_read_is_a_reject_with_its_parents_id(read: Read) -> None:
    (page,), _ = read("members", told={"/groups/1/members": httpx.Response(404)})
    (reject,) = page.rejects
    assert reject.id == "/groups/{group}/members#1"
    assert "answered 404" in reject.reason
    assert [each.list for each in page.records] == ["4"]  # type: ignore[attr-defined]
    assert not page.whole


def test_a_list_that_was_broken_once_is_read_once_more(read: Read) -> None:
    login = httpx.Response(200, text="<html>Log in</html>", headers={"Content-Type": "text/html"})
    (page,), _ = read("members", once={"/groups/1/members": login})
    assert page.rejects == []
    assert sorted(each.list for each in page.records) == ["1", "1", "1", "4"]  # type: ignore[attr-defined]
    assert page.whole


@pytest.mark.parametrize(("status", "error"), [(401, Unauthorized), (503, Unavailable)])
def test_a_refused_credential_or_a_dead_host_below_a_list_stops_the_stream(
    read: Read, status: int, error: type[Exception]
) -> None:
    with pytest.raises(error):
        read("members", told={"/groups/1/members": httpx.Response(status)})


def test_a_small_list_is_read_once_and_handed_to_the_mapper(read: Read) -> None:
    (page,), api = read("people")
    assert [each.city for each in page.records] == ["Blue", "Gold"]  # type: ignore[attr-defined]
    assert [each.id for each in page.rejects] == ["/people#3"]
    assert [api.path(each) for each in api.requests].count("/levels") == 2


def versions(*numbers: int) -> httpx.Response:
    rows = [{"id": number, "version": number} for number in numbers]
    return httpx.Response(
        200, json={"data": rows, "version": {"max": numbers[-1] if numbers else None}}
    )


def test_a_read_goes_on_from_the_marker_and_is_then_never_whole(read: Read) -> None:
    (page,), _ = read("customers", told={"/customers": versions()})
    assert (page.state, page.whole) == (None, True)
    (page,), api = read("customers", "41", told={"/customers": versions()})
    assert (page.state, page.whole) == ("41", False)
    assert dict(api.requests[0].url.params) == {"limit": "2", "after": "41"}


def test_the_highest_marker_is_the_state(respx_mock: respx.MockRouter) -> None:
    answers = [versions(7, 9), versions(12), versions()]
    respx_mock.route().mock(side_effect=answers)
    club = Club()
    club._clock = FakeClock()
    (page,) = club.read("customers", EVER)
    assert (page.state, len(page.records), page.whole) == ("12", 3, True)
    (offered,) = [each for each in club.streams() if each.name == "customers"]
    assert (offered.by_state, offered.cursor) == (True, False)


@pytest.mark.parametrize(
    ("marker", "asked", "state"),
    [
        (Marker("version", since="after"), "41", "43"),
        (Marker("version", since="after", overlap=10), "31", "43"),
        (Marker("version", since="after", overlap=100), "0", "43"),
        (Marker("meta.version", since="after"), "41", "7"),
        (Marker(lambda raw: raw["meta"]["token"], since="after"), "41", "t"),
        (Marker(page="next", since="after"), "41", "sync"),
        (Marker(page="nowhere", since="after"), "41", "41"),
    ],
)
def test_a_position_is_told_by_rows_or_by_the_page(
    respx_mock: respx.MockRouter, marker: Marker, asked: str, state: str
) -> None:
    class Positions(RestSource):
        kind = "positions"
        base_url = "https://club.test"

        @stream("/rows", items="data", marker=marker)
        def rows(self, raw: Raw) -> Iterator[Contact]:
            yield Contact(id=raw["id"])

    rows: list[Any] = [{"id": 1, "version": 43, "meta": {"version": "7", "token": "t"}}, "broken"]
    route = respx_mock.get("/rows").respond(json={"data": [*rows, {"id": 2}], "next": "sync"})
    (page,) = Positions().read("rows", EVER, "41")
    assert route.calls.last.request.url.params["after"] == asked
    assert (page.state, len(page.records), len(page.rejects)) == (state, 2, 1)


class Uncounted(RestSource):
    """A vendor that counts nothing, in a zone of the shop's."""

    kind = "uncounted"
    base_url = "https://club.test"
    pages = NumberedPages(size=2, until="empty", watched=True)

    @stream("/rows", beside={"place": lambda source, window: f"{source.kind} {window.zone}"})
    def rows(self, raw: Raw, place: str) -> Iterator[Contact]:
        """People."""
        yield Contact(id=raw["id"], city=place)

    def notes(self, stream: str, raws: Sequence[Any]) -> dict[str, int]:
        """Count what is odd."""
        return {f"odd {stream}": sum(raw["id"] % 2 for raw in raws)}


class OneSize(Uncounted):
    """A vendor whose pages are all of one size."""

    pages = NumberedPages(size=2, per_page=None, until="empty", watched=True)


@pytest.mark.parametrize(
    ("moves", "whole"),
    [
        (lambda _: None, True),
        (lambda rows: rows.pop(0), False),
        (lambda rows: rows.insert(0, {"id": 9}), False),
    ],
)
@pytest.mark.parametrize("source", [Uncounted(), OneSize()], ids=["any size", "one size"])
def test_a_list_without_a_count_is_whole_where_its_pages_still_end_where_they_did(
    respx_mock: respx.MockRouter,
    source: Uncounted,
    moves: Callable[[list[Any]], object],
    whole: bool,
) -> None:
    rows = [{"id": number} for number in range(5)]
    source._clock = clock = FakeClock()
    api = FakeApi(source, {"/rows": rows}, clock)
    api.after_next_page(rows, moves)
    respx_mock.route().mock(side_effect=api)
    (page,) = source.read("rows", EVER)
    assert page.whole is whole
    assert page.notes["odd rows"] == 2
    assert {each.city for each in page.records} == {"uncounted UTC"}  # type: ignore[attr-defined]


def numbered(rows: list[Any], total: int) -> httpx.Response:
    return httpx.Response(200, json=rows, headers={"X-Total": str(total)})


def scan(respx_mock: respx.MockRouter, *answers: httpx.Response) -> list[Page]:
    respx_mock.get(path="/levels").respond(
        json=[{"id": 1, "name": "Gold"}], headers={"X-Total": "1"}
    )
    respx_mock.get(path="/people").mock(side_effect=answers)
    club = Club()
    club._clock = FakeClock()
    return list(club.read("people", EVER))


def people(*numbers: int) -> list[Any]:
    return [{"id": number, "level": 1} for number in numbers]


def test_fewer_rows_than_the_vendor_counts_are_told_and_nothing_is_gone(
    respx_mock: respx.MockRouter,
) -> None:
    (page,) = scan(respx_mock, numbered(people(1, 2), 5), numbered(people(3), 5))
    assert (page.whole, page.missing) == (False, 2)
    assert page.notes == {"counted by the vendor but not listed": 2}


@pytest.mark.parametrize(
    ("answers", "error", "words"),
    [
        ([(2, 2), (2, 2)], None, ""),
        ([(2, 5), (2, 5)], Broken, "counts 5 rows and shows 2, and so again"),
        ([(2, 5), (3, 5)], Unavailable, "changed while they were read"),
        ([(2, 5), (5, 5)], Unavailable, "changed while they were read"),
    ],
)
def test_a_list_that_hides_rows_is_told_apart_from_one_that_changes(
    respx_mock: respx.MockRouter,
    answers: list[tuple[int, int]],
    error: type[HubError] | None,
    words: str,
) -> None:
    pages = [numbered(people(*range(shown)), total) for shown, total in answers]
    respx_mock.get(path="/people").mock(side_effect=pages)
    club = Club()
    club._clock = FakeClock()
    every = club.every_row(Declared("/people", pages=NumberedPages(9, total_header="X-Total")))
    with pytest.raises(error, match=words) if error else nullcontext():
        assert len(list(every)) == answers[0][0]


def test_a_row_that_is_shown_twice_is_one_row(respx_mock: respx.MockRouter) -> None:
    # A new row at the front pushes the second one onto the next page.
    (page,) = scan(
        respx_mock, numbered(people(1, 2), 3), numbered(people(2, 3), 3), numbered([], 3)
    )
    assert [each.id for each in page.records] == ["1", "2", "3"]  # type: ignore[attr-defined]
    assert page.whole


def test_a_list_that_only_grows_is_whole_once_every_row_was_shown(
    respx_mock: respx.MockRouter,
) -> None:
    (page,) = scan(
        respx_mock, numbered(people(1, 2), 3), numbered(people(3, 4), 4), numbered([], 4)
    )
    assert page.whole


def test_a_list_that_shrinks_to_its_first_page_is_read_on(respx_mock: respx.MockRouter) -> None:
    same = people(1, 2)
    (page,) = scan(
        respx_mock, numbered(same, 5), numbered([], 2), numbered(same, 2), numbered([], 2)
    )
    assert [each.id for each in page.records] == ["1", "2"]  # type: ignore[attr-defined]
    assert not page.whole


def test_two_pages_that_look_alike_are_no_repeat(monkeypatch: pytest.MonkeyPatch) -> None:
    pages = NumberedPages(size=1)
    tracker = tracking.PageTracker(Declared("/odd"), pages, "odd", 9)
    alike = [{"status": "open"}]
    tracker.follow(pages.first(), alike, None, b"one")
    assert tracker.follow(pages._page(2), alike, None, b"two") == 0


class Register(RestSource):
    """A list that can be asked for by ids, and one that cannot."""

    kind = "register"
    base_url = "https://club.test"
    pages = NumberedPages(size=100, total_header="X-Total")

    @stream("/people")
    def people(self, raw: Raw) -> Iterator[Contact]:
        """People."""
        yield Contact(id=raw["id"])

    @stream("/members", between=Newest(Cursor("made"), {"sort": "desc"}), params={"role": "all"})
    def members(self, raw: Raw) -> Iterator[Contact]:
        """Members."""
        yield Contact(id=raw["id"])

    @stream(
        "/guests",
        between=Newest(Cursor("changed", since="since"), include=""),
        pages=NumberedPages(size=1, total_header="X-Total", pages_header="X-Total"),
    )
    def guests(self, raw: Raw) -> Iterator[Contact]:
        """Guests, whose date does not tell every change."""
        yield Contact(id=raw["id"])

    @stream(
        "/visitors",
        between=Newest(Cursor("changed", since="since"), include=""),
        parents=Parents(Declared("/towns", id="town"), "town", "ids", "|".join),
    )
    def visitors(self, raw: Raw, town: Raw) -> Iterator[Contact]:
        """Visitors, and the names of their towns."""
        yield Contact(id=raw["id"], city=town.get("name"))

    @stream("/letters", each=Declared("/towns", id="town"), fill={"to": "all of {name}"})
    def letters(self, raw: Raw, town: Raw) -> Iterator[ListMember]:
        """The people whom a letter to a town reached."""
        yield ListMember(contact=raw["id"], list=town["town"], status="none")

    def parts_of(self, stream: str, declared: Declared) -> Iterator[Declared]:
        """Visitors with what the settings name."""
        yield replace(declared, params={"with": "town"}) if stream == "visitors" else declared


def test_rows_are_read_again_by_their_ids_a_hundred_at_once(respx_mock: respx.MockRouter) -> None:
    asked = respx_mock.get(path="/members").mock(side_effect=[numbered(people(1), 1)] * 2)
    register = Register()
    register._clock = FakeClock()
    pages = list(register.read_ids("members", [str(id_) for id_ in range(101)], EVER) or ())
    assert [len(page.records) for page in pages] == [1, 1]
    assert not any(page.whole for page in pages)
    params = [call.request.url.params for call in asked.calls]
    assert [each["include"].count(",") for each in params] == [99, 0]
    assert {each["role"] for each in params} == {"all"}
    assert register.read_ids("people", ["1"], EVER) is None
    assert register.read_ids("guests", ["1"], EVER) is None


def test_rows_between_two_full_scans_have_their_parents_too(respx_mock: respx.MockRouter) -> None:
    towns = [{"town": 1, "name": "Odense"}, {"town": 2, "name": "Ribe"}]
    rows = [{"id": number, "town": town} for number, town in enumerate((1, 2, "x" * 70_000, None))]
    visitors = respx_mock.get(path="/visitors").mock(return_value=numbered(rows, 4))
    asked = respx_mock.get(path="/towns").mock(return_value=numbered(towns, 2))
    register = Register()
    register._clock = FakeClock()
    noon = datetime(2024, 5, 1, 12, tzinfo=UTC)
    state = None
    for until in (noon, noon + timedelta(hours=1)):
        read = list(register.read("visitors", Window(until=until, live=True), state))
        state = read[-1].state
        found = [each.city for page in read for each in page.records]  # type: ignore[attr-defined]
        assert found == ["Odense", "Ribe", None, None]
    assert [call.request.url.params["ids"] for call in asked.calls] == ["1|2", "1|2"]
    params = [dict(call.request.url.params) for call in visitors.calls]
    assert [("since" in each, each["with"]) for each in params] == [(False, "town"), (True, "town")]


def test_a_text_of_a_request_names_the_parent(respx_mock: respx.MockRouter) -> None:
    towns = [{"town": 1, "name": "Odense"}, {"town": 2, "name": "Ribe"}]
    respx_mock.get(path="/towns").mock(return_value=numbered(towns, 2))
    letters = respx_mock.get(path="/letters").mock(return_value=numbered([{"id": 1}], 1))
    register = Register()
    register._clock = FakeClock()
    list(register.read("letters", EVER))
    asked = [call.request.url.params["to"] for call in letters.calls]
    assert asked == ["all of Odense", "all of Ribe"]


def test_between_two_full_scans_a_date_narrows_the_list_to_its_end(
    respx_mock: respx.MockRouter,
) -> None:
    long_ago = [{"id": 1, "changed": "2020-01-01T00:00:00Z"}]
    shown = [numbered(people(1), 1), numbered(long_ago, 2), numbered(people(2), 2)]
    asked = respx_mock.get(path="/guests").mock(side_effect=shown)
    register = Register()
    register._clock = FakeClock()
    noon = datetime(2024, 5, 1, 12, tzinfo=UTC)
    (*_, whole) = register.read("guests", Window(until=noon, live=True))
    later = Window(until=noon + timedelta(hours=1), live=True)
    (*_, narrowed) = register.read("guests", later, whole.state)
    assert (whole.whole, narrowed.whole) == (True, False)
    since = [call.request.url.params.get("since") for call in asked.calls]
    assert since == [None, *["2024-05-01T11:50:00Z"] * 2]
