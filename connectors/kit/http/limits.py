"""Limits of a vendor: shared by everything in this process that uses the same account."""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from weakref import WeakValueDictionary

from connectors.kit.clock import Clock


@dataclass(frozen=True)
class Limit:
    """So many requests in so many seconds, and so many at once."""

    requests: int
    seconds: float = 1.0
    at_once: int = 4

    def duration(self, requests: int) -> float:
        """Least seconds that this many requests take."""
        return max(0, requests - 1) // self.requests * self.seconds


class Limiter:
    """Lets requests through as fast as the limit allows and no faster."""

    def __init__(self, limit: Limit) -> None:
        """Start with nothing used."""
        self._limit = limit
        self._begun: deque[float] = deque(maxlen=limit.requests)
        self._not_before = 0.0
        self._lock = threading.Lock()
        self._places = threading.BoundedSemaphore(limit.at_once)

    @contextmanager
    def turn(self, clock: Clock) -> Iterator[None]:
        """Wait for a place and a moment; the place is held for as long as the block runs."""
        with self._places:
            while (wait := self._claim(clock.monotonic())) > 0:
                clock.sleep(wait)
            yield

    def hold(self, until: float) -> None:
        """Let nobody through before this monotonic instant: the account was told to wait."""
        with self._lock:
            self._not_before = max(self._not_before, until)

    def _claim(self, now: float) -> float:
        with self._lock:
            free = self._not_before
            if len(self._begun) == self._limit.requests:
                free = max(free, self._begun[0] + self._limit.seconds)
            if free <= now:
                self._begun.append(now)
            return free - now


_limiters: WeakValueDictionary[tuple[str, str, Clock | None], Limiter] = WeakValueDictionary()
_lock = threading.Lock()


def limiter(provider: str, account: str, limit: Limit, clock: Clock) -> Limiter:
    """The one limiter of this provider's account; the first caller's limit stands."""
    # Real clocks all tell the same time; the instants of a made-up one mean nothing to others.
    key = (provider, account, None if type(clock) is Clock else clock)
    with _lock:
        found = _limiters.get(key)
        if found is None:
            found = _limiters[key] = Limiter(limit)
        return found
