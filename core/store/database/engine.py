"""Connections to a database: SQLite and PostgreSQL, each with the settings that the hub needs."""

import os
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

from core.errors import Misconfigured
from core.mistakes import unknown

BUSY_SECONDS = 30
"""Longest wait of a writer for another one."""
_CACHE_KIBIBYTES = 8_000
"""SQLite's cache per connection. Everything that a page of records changes fits in; with SQLite's
default of 2,000 the same pages of the file are written again and again."""
_SCHEMES = ("sqlite", "postgresql+psycopg", "postgresql")
_LIMIT_SECONDS = 60
"""Longest wait for another process's lock, and longest silence inside a transaction: a hub that
is frozen there must not stop the others for good."""
_SERVER: Mapping[str, Any] = {
    "connect_timeout": 10,
    "options": f"-c lock_timeout={_LIMIT_SECONDS}s "
    f"-c idle_in_transaction_session_timeout={_LIMIT_SECONDS}s",
    # A host that vanished is noticed within a minute.
    "keepalives": 1,
    "keepalives_idle": 20,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": _LIMIT_SECONDS * 1_000,
}
"""Settings of a connection to PostgreSQL."""


def checked_url(text: str) -> URL:
    """Read the address of a database; raises Misconfigured for one that cannot be meant."""
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise Misconfigured(
            "the database address cannot be read; write sqlite:///segmenthub.db "
            "or postgresql+psycopg://user@host/name"
        ) from None
    if url.drivername not in _SCHEMES:
        raise Misconfigured(unknown("kind of database", url.drivername, _SCHEMES))
    if url.drivername != "sqlite":
        return url.set(drivername="postgresql+psycopg")
    if url.query or url.database in (None, "", ":memory:"):
        raise Misconfigured(
            "the SQLite database needs the path of a file and nothing else; "
            "write sqlite:///segmenthub.db"
        )
    return url


def engine_of(url: URL) -> Engine:
    """An engine with the hub's settings; it connects when it is first used."""
    # Rows are people: without hide_parameters a failed statement would print them.
    options: dict[str, Any] = {"hide_parameters": True, "poolclass": QueuePool, "max_overflow": -1}
    if url.drivername == "sqlite":
        # The driver's own transactions would start too late and end before each CREATE TABLE.
        engine = create_engine(
            url, connect_args={"isolation_level": None, "timeout": BUSY_SECONDS}, **options
        )
        file = Path(str(url.database)).absolute()
        event.listen(engine, "do_connect", lambda *_: _create_private(file))
        event.listen(engine, "connect", _prepare)
        event.listen(engine, "begin", _begin)
        return engine
    return create_engine(url, connect_args=dict(_SERVER), pool_pre_ping=True, **options)


def _create_private(file: Path) -> None:
    """Create the file for its owner alone; SQLite gives its log files the same mode."""
    try:
        handle = os.open(file, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
    except FileExistsError:
        return
    except OSError as error:
        raise Misconfigured(
            f"the database file {file} cannot be created: {error.strerror}; "
            "check that its folder exists and belongs to you"
        ) from error
    os.fchmod(handle, 0o600)
    os.close(handle)


def _prepare(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    for setting in (
        "foreign_keys = ON",
        "secure_delete = ON",
        "synchronous = FULL",
        f"cache_size = -{_CACHE_KIBIBYTES}",
    ):
        connection.execute(f"PRAGMA {setting}")
    (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
    if mode != "wal":
        raise Misconfigured(
            "the disk of the database cannot share a file between processes; "
            "use a local disk, or PostgreSQL"
        )


def _begin(connection: Connection) -> None:
    # A deferred transaction that reads before it writes fails if another one wrote in between.
    kind = connection.get_execution_options().get("begin", "IMMEDIATE")
    connection.exec_driver_sql(f"BEGIN {kind}")
