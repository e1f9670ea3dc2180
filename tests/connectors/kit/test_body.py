"""JSON becomes exact values, whichever of the two parsers reads it."""

from decimal import Decimal
from typing import Any

import httpx
import pytest

from connectors.kit import Broken, Response, dig
from connectors.kit.formats import JsonLines
from connectors.kit.lists.pages import lay

JSON = httpx.Headers({"content-type": "application/json"})


def answer(body: bytes) -> Response:
    return Response(200, JSON, body, "GET shop")


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'{"price": 12.10}', {"price": Decimal("12.10")}),
        (b"[0.1234567890123456789, 1e400]", [Decimal("0.1234567890123456789"), Decimal("1e400")]),
        (b"12345678901234567890123", 12345678901234567890123),
        (b"\xef\xbb\xbf[]", []),
        (b"\r\n\xef\xbb\xbf \xef\xbb\xbf\t[1]\n", [1]),
        (b'{"id": 1, "id": 2}', {"id": 2}),
        # Half a letter, as some shops store it: its row is refused later, and not its page.
        (b'["\\ud800", 0.10]', ["\ud800", Decimal("0.10")]),
    ],
)
def test_values_are_exact(body: bytes, value: Any) -> None:
    assert answer(body).json() == value


@pytest.mark.parametrize("body", [b"", b"[1, 2", b"NaN", b'{"a": Infinity}', b"\xff", b"[" * 9_999])
def test_what_is_no_json_is_broken_and_not_shown(body: bytes) -> None:
    with pytest.raises(Broken, match="JSON that cannot be read"):
        answer(body).json()


@pytest.mark.parametrize(
    ("before", "begins"),
    [
        (b"<br />\n<b>Warning</b>: Undefined key ida@example.net", "a PHP Warning"),
        (b"Notice: x ", "a PHP Notice"),
        (b"ida@example.net 4\n", "the shape aaa@aaaaaaa.aaa 9"),
    ],
)
def test_text_before_json_is_named_by_its_shape_and_where_to_look(
    before: bytes, begins: str
) -> None:
    with pytest.raises(Broken, match=f"begins with {begins};.*error log") as caught:
        answer(before + b'[{"id": 1}]').json()
    assert "ida" not in str(caught.value)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"<br />\n<b>Notice</b>: x in y.php [1]\n[]", "a PHP Notice"),
        (b"<style>p {}</style><p>Wait</p>", "something else"),
        (b"[]", "something else"),
    ],
)
def test_an_answer_that_does_not_say_it_is_json_is_named(body: bytes, told: str) -> None:
    html = httpx.Headers({"content-type": "text/html"})
    with pytest.raises(Broken, match=told):
        Response(200, html, body, "GET shop").json()


def test_a_byte_order_mark_before_lines_of_json_is_skipped() -> None:
    lines = answer(b"\xef\xbb\xbf[1]\n[2]\n")
    assert list(JsonLines().rows(lines, "", None)) == [[1], [2]]


def test_a_path_enters_lists() -> None:
    body = {"errors": [{"code": "A"}, {"code": "B"}, {}]}
    assert dig(body, "errors.1.code") == "B"
    assert dig(body, "errors.*.code") == ["A", "B", None]
    assert (dig(body, "errors.9.code"), dig(body, "errors.code"), dig(body, "")) == (
        None,
        None,
        body,
    )


def test_a_value_is_laid_into_lists() -> None:
    body: dict[str, Any] = {"filter": [{"type": "range"}]}
    lay(body, "filter.0.parameters.gte", "2024")
    lay(body, "filter.1.type", "equals")
    lay(body, "sort.0.field", "id")
    assert body == {
        "filter": [{"type": "range", "parameters": {"gte": "2024"}}, {"type": "equals"}],
        "sort": [{"field": "id"}],
    }
