"""Declared streams: pagers, windows, rejects, and pages that do not hang together."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import respx

from connectors.kit import (
    Broken,
    Consent,
    Contact,
    Cursor,
    CursorPages,
    Declared,
    HubError,
    KeysetPages,
    LinkPages,
    Misconfigured,
    NumberedPages,
    OffsetPages,
    Pages,
    Raw,
    Response,
    RestSource,
    SinglePage,
    Window,
    epoch,
    iso,
    iso_with_offset,
    reject,
    stream,
    utc,
)
from connectors.kit.http.addresses import is_public
from connectors.kit.lists import tracking
from connectors.kit.testing import FakeApi, FakeClock

CHANGED = Cursor("changed", since="since", until="until")
EVER = Window(until=datetime(2100, 1, 1, tzinfo=UTC))


class Plain(RestSource):
    """A made-up system."""

    kind = "plain"
    base_url = "https://plain.test/v1"

    group: str = "all"
    """Which people."""

    @stream("/{group}/people", items="data.people", params={"fields": "everything"})
    def people(self, raw: Raw) -> Iterator[Contact | Consent]:
        """People."""
        yield Contact(id=raw["id"], first_name=raw["name"]["first"])
        if raw.get("mail"):
            yield Consent(contact=raw["id"], channel="email", granted=True, at=utc(raw["mail"]))

    @stream(
        "/{group}/changes",
        cursor=CHANGED,
        ordered=True,
        every=timedelta(days=1),
        keeps=timedelta(days=60),
    )
    def changes(self, raw: Raw) -> Iterator[Contact]:
        """People, as they change."""
        yield Contact(id=raw["id"], updated_at=utc(raw["changed"]))


@pytest.fixture
def page_by_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hand on every page as it came, however few rows it has."""
    monkeypatch.setattr(tracking, "ROWS_AT_ONCE", 1)


def person(number: int) -> dict[str, Any]:
    return {"id": number, "name": {"first": "Ida"}}


PEOPLE = [person(number) for number in range(1, 8)]
Serve = Callable[[type[RestSource], Any], tuple[RestSource, FakeApi]]


@pytest.fixture
def serve() -> Iterator[Serve]:
    with respx.mock(assert_all_called=False) as router:

        def serve(kind: type[RestSource], samples: Any) -> tuple[RestSource, FakeApi]:
            source = kind()
            clock = FakeClock()
            source._clock = clock
            api = FakeApi(source, samples, clock)
            router.route().mock(side_effect=api)
            return source, api

        yield serve


def paged(by: Pages) -> type[RestSource]:
    class Paged(Plain):
        """The same, page by page."""

        pages = by

    return Paged


def ids(source: RestSource, name: str = "people", window: Window = EVER) -> list[str]:
    return [record.id for page in source.read(name, window) for record in page.records]  # type: ignore[attr-defined]


def test_a_stream_says_what_its_method_says() -> None:
    people, changes = Plain().streams()
    assert (people.name, people.nouns, people.cursor) == ("people", ("Contact", "Consent"), False)
    assert (changes.cursor, changes.ordered) == (True, True)
    assert (changes.overlap, changes.every) == (timedelta(minutes=10), timedelta(days=1))
    assert (people.keeps, changes.keeps) == (None, timedelta(days=60))


def test_names_in_a_path_are_the_connections_fields(serve: Serve) -> None:
    source, api = serve(Plain, {"/all/people": PEOPLE})
    assert ids(source) == list("1234567")
    assert str(api.requests[0].url) == "https://plain.test/v1/all/people?fields=everything"


def test_an_unknown_stream_is_misconfigured() -> None:
    with pytest.raises(Misconfigured, match="no stream visits"):
        list(Plain().read("visits", EVER))


@pytest.mark.parametrize(
    ("pages", "requests"),
    [
        (SinglePage(), 1),
        (NumberedPages(size=3), 3),
        (NumberedPages(size=7), 2),
        (NumberedPages(size=7, pages_header="X-Pages"), 1),
        (NumberedPages(size=3, page="p", per_page="n", first_page=0, total_header="X-Total"), 3),
        (NumberedPages(size=3, per_page=None, total_path="meta.total"), 3),
        (OffsetPages(size=3), 3),
        (OffsetPages(size=7, total_path="total"), 1),
        (OffsetPages(size=2, total_path="meta.total", offset="skip", limit="count"), 4),
        (CursorPages("paging.next", size=3), 3),
        (CursorPages("next", size=7, cursor="after"), 1),
        (CursorPages("next", size=3, more="more"), 3),
        (CursorPages("next", size=3, until="empty"), 4),
        (CursorPages("next", size=3, total_path="total"), 3),
        (LinkPages(size=3), 3),
        (LinkPages("links.next", size=3), 3),
        (NumberedPages(size=3, until="empty"), 4),
        (OffsetPages(size=3, until="empty"), 4),
        (KeysetPages("id", since="since_id", size=3), 3),
        (KeysetPages("id", since="since_id", size=3, until="empty"), 4),
    ],
    ids=str,
)
def test_every_pager_reads_every_row_once(serve: Serve, pages: Pages, requests: int) -> None:
    source, api = serve(paged(pages), {"/all/people": PEOPLE})
    assert ids(source) == list("1234567")
    assert len(api.requests) == requests


@pytest.mark.parametrize(
    "pages", [NumberedPages(size=3), OffsetPages(size=3), CursorPages("next", size=3)], ids=str
)
def test_no_rows_are_one_request(serve: Serve, pages: Pages) -> None:
    source, api = serve(paged(pages), {})
    assert ids(source) == []
    assert len(api.requests) == 1


def answers(*bodies: Any, **headers: str) -> list[httpx.Response]:
    return [
        httpx.Response(
            200,
            headers={"Content-Type": "application/json", **headers},
            content=json.dumps(body).encode(),
        )
        for body in bodies
    ]


def test_a_page_that_repeats_the_one_before_is_broken(serve: Serve) -> None:
    source, api = serve(paged(NumberedPages(size=3)), {})
    api.faults = answers({"data": {"people": PEOPLE[:3]}}, {"data": {"people": PEOPLE[:3]}})
    with pytest.raises(Broken, match="repeats the page before"):
        ids(source)


def test_a_cursor_that_leads_back_is_broken(serve: Serve) -> None:
    source, api = serve(paged(CursorPages("next")), {})
    bodies = [
        {"data": {"people": PEOPLE[number : number + 1]}, "next": following}
        for number, following in enumerate("abab")
    ]
    api.faults = answers(*bodies)
    with pytest.raises(Broken, match="without end"):
        ids(source)


def test_a_pager_without_end_is_broken(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RestSource, "most_pages", 3)
    source, _ = serve(paged(NumberedPages(size=1)), {"/all/people": PEOPLE})
    with pytest.raises(Broken, match="without end"):
        ids(source)


@pytest.mark.usefixtures("page_by_page")
def test_rows_that_vanish_while_we_read_push_none_out_of_sight(serve: Serve) -> None:
    source, api = serve(paged(NumberedPages(size=2, total_header="X-Total")), {})
    rows = list(PEOPLE)
    api.samples = {"/all/people": rows}
    seen = []
    for number, page in enumerate(source.read("people", EVER)):
        seen += [record.id for record in page.records]  # type: ignore[attr-defined]
        if number == 1:
            del rows[0]
        assert not page.whole
    assert set(seen) == set("1234567")


@pytest.mark.usefixtures("page_by_page")
def test_a_steady_full_scan_is_whole(serve: Serve) -> None:
    source, _ = serve(paged(NumberedPages(size=3, total_header="X-Total")), {"/all/people": PEOPLE})
    assert [page.whole for page in source.read("people", EVER)] == [False, False, True]


def test_a_scan_whose_pages_may_drift_unseen_is_not_whole(serve: Serve) -> None:
    source, _ = serve(paged(NumberedPages(size=3)), {"/all/people": PEOPLE})
    assert not any(page.whole for page in source.read("people", EVER))


def test_a_scan_with_a_reject_is_not_whole(serve: Serve) -> None:
    source, _ = serve(Plain, {"/all/people": [*PEOPLE, {"id": 9}]})
    (page,) = source.read("people", EVER)
    assert not page.whole


@pytest.mark.parametrize(
    ("raw", "id_", "path", "reason"),
    [
        ({"id": 8}, "/{group}/people#8", "$.name", "is missing"),
        ({"id": 8, "name": {}}, "/{group}/people#8", "$.name.first", "is missing"),
        ({"id": 8, "name": "Ida"}, "/{group}/people#8", "$.name", "is not what was agreed"),
        ({"id": 8, "name": None}, "/{group}/people#8", "$.name", "is not what was agreed"),
        ({"name": {"first": "Ida"}}, "/{group}/people[7]", "$.id", "is missing"),
        ({"id": "ida@x.test"}, "/{group}/people[7]", "$.name", "is missing"),
        ({"id": "", "name": {"first": "Ida"}}, "/{group}/people[7]", "Contact.id", "valid"),
        ({**person(8), "mail": "ida@x.test"}, "/{group}/people#8", "Consent.at", "valid"),
        ([], "/{group}/people[7]", "$", "is not what was agreed"),
        (None, "/{group}/people[7]", "$", "is not what was agreed"),
        ("ida@x.test", "/{group}/people[7]", "$", "is not what was agreed"),
    ],
    ids=str,
)
def test_a_row_that_cannot_be_mapped_tells_where_and_not_whose(
    serve: Serve, raw: Any, id_: str, path: str, reason: str
) -> None:
    source, _ = serve(Plain, {"/all/people": [*PEOPLE, raw]})
    (page,) = source.read("people", EVER)
    assert [record.id for record in page.records] == list("1234567")  # type: ignore[attr-defined]
    (reject,) = page.rejects
    assert (reject.id, reject.path) == (id_, path)
    assert reason in reject.reason
    assert "Ida" not in repr(reject)
    assert "x.test" not in repr(reject)


@pytest.mark.parametrize(
    ("lines", "path"),
    [({"a": 1}, "$.lines"), ([{"id": 1}, "x"], "$.lines[1]"), ([{"id": 1}, {}], "$.lines[1].id")],
    ids=str,
)
def test_what_is_no_list_of_rows_is_named_by_its_own_path(lines: Any, path: str) -> None:
    def mapping(raw: Any) -> list[Any]:
        held = raw["lines"], raw["total"]
        return [each["id"] for each in held[0]]

    raw = {"id": 8, "total": 3, "lines": lines}
    assert reject("/orders", 0, raw, TypeError(), mapping).path == path


def test_a_number_of_thousands_of_digits_is_not_told_by_the_shape_of_another_value() -> None:
    raw = {"id": 8, "mail": "ida@x.test", "at": 10**5000}
    found = reject("/people", 0, raw, ValueError(), lambda raw: [raw["mail"], str(raw["at"])])
    assert (found.path, found.shape) == ("$.at", "")


def test_rows_without_an_id_are_told_apart_by_their_place_in_the_whole_list(serve: Serve) -> None:
    rows = ["odd", *PEOPLE, "odd", "odd"]
    source, api = serve(paged(NumberedPages(size=3)), {"/all/people": rows})
    (page,) = source.read("people", EVER)
    assert len(api.requests) > 1
    assert [reject.id for reject in page.rejects] == [
        f"/{{group}}/people[{place}]" for place in (0, 8, 9)
    ]


def test_a_row_is_named_by_the_id_that_its_stream_declares(serve: Serve) -> None:
    class Receipts(Plain):
        """A vendor with an id of another name."""

        @stream("/receipts", id="number")
        def receipts(self, raw: Raw) -> Iterator[Contact]:
            """Rows that never load."""
            yield Contact(id=raw["number"], first_name=raw["name"])

    source, _ = serve(Receipts, {"/receipts": [{"number": "R7", "id": 8}]})
    (page,) = source.read("receipts", EVER)
    assert [reject.id for reject in page.rejects] == ["/receipts#R7"]


def changed(number: int, minute: int) -> dict[str, Any]:
    return {"id": number, "changed": f"2024-05-01T10:{minute:02}:00Z"}


WINDOW = Window(
    since=datetime(2024, 5, 1, 10, 10, tzinfo=UTC), until=datetime(2024, 5, 1, 10, 40, tzinfo=UTC)
)


def test_the_window_is_sent_and_its_rows_are_looked_at_again(serve: Serve) -> None:
    rows = [changed(1, 9), changed(2, 10), changed(3, 39), changed(4, 40), {"id": 5, "changed": ""}]
    source, api = serve(Plain, {"/all/changes": rows})
    (page,) = source.read("changes", WINDOW)
    assert dict(api.requests[0].url.params) == {
        "since": "2024-05-01T10:10:00Z",
        "until": "2024-05-01T10:40:00Z",
    }
    assert [record.id for record in page.records] == ["2", "3", "5"]  # type: ignore[attr-defined]
    assert page.notes == {"outside the window": 2}


@pytest.mark.usefixtures("page_by_page")
def test_an_ordered_stream_tells_how_far_it_has_come(serve: Serve) -> None:
    class Ordered(Plain):
        pages = NumberedPages(size=2)

    rows = [changed(1, 11), changed(2, 12), changed(3, 12), changed(4, 20)]
    source, _ = serve(Ordered, {"/all/changes": rows})
    assert [page.cursor and page.cursor.minute for page in source.read("changes", WINDOW)] == [
        12,
        20,
        20,
    ]


@pytest.mark.usefixtures("page_by_page")
def test_a_stream_that_is_not_ordered_after_all_tells_no_cursor(serve: Serve) -> None:
    class Ordered(Plain):
        pages = NumberedPages(size=2)

    rows = [changed(1, 30), changed(2, 12), changed(3, 35), changed(4, 36)]
    source, _ = serve(Ordered, {"/all/changes": rows})
    assert [page.cursor for page in source.read("changes", WINDOW)] == [None, None, None]


def test_a_cursor_widens_what_its_format_would_cut() -> None:
    window = Window(
        since=datetime(2024, 5, 1, 10, 0, 0, 900_000, tzinfo=UTC),
        until=datetime(2024, 5, 1, 11, 0, 0, 100_000, tzinfo=UTC),
    )
    assert CHANGED.bounds(window) == {
        "since": "2024-05-01T10:00:00Z",
        "until": "2024-05-01T11:00:01Z",
    }


def test_a_cursor_may_write_the_window_down_in_the_vendors_words() -> None:
    searched = Cursor(
        "at",
        exclusive=True,
        ask=lambda window: {"q": f"[{window.since:%H:%M:%S},{window.until:%H:%M}]"},
    )
    assert searched.bounds(WINDOW) == {"q": "[10:09:59,10:40]"}


def test_pages_by_the_cursor_go_on_from_the_last_row(serve: Serve) -> None:
    class ByCursor(Plain):
        pages = KeysetPages(CHANGED, size=3)

    rows = [changed(number, 10 + number // 2) for number in range(1, 9)]
    source, api = serve(ByCursor, {"/all/changes": rows})
    assert ids(source, "changes", WINDOW) == list("12345678")
    assert [request.url.params["since"][14:16] for request in api.requests] == [
        "10",
        "11",
        "12",
        "13",
        "14",
    ]


def sorted_by_cursor(size: int) -> type[RestSource]:
    class Sorted(Plain):
        """Changes in their order, without an upper bound."""

        @stream(
            "/{group}/changes",
            cursor=replace(CHANGED, until=None, exclusive=True),
            ordered=True,
            pages=KeysetPages(replace(CHANGED, exclusive=True), size=size, skip="offset"),
        )
        def changes(self, raw: Raw) -> Iterator[Contact]:
            """Changes."""
            yield Contact(id=raw["id"])

    return Sorted


@pytest.mark.parametrize("size", [1, 2, 3, 4, 20])
def test_more_rows_of_one_instant_than_a_page_holds_are_all_read(serve: Serve, size: int) -> None:
    minutes = [None, "", None, 10, 11, *[12] * 9, 13, 13, 14]
    rows = [
        {"id": number, "changed": minute} if not minute else changed(number, int(minute))
        for number, minute in enumerate(minutes)
    ]
    source, _ = serve(sorted_by_cursor(size), {"/all/changes": rows})
    assert sorted(ids(source, "changes", EVER), key=int) == [str(row["id"]) for row in rows]


@pytest.mark.parametrize("follows", ["offset", "page"])
@pytest.mark.parametrize("empty", [None, 2])
def test_an_empty_page_before_the_last_of_one_instant_is_not_the_end(
    respx_mock: respx.MockRouter, follows: str, empty: int | None
) -> None:
    """A server may follow `offset` or know `page` alone; the total says whether rows are left."""
    rows = [changed(number, 12) for number in range(11)]

    def answer(request: httpx.Request) -> httpx.Response:
        page = int(request.url.params["page"])
        begin = (page - 1) * 4 if follows == "page" else int(request.url.params.get("offset", 0))
        shown = [] if page == empty else rows[begin : begin + 4]
        return httpx.Response(200, json=shown, headers={"X-Total": str(len(rows))})

    class Ties(Plain):
        pages = KeysetPages(
            CHANGED, size=4, limit="n", skip="offset", page="page", total_header="X-Total"
        )

    source = Ties()
    source._clock = FakeClock()
    respx_mock.route().mock(side_effect=answer)
    *_, last = source.read("changes", EVER)
    assert last.missing == (7 if empty else 0)
    assert len(set(ids(source, "changes", EVER))) == (4 if empty else 11)


def test_a_sorted_list_is_read_to_the_end_of_the_window_and_a_live_one_to_its_own(
    serve: Serve,
) -> None:
    rows = [changed(number, 10 + number) for number in range(45)]
    source, api = serve(sorted_by_cursor(10), {"/all/changes": rows})
    window = Window(since=utc("2024-05-01T10:10:00Z"), until=utc("2024-05-01T10:22:00Z"))
    assert ids(source, "changes", window) == [str(number) for number in range(12)]
    assert len(api.requests) == 2
    live = replace(window, live=True)
    assert ids(source, "changes", live) == [str(number) for number in range(45)]


def test_formats_of_instants() -> None:
    at = datetime(2024, 5, 1, 12, tzinfo=UTC).astimezone()
    assert iso(at) == "2024-05-01T12:00:00Z"
    assert iso_with_offset(at) == "2024-05-01T12:00:00+00:00"
    assert epoch(at) == "1714564800"
    assert utc("2024-05-01T12:00:00") == utc("2024-05-01T14:00:00+02:00") == at


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1:248:1893:25c8:1946", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),  # noqa: S104 - an address to refuse
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("::", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:93.184.216.34", True),
        ("64:ff9b::7f00:1", False),
        ("64:ff9b:1::5db8:d822", False),
        ("::127.0.0.1", False),
        ("fec0::1", False),
        ("2002:7f00:1::", False),
        ("2001:0:1::1", False),
        ("ff02::1", False),
    ],
)
def test_only_addresses_of_the_open_internet_are_public(address: str, public: bool) -> None:
    assert is_public(address) is public


class Searched(Plain):
    """The same, asked for with POST."""

    pages = CursorPages("next", cursor="after", size=3)

    @stream(
        "/search",
        items="found",
        cursor=Cursor("changed", since="filter.changed.from", until="filter.changed.to"),
        body={"filter": {"kind": "people"}, "sort": ["changed"]},
    )
    def searched(self, raw: Raw) -> Iterator[Contact]:
        """People."""
        yield Contact(id=raw["id"])

    def rows_of(self, response: Response, declared: Declared) -> Sequence[Any]:
        """An empty list is left out."""
        return [] if response.json() == {} else super().rows_of(response, declared)

    def meaning_of(self, answer: Response) -> HubError | None:
        """It says itself that nobody pays for it any more."""
        return Misconfigured("pay") if answer.status == 402 else None


def test_a_search_has_its_window_and_its_page_in_its_body(serve: Serve) -> None:
    source, api = serve(Searched, {"/search": PEOPLE})
    until = datetime(2024, 5, 2, tzinfo=UTC)
    window = Window(until=until, since=datetime(2024, 5, 1, tzinfo=UTC))
    assert ids(source, "searched", window) == list("1234567")
    assert [request.method for request in api.requests] == ["POST"] * 3
    first, second, _ = (json.loads(request.content) for request in api.requests)
    assert first == {
        "filter": {
            "kind": "people",
            "changed": {"from": "2024-05-01T00:00:00Z", "to": "2024-05-02T00:00:00Z"},
        },
        "sort": ["changed"],
        "limit": 3,
    }
    assert second == {**first, "after": "left-4"}
    assert not api.requests[0].url.params


def test_a_search_is_asked_again_after_an_outage(serve: Serve) -> None:
    source, api = serve(Searched, {"/search": PEOPLE})
    api.faults = [httpx.Response(503)]
    assert ids(source, "searched") == list("1234567")


def test_a_vendor_may_leave_an_empty_list_out(serve: Serve) -> None:
    source, api = serve(Searched, {})
    api.outage = httpx.Response(200, json={})
    assert ids(source, "searched") == []


def test_a_refusal_means_what_its_vendor_says(serve: Serve) -> None:
    source, api = serve(Searched, {})
    api.outage = httpx.Response(402, json={})
    with pytest.raises(Misconfigured, match="pay"):
        ids(source, "searched")
    api.outage = httpx.Response(400, json={})
    with pytest.raises(Broken):
        ids(source, "searched")


@pytest.mark.parametrize(
    "pages",
    [
        NumberedPages(size=5, total_header="X-Total"),
        OffsetPages(size=6, total_path="total"),
        CursorPages("next", size=4),
        LinkPages(size=9),
    ],
    ids=str,
)
def test_a_page_that_is_too_large_is_asked_for_by_halves(serve: Serve, pages: Pages) -> None:
    source, api = serve(paged(pages), {"/all/people": PEOPLE})
    api.faults = [httpx.Response(413)]
    assert list(dict.fromkeys(ids(source))) == list("1234567")


def test_a_single_row_that_is_too_large_is_broken(serve: Serve) -> None:
    source, api = serve(paged(OffsetPages(size=5)), {"/all/people": PEOPLE})
    api.outage = httpx.Response(413)
    with pytest.raises(Broken, match="at once"):
        ids(source)
    assert [request.url.params["limit"] for request in api.requests] == ["5", "2", "1"]


def test_a_row_of_which_no_note_can_be_made_costs_nothing_but_itself(
    respx_mock: respx.MockRouter,
) -> None:
    class Noted(RestSource):
        kind = "noted"
        base_url = "https://noted.test"

        @stream("/rows", items="data")
        def rows(self, raw: Raw) -> Iterator[Contact]:
            yield Contact(id=raw["id"], created=str(int(raw["year"])) + "-01-01T00:00:00Z")

        def notes(self, stream: str, raws: Sequence[Any]) -> Mapping[str, int]:  # noqa: ARG002 - one stream
            return {"old": sum(int(raw["year"]) < 2000 for raw in raws)}

    rows = [{"id": 1, "year": 1999}, {"id": 2, "year": "long ago"}]
    respx_mock.get("/rows").respond(json={"data": rows})
    (page,) = Noted().read("rows", EVER)
    assert (len(page.records), len(page.rejects), page.notes) == (1, 1, {"old": 1})
