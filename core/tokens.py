"""Tokens that let a connection in, and who keeps them; connectors never see the store."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True)
class Token:
    """What lets a connection in until it must be renewed. Never printed."""

    access: str = field(repr=False)
    refresh: str = field(default="", repr=False)
    """What it is renewed with; empty where it is renewed without one, or not at all."""
    renew_at: datetime | None = None
    """From then on it is renewed before it is used; None: not before it is refused."""
    ends_at: datetime | None = None
    """When a person must sign in again; None: not known."""


class TokenKeeper(Protocol):
    """Keeps the token of one connection, for every process that uses it."""

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
    """Where the page sends the browser afterwards, with a code."""
    state: str = field(repr=False)
    """What the answer must repeat."""
    verifier: str = field(repr=False)
    """Proves that who brings the code also began (PKCE, RFC 7636)."""
