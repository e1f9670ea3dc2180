"""Access tokens and quotas, and where connectors keep them without seeing the store."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

PARTS = 24
"""Of a quota's time."""


@dataclass(frozen=True)
class Token:
    """An access token, and how long it is good. Never printed."""

    access: str = field(repr=False)
    refresh: str = field(default="", repr=False)
    """The refresh token; empty where the vendor gives none."""
    renew_at: datetime | None = None
    """From this instant on it is renewed before use; None: only once it is refused."""
    ends_at: datetime | None = None
    """The instant after which a person must sign in again; None: unknown."""


@dataclass(frozen=True)
class Quota:
    """So many requests of one account in so many seconds, which outlast a process.

    Requests are counted by parts of that time. A part is given back once the time has passed since
    its end, so that the vendor never counts more than we do.
    """

    account: str = field(repr=False)
    requests: int
    seconds: float

    def count(self, spent: Mapping[int, int], now: datetime) -> dict[int, int] | datetime:
        """Return the requests by part with one more, or the instant from which it may be sent."""
        step = self.seconds / PARTS
        present = int(now.timestamp() // step)
        counted = {part: number for part, number in spent.items() if part >= present - PARTS}
        if sum(counted.values()) >= self.requests:
            return datetime.fromtimestamp((min(counted) + PARTS + 1) * step, UTC)
        return {**counted, present: counted.get(present, 0) + 1}


class TokenKeeper(Protocol):
    """The token and the quotas of one connection, shared by every process that uses it."""

    connection: str
    """The connection's name, for messages."""

    def current(self) -> Token | None:
        """The token as it was stored last."""

    def store(self, token: Token) -> None:
        """Replace whatever was stored."""

    def renew(self, spent: Token | None, ask: Callable[[Token | None], Token]) -> Token:
        """The token that follows `spent`: another process's, or what `ask` answers.

        One process asks at a time, and the answer is stored before it is given back. `ask` raises
        Unauthorized where the other side refuses `spent`.
        """

    def spend(self, quota: Quota) -> datetime | None:
        """Count a request that is about to be sent; return the instant to wait for, if any."""


@dataclass(frozen=True)
class SignIn:
    """A sign-in at the vendor's own page, begun and not yet answered."""

    address: str = field(repr=False)
    """The page that a person opens."""
    redirect: str
    """The address to which the page sends the browser afterwards, with a code."""
    state: str = field(repr=False)
    """A random text that the answer must repeat."""
    verifier: str = field(repr=False)
    """Proof that the code is used by the program that began (PKCE, RFC 7636)."""
