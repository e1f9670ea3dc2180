"""Square's searches: filters, sorting, paging and refusals."""

import hashlib
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from sandbox.server import Answer

Json = dict[str, Any]
Row = TypeVar("Row")


class Refused(Exception):
    """A refused request."""

    def __init__(self, code: str, field: str, detail: str) -> None:
        """`field` leads into the body."""
        super().__init__(code)
        self.code = code
        self.field = field
        self.detail = detail

    def answer(self) -> Answer:
        """Square's error response."""
        return error(400, "INVALID_REQUEST_ERROR", self.code, self.detail, field=self.field)


def error(status: int, category: str, code: str, detail: str, **field: str) -> Answer:
    """Square's error."""
    entry = {"category": category, "code": code, "detail": detail, **field}
    return Answer(status, {"errors": [entry]})


def known(body: Mapping[str, Any], names: Collection[str], place: str = "") -> None:
    """Refuse keys that the vendor does not describe."""
    for name in body:
        if name not in names:
            raise Refused("UNKNOWN_BODY_PARAMETER", f"{place}{name}", "Unknown parameter.")


def part(body: Mapping[str, Any], path: str) -> Json:
    """The object at a dotted path; an empty one where there is none."""
    found: Any = body
    for name in path.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found if isinstance(found, dict) else {}


def between(
    span: Mapping[str, Any], rows: Sequence[Row], at: Callable[[Row], datetime]
) -> Sequence[Row]:
    """Rows from the start, which belongs to the range, up to its end, which does not."""
    known(span, ("start_at", "end_at"), "query.filter.")
    start, end = instant(span, "start_at"), instant(span, "end_at")
    return [
        row
        for row in rows
        if (start is None or at(row) >= start) and (end is None or at(row) < end)
    ]


def instant(body: Mapping[str, Any], name: str) -> datetime | None:
    """A time of RFC 3339, with its zone; None where none is given."""
    if name not in body:
        return None
    try:
        found = datetime.fromisoformat(body[name])
    except (TypeError, ValueError):
        raise Refused("INVALID_TIME", name, "Invalid RFC 3339 time.") from None
    if found.tzinfo is None:
        raise Refused("INVALID_TIME", name, "The time needs a zone.")
    return found


def limit(body: Mapping[str, Any], default: int, most: int) -> int:
    """How many rows a page may hold; refused beyond `most`."""
    value = body.get("limit", default)
    if not isinstance(value, int):
        raise Refused("EXPECTED_INTEGER", "limit", "Expected an integer value.")
    if not 1 <= value <= most:
        code = "VALUE_TOO_LOW" if value < 1 else "VALUE_TOO_HIGH"
        raise Refused(code, "limit", f"`limit` must be between 1 and {most}.")
    return value


def paged(
    body: Mapping[str, Any],
    name: str,
    rows: Sequence[Row],
    size: int,
    payload: Callable[[Row], Json],
) -> Answer:
    """One page; an empty list is left out, and so is the cursor at the end.

    A cursor is good for the search that it came from and for no other.
    """
    asked = {key: value for key, value in body.items() if key not in ("cursor", "limit")}
    search = hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:16]
    begin = 0
    if "cursor" in body:
        same, _, place = str(body["cursor"]).partition("-")
        if same != search or not place.isdigit():
            raise Refused("INVALID_CURSOR", "cursor", "The cursor is not valid for this search.")
        begin = int(place)
    shown = rows[begin : begin + size]
    answer: Json = {name: [payload(row) for row in shown]} if shown else {}
    if begin + size < len(rows):
        answer["cursor"] = f"{search}-{begin + size}"
    return Answer(body=answer)
