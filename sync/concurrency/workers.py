"""Worker threads of one command, which end with it."""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from queue import SimpleQueue

from sync.shutdown import POLL_SECONDS, Stopped, stop_if_requested, stoppable_by, take_or_stop

MAX_WORKERS = 4
"""Enough to wait for several slow systems, few enough for one database."""
GRACE_SECONDS = 8.0
"""Seconds that threads have to end; one that waits longer for a system is abandoned."""

Work = Callable[[], None]


class Workers:
    """Threads that are stopped together; one that does not end in time is abandoned."""

    def __init__(self) -> None:
        """Start without threads."""
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []
        self._ended: SimpleQueue[BaseException | None] = SimpleQueue()

    def start(self, name: str, work: Work) -> None:
        """Run work in a thread of its own."""
        # A daemon: a thread that hangs on a slow answer must not keep the program alive.
        thread = threading.Thread(target=self._do, args=(work,), name=name, daemon=True)
        self._threads = [each for each in self._threads if each.is_alive()]
        self._threads.append(thread)
        thread.start()

    def wait(self) -> BaseException | None:
        """Wait until the next thread ends; returns the error that ended it, if any."""
        return take_or_stop(self._ended)

    def pause(self, event: threading.Event, seconds: float) -> None:
        """Wait for an event or the seconds; raises Stopped where the thread is asked to stop."""
        until = time.monotonic() + seconds
        while not event.wait(POLL_SECONDS) and time.monotonic() < until:
            stop_if_requested()
        stop_if_requested()

    def stop(self, seconds: float = GRACE_SECONDS) -> None:
        """Ask all threads to stop, and wait at most so long for them."""
        self._stop.set()
        until = time.monotonic() + seconds
        for each in self._threads:
            each.join(max(0.0, until - time.monotonic()))

    def _do(self, work: Work) -> None:
        error: BaseException | None = None
        try:
            with stoppable_by(self._stop):
                work()
        except Stopped:
            pass
        except BaseException as raised:  # noqa: BLE001 - returned by wait
            error = raised
        self._ended.put(error)


def run_in_parallel(works: Iterable[Work], limit: int = MAX_WORKERS) -> None:
    """Run all work, at most so many at once; raises the first error when all have ended."""
    left = deque(works)
    if len(left) == 1:
        left.popleft()()
        return
    workers = Workers()
    errors: list[BaseException] = []
    busy = 0
    try:
        while left or busy:
            while left and busy < limit:
                workers.start("worker", left.popleft())
                busy += 1
            error = workers.wait()
            busy -= 1
            errors += [error] if error is not None else []
    finally:
        workers.stop()
    if errors:
        raise errors[0]
