"""The sandbox's time, moved by hand."""

import time
from datetime import UTC, datetime, timedelta


class Clock:
    """A clock moved by tests and by the demonstration.

    With `running=True` it also goes on by itself, for people who try things at a keyboard.
    """

    def __init__(self, start: datetime, *, running: bool = False) -> None:
        """Set the clock to `start`, an aware instant."""
        if start.tzinfo is None:
            raise ValueError("the sandbox starts at an aware instant; give the zone of `start`")
        self._instant = start.astimezone(UTC).replace(microsecond=0)
        self._running = running
        self._set_at = time.monotonic()

    def now(self) -> datetime:
        """The present instant: aware, UTC, whole seconds as the vendors write them."""
        if not self._running:
            return self._instant
        return self._instant + timedelta(seconds=int(time.monotonic() - self._set_at))

    def advance(self, *, days: float = 0, hours: float = 0, seconds: float = 0) -> datetime:
        """Move the clock forward; returns the new time."""
        step = timedelta(days=days, hours=hours, seconds=seconds)
        if step < timedelta(0):
            raise ValueError("the sandbox's clock only goes forward")
        return self.turn_to(self.now() + step)

    def turn_to(self, instant: datetime) -> datetime:
        """Move the clock to a later instant; returns the new time."""
        if instant > self.now():
            self._instant = instant.astimezone(UTC).replace(microsecond=0)
            self._set_at = time.monotonic()
        return self.now()
