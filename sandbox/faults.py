"""Faults that a server makes on purpose."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from fnmatch import fnmatchcase
from typing import Literal

Kind = Literal[
    "rate_limited",
    "server_error",
    "unavailable",
    "unauthorized",
    "forbidden",
    "blocked",
    "error_envelope",
    "login_page",
    "wrong_type",
    "truncated",
    "repeated_page",
    "reset",
    "trickle",
    "slow",
]
KINDS: Sequence[Kind] = Kind.__args__  # type: ignore[attr-defined]
"""rate_limited: 429; server_error: 500; unavailable: 503 of a firewall, no JSON;
unauthorized: 401; forbidden: 403; blocked: a bare 403 without JSON; error_envelope: 200 with an
error inside; login_page: 200 with HTML; wrong_type: good JSON called text/plain; truncated: ends
before its Content-Length; repeated_page: the answer of the request before; reset: the connection
is cut; trickle: byte after byte, `seconds` apart; slow: answers after `seconds`."""


@dataclass(eq=False)
class Fault:
    """One fault, and how often it has occurred."""

    kind: Kind
    path: str
    method: str | None
    times: int | None
    skip: int
    retry_after: int | None
    as_date: bool
    seconds: float
    met: int = 0

    def retry_header(self) -> str | None:
        """Value of Retry-After: seconds, an HTTP date, or None."""
        if self.retry_after is None:
            return None
        if not self.as_date:
            return str(self.retry_after)
        # The client holds the date against the real clock, not against the sandbox's.
        return format_datetime(datetime.now(UTC) + timedelta(seconds=self.retry_after), usegmt=True)


class Faults:
    """The faults that are switched on at one server."""

    def __init__(self) -> None:
        """Start without faults."""
        self._lock = threading.Lock()
        self._faults: list[Fault] = []

    def add(
        self,
        kind: Kind,
        path: str = "*",
        *,
        times: int | None = 1,
        skip: int = 0,
        method: str | None = None,
        retry_after: int | None = None,
        as_date: bool = False,
        seconds: float = 0.05,
    ) -> Fault:
        """Switch a fault on for the next `times` requests (None: until `clear`).

        `path` is a pattern with `*`, without the query; the first `skip` matching requests are
        answered well.
        """
        if kind not in KINDS:
            raise ValueError(f"the sandbox knows no fault {kind!r}; it knows {', '.join(KINDS)}")
        fault = Fault(kind, path, method, times, skip, retry_after, as_date, seconds)
        with self._lock:
            self._faults.append(fault)
        return fault

    def clear(self) -> None:
        """Switch all faults off."""
        with self._lock:
            self._faults.clear()

    def next_for(self, method: str, path: str) -> Fault | None:
        """Take the fault for this request, if any; it counts as used."""
        with self._lock:
            for fault in self._faults:
                if fault.times is not None and fault.met >= fault.times:
                    continue
                if not fnmatchcase(path, fault.path) or fault.method not in (None, method):
                    continue
                if fault.skip:
                    fault.skip -= 1
                    continue
                fault.met += 1
                return fault
        return None
