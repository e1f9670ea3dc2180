"""Errors of a database, translated into the hub's errors."""

import re
import sqlite3
from typing import Final

from sqlalchemy.exc import DBAPIError

from core.errors import (
    Broken,
    HubError,
    Misconfigured,
    StoreUnavailable,
    Unauthorized,
    Unavailable,
)

_SQLITE: Final[dict[int, tuple[type[HubError], str]]] = {
    sqlite3.SQLITE_BUSY: (
        Unavailable,
        "is being written by another process and did not become free; try again later",
    ),
    sqlite3.SQLITE_LOCKED: (
        Unavailable,
        "is locked by another part of this process; try again",
    ),
    sqlite3.SQLITE_FULL: (
        Unavailable,
        "has no room left on its disk; free some and try again",
    ),
    sqlite3.SQLITE_IOERR: (Unavailable, "cannot be read or written; check its disk"),
    sqlite3.SQLITE_PERM: (Misconfigured, "may not be opened; check who owns the file"),
    sqlite3.SQLITE_READONLY: (Misconfigured, "may not be written; check who owns the file"),
    sqlite3.SQLITE_CANTOPEN: (Misconfigured, "cannot be opened; check its folder and who owns it"),
    sqlite3.SQLITE_NOTADB: (Misconfigured, "is no SQLite file; check the path"),
    sqlite3.SQLITE_CORRUPT: (Broken, "is damaged; restore it from a backup"),
}

# By class and code of the SQL standard, the longest match wins.
_POSTGRESQL: Final[dict[str, tuple[type[HubError], str]]] = {
    "08": (Unavailable, "does not answer; the next run tries again"),
    "25P03": (Unavailable, "closed a connection that was silent for too long; try again"),
    "28": (Unauthorized, "refuses this user or password; check both"),
    "3D": (Misconfigured, "does not exist on its server; create it"),
    "42501": (Misconfigured, "lets this user read but not write; grant the right to write"),
    "40": (Unavailable, "was changed by another run in the same moment; try again"),
    "53": (Unavailable, "has no room or no free connection left; try again later"),
    "55P03": (Unavailable, "is being written by another run; try again when it is done"),
    "57P": (Unavailable, "is being shut down or started; try again later"),
    "58": (Unavailable, "cannot be read or written; check its disk"),
}


# The driver gives no code for a refused connection, only the server's sentence.
_REFUSALS: Final[dict[str, str]] = {
    r"authentication failed|no password supplied|no pg_hba.conf entry": "28",
    r'role ".*" does not exist': "28",
    r'database ".*" does not exist': "3D",
}


_COLLISIONS: Final = frozenset({"40001", "40P01"})
"""Serialization failure and deadlock: two transactions wrote at once."""


def collided(error: BaseException | None) -> bool:
    """Whether another transaction that wrote at the same moment caused the error."""
    return getattr(getattr(error, "orig", None), "sqlstate", None) in _COLLISIONS


def explained(error: DBAPIError, address: str) -> HubError | None:
    """An error that a person can act on; None where the statement itself is wrong."""
    if isinstance(error.orig, sqlite3.Error):
        # The low byte is the kind, what lies above it says more.
        meaning = _SQLITE.get(getattr(error.orig, "sqlite_errorcode", 0) & 0xFF)
    else:
        meaning = _of_server(error)
    if meaning is None:
        return None
    kind, sentence = meaning
    if kind is Unavailable:
        kind = StoreUnavailable
    return kind(f"the database {address} {sentence}")


def _of_server(error: DBAPIError) -> tuple[type[HubError], str] | None:
    state = getattr(error.orig, "sqlstate", None) or ""
    for length in (5, 3, 2):
        if len(state) >= length and state[:length] in _POSTGRESQL:
            return _POSTGRESQL[state[:length]]
    connecting = not state and error.statement is None
    if not connecting and not error.connection_invalidated:
        return None
    for pattern, refusal in _REFUSALS.items():
        if re.search(pattern, str(error.orig)):
            return _POSTGRESQL[refusal]
    return _POSTGRESQL["08"]
