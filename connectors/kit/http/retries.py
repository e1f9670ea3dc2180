"""How long to wait before asking again, and when to stop asking."""

import random
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TypeVar

import httpx
import tenacity

from connectors.kit.clock import Clock, announce_wait
from core.errors import Unavailable

LONGEST_WAIT = 60.0
"""Seconds; a longer wait is left to the next run."""
A_WEEK = 7 * 24 * 60 * 60.0
"""Seconds; nobody means a longer wait than this."""
ATTEMPTS = 5
"""Of one request, waits that the other side asked for not counted."""
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0

T = TypeVar("T")


class TryAgain(Exception):
    """The request may succeed later; perhaps the other side said when."""

    def __init__(
        self, what: str, seconds: float | None = None, *, is_untouched: bool = False
    ) -> None:
        """Take what happened, the wait asked for, and whether the request certainly did nothing."""
        self.what = what
        self.seconds = seconds
        self.is_untouched = is_untouched
        super().__init__(what)


def parse_retry_after(values: Iterable[str], clock: Clock) -> float | None:
    """Seconds that `Retry-After` asks for: the longest of what can be read, else None."""
    waits = [wait for value in values if (wait := _seconds(value.strip(), clock)) is not None]
    return min(A_WEEK, max(waits)) if waits else None


def wait_asked_for(headers: httpx.Headers, error: Unavailable, clock: Clock) -> float | None:
    """Seconds until the later of what `Retry-After` and the error's `not_before` ask for."""
    asked = parse_retry_after(headers.get_list("retry-after"), clock)
    if error.not_before is None:
        return asked
    return max(asked or 0.0, min(A_WEEK, seconds_until(error.not_before, clock)))


def _seconds(value: str, clock: Clock) -> float | None:
    if value.isascii() and value.replace(".", "", 1).isdigit():
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError, OverflowError):
        return None
    return seconds_until(moment if moment.tzinfo else moment.replace(tzinfo=UTC), clock)


def seconds_until(moment: datetime, clock: Clock) -> float:
    """Seconds until an instant; 0 where it has passed."""
    return max(0.0, (moment - clock.now()).total_seconds())


def pause(attempt: int) -> float:
    """Seconds before the next attempt: doubling, with jitter so that clients spread."""
    longest = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2**attempt)
    return random.uniform(longest / 2, longest)  # noqa: S311 - spreads load, guards nothing


def instant(clock: Clock, seconds: float) -> datetime:
    """The instant after so many seconds."""
    return clock.now() + timedelta(seconds=seconds)


class Budget:
    """Retries that one client may spend: a few at once, then one for five good answers.

    An outage would otherwise multiply the load on what is already down.
    """

    def __init__(self, most: float = 10.0, share: float = 0.2) -> None:
        """Start full."""
        self._most = self._left = most
        self._share = share

    def earn(self) -> None:
        """Count a good answer."""
        self._left = min(self._most, self._left + self._share)

    def spend(self) -> bool:
        """Take one retry, if there is one."""
        if self._left < 1:
            return False
        self._left -= 1
        return True


class Patience:
    """The one layer of retries: sends again what may be repeated, within a budget."""

    def __init__(self, clock: Clock) -> None:
        """Start with a full budget."""
        self._clock = clock
        self.budget = Budget()

    def run(self, once: Callable[[], T], *, harmless: bool) -> T:
        """Call until it succeeds; `harmless` to repeat even if it did something.

        Raises Unavailable when the attempts or the budget are spent, or the wait is too long.
        """

        def repeatable(error: BaseException) -> bool:
            return isinstance(error, TryAgain) and (harmless or error.is_untouched)

        def stop(state: tenacity.RetryCallState) -> bool:
            seconds = _error(state).seconds
            if seconds:
                return state.idle_for + seconds > LONGEST_WAIT
            return state.attempt_number >= ATTEMPTS or not self.budget.spend()

        def wait(state: tenacity.RetryCallState) -> float:
            return max(pause(state.attempt_number), _error(state).seconds or 0.0)

        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception(repeatable),
            stop=stop,
            wait=wait,
            sleep=self._clock.sleep,
            before_sleep=lambda state: announce_wait(state.upcoming_sleep, _error(state).what),
            reraise=True,
        )
        try:
            return retrying(once)
        except TryAgain as error:
            raise self._unavailable(error) from None

    def _unavailable(self, error: TryAgain) -> Unavailable:
        if not error.seconds:
            return Unavailable(f"{error.what}; the next run tries again")
        moment = instant(self._clock, error.seconds)
        return Unavailable(
            f"{error.what} and asks to wait until {moment:%Y-%m-%d %H:%M:%S} UTC",
            not_before=moment,
        )


def _error(state: tenacity.RetryCallState) -> TryAgain:
    error = state.outcome.exception() if state.outcome else None
    return error if isinstance(error, TryAgain) else TryAgain("")


def reason(error: httpx.HTTPError) -> str:
    """Describe an error of the connection in words of our own."""
    # The library's own words may quote what the other side sent.
    if isinstance(error, httpx.TimeoutException):
        return "took longer than it may"
    if isinstance(error, httpx.ConnectError):
        return "cannot be reached"
    return "broke the connection off"
