"""The clock of the kit: replaced in tests, so that an hour's wait takes no time."""

import time
from datetime import UTC, datetime
from typing import Final

from core import log

SILENT_SECONDS: Final = 10
"""A longer wait is told, or it would look like a program that hangs."""
_LOG = log.get(__name__)


def announce_wait(seconds: float, reason: str) -> None:
    """Tell a person of a wait that takes long, and why."""
    if seconds > SILENT_SECONDS:
        _LOG.warning("waiting", seconds=round(seconds), reason=reason)


class Clock:
    """Tells the time and waits."""

    def now(self) -> datetime:
        """The present instant, UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds that only grow."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(max(0.0, seconds))
