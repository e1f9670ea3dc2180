"""Access tokens, and where connectors keep them without seeing the store."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


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


class TokenKeeper(Protocol):
    """The token of one connection, shared by every process that uses it."""

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
