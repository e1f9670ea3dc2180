"""Mailchimp's parameters for lists: paging, filters, fields; and its refusals."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from sandbox.server import Answer

Json = dict[str, Any]
Row = TypeVar("Row")
PROBLEM = "application/problem+json; charset=utf-8"
COUNT, MOST = 10, 1000
DOCUMENTATION = "https://mailchimp.com/developer/marketing/docs/errors/"


class Refused(Exception):
    """A refused request; `answer` is Mailchimp's error."""

    def __init__(
        self, status: int, title: str, detail: str, errors: Sequence[Mapping[str, str]] = ()
    ) -> None:
        """`errors` names fields, each with `field` and `message`."""
        super().__init__(title)
        self.answer = problem(status, title, detail, errors)


def problem(
    status: int, title: str, detail: str, errors: Sequence[Mapping[str, str]] = ()
) -> Answer:
    """An error after RFC 7807."""
    body: Json = {
        "type": DOCUMENTATION,
        "title": title,
        "status": status,
        "detail": detail,
        "instance": "995c5cb0-3280-4a6e-808b-3b096d0bb219",
    }
    if errors:
        body["errors"] = list(errors)
    return Answer(status, body, content_type=PROBLEM)


def not_found() -> Refused:
    """A resource that does not exist."""
    return Refused(404, "Resource Not Found", "The requested resource could not be found.")


def invalid(field: str, message: str) -> Refused:
    """A value that breaks the vendor's schema."""
    return Refused(
        400,
        "Invalid Resource",
        "The resource submitted could not be validated. For field-specific details, see the "
        "'errors' array.",
        [{"field": field, "message": message}],
    )


def one_of(query: Mapping[str, str], name: str, words: Sequence[str]) -> str | None:
    """A parameter with a fixed set of values; None where it is absent."""
    value = query.get(name)
    if value is not None and value not in words:
        raise invalid(name, f"Schema describes one of {', '.join(words)}; {value!r} found instead")
    return value


def instant(query: Mapping[str, str], name: str) -> datetime | None:
    """A parameter in ISO 8601; None where it is absent."""
    if name not in query:
        return None
    try:
        # An unescaped plus arrives as a space.
        moment = datetime.fromisoformat(query[name].replace(" ", "+"))
    except ValueError:
        raise invalid(name, "This value is not a valid datetime.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def whole_number(query: Mapping[str, str], name: str, default: int, most: int | None) -> int:
    """A number of rows."""
    try:
        value = int(query.get(name, str(default)))
    except ValueError:
        raise invalid(name, "Schema describes integer, string found instead") from None
    if value < 0 or (most is not None and value > most):
        raise invalid(name, f"This value should be between 0 and {most}.")
    return value


def page(
    query: Mapping[str, str],
    name: str,
    rows: Sequence[Row],
    payload: Callable[[Row], Json],
    **besides: Any,
) -> Answer:
    """One page of rows under `name`, with the number of all rows."""
    count = whole_number(query, "count", COUNT, MOST)
    offset = whole_number(query, "offset", 0, None)
    return trimmed(
        query,
        {
            name: [payload(row) for row in rows[offset : offset + count]],
            **besides,
            "total_items": len(rows),
        },
    )


def trimmed(query: Mapping[str, str], body: Json) -> Answer:
    """The body without what `fields` and `exclude_fields` leave out; both use dotted paths."""
    if query.get("fields"):
        body = _only(body, [path.split(".") for path in query["fields"].split(",")])
    if query.get("exclude_fields"):
        for path in query["exclude_fields"].split(","):
            _without(body, path.split("."))
    return Answer(body=body)


def _only(value: Any, paths: Iterable[Sequence[str]]) -> Any:
    if isinstance(value, list):
        return [_only(each, paths) for each in value]
    if not isinstance(value, dict):
        return value
    kept = {}
    for name in value:
        below = [path[1:] for path in paths if path and path[0] == name]
        if below:
            kept[name] = value[name] if [] in below else _only(value[name], below)
    return kept


def _without(value: Any, path: Sequence[str]) -> None:
    if isinstance(value, list):
        for each in value:
            _without(each, path)
    elif isinstance(value, dict):
        if len(path) == 1:
            value.pop(path[0], None)
        elif path[0] in value:
            _without(value[path[0]], path[1:])
