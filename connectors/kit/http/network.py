"""The wire: connects to checked addresses only, and never beyond a request's deadline."""

import socket
import ssl
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from functools import lru_cache
from typing import Any

import httpcore
import httpx

from connectors.kit.clock import Clock
from connectors.kit.http.addresses import is_allowed, is_public
from core.contract import Network
from core.errors import Misconfigured

DEADLINE: ContextVar[float] = ContextVar("deadline")
"""Monotonic instant at which the request that is under way ends."""

Resolve = Callable[[str, int], list[str]]
"""Host and port to addresses; raises OSError."""


def resolve(host: str, port: int) -> list[str]:
    """Ask the system's resolver."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class GuardedBackend(httpcore.NetworkBackend):
    """Resolves once, checks every address, and connects to what it has checked."""

    def __init__(self, network: Network, clock: Clock, resolve: Resolve = resolve) -> None:
        """Take what may be reached; `resolve` is replaced in tests."""
        self._network = network
        self._clock = clock
        self._resolve = resolve
        self._wire = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first address that answers; raises Misconfigured for a private one."""
        try:
            addresses = self._resolve(host, port)
        except OSError:
            raise httpcore.ConnectError(f"{host} is not known") from None
        if not is_allowed(self._network, host, port) and not all(map(is_public, addresses)):
            raise Misconfigured(
                f"{host} is an address of a private network; "
                f'if that is meant, write allow_local = ["{host}"] under [hub]'
            )
        for address in addresses:
            try:
                stream = self._wire.connect_tcp(
                    address, port, left(self._clock, timeout), local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if address == addresses[-1]:
                    raise
            else:
                return TimedStream(stream, self._clock)
        raise httpcore.ConnectError(f"{host} has no address")

    def sleep(self, seconds: float) -> None:
        """Wait; asked for by the pool's own retries, which are off."""
        self._clock.sleep(seconds)


class TimedStream(httpcore.NetworkStream):
    """A connection whose reads and writes all end at the request's one deadline."""

    def __init__(self, stream: httpcore.NetworkStream, clock: Clock) -> None:
        """Wrap an open connection."""
        self._stream = stream
        self._clock = clock

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read what is there."""
        return self._stream.read(max_bytes, left(self._clock, timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write everything."""
        self._stream.write(buffer, left(self._clock, timeout))

    def close(self) -> None:
        """Hang up."""
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        """Go on encrypted, under the same deadline."""
        secured = self._stream.start_tls(ssl_context, server_hostname, left(self._clock, timeout))
        return TimedStream(secured, self._clock)

    def get_extra_info(self, info: str) -> Any:
        """Ask the connection about itself."""
        return self._stream.get_extra_info(info)


def left(clock: Clock, timeout: float | None) -> float | None:
    """Seconds that one step may take; raises httpcore's timeout when none are left."""
    deadline = DEADLINE.get(None)
    if deadline is None:
        return timeout
    seconds = deadline - clock.monotonic()
    if seconds <= 0:
        raise httpcore.ReadTimeout("the request's time is over")
    return seconds if timeout is None else min(seconds, timeout)


@lru_cache(maxsize=1)
def _certificates() -> ssl.SSLContext:
    # Reading the certificate bundle takes longer than a request does.
    return httpx.create_ssl_context()


class GuardedTransport(httpx.HTTPTransport):
    """httpx's transport over the guarded backend."""

    def __init__(self, backend: GuardedBackend) -> None:
        """Build the pool anew, because httpx has no public way to hand it a backend."""
        super().__init__(verify=_certificates(), trust_env=False)
        self._pool = httpcore.ConnectionPool(
            ssl_context=_certificates(), keepalive_expiry=30, network_backend=backend
        )
