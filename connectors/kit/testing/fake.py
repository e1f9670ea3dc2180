"""A server made from a source's own declaration.

What it cannot tell: it shares the mistakes of the declaration. Hence vendors' descriptions.
"""

import dataclasses
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

import httpx

from connectors.kit.formats import Json, parse_xml, value_of
from connectors.kit.lists.pages import Pages, lay
from connectors.kit.rest import RestSource
from connectors.kit.streams import Declared, every_list
from connectors.kit.testing.clock import FakeClock
from connectors.kit.testing.samples import Samples
from connectors.kit.testing.server import FakeServer


class FakeApi(FakeServer):
    """Serves samples by the paths and pagers that a source declares.

    It ignores every filter, as vendors do in silence: narrowing is left to the source's own eyes.
    """

    def __init__(self, source: RestSource, samples: Samples, clock: FakeClock) -> None:
        """Take what to serve."""
        super().__init__(source, clock)
        self.samples = samples
        self.broken: dict[str, httpx.Response] = {}
        """Answers at single places, instead of their lists."""
        self.hidden: Any = None
        """A row that is counted and never listed."""
        self._source = source
        self._moving: tuple[Any, Callable[[Any], object]] | None = None

    def after_next_page(self, rows: Any, move: Callable[[Any], object]) -> None:
        """Change a list once its next page was served."""
        self._moving = (rows, move)

    def counts(self, declared: Declared) -> bool:
        """Whether the answers of a list say how many rows there are."""
        pages: Any = declared.pages or self._source.pages
        told = (getattr(pages, name, None) for name in ("total_path", "total_header"))
        return any(told)

    def asked(self) -> set[str]:
        """Names of all parameters that were asked with."""
        return {name for request in self.requests for name in parameters(request)}

    def place(self, request: httpx.Request) -> str:
        """The place of the list that is asked for; the path where it is none."""
        path = self.path(request)
        declared = self._asked_for(request)
        if declared is None:
            return path
        asked = parameters(request)
        own = [f"{name}={asked.get(name)}" for name in declared.parameters(declared.fill)]
        return f"{declared.named or path}{'?' if own else ''}{'&'.join(own)}"

    def _asked_for(self, request: httpx.Request) -> Declared | None:
        """The list of a request; of several behind one path the one that it resembles most."""
        path, asked = self.path(request), parameters(request)
        found = [
            declared
            for declared in every_list(type(self._source))
            if re.fullmatch(re.sub(r"\{[^}]*\}", "[^/]+", declared.path), path)
            and _is_sent(declared, asked)
            and declared.parameters(declared.fill).keys() <= asked.keys()
        ]

        def resemblance(each: Declared) -> tuple[int, int]:
            return len(each.parameters(each.fill)), len(each.params.items() & asked.items())

        return max(found, key=resemblance, default=None)

    def _serve(self, request: httpx.Request) -> httpx.Response:
        place = self.place(request)
        if place in self.broken:
            return self.broken[place]
        declared = self._asked_for(request)
        if declared is None:
            return httpx.Response(404, json={"code": "not_found", "message": "no such list"})
        rows = self.samples.get(place, ())
        page = self._page(request, declared, rows)
        if self._moving is not None and self._moving[0] is rows:
            (_, move), self._moving = self._moving, None
            move(rows)
        return page

    def _page(
        self, request: httpx.Request, declared: Declared, items: Sequence[Any]
    ) -> httpx.Response:
        return page_of(declared, self._source.pages, items, request, hidden=self.hidden)


def page_of(
    declared: Declared,
    pages: Pages,
    items: Sequence[Any],
    request: httpx.Request,
    *,
    hidden: Any = None,
) -> httpx.Response:
    """Return the page of a list that a request asks for; a hidden row is counted and not listed."""
    pages = declared.pages or pages
    address = str(request.url.copy_with(query=None))
    page = pages.fake(items, parameters(request), address)
    if hidden is not None:
        page = dataclasses.replace(page, items=[row for row in page.items if row is not hidden])
    if not isinstance(declared.reads, Json):
        kind = declared.reads.accept.partition(",")[0]
        headers = {"Content-Type": kind, **page.headers}
        return httpx.Response(200, headers=headers, content=declared.reads.fake(page.items))
    body: Any = list(page.items)
    if declared.items:
        body = {}
        lay(body, declared.items, list(page.items))
    marker = declared.marker
    token = {marker.page: "a position"} if marker and marker.page else {}
    for path, value in {**token, **page.around}.items():
        lay(body, path, value)
    return httpx.Response(
        200,
        headers={"Content-Type": "application/json", **page.headers},
        content=json.dumps(body).encode(),
    )


def _is_sent(declared: Declared, asked: Mapping[str, str]) -> bool:
    """Whether a request has the body that a list declares; its parameters may stand beside."""
    if declared.query:
        return asked.get("query") == declared.query
    # Of an envelope the operation alone tells which list it is.
    names = declared.body or {} if declared.named else {}
    return names.keys() <= asked.keys()


def parameters(request: httpx.Request) -> dict[str, str]:
    """Parameters of a request: of its query, and of its body by dotted paths."""
    kind, text = request.headers.get("content-type", ""), request.content
    if "xml" in kind:
        body = value_of(parse_xml(text, "the request"))["Body"]
    elif "form" in kind:
        body = dict(parse_qsl(text.decode()))
    else:
        body = json.loads(text) if text else {}
    return {**request.url.params, **dict(_spread(body, ""))}


def _spread(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if path:
        yield path, str(value)
    places: Any = enumerate(value) if isinstance(value, list) else ()
    for name, each in value.items() if isinstance(value, Mapping) else places:
        yield from _spread(each, f"{path}.{name}" if path else f"{name}")
