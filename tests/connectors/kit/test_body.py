"""JSON becomes exact values, whichever of the two parsers reads it."""

from decimal import Decimal
from typing import Any

import httpx
import pytest

from connectors.kit import Broken, Response

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
