"""Turns of writers on SQLite, which has one writer at a time and no queue."""

import fcntl
import itertools
import os
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core import log
from core.errors import StoreUnavailable

SAFE_SQLITE = (3, 51, 3)
"""Earlier versions can, rarely, damage a file that several processes write at once
(https://www.sqlite.org/wal.html#walresetbug)."""
_PAUSE_SECONDS = 0.01
SILENT_SECONDS = 10.0
"""A wait that is longer is told."""
_LOG = log.get(__name__)


def must_take_turns() -> bool:
    """Whether this SQLite is one whose writing processes must not meet."""
    return sqlite3.sqlite_version_info < SAFE_SQLITE


class FileLock:
    """A lock that one process at a time holds; it ends with the process, however that ends."""

    def __init__(self, database: Path, seconds: float) -> None:
        """Lie beside the database's file; wait for so many seconds at most."""
        self._file = database.with_name(f"{database.name}.lock")
        self._seconds = seconds

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold it as long as the block; raises Unavailable where another process goes on."""
        try:
            handle = os.open(self._file, os.O_CREAT | os.O_RDWR, 0o600)
            if not os.fstat(handle).st_mode & 0o600:
                # The mask of the process took away what its owner needs.
                os.fchmod(handle, 0o600)
        except OSError:
            # A folder that cannot be written to: the database says so with its own words.
            yield
            return
        try:
            self._wait(handle)
            yield
        finally:
            os.close(handle)

    def _wait(self, handle: int) -> None:
        begun = time.monotonic()
        is_told = False
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                waited = time.monotonic() - begun
                if waited > SILENT_SECONDS and not is_told:
                    is_told = True
                    _LOG.warning("waiting", reason="another process writes to the database")
                if waited > self._seconds:
                    raise StoreUnavailable(
                        f"the database {self._file.with_suffix('')} is being written by another "
                        "process and did not become free; try again later"
                    ) from None
                time.sleep(_PAUSE_SECONDS)
            else:
                return


class Gate:
    """A fair lock: one thread of this process writes at a time, in order of arrival.

    SQLite has one writer and no queue: threads that only retried would starve behind a busy one.
    """

    def __init__(self) -> None:
        """Open."""
        self._changed = threading.Condition()
        self._tickets = itertools.count()
        self._waiting: deque[int] = deque()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a turn, which lasts as long as the block."""
        with self._changed:
            ticket = next(self._tickets)
            self._waiting.append(ticket)
        try:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting[0] == ticket)
            yield
        finally:
            with self._changed:
                self._waiting.remove(ticket)
                self._changed.notify_all()
