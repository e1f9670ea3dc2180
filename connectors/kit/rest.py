"""REST sources: transport is declared as values, meaning is one plain method per stream."""

import copy
import string
import typing
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, ClassVar, TypeVar

from connectors.kit.auth.credential import Credential
from connectors.kit.auth.session import WithOAuth
from connectors.kit.body import Response
from connectors.kit.cursor import Cursor
from connectors.kit.http import AGAIN, Client
from connectors.kit.limits import Limit, limiter
from connectors.kit.lists import PageTracker, RawPage, gathered, rows, shape_of
from connectors.kit.pages import Pages, SinglePage, Step, lay
from connectors.kit.rejects import UNMAPPABLE, reject
from core.contract import Page, Reject, Source, Stream, Window
from core.errors import HubError, Misconfigured
from core.records import Record

Raw = Mapping[str, Any]
"""One item as the API gave it."""
Mapper = Callable[..., Iterable[Record]]
"""A method of a source that maps one raw to records."""
M = TypeVar("M", bound=Mapper)


@dataclass(frozen=True)
class Declared:
    """One stream's transport: where its list lies and how it is read."""

    path: str
    """Below the base address; `{names}` are filled from the connection's fields."""
    cursor: Cursor | None = None
    """Absent: a full scan, so that rows which are gone can be told."""
    pages: Pages | None = None
    """Absent: the source's."""
    items: str = ""
    """Where the body holds its list; dots lead into objects."""
    ordered: bool = False
    every: timedelta | None = None
    params: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    """For lists that are asked for with POST: every parameter, also of the cursor and the pager,
    is laid into this body, where dots lead into objects."""
    keeps: timedelta | None = None
    """How far back the API shows rows at all; absent: from the first one on."""
    shape: type | None = None
    """A TypedDict of all that is read of a row; absent: everything is."""


def stream(
    path: str,
    *,
    cursor: Cursor | None = None,
    pages: Pages | None = None,
    items: str = "",
    ordered: bool = False,
    every: timedelta | None = None,
    body: Mapping[str, Any] | None = None,
    keeps: timedelta | None = None,
    **params: str,
) -> Callable[[M], M]:
    """Declare a method as a stream of its own name.

    The method maps one raw to records; its return annotation names the nouns that it yields
    (`Iterator[Contact | Order]`). It keeps no state and leaves the raw as it is. Where the raw's
    annotation is a TypedDict, nothing else of a row is read, and reading takes a third of the time.
    """
    declared = Declared(path, cursor, pages, items, ordered, every, params, body, keeps)

    def declare(mapping: M) -> M:
        # A function carries attributes, though its type does not say so.
        mapping.declared = replace(declared, shape=shape_of(mapping, cursor))  # type: ignore[attr-defined]
        return mapping

    return declare


class Rest(WithOAuth):
    """A connection to one REST API, source or destination or both."""

    base_url: ClassVar[str]
    """Address below which every path lies; `{self.url}` and the like are filled in."""
    limit: ClassVar[Limit | None] = None
    """The vendor's limit; None where none is known."""
    again: ClassVar[Collection[int]] = AGAIN
    """Statuses that mean: later, please."""
    pages: ClassVar[Pages] = SinglePage()
    """How lists are paged unless a stream says otherwise."""
    most_pages: ClassVar[int] = 100_000
    """More than this is taken for a pager without end."""

    def credential(self) -> Credential | None:
        """What proves who asks; None where nobody needs to know. Asked for every attempt."""
        return self.session.credential() if self.session else None

    def meaning_of(self, refusal: Response) -> HubError | None:  # noqa: ARG002 - who overrides it looks
        """What a refusal means to this vendor; None: what its status says.

        Unauthorized and Misconfigured name the permission or the setting and where it is changed;
        Unavailable means: later, please, and the request is sent again first.
        """
        return None

    def rows_of(self, response: Response, declared: Declared) -> Sequence[Any]:
        """The rows of an answer, for vendors who leave an empty list out; raises Broken."""
        return rows(response, declared.items, declared.shape)

    def limit_key(self) -> str:
        """What the vendor counts its limit by."""
        return self.address

    @property
    def address(self) -> str:
        """The base address, filled in."""
        return self.base_url.format(self=self).rstrip("/")

    @cached_property
    def client(self) -> Client:
        """The guarded client of this connection."""
        return Client(
            self.address,
            credential=self.credential,
            network=self._network,
            limiter=limiter(self.kind, self.limit_key(), self.limit, self._clock)
            if self.limit
            else None,
            clock=self._clock,
            again=self.again,
            meaning=self.meaning_of,
            prepare=self.session.prepare if self.session else lambda: None,
            renew=self.session.renew if self.session else lambda _: False,
        )

    def values(self, path: str, known: Collection[str] = ()) -> dict[str, str]:
        """What the `{names}` of a path stand for that are not known: fields of this connection."""
        names = {name for _, name, _, _ in string.Formatter().parse(path) if name}
        return {name: str(getattr(self, name)) for name in names.difference(known)}

    def walk(
        self, declared: Declared, window: Window | None = None, **values: str
    ) -> Iterator[RawPage]:
        """The pages of a list as they come; no window: unbounded. `values` fill the path too.

        Raises Broken when the pages do not hang together.
        """
        pages = declared.pages or self.pages
        if self._network.witness:
            # Who looks on is shown whole rows.
            declared = replace(declared, shape=None)
        values = {**self.values(declared.path, known=values), **values}
        bounds = declared.cursor.bounds(window) if declared.cursor and window else {}
        thread = PageTracker(pages, f"{self.kind} {declared.path}", self.most_pages)
        step: Step | None = pages.first()
        while step is not None:
            response = self._ask(declared, values, bounds, step)
            items = self.rows_of(response, declared)
            vanished = thread.follow(step, items, pages.total(response))
            step = pages.back(step, vanished) if vanished else pages.after(step, response, items)
            if self._network.witness:
                items, more = self._network.witness(declared.path, values, items)
                step = step if more else None
            yield RawPage(items, last=step is None, whole=step is None and thread.is_whole())

    def _ask(
        self,
        declared: Declared,
        values: Mapping[str, str],
        bounds: Mapping[str, str],
        step: Step,
    ) -> Response:
        asked = {} if step.link else {**declared.params, **bounds, **step.params}
        if declared.body is None or step.link:
            params = {name: str(value) for name, value in asked.items()}
            return self.client.request(
                "GET", declared.path, values=values, params=params, link=step.link
            )
        body = copy.deepcopy(dict(declared.body))
        for path, value in asked.items():
            lay(body, path, value)
        # A search changes nothing, however often it is sent.
        return self.client.request("POST", declared.path, values=values, json=body, idempotent=True)


class RestSource(Rest, Source):
    """A source whose streams are lists behind paths. For anything else override `read`."""

    @classmethod
    def declared(cls) -> dict[str, Declared]:
        """Every stream's transport by its name, in the order of the class."""
        found: dict[str, Declared] = {}
        for parent in reversed(cls.__mro__):
            for name, method in vars(parent).items():
                if isinstance(declared := getattr(method, "declared", None), Declared):
                    found[name] = declared
        return found

    def streams(self) -> Sequence[Stream]:
        """Every declared stream."""
        return [
            Stream(
                name=name,
                nouns=_nouns(getattr(type(self), name)),
                cursor=declared.cursor is not None,
                ordered=declared.ordered,
                overlap=declared.cursor.overlap if declared.cursor else timedelta(),
                every=declared.every,
                keeps=declared.keeps,
            )
            for name, declared in self.declared().items()
        ]

    def read(
        self,
        stream: str,
        window: Window,
        state: str | None = None,  # noqa: ARG002 - for sources that override this
    ) -> Iterator[Page]:
        """Read one stream, small pages together; raises Unauthorized, Unavailable or Broken."""
        declared = self.declared().get(stream)
        if declared is None:
            raise Misconfigured(f"{self.kind} has no stream {stream}")
        reading = Reading(self, stream, window)
        pages = (reading.page(listed) for listed in self.walk(declared, window))
        yield from gathered(pages, self._clock)


class Reading:
    """One reading of one stream: maps its pages to records."""

    def __init__(self, source: RestSource, name: str, window: Window) -> None:
        """Begin."""
        self._map: Callable[[Any], Iterable[Record]] = getattr(source, name)
        self._declared = source.declared()[name]
        self._window = window
        self._all_loaded = True
        self._shown = 0
        self._highest = window.since
        self._ascending = self._declared.ordered

    def page(self, listed: RawPage, state: str | None = None) -> Page:
        """Map the rows of one page; rows that cannot be mapped become rejects."""
        records: list[Record] = []
        rejects: list[Reject] = []
        items = enumerate(listed.items, self._shown)
        inside = [(place, raw) for place, raw in items if self._is_inside(raw)]
        self._shown += len(listed.items)
        for place, raw in inside:
            try:
                # All or nothing: half of a row's records would look like the whole row.
                records += list(self._map(raw))
            except UNMAPPABLE as error:
                rejects.append(reject(self._declared.path, place, raw, error, self._map_wholly))
        self._all_loaded = self._all_loaded and not rejects
        outside = len(listed.items) - len(inside)
        return Page(
            records=records,
            rejects=rejects,
            cursor=self._advance([raw for _, raw in inside]),
            whole=listed.whole and self._declared.cursor is None and self._all_loaded,
            state=state,
            notes={"outside the window": outside} if outside else {},
        )

    def _map_wholly(self, raw: Any) -> list[Record]:
        return list(self._map(raw))

    def _is_inside(self, raw: Any) -> bool:
        cursor = self._declared.cursor
        return cursor is None or not isinstance(raw, Mapping) or cursor.holds(raw, self._window)

    def _advance(self, items: Sequence[Any]) -> datetime | None:
        cursor = self._declared.cursor
        if cursor is None or not self._ascending:
            return None
        for raw in items:
            at = cursor.at(raw) if isinstance(raw, Mapping) else None
            if at is None or (self._highest is not None and at < self._highest):
                # A list that is not sorted after all would let the checkpoint jump over rows.
                self._ascending = False
                return None
            self._highest = at
        return self._highest


def _nouns(mapping: Mapper) -> tuple[str, ...]:
    returned = typing.get_type_hints(mapping).get("return")
    (yielded,) = typing.get_args(returned) or (Record,)
    kinds = typing.get_args(yielded) or (yielded,)
    return tuple(kind.__name__ for kind in kinds)
