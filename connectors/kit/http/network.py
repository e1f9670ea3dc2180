"""The wire: connects to checked addresses only, and never beyond a request's deadline."""

import socket
import ssl
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path
from typing import Any

import httpcore
import httpx

from connectors.kit.clock import Clock
from connectors.kit.http.addresses import is_allowed, is_public
from core.contract import Network
from core.errors import Misconfigured, Mistake

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
        """Go on encrypted, under the same deadline; raises Misconfigured for a certificate."""
        try:
            secured = self._stream.start_tls(
                ssl_context, server_hostname, left(self._clock, timeout)
            )
        except httpcore.ConnectError as error:
            if isinstance(error.__cause__, ssl.SSLCertVerificationError):
                raise Misconfigured(
                    f"the certificate of {server_hostname} is not trusted: "
                    f"{error.__cause__.verify_message}; have it mended there, or trust it: name a "
                    "file of certificates (PEM) as ca_file of the connection, or in the "
                    "environment as SSL_CERT_FILE"
                ) from None
            raise
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


# Reading the certificate bundle takes longer than a request does.
@lru_cache(maxsize=16)
def _certificates(ca_file: Path | None) -> ssl.SSLContext:
    """Trusted certificates: those of `SSL_CERT_FILE` or the usual ones, and a file's own."""
    context = httpx.create_ssl_context()
    if ca_file is not None:
        try:
            context.load_verify_locations(ca_file)
        except OSError as error:  # also ssl.SSLError: no certificate in it
            reason = error.strerror if isinstance(error, FileNotFoundError) else "is it PEM?"
            raise Misconfigured(
                [Mistake("ca_file", f"no certificates can be read from {ca_file}: {reason}")]
            ) from None
    return context


class GuardedTransport(httpx.HTTPTransport):
    """httpx's transport over the guarded backend."""

    def __init__(self, network: Network, clock: Clock, resolve: Resolve) -> None:
        """Build the pool anew, because httpx has no public way to hand it a backend."""
        certificates = _certificates(network.ca_file)
        super().__init__(verify=certificates, trust_env=False)
        self._pool = httpcore.ConnectionPool(
            ssl_context=certificates,
            keepalive_expiry=30,
            network_backend=GuardedBackend(network, clock, resolve),
        )
