"""WordPress's parameters for lists: filters, order, paging; and its refusals."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol, TypeVar
from urllib.parse import urlencode

from sandbox.server import Answer, Request
from sandbox.world.simulation import ZONE

Json = dict[str, Any]


class Numbered(Protocol):
    """A row of any list."""

    @property
    def id(self) -> int:
        """The id."""


Row = TypeVar("Row", bound=Numbered)
PER_PAGE, MOST_PER_PAGE = 10, 100
POST_ORDER = ("date", "id", "include", "title", "slug")


class InvalidParameter(Exception):
    """A refused parameter."""

    def __init__(self, name: str, reason: str) -> None:
        """`reason` is the vendor's message about the parameter."""
        super().__init__(name)
        self.name = name
        self.reason = reason


def error_answer(status: int, code: str, message: str, **data: Any) -> Answer:
    """WordPress's error."""
    return Answer(status, {"code": code, "message": message, "data": {"status": status, **data}})


def invalid(error: InvalidParameter) -> Answer:
    """The refusal of a parameter."""
    return error_answer(
        400,
        "rest_invalid_param",
        f"Invalid parameter(s): {error.name}",
        params={error.name: error.reason},
        details={error.name: {"code": "rest_invalid_param", "message": error.reason, "data": None}},
    )


def one_of(query: Mapping[str, str], name: str, words: Sequence[str], default: str) -> str:
    """A parameter with a fixed set of values."""
    value = query.get(name, default)
    if value not in words:
        raise InvalidParameter(name, f"{name} is not one of {', '.join(words)}.")
    return value


def number_between(
    query: Mapping[str, str], name: str, default: int, least: int, most: int | None = None
) -> int:
    """A whole number within its bounds."""
    text = query.get(name, str(default))
    try:
        value = int(text)
    except ValueError:
        raise InvalidParameter(name, f"{name} is not of type integer.") from None
    if most is not None and not least <= value <= most:
        raise InvalidParameter(
            name, f"{name} must be between {least} (inclusive) and {most} (inclusive)"
        )
    if value < least:
        raise InvalidParameter(name, f"{name} must be greater than or equal to {least}")
    return value


def included(query: Mapping[str, str], rows: Iterable[Row]) -> Sequence[Row]:
    """Rows that `include` and `exclude` leave, by their id."""
    include = {each for each in query.get("include", "").split(",") if each}
    exclude = {each for each in query.get("exclude", "").split(",") if each}
    return [
        row
        for row in rows
        if (not include or str(row.id) in include) and str(row.id) not in exclude
    ]


def dated(
    query: Mapping[str, str],
    rows: Iterable[Row],
    created: Callable[[Row], datetime],
    modified: Callable[[Row], datetime] | None,
) -> Sequence[Row]:
    """Rows strictly between the dates; without `dates_are_gmt` these are the site's own time."""
    zone = UTC if query.get("dates_are_gmt", "").lower() in ("true", "1") else ZONE
    bounds = [("after", "before", created)]
    if modified is not None:
        bounds.append(("modified_after", "modified_before", modified))
    kept = list(rows)
    for after, before, instant_of in bounds:
        if after in query:
            oldest = _instant(query, after, zone)
            kept = [row for row in kept if instant_of(row) > oldest]
        if before in query:
            newest = _instant(query, before, zone)
            kept = [row for row in kept if instant_of(row) < newest]
    return kept


def ordered(
    query: Mapping[str, str],
    rows: Sequence[Row],
    words: Sequence[str],
    keys: Mapping[str, Callable[[Row], Any]],
    default: tuple[str, str],
) -> Sequence[Row]:
    """Rows by `orderby` and `order`; a documented word without a key of its own goes by id."""
    orderby = one_of(query, "orderby", words, default[0])
    direction = one_of(query, "order", ("asc", "desc"), default[1])
    return sorted(rows, key=keys.get(orderby, lambda row: row.id), reverse=direction == "desc")


def page(
    request: Request, rows: Sequence[Row], payload: Callable[[Row], Json], site: str
) -> Answer:
    """One page, with the totals and the neighbours in its headers."""
    size = number_between(request.query, "per_page", PER_PAGE, 1, MOST_PER_PAGE)
    number = number_between(request.query, "page", 1, 1)
    start = number_between(request.query, "offset", (number - 1) * size, 0)
    pages = -(-len(rows) // size)
    headers = {"X-WP-Total": str(len(rows)), "X-WP-TotalPages": str(pages)}
    neighbours = []
    if number > 1:
        neighbours.append(_neighbour(request, min(number - 1, pages), "prev", site))
    if number < pages:
        neighbours.append(_neighbour(request, number + 1, "next", site))
    if neighbours:
        headers["Link"] = ", ".join(neighbours)
    shown = [payload(row) for row in rows[start : start + size]]
    if fields := {each for each in request.query.get("_fields", "").split(",") if each}:
        # A field that a shop does not know is left out in silence.
        shown = [{name: row[name] for name in row if name in fields} for row in shown]
    return Answer(body=shown, headers=headers)


def _neighbour(request: Request, number: int, relation: str, site: str) -> str:
    query = urlencode({**request.query, "page": number})
    return f'<{site}{request.path}?{query}>; rel="{relation}"'


def _instant(query: Mapping[str, str], name: str, zone: Any) -> datetime:
    try:
        instant = datetime.fromisoformat(query[name])
    except ValueError:
        raise InvalidParameter(name, "Invalid date.") from None
    return instant if instant.tzinfo else instant.replace(tzinfo=zone)
