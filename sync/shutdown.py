"""Ctrl-C and SIGTERM: what is being stored is stored whole or not at all, and then it ends.

Signals reach the main thread alone. Threads that work for it are asked by an event, and end where
they wait or where something undivided has just been done.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from types import FrameType
from typing import TypeVar

SIGNALS = (signal.SIGINT, signal.SIGTERM)
POLL_SECONDS = 0.1
"""Seconds after which a waiting thread looks whether it was asked to end."""

Item = TypeVar("Item")


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


class _Here(threading.local):
    """What the present thread was told; the main thread is told by signals instead."""

    asked: threading.Event | None = None


_ENDING = _Ending()
_HERE = _Here()


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
def stoppable_by(asked: threading.Event) -> Iterator[None]:
    """In a thread that is not the main one: end with `Stopped` soon after the event is set."""
    _HERE.asked = asked
    try:
        yield
    finally:
        _HERE.asked = None


@contextmanager
def uninterrupted() -> Iterator[None]:
    """What is short and begun is brought to its end before the command stops."""
    if threading.current_thread() is not threading.main_thread():
        yield
        stop_if_requested()
        return
    _ENDING.undivided += 1
    try:
        yield
    finally:
        _ENDING.undivided -= 1
        _ENDING.catch_up()


def take_or_stop(queue: "SimpleQueue[Item]") -> Item:
    """Wait for the next of a queue; ends with `Stopped` where that is asked for meanwhile."""
    if _HERE.asked is None:
        return queue.get()
    while True:
        stop_if_requested()
        try:
            return queue.get(timeout=POLL_SECONDS)
        except Empty:
            continue


def stop_if_requested() -> None:
    """End with `Stopped` where the present thread was asked to."""
    if _HERE.asked is not None and _HERE.asked.is_set():
        raise Stopped(signal.SIGTERM)
