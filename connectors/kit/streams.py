"""Streams as they are declared: where a list lies, how it is read, and what maps its rows."""

import typing
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, TypeVar

from connectors.kit.daily import LookBack, Newest, light_list
from connectors.kit.formats import Format, Json, Xml
from connectors.kit.http.body import dig
from connectors.kit.lists.chained import CursorPages
from connectors.kit.lists.cursor import Cursor
from connectors.kit.lists.marker import Marker
from connectors.kit.lists.pages import Pages
from connectors.kit.shapes import shape_of
from core.contract import Stream, Window
from core.records import Record

Raw = Mapping[str, Any]
"""One item as the API gave it."""
Mapper = Callable[..., Iterable[Record]]
"""A method of a source that maps one raw to records."""
M = TypeVar("M", bound=Mapper)


@dataclass(frozen=True)
class Parents:
    """The rows of another list that the rows of a list name, asked for by their ids.

    The mapper takes a row's parent as its second argument, empty where it is not shown.
    """

    of: "Declared"
    named: str
    """Path in a row that names its parent."""
    include: str = "include"
    """Parameter that asks for rows by their ids."""
    written: Callable[[Sequence[str]], Any] = ",".join
    """Writes the ids as that parameter takes them."""


@dataclass(frozen=True)
class Declared:
    """One list: where it lies and how it is read."""

    path: str = ""
    """Below the base address; `{names}` are filled from `fill`, else from the connection."""
    cursor: Cursor | None = None
    """Absent: a full scan, which also shows which rows are gone."""
    pages: Pages | None = None
    """Absent: the source's."""
    items: str = ""
    """Path of the list in the body; dots lead into objects."""
    ordered: bool = False
    """Whether rows come sorted by the cursor or the marker."""
    every: timedelta | None = None
    """Least time between two reads; absent: the connection's."""
    params: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    """For lists that are asked for with POST: every parameter, also of the cursor and the pager,
    is laid into this body at its dotted path."""
    keeps: timedelta | None = None
    """How far back the API shows rows at all; absent: from the first one on."""
    id: str = "id"
    """Field that tells rows apart: lists are counted and looked up by it, rejects named."""
    marker: Marker | None = None
    """In the place of a cursor, where positions are no instants."""
    each: "Declared | str | None" = None
    """The list, or the stream by its name, for each of whose rows this list is read."""
    when: str = ""
    """Path in the parent's row that must hold something, or its list is not asked for."""
    fill: Mapping[str, str] = field(default_factory=dict)
    """`{name}` of the path, or a parameter (`variables.group`) -> path in the parent's row, or a
    text with names of the row in braces (`SELECT {name} FROM Contact`)."""
    looks_back: timedelta | None = None
    """Once a day parents that changed so much earlier are read too: for vendors who do not count
    a new child as a change of its parent."""
    parents: Parents | None = None
    """Rows of another list that are read with each page, by the ids that its rows name."""
    instead: "Declared | None" = None
    """The list of older versions, where the answer to this one is `Absent`."""
    daily: LookBack | None = None
    """A look through the last days, once per local day."""
    between: Newest | None = None
    """Makes a full scan one per local day, and says what is read in between."""
    beside: Mapping[str, "Beside"] = field(default_factory=dict)
    """Small lists that are read first and handed to the mapper by these names, rows by id, one
    with a cursor narrowed by the window of the stream; or functions of the source and the window,
    for what is no list."""
    reads: Format = Json()  # noqa: RUF009 - frozen
    """How the body is written."""
    shape: type | None = None
    """A TypedDict of all that is read of a row; absent: everything is."""
    query: str = ""
    """A GraphQL document; stands for `body`, `items` and `pages`."""
    at: str = ""
    """Where its connection lies in the answer, like `data.people`; without a document the name of a
    list that shares its path with others."""
    size: int = 100
    """Rows of a page of it."""
    nested: Mapping[str, "Declared"] = field(default_factory=dict)
    """Path of a connection inside a row (`refunds.*.lines`) -> the document that reads on where
    its first page ends, filled from the object that holds the connection."""
    by: str = ""
    """Of a list beside a stream: path in the stream's row to the id of its one row, which is then
    handed to the mapper in the place of all; empty where there is none."""

    def __post_init__(self) -> None:
        """Derive the request of a document; raises TypeError for parameters that it cannot take."""
        if self.query:
            since = [self.cursor.since] if self.cursor and self.cursor.since else []
            for name in (*self.parameters(self.fill), *since):
                if not name.startswith("variables."):
                    raise TypeError(
                        f"a document takes variables: write variables.{name} for {name}, and "
                        f"declare ${name} in the query at {self.at}"
                    )
            body = self.body or {"query": self.query, "variables": {}}
            object.__setattr__(self, "body", body)
            object.__setattr__(self, "items", self.items or f"{self.at}.nodes")
            object.__setattr__(self, "pages", self.pages or self._connection())

    def _connection(self) -> CursorPages:
        """Pages of a connection; from the last instant on where it is sorted by a cursor."""
        is_sorted = self.ordered and self.cursor is not None and self.cursor.since
        return CursorPages(
            f"{self.at}.pageInfo.endCursor",
            cursor="variables.after",
            size=self.size,
            limit="variables.first",
            more=f"{self.at}.pageInfo.hasNextPage",
            key=self.cursor if is_sorted else None,
        )

    @property
    def named(self) -> str:
        """Name of a list that shares its path with others; blank where the path is its own.

        A document is named by where its list lies in the answer, an operation in an envelope by
        itself.
        """
        body = self.body or {}
        return self.at or (next(iter(body)) if isinstance(self.reads, Xml) and body else "")

    @property
    def place(self) -> str:
        """The list as messages and samples name it; `{names}` are of `fill`, or of the path."""
        asked = "&".join(f"{name}={{{name}}}" for name in self.parameters(self.fill))
        return f"{self.named or self.path}{asked and '?'}{asked}"

    def parameters(self, fill: Mapping[str, str]) -> dict[str, str]:
        """The part of `fill` that is no `{name}` of the path."""
        return {name: each for name, each in fill.items() if f"{{{name}}}" not in self.path}


Beside = Declared | Callable[[Any, Window], Any]


def stream(
    path: str = "",
    *,
    cursor: Cursor | None = None,
    pages: Pages | None = None,
    items: str = "",
    ordered: bool = False,
    every: timedelta | None = None,
    params: Mapping[str, str] | None = None,
    body: Mapping[str, Any] | None = None,
    keeps: timedelta | None = None,
    id: str = "id",  # noqa: A002 - what vendors call it
    marker: Marker | None = None,
    each: Declared | str | None = None,
    when: str = "",
    fill: Mapping[str, str] | None = None,
    looks_back: timedelta | None = None,
    parents: Parents | None = None,
    instead: Declared | None = None,
    daily: LookBack | None = None,
    between: Newest | None = None,
    beside: Mapping[str, Beside] | None = None,
    reads: Format = Json(),  # noqa: B008 - frozen
    query: str = "",
    at: str = "",
    size: int = 100,
    nested: Mapping[str, Declared] | None = None,
) -> Callable[[M], M]:
    """Declare a method as a stream of its own name; `Declared` says what each word means.

    The method maps one raw to records; its return annotation names the nouns that it yields
    (`Iterator[Contact | Order]`). With `each` it takes the parent's raw as its second argument,
    with `beside` the small lists by their names. `query` is a GraphQL document, whose connection
    lies at `at` in the answer. It keeps no state and leaves the raw unchanged.
    Where the raw's annotation is a TypedDict, nothing else of a row is read, in a third of the
    time.
    """
    declared = Declared(
        path, cursor, pages, items, ordered, every, params or {}, body, keeps, id, marker,
        each, when, fill or {}, looks_back, parents, instead, daily, between, beside or {}, reads,
        query=query, at=at, size=size, nested=nested or {},
    )  # fmt: skip

    def declare(mapping: M) -> M:
        # A function carries attributes, though its type does not say so.
        shape = shape_of(mapping, cursor)
        own = replace(declared, shape=shape, instead=instead and replace(instead, shape=shape))
        mapping.declared = own  # type: ignore[attr-defined]
        return mapping

    return declare


def declarations(source: type) -> dict[str, Declared]:
    """Every stream of a class by its name, in the order of the class."""
    found: dict[str, Declared] = {}
    for parent in reversed(source.__mro__):
        for name, method in vars(parent).items():
            if isinstance(declared := getattr(method, "declared", None), Declared):
                found[name] = declared
    return found


def offered(name: str, source: type) -> Stream:
    """Return the stream as the hub is told of it; a list below another has its parents' cursor."""
    declared = declarations(source)[name]
    cursor = narrowed_by(declared, source)
    return Stream(
        name=name,
        nouns=_nouns(getattr(source, name)),
        cursor=cursor is not None,
        by_state=declared.marker is not None,
        ordered=declared.ordered and declared.cursor is not None,
        overlap=cursor.overlap if cursor else timedelta(),
        every=declared.every,
        keeps=declared.keeps,
    )


def narrowed_by(declared: Declared, source: type) -> Cursor | None:
    """Return the cursor by which a window narrows a list, its own or its parents'."""
    if declared.cursor or declared.each is None:
        return declared.cursor
    return narrowed_by(parent_of(declared, source), source)


def parent_of(declared: Declared, source: type) -> Declared:
    """Return the list for each of whose rows a list is read."""
    each = declared.each
    if isinstance(each, str):
        return declarations(source)[each]
    if each is None:
        raise TypeError(f"{declared.place} is read for each row of no other list")
    return each


def _nouns(mapping: Mapper) -> tuple[str, ...]:
    returned = typing.get_type_hints(mapping).get("return")
    (yielded,) = typing.get_args(returned) or (Record,)
    kinds = typing.get_args(yielded) or (yielded,)
    return tuple(kind.__name__ for kind in kinds)


def filled_from(declared: Declared, parent: Any) -> dict[str, str] | None:
    """Return what fills the path of a list below one row; None where it is not asked for."""
    if not isinstance(parent, Mapping) or (declared.when and not dig(parent, declared.when)):
        return None
    fill = {
        name: path.format_map(parent) if "{" in path else dig(parent, path)
        for name, path in declared.fill.items()
    }
    # A parent without its id is a reject of its own stream.
    return None if None in fill.values() else {name: str(value) for name, value in fill.items()}


def every_list(source: type) -> list[Declared]:
    """Return every list that a class reads: the streams', their parents', those beside them."""
    streams = declarations(source).values()
    return [each for declared in streams for each in _with_its_lists(declared, source)]


def _with_its_lists(declared: Declared, source: type) -> Iterator[Declared]:
    yield declared
    if declared.daily and declared.daily.query:
        yield light_list(declared, declared.daily)
    changes = declared.between.changes if declared.between else None
    others = (declared.instead, changes, declared.parents.of if declared.parents else None)
    for other in (*others, *declared.nested.values(), *declared.beside.values()):
        if isinstance(other, Declared):
            yield from _with_its_lists(other, source)
    if declared.each is not None:
        yield from _with_its_lists(parent_of(declared, source), source)
