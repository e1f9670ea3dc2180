"""A server made from a source's own declaration.

What it cannot tell: it shares the mistakes of the declaration. Hence vendors' descriptions.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import httpx

from connectors.kit.lists.pages import Pages, lay
from connectors.kit.rest import RestSource
from connectors.kit.streams import Declared
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
        self._source = source

    def _serve(self, request: httpx.Request) -> httpx.Response:
        path = self.path(request)
        for declared in self._source.lists():
            if re.fullmatch(re.sub(r"\{[^}]*\}", "[^/]+", declared.path), path):
                return self._page(request, declared, self.samples.get(path, ()))
        return httpx.Response(404, json={"code": "not_found", "message": "no such list"})

    def _page(
        self, request: httpx.Request, declared: Declared, items: Sequence[Any]
    ) -> httpx.Response:
        pages: Pages = declared.pages or self._source.pages
        address = str(request.url.copy_with(query=None))
        page = pages.fake(items, parameters(request), address)
        body: Any = list(page.items)
        if declared.items:
            body = {}
            lay(body, declared.items, list(page.items))
        for path, value in page.around.items():
            lay(body, path, value)
        return httpx.Response(
            200,
            headers={"Content-Type": "application/json", **page.headers},
            content=json.dumps(body).encode(),
        )


def parameters(request: httpx.Request) -> dict[str, str]:
    """What a request asks for: in its query, and in its body by dotted paths."""
    body = json.loads(request.content) if request.content else {}
    return {**request.url.params, **dict(_spread(body, ""))}


def _spread(body: Mapping[str, Any], path: str) -> Iterator[tuple[str, str]]:
    for name, value in body.items():
        if isinstance(value, Mapping):
            yield from _spread(value, f"{path}{name}.")
        else:
            yield f"{path}{name}", str(value)
