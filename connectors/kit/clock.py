"""The clock of the kit: replaced in tests, so that an hour's wait takes no time."""

import time
from datetime import UTC, datetime


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
