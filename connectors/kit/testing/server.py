"""What every fake server does: it keeps what it is asked, and fails when it is told to."""

import abc
from typing import ClassVar

import httpx

from connectors.kit.rest import Rest
from connectors.kit.testing.clock import FakeClock
from connectors.kit.testing.tokens import FakeTokens

READING = frozenset({"GET", "HEAD"})
"""Methods that write nothing."""


class FakeServer(abc.ABC):
    """Stands in the place of the network; called with a request, it answers."""

    spared: ClassVar[frozenset[str]] = frozenset()
    """Methods that meet no fault and no outage."""

    def __init__(self, connection: Rest, clock: FakeClock) -> None:
        """Take whose server it is."""
        self.address = httpx.URL(connection.address)
        self.requests: list[httpx.Request] = []
        self.responses: list[httpx.Response] = []
        self.moments: list[float] = []
        self.faults: list[httpx.Response] = []
        """Answered first, one by one."""
        self.outage: httpx.Response | None = None
        """Answered always."""
        self.tokens = FakeTokens(connection)
        self._clock = clock

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        if (token := self.tokens.answer(request)) is not None:
            return token
        self.requests.append(request)
        self.moments.append(self.now())
        fault = self._fault(request)
        response = self._serve(request) if fault is None else fault
        self.responses.append(response)
        return response

    @property
    def origin(self) -> tuple[str, str, int | None]:
        """Scheme, host and port that a credential may go to."""
        return origin(self.address)

    def now(self) -> float:
        """The seconds that the waiting has led to."""
        return self._clock.monotonic()

    def path(self, request: httpx.Request) -> str:
        """The path below the base address."""
        return request.url.path.removeprefix(self.address.path.rstrip("/"))

    def _fault(self, request: httpx.Request) -> httpx.Response | None:
        if request.method in self.spared:
            return None
        if self.outage is not None:
            return self.outage
        return self.faults.pop(0) if self.faults else None

    @abc.abstractmethod
    def _serve(self, request: httpx.Request) -> httpx.Response:
        """Answer as the vendor would where nothing goes wrong."""


def origin(url: httpx.URL) -> tuple[str, str, int | None]:
    """Scheme, host and port of an address."""
    return url.scheme, url.host, url.port
