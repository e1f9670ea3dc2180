"""Rows of which only what a shape names is read, and values out of the midst of an answer."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, TypedDict

import httpx
import pytest
import respx

from connectors.kit import (
    Broken,
    Contact,
    Cursor,
    Network,
    Response,
    RestSource,
    Unread,
    Window,
    part_of,
    stream,
    utc,
)

EVER = Window(until=utc("2100-01-01"))
JSON = httpx.Headers({"content-type": "application/json"})
ROW = b'{"id": 1, "name": {"first": "Ida", "last": "Lund"}, "worth": 1.10, "rest": [{"a": 0.10}]}'


class RawName(TypedDict, total=False):
    first: Any


class RawPerson(TypedDict, total=False):
    id: Any
    name: RawName
    worth: Any
    rest: Unread


def answer(body: bytes) -> Response:
    return Response(200, JSON, body, "GET people")


def test_nothing_is_read_of_a_row_but_what_its_shape_names() -> None:
    (row,) = answer(b"[" + ROW + b"]").rows("", RawPerson)
    assert {name: row[name] for name in ("id", "name", "worth")} == {
        "id": 1, "name": {"first": "Ida"}, "worth": Decimal("1.10")
    }  # fmt: skip
    assert part_of(row, "rest") == [{"a": Decimal("0.10")}]
    assert part_of(row, "elsewhere") is None


def test_a_list_inside_an_answer_is_found_whatever_stands_around_it() -> None:
    body = b'{"total": 3, "data": {"people": [{"id": 1, "x": [1, 2]}]}, "more": null}'
    assert answer(body).rows("data.people", RawPerson) == [{"id": 1}]
    assert answer(body).part("total") == 3
    assert answer(body).part("data.people") == [{"id": 1, "x": [1, 2]}]
    assert answer(body).part("") == answer(body).json()


@pytest.mark.parametrize("path", ["nothing", "total.deeper", "data.nothing.deeper", "more"])
def test_where_there_is_nothing_there_is_no_value(path: str) -> None:
    body = answer(b'{"total": 3, "data": {"people": []}, "more": null}')
    assert body.part(path) is None
    assert body.rows(path, RawPerson) is None


@pytest.mark.parametrize(
    "row", [b'{"id": 2, "name": []}', b'{"id": 2, "name": "Bo"}', b"7", b'{"worth": "\\ud800"}']
)
def test_where_one_row_is_of_another_shape_everything_is_read_as_it_is(row: bytes) -> None:
    body = answer(b"[" + ROW + b"," + row + b"]")
    assert body.rows("", RawPerson) == body.json()


class RawTeam(TypedDict, total=False):
    people: list[RawPerson]
    names: list[Any] | None
    rest: Unread
    plain: Any


def test_a_list_with_gaps_in_its_keys_is_the_list_of_its_values() -> None:
    # PHP writes such an array as an object (https://www.php.net/manual/en/function.json-encode.php).
    rest = b'"rest": {"4": 5}'
    team = b'{"people": {"1": %b, "3": %b}, "names": {"2": "Bo"}, "plain": {"7": 8}, %b}'
    (row,) = answer(b"[%b]" % (team % (ROW, ROW, rest))).rows("", RawTeam)
    assert [person["id"] for person in row["people"]] == [1, 1]
    assert row["names"] == ["Bo"]
    assert row["plain"] == {"7": 8}
    assert part_of(row, "rest") == [5]
    (whole,) = answer(b"[{%b}]" % rest).rows("", RawTeam)
    assert part_of(whole, "rest") == [5]
    (row,) = answer(b'[{"people": {"first": 1}}]').rows("", RawTeam)
    assert row["people"] == {"first": 1}


@pytest.mark.parametrize("body", [b"", b'{"a": [1, 2', b'{"a": NaN}', b"\xff"])
def test_an_answer_that_cannot_be_read_is_broken_wherever_one_looks(body: bytes) -> None:
    with pytest.raises(Broken, match="JSON that cannot be read"):
        answer(body).part("a")
    for path in ("", "a"):
        with pytest.raises(Broken, match="JSON that cannot be read"):
            answer(body).rows(path, RawPerson)


class People(RestSource):
    """A made-up system whose rows have a shape."""

    kind = "people"
    base_url = "https://people.test"

    @stream("/people")
    def people(self, raw: RawPerson) -> Iterator[Contact]:
        """People."""
        yield Contact(id=raw["id"], first_name=raw["name"]["first"])


@pytest.fixture
def people() -> Iterator[People]:
    with respx.mock as router:
        router.get("https://people.test/people").respond(headers=dict(JSON), content=b"[%b]" % ROW)
        yield People().through(Network())


def test_a_stream_reads_what_the_annotation_of_its_raw_names(people: People) -> None:
    (listed,) = people.walk(people.declared()["people"])
    assert sorted(listed.items[0]) == ["id", "name", "rest", "worth"]
    assert listed.items[0]["name"] == {"first": "Ida"}
    (page,) = people.read("people", EVER)
    assert page.records == [Contact(id=1, first_name="Ida")]


def test_who_looks_on_is_shown_whole_rows(people: People) -> None:
    shown: list[Any] = []

    def look(_: str, __: Mapping[str, str], rows: Sequence[Any]) -> tuple[Sequence[Any], bool]:
        shown.extend(rows)
        return rows, True

    people.through(Network(witness=look))
    list(people.read("people", EVER))
    assert shown == [answer(ROW).json()]


def test_a_shape_without_what_its_stream_is_narrowed_by_is_refused() -> None:
    with pytest.raises(TypeError, match="RawPerson lacks changed"):

        @stream("/people", cursor=Cursor("changed.at"))
        def people(_source: RestSource, _raw: RawPerson) -> Iterator[Contact]:
            yield from ()
