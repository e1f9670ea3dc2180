"""Threads that work side by side for one command, and end with it."""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from queue import SimpleQueue

from sync.shutdown import POLL_SECONDS, Stopped, stop_if_requested, stoppable_by, take_or_stop

MAX_WORKERS = 4
"""Connections that are read at once: enough to wait for several slow ones, and few to store."""
GRACE_SECONDS = 8.0
"""Seconds in which threads end that were asked to; who waits for the other side longer is left."""

Work = Callable[[], None]


class Workers:
    """Threads that are asked to end together. Nobody waits for them where they do not."""

    def __init__(self) -> None:
        """Nobody yet."""
        self._asked = threading.Event()
        self._threads: list[threading.Thread] = []
        self._ended: SimpleQueue[BaseException | None] = SimpleQueue()

    def begin(self, name: str, work: Work) -> None:
        """Do it in a thread of its own."""
        # A thread that hangs on a slow answer must not keep the program from ending.
        thread = threading.Thread(target=self._do, args=(work,), name=name, daemon=True)
        self._threads = [each for each in self._threads if each.is_alive()]
        self._threads.append(thread)
        thread.start()

    def wait(self) -> BaseException | None:
        """Until the next thread ends; the error that ended it, if one did."""
        return take_or_stop(self._ended)

    def pause(self, event: threading.Event, seconds: float) -> None:
        """Wait for an event, so long at most; ends with Stopped where the crew is to end."""
        until = time.monotonic() + seconds
        while not event.wait(POLL_SECONDS) and time.monotonic() < until:
            stop_if_requested()
        stop_if_requested()

    def end(self, seconds: float = GRACE_SECONDS) -> None:
        """Ask all of them to end, and wait so long for them at most."""
        self._asked.set()
        until = time.monotonic() + seconds
        for each in self._threads:
            each.join(max(0.0, until - time.monotonic()))

    def _do(self, work: Work) -> None:
        error: BaseException | None = None
        try:
            with stoppable_by(self._asked):
                work()
        except Stopped:
            pass
        except BaseException as raised:  # noqa: BLE001 - raised where it is waited for
            error = raised
        self._ended.put(error)


def run_in_parallel(works: Iterable[Work], at_once: int = MAX_WORKERS) -> None:
    """Do all of these, so many at once; raises the first error when all have ended."""
    left = deque(works)
    if len(left) == 1:
        left.popleft()()
        return
    crew = Workers()
    errors: list[BaseException] = []
    busy = 0
    try:
        while left or busy:
            while left and busy < at_once:
                crew.begin("working", left.popleft())
                busy += 1
            error = crew.wait()
            busy -= 1
            errors += [error] if error is not None else []
    finally:
        crew.end()
    if errors:
        raise errors[0]
