"""Limits of a vendor: shared by everything in this process that uses the same account."""

import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from weakref import WeakValueDictionary

from connectors.kit.clock import Clock, announce_wait
from connectors.kit.http.body import Response
from connectors.kit.http.retries import A_WEEK, LONGEST_WAIT, instant
from core.errors import Unavailable

LONGEST_WINDOW = 15 * 60.0
"""Seconds of a limit that one process waits for; those of a longer one are counted in the store."""
_EPOCH = 1e9
"""A number of seconds from here on is an instant since 1970, and no wait."""


@dataclass(frozen=True)
class Limit:
    """So many requests in so many seconds, and so many at once."""

    requests: int
    seconds: float = 1.0
    at_once: int = 4
    of: str = ""
    """Beginning of the path templates that it holds for; absent: all."""

    @property
    def is_quota(self) -> bool:
        """Whether its time is too long to wait for: requests are counted in the store."""
        return self.seconds > LONGEST_WINDOW

    @property
    def paced(self) -> "Limit":
        """The limit cut into minutes, so that nobody has to wait longer at its end."""
        if self.seconds <= LONGEST_WAIT:
            return self
        share = max(1, int(self.requests * LONGEST_WAIT / self.seconds))
        return replace(self, requests=share, seconds=self.seconds * share / self.requests)


@dataclass(frozen=True)
class RateHeaders:
    """Headers by which answers tell what is left of a limit, and perhaps when it is full again."""

    left: str
    """Requests that are left."""
    reset: str = ""
    """Seconds until it is full again, or the instant in seconds since 1970."""
    refills: float = 1.0
    """Seconds until something is left again, where no answer says so."""

    def wait(self, answer: Response, clock: Clock) -> float:
        """Return the seconds to wait before the next request; 0 while something is left."""
        left, reset = answer.headers.get(self.left, ""), answer.headers.get(self.reset, "")
        if not _is_number(left) or float(left) > 0:
            return 0.0
        seconds = float(reset) if _is_number(reset) else self.refills
        return max(0.0, seconds - clock.now().timestamp() if seconds > _EPOCH else seconds)


@dataclass(frozen=True)
class RateCosts:
    """Parts of an answer's body that tell what a request cost, and what is left to spend."""

    cost: str
    """Path of the points that a request like this one needs."""
    left: str
    restored: str
    """Path of the points that come back in a second."""

    def wait(self, answer: Response, clock: Clock) -> float:  # noqa: ARG002 - as of headers
        """Return the seconds until another request like this one can be paid."""
        told = [answer.find(path) for path in (self.cost, self.left, self.restored)]
        if not all(isinstance(each, int | Decimal) for each in told) or told[2] <= 0:
            return 0.0
        cost, left, restored = map(float, told)
        return max(0.0, (cost - left) / restored)


class Limiter:
    """Lets requests through as fast as the limits allow and no faster."""

    def __init__(self, *limits: Limit) -> None:
        """Start with nothing used."""
        self._windows = [_Window(limit.paced) for limit in limits if not limit.is_quota]
        self._not_before = 0.0
        self._lock = threading.Lock()

    @contextmanager
    def turn(self, clock: Clock, path: str = "", where: str = "") -> Iterator[None]:
        """Wait for a place and a moment; the place is held for as long as the block runs.

        `where` is the request as messages name it. Raises Unavailable where the moment is too far.
        """
        windows = [each for each in self._windows if path.startswith(each.limit.of)]
        with ExitStack() as places:
            for window in windows:
                places.enter_context(window.places)
            while (wait := self._claim(windows, clock.monotonic())) > 0:
                if wait > LONGEST_WAIT:
                    moment = instant(clock, min(wait, A_WEEK))
                    raise Unavailable(
                        f"{where} has reached a limit of requests until "
                        f"{moment:%Y-%m-%d %H:%M:%S} UTC",
                        not_before=moment,
                    )
                announce_wait(wait, f"{where} has reached a limit of requests")
                clock.sleep(wait)
            yield

    def hold(self, seconds: float | None, clock: Clock) -> None:
        """Let nobody through for so many seconds: the account was told to wait."""
        with self._lock:
            self._not_before = max(self._not_before, clock.monotonic() + (seconds or 0.0))

    def _claim(self, windows: Sequence["_Window"], now: float) -> float:
        with self._lock:
            free = max((each.free for each in windows), default=self._not_before)
            free = max(free, self._not_before)
            if free <= now:
                for each in windows:
                    each.begun.append(now)
            return free - now


class _Window:
    """Requests begun under one limit."""

    def __init__(self, limit: Limit) -> None:
        self.limit = limit
        self.begun: deque[float] = deque(maxlen=limit.requests)
        self.places = threading.BoundedSemaphore(limit.at_once)

    @property
    def free(self) -> float:
        """Monotonic instant from which one more request may begin."""
        full = len(self.begun) == self.limit.requests
        return self.begun[0] + self.limit.seconds if full else 0.0


_limiters: WeakValueDictionary[tuple[str, str, Clock | None], Limiter] = WeakValueDictionary()
_lock = threading.Lock()


def limiter(provider: str, account: str, limits: Sequence[Limit], clock: Clock) -> Limiter:
    """The one limiter of this provider's account; the first caller's limits stand."""
    # Real clocks all tell the same time; the instants of a made-up one mean nothing to others.
    key = (provider, account, None if type(clock) is Clock else clock)
    with _lock:
        found = _limiters.get(key)
        if found is None:
            found = _limiters[key] = Limiter(*limits)
        return found


def _is_number(text: str) -> bool:
    return text.isascii() and text.replace(".", "", 1).isdigit()
