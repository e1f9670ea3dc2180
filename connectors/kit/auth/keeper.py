"""Tokens and quotas of a connection that no hub keeps."""

import threading
from collections.abc import Callable
from datetime import datetime

from connectors.kit.clock import Clock
from core.tokens import Quota, Token


class MemoryKeeper:
    """Keeps tokens and quotas for as long as this process runs, where no hub keeps them."""

    def __init__(self, connection: str, clock: Clock | None = None) -> None:
        """Begin without a token, and with nothing spent."""
        self.connection = connection
        self._clock = clock or Clock()
        self._spent: dict[Quota, dict[int, int]] = {}
        self._token: Token | None = None
        self._lock = threading.Lock()

    def current(self) -> Token | None:
        """The token."""
        return self._token

    def store(self, token: Token) -> None:
        """Replace it."""
        self._token = token

    def renew(self, spent: Token | None, ask: Callable[[Token | None], Token]) -> Token:
        """The token that follows `spent`."""
        with self._lock:
            if self._token is None or self._token == spent:
                self._token = ask(spent)
            return self._token

    def spend(self, quota: Quota) -> datetime | None:
        """Count a request that is about to be sent; return the instant to wait for, if any."""
        with self._lock:
            counted = quota.count(self._spent.get(quota, {}), self._clock.now())
            if isinstance(counted, datetime):
                return counted
            self._spent[quota] = counted
            return None
