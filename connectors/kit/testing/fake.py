"""A server made from a source's own declaration, and a clock that waits in no time.

What it cannot tell: it shares the mistakes of the declaration. Hence vendors' descriptions.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from connectors.kit.clock import Clock
from connectors.kit.pages import Pages, lay
from connectors.kit.rest import Declared, RestSource

Samples = Mapping[str, Sequence[Any]]
"""Raws by the path of their list below the base address."""


class FakeClock(Clock):
    """Stands still until somebody waits."""

    def __init__(self) -> None:
        """Begin in 2026."""
        self._seconds = 1_000_000.0
        self.slept: list[float] = []

    def now(self) -> datetime:
        """The instant that the waiting has led to."""
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=self._seconds - 1_000_000.0)

    def monotonic(self) -> float:
        """The same in seconds."""
        return self._seconds

    def sleep(self, seconds: float) -> None:
        """Wait, in no time."""
        self.slept.append(seconds)
        self._seconds += seconds


class FakeApi:
    """Serves samples by the paths and pagers that a source declares.

    It ignores every filter, as vendors do in silence: narrowing is left to the source's own eyes.
    """

    def __init__(self, source: RestSource, samples: Samples, clock: FakeClock) -> None:
        """Take what to serve."""
        self.samples = samples
        self.requests: list[httpx.Request] = []
        self.responses: list[httpx.Response] = []
        self.moments: list[float] = []
        self.faults: list[httpx.Response] = []
        """Answered first, one by one."""
        self.outage: httpx.Response | None = None
        """Answered always."""
        self._source = source
        self._address = httpx.URL(source.address)
        self._clock = clock

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        self.requests.append(request)
        self.moments.append(self._clock.monotonic())
        if self.outage is not None:
            return self.outage
        response = self.faults.pop(0) if self.faults else self._serve(request)
        self.responses.append(response)
        return response

    def _serve(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix(self._address.path.rstrip("/"))
        for declared in self._source.declared().values():
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
