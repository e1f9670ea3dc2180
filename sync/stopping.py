"""Ctrl-C and SIGTERM: what is being stored is stored whole or not at all, and then it ends."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Stopped(BaseException):
    """A person or the system asked the command to end. Rolls an open transaction back."""

    def __init__(self, number: int) -> None:
        """Take the signal."""
        super().__init__(number)
        self.exit_code = 128 + number


class _Ending:
    """Whether somebody asked to end while it could not be done at once."""

    def __init__(self) -> None:
        self.undivided = 0
        self.asked: int | None = None

    def stop(self, number: int, _frame: FrameType | None) -> None:
        # A second signal must not tear the ending apart.
        for each in SIGNALS:
            signal.signal(each, signal.SIG_IGN)
        if self.undivided:
            self.asked = number
        else:
            raise Stopped(number)

    def catch_up(self) -> None:
        if self.asked is not None and not self.undivided:
            number, self.asked = self.asked, None
            raise Stopped(number)


_ENDING = _Ending()


@contextmanager
def stoppable() -> Iterator[None]:
    """End with `Stopped` on SIGINT and SIGTERM."""
    before = {each: signal.signal(each, _ENDING.stop) for each in SIGNALS}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


@contextmanager
def undivided() -> Iterator[None]:
    """What is short and begun is brought to its end before the command stops."""
    _ENDING.undivided += 1
    try:
        yield
    finally:
        _ENDING.undivided -= 1
        _ENDING.catch_up()
