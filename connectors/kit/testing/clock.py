"""A clock that waits in no time."""

from datetime import UTC, datetime, timedelta

from connectors.kit.clock import Clock


class FakeClock(Clock):
    """Stands still until somebody waits."""

    def __init__(self) -> None:
        """Begin in 2026."""
        self._seconds = 1_000_000.0
        self.slept: list[float] = []

    def now(self) -> datetime:
        """The instant that the waiting has led to."""
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=self._seconds - 1_000_000.0)

    def monotonic(self) -> float:
        """The same in seconds."""
        return self._seconds

    def sleep(self, seconds: float) -> None:
        """Wait, in no time."""
        self.slept.append(seconds)
        self._seconds += seconds
