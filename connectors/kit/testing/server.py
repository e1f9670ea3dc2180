"""The common part of fake servers: they record requests, and fail when told to."""

import abc
import itertools
from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple
from urllib.parse import parse_qs

import httpx

from connectors.kit.auth.keeper import MemoryKeeper
from connectors.kit.rest import Rest
from connectors.kit.testing.clock import FakeClock
from core.tokens import Quota, Token

READING = frozenset({"GET", "HEAD"})
"""Methods that write nothing."""


class UnlimitedKeeper(MemoryKeeper):
    """Keeps a token and counts no request: a suite asks more than some may in a day."""

    def spend(self, quota: Quota) -> None:
        """Let every request through."""


class FakeTokens:
    """The token endpoint of a connector that declares OAuth; each refresh token is good once.

    It meets no fault: faults are about the API.
    """

    def __init__(self, connection: Rest, clock: FakeClock) -> None:
        """Give the connector its first token, as `segmenthub connect` would."""
        self.forms: list[dict[str, str]] = []
        """Requests for a token."""
        self._oauth = connection.oauth
        self._url = (
            httpx.URL(self._oauth.token_url.format(self=connection)) if self._oauth else None
        )
        self._refresh = "the first refresh token"
        self._numbers = itertools.count(1)
        keeper = UnlimitedKeeper(connection.kind, clock)
        if self._oauth:
            keeper.store(Token("the first access token", self._refresh))
        connection.with_tokens(keeper)

    @property
    def are_renewed(self) -> bool:
        """Whether a token that is refused is replaced, and the request sent once more."""
        return self._oauth is not None and self._oauth.grant != "authorization_code"

    def answer(self, request: httpx.Request) -> httpx.Response | None:
        """The answer to a request for a token; None where it is for something else."""
        if request.method != "POST" or request.url != self._url:
            return None
        form = {name: each[0] for name, each in parse_qs(request.content.decode()).items()}
        self.forms.append(form)
        if form.get("refresh_token", self._refresh) != self._refresh:
            return httpx.Response(400, json={"error": "invalid_grant"})
        number = next(self._numbers)
        token = {"access_token": f"access token {number}", "expires_in": 3600}
        if "refresh_token" in form:
            self._refresh = f"refresh token {number}"
            token["refresh_token"] = self._refresh
        return httpx.Response(200, json=token)


@dataclass(frozen=True)
class Person:
    """Somebody in the system."""

    key: str
    address: str


@dataclass
class FakeJob:
    """A job that a fake system took."""

    unknown: list[str] = field(default_factory=list)
    """Keys of people who are not there."""
    refused: list[Person] = field(default_factory=list)
    """People to whom nothing may be written."""
    runs: bool = False
    """Whether it still runs."""


class Written(NamedTuple):
    """A request that writes: its path below the base address, and its body."""

    method: str
    path: str
    body: Any = None


class FakeServer(abc.ABC):
    """Stands in the place of the network; called with a request, it answers."""

    spared: frozenset[str] = frozenset()
    """Methods that meet no fault and no outage."""
    spared_paths: ClassVar[frozenset[str]] = frozenset()
    """Paths that meet none either: where tokens come from."""

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
        self.headers: dict[str, str] = {}
        """Sent with every answer."""
        self.tokens = FakeTokens(connection, clock)
        self._clock = clock

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        if (token := self.tokens.answer(request)) is not None:
            return token
        self.requests.append(request)
        self.moments.append(self.now())
        fault = self._fault(request)
        response = self._serve(request) if fault is None else fault
        response.headers.update(self.headers)
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
        if request.method in self.spared or self.path(request) in self.spared_paths:
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
