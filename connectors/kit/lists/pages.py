# ruff: noqa: ARG002 - all pagers have one shape, whether they need all of it or not
"""Pagers: how a list is asked for page by page.

Each pager has a `fake` twin, which answers as a server of its kind would; the contract suite
builds its server from it, so that a new pager brings its own.
"""

import abc
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from connectors.kit.http.body import Response


@dataclass(frozen=True)
class Step:
    """The next request of a list: parameters, or a whole address that the other side gave."""

    params: Mapping[str, str | int] = field(default_factory=dict)
    link: str | None = None


@dataclass(frozen=True)
class FakePage:
    """A page as a server would answer it: its rows, and the values around them."""

    items: Sequence[Any]
    around: Mapping[str, Any] = field(default_factory=dict)
    """Further values of the body by their path; dots lead into objects."""
    headers: Mapping[str, str] = field(default_factory=dict)


Until = Literal["short", "empty"]
"""Which page is the last, where no total says so: one that is not full, or one without rows."""


class Pages(abc.ABC):
    """One way of paging."""

    drifts: bool = False
    """Whether a row that vanishes while we read pushes another one out of sight."""
    watched: bool = False
    """Whether the ends of all pages are looked at once more after the last one. Where no total is
    told, a list that drifts is whole only if each page still ends where it did."""

    @abc.abstractmethod
    def first(self) -> Step:
        """The first page."""

    @abc.abstractmethod
    def after(self, step: Step, response: Response, items: Sequence[Any]) -> Step | None:
        """The page after the one that `step` asked for; None when that was the last."""

    def only(self, number: int) -> Step:
        """One row, by its number from 1; for pagers that may be watched."""
        return self.first()

    def back(self, step: Step, vanished: int) -> Step:
        """Where to go on when so many rows have vanished in front of `step` since the last page."""
        return self.first()

    def smaller(self, step: Step) -> "tuple[Pages, Step] | None":
        """The same pager with pages half as large, and the step that goes on with them."""
        return None

    @abc.abstractmethod
    def fake(self, items: Sequence[Any], params: Mapping[str, str], address: str) -> FakePage:
        """The page of `items` that a request with these parameters would get."""

    def total(self, response: Response) -> int | None:
        """How many rows there are in all, where the answer says so."""
        return None

    def before(self, step: Step) -> int | None:
        """How many of the rows that the total of a step counts lie before its page.

        None where every total counts all the rows of the list.
        """
        return None


@dataclass(frozen=True)
class SinglePage(Pages):
    """Everything in one response."""

    def first(self) -> Step:
        """Ask for everything."""
        return Step()

    def after(self, step: Step, response: Response, items: Sequence[Any]) -> Step | None:
        """There is nothing after everything."""
        return None

    def fake(self, items: Sequence[Any], params: Mapping[str, str], address: str) -> FakePage:
        """Everything."""
        return FakePage(items)


@dataclass(frozen=True)
class NumberedPages(Pages):
    """`page=2&per_page=100`, perhaps with totals in headers or in the body."""

    size: int = 100
    page: str = "page"
    per_page: str | None = "per_page"
    """None where every page of the vendor is of one size."""
    first_page: int = 1
    total_path: str | None = None
    """Where the body tells how many rows there are."""
    total_header: str | None = None
    """Header that tells how many rows there are."""
    pages_header: str | None = None
    """Header that tells how many pages there are."""
    until: Until = "short"
    watched: bool = False
    drifts = True

    def first(self) -> Step:
        """Ask for the first page."""
        return self._page(self.first_page)

    def only(self, number: int) -> Step:
        """A page of one row; the page of the row, where all are of one size."""
        if self.per_page is None:
            return self._page(self.first_page + (number - 1) // self.size)
        return Step({self.page: self.first_page + number - 1, self.per_page: 1})

    def after(self, step: Step, response: Response, items: Sequence[Any]) -> Step | None:
        """One further, up to the last page as a header or the total in the body tells it.

        Where neither does, up to a short or empty one.
        """
        number = int(step.params[self.page])
        pages = whole_number(response.headers.get(self.pages_header or "", ""))
        if pages is None and self.total_path and self.per_page:
            total = self.total(response)
            pages = None if total is None else -(-total // self.size)
        if pages is None:
            more = self.until == "empty" or len(items) >= self.size
        else:
            more = number - self.first_page + 1 < pages
        return self._page(number + 1) if more and items else None

    def back(self, step: Step, vanished: int) -> Step:
        """As many pages back as the vanished rows filled."""
        pages = -(-vanished // self.size)
        return self._page(max(self.first_page, int(step.params[self.page]) - pages))

    def smaller(self, step: Step) -> tuple[Pages, Step] | None:
        """Half the size; rows of an odd page are asked for twice rather than left out."""
        if self.per_page is None or self.size < 2:  # noqa: PLR2004 - one row cannot be halved
            return None
        before = (int(step.params[self.page]) - self.first_page) * self.size
        half = self.size // 2
        page = {self.page: self.first_page + before // half, self.per_page: half}
        return replace(self, size=half), Step(page)

    def fake(self, items: Sequence[Any], params: Mapping[str, str], address: str) -> FakePage:
        """One slice, and the totals."""
        size = self.size if self.per_page is None else int(params.get(self.per_page, "10"))
        begin = (int(params.get(self.page, str(self.first_page))) - self.first_page) * size
        headers = {}
        if self.total_header:
            headers[self.total_header] = str(len(items))
        if self.pages_header:
            headers[self.pages_header] = str(-(-len(items) // size))
        around = {self.total_path: len(items)} if self.total_path else {}
        return FakePage(items[begin : begin + size], around, headers)

    def total(self, response: Response) -> int | None:
        """As the header or the body tells."""
        if self.total_path:
            return whole_number(response.part(self.total_path))
        return whole_number(response.headers.get(self.total_header or "", ""))

    def _page(self, number: int) -> Step:
        size = {} if self.per_page is None else {self.per_page: self.size}
        return Step({self.page: number, **size})


@dataclass(frozen=True)
class OffsetPages(Pages):
    """`offset=100&count=100`, perhaps with a total in the body."""

    size: int = 100
    offset: str = "offset"
    limit: str = "limit"
    total_path: str | None = None
    """Where the body tells how many rows there are."""
    until: Until = "short"
    watched: bool = False
    drifts = True

    def first(self) -> Step:
        """Ask from the beginning."""
        return self._from(0)

    def only(self, number: int) -> Step:
        """A page of one row."""
        return Step({self.offset: number - 1, self.limit: 1})

    def after(self, step: Step, response: Response, items: Sequence[Any]) -> Step | None:
        """As many further as came."""
        end = int(step.params[self.offset]) + len(items)
        total = self.total(response)
        full = self.until == "empty" or len(items) >= self.size
        more = full if total is None else end < total
        return self._from(end) if more and items else None

    def back(self, step: Step, vanished: int) -> Step:
        """As many rows back as have vanished."""
        return self._from(max(0, int(step.params[self.offset]) - vanished))

    def smaller(self, step: Step) -> tuple[Pages, Step] | None:
        """Half the size, from the same offset."""
        return halved(self, step, self.size, self.limit)

    def fake(self, items: Sequence[Any], params: Mapping[str, str], address: str) -> FakePage:
        """One slice, and the total."""
        begin, size = int(params.get(self.offset, "0")), int(params.get(self.limit, "10"))
        around = {self.total_path: len(items)} if self.total_path else {}
        return FakePage(items[begin : begin + size], around)

    def total(self, response: Response) -> int | None:
        """As the body tells."""
        return whole_number(response.part(self.total_path)) if self.total_path else None

    def _from(self, begin: int) -> Step:
        return Step({self.offset: begin, self.limit: self.size})


def halved(pages: Any, step: Step, size: int | None, limit: str) -> tuple[Pages, Step] | None:
    """Return a pager with half the size, and the same step with it; None below one row."""
    half = (size or 0) // 2
    return (replace(pages, size=half), Step({**step.params, limit: half})) if half else None


_MOST_DIGITS = 18
"""Of a count; more would not be one."""


def lay(body: Any, path: str, value: Any) -> None:
    """Put a value at a dotted path of a body, and the objects and lists that lead there.

    A number names an item of a list; one past its end adds an item. `*` lays each of several
    values into an item of its own: `edges.*.node`.
    """
    before, several, after = path.partition(".*.")
    if several:
        items: list[Any] = [{} for _ in value]
        for item, each in zip(items, value, strict=True):
            lay(item, after, each)
        path, value = before, items
    name, _, rest = path.partition(".")
    inner: Any = value
    if rest:
        inner = [] if rest.partition(".")[0].isdecimal() else {}
    if isinstance(body, list):
        place = int(name)
        if place == len(body):
            body.append(inner)
        elif not rest:
            body[place] = value
        inner = body[place]
    elif rest:
        inner = body.setdefault(name, inner)
    else:
        body[name] = value
    if rest:
        lay(inner, rest, value)


def whole_number(value: Any) -> int | None:
    """A count as a vendor writes it; None where it is none."""
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS else None
