"""How long to wait before asking again, and when to stop asking."""

import random
from collections.abc import Iterable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from connectors.kit.clock import Clock

LONGEST_WAIT = 15 * 60.0
"""Seconds; who asks for more gets the next run instead."""
ATTEMPTS = 5
"""Of one request, waits that the other side asked for not counted."""
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0


def parse_retry_after(values: Iterable[str], clock: Clock) -> float | None:
    """Seconds that `Retry-After` asks for: the longest of what can be read, else None."""
    waits = [wait for value in values if (wait := _seconds(value.strip(), clock)) is not None]
    return max(waits, default=None)


def _seconds(value: str, clock: Clock) -> float | None:
    if value.isascii() and value.replace(".", "", 1).isdigit():
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError, OverflowError):
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (aware - clock.now()).total_seconds())


def pause(attempt: int) -> float:
    """Seconds before the next attempt: doubling, and spread so that nobody marches in step."""
    longest = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2**attempt)
    return random.uniform(longest / 2, longest)  # noqa: S311 - spreads load, guards nothing


def instant(clock: Clock, seconds: float) -> datetime:
    """The instant after so many seconds; the far end of the calendar for absurd ones."""
    end = datetime.max.replace(tzinfo=UTC)
    now = clock.now()
    return (
        end
        if seconds >= (end - now).total_seconds()
        else datetime.fromtimestamp(now.timestamp() + seconds, UTC)
    )


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
