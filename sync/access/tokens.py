"""Tokens in the store for every connector, and what a person must do about them."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from core.config import Config
from core.hub_key import HubKey
from core.store.database import Database, Transaction
from core.store.secrets.tokens import StoredToken, token_states
from core.tokens import Quota, Token

SOON = timedelta(days=14)
"""How long before its end a sign-in is reported."""


class NoStore:
    """The tokens of a connection before there is a store: none, and fetched ones are lost."""

    def __init__(self, connection: str) -> None:
        """Take the connection's name, for messages."""
        self.connection = connection

    def current(self) -> Token | None:
        """No token."""
        return None

    def store(self, token: Token) -> None:
        """Drop the token."""

    def renew(self, spent: Token | None, ask: Callable[[Token | None], Token]) -> Token:
        """The token that `ask` answers."""
        return ask(spent)

    def spend(self, quota: Quota) -> datetime | None:  # noqa: ARG002 - the protocol's
        """Let every request go: `check` sends few."""
        return None


def forget_tokens(config: Config) -> None:
    """Let connectors ask for tokens by the names of their connections, and keep none."""
    for name, each in config.connections.items():
        each.connector.with_tokens(NoStore(name))


def hand_tokens(
    config: Config, database: Database, key: HubKey, now: Callable[[], datetime]
) -> None:
    """Let every connector keep its token in the store."""
    for name, each in config.connections.items():
        each.connector.with_tokens(StoredToken(database, key, name, each.kind, now))


def token_needs(transaction: Transaction, config: Config, now: datetime) -> Iterator[str]:
    """Sentences about configured connections that a person must sign in to again, or soon."""
    for each in token_states(transaction):
        if each.connection not in config.connections:
            continue
        if each.refused:
            yield f"{each.connection}: {each.refused}"
        elif each.ends_at is not None and each.ends_at - SOON <= now:
            ends = "ended" if each.ends_at <= now else "ends"
            local = each.ends_at.astimezone(config.hub.timezone)
            yield (
                f"the sign-in to {each.connection} {ends} on {local:%Y-%m-%d}; "
                f"run: segmenthub connect {each.connection}"
            )
