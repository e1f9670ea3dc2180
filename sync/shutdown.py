"""Shutdown on Ctrl-C and SIGTERM: what is being stored is stored completely or not at all.

Signals reach the main thread only. Worker threads are asked by an event, and end where they wait or
after an uninterrupted block.
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
"""Seconds between a waiting thread's checks for a stop request."""

Item = TypeVar("Item")


class Stopped(BaseException):
    """The command was asked to stop. Rolls an open transaction back."""

    def __init__(self, number: int) -> None:
        """Take the number of the signal."""
        super().__init__(number)
        self.exit_code = 128 + number


class _MainThread:
    """A stop request that arrives in an uninterrupted block is served at its end."""

    def __init__(self) -> None:
        self.depth = 0
        self.requested: int | None = None

    def stop(self, number: int, _frame: FrameType | None) -> None:
        # A second signal must not interrupt the shutdown.
        for each in SIGNALS:
            signal.signal(each, signal.SIG_IGN)
        if self.depth:
            self.requested = number
        else:
            raise Stopped(number)

    def raise_if_requested(self) -> None:
        if self.requested is not None and not self.depth:
            number, self.requested = self.requested, None
            raise Stopped(number)


class _WorkerThread(threading.local):
    """The stop request of the present thread; None in the main thread, which gets signals."""

    requested: threading.Event | None = None


_MAIN = _MainThread()
_WORKER = _WorkerThread()


@contextmanager
def stoppable() -> Iterator[None]:
    """Raise Stopped in the main thread on SIGINT and SIGTERM."""
    before = {each: signal.signal(each, _MAIN.stop) for each in SIGNALS}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


@contextmanager
def stoppable_by(requested: threading.Event) -> Iterator[None]:
    """Raise Stopped in a worker thread soon after the event is set."""
    _WORKER.requested = requested
    try:
        yield
    finally:
        _WORKER.requested = None


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Finish a short block before a stop request is served."""
    if threading.current_thread() is not threading.main_thread():
        yield
        stop_if_requested()
        return
    _MAIN.depth += 1
    try:
        yield
    finally:
        _MAIN.depth -= 1
        _MAIN.raise_if_requested()


def take_or_stop(queue: "SimpleQueue[Item]") -> Item:
    """Wait for the next item of a queue; raises Stopped where the thread is asked to stop."""
    if _WORKER.requested is None:
        return queue.get()
    while True:
        stop_if_requested()
        try:
            return queue.get(timeout=POLL_SECONDS)
        except Empty:
            continue


def stop_if_requested() -> None:
    """Raise Stopped where the present thread was asked to stop."""
    if _WORKER.requested is not None and _WORKER.requested.is_set():
        raise Stopped(signal.SIGTERM)
