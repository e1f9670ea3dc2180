"""Access to the database, SQLite or PostgreSQL: transactions, consistent reads, migrations."""

import itertools
import os
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from copy import copy
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

from core.errors import Misconfigured, Unavailable
from core.hub_key import HubKey
from core.mistakes import unknown
from core.store.failures import collided, explained
from core.store.migrations import is_newest, upgrade

Transaction = Connection
"""The connection that a block of `transaction` or `read` works with."""
_STORING = 7_365_676
"""An arbitrary number for the lock under which pages are stored."""
Condition = Callable[[Connection], None]
"""Raises where a transaction must not commit."""
Result = TypeVar("Result")
_TRIES = 3
"""Attempts at an act that others may disturb."""
HASH_KEY = "hub_hash_key"
"""The option of a connection that carries the key of hashes."""
BUSY_SECONDS = 30
"""Longest wait of a writer for another one."""
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
_CACHE_KIBIBYTES = 8_000
"""SQLite's cache per connection. Everything that a page of records changes fits in; with SQLite's
default of 2,000 the same pages of the file are written again and again."""
_SCHEMES = ("sqlite", "postgresql+psycopg", "postgresql")
_SAFE_SQLITE = (3, 51, 3)


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


class Database:
    """The store behind a URL: `sqlite:///file.db` or `postgresql+psycopg://user@host/name`.

    Connects lazily. May be shared between threads; a connection may not.
    Raises Misconfigured for an unusable address, and from every method Unavailable
    where the database does not answer, Unauthorized where it refuses the user.
    """

    def __init__(self, url: str) -> None:
        """Take the address; the password in it is never printed."""
        self._url = _checked(url)
        self._engine = _engine(self._url)
        self._gate = Gate()
        self._conditions: tuple[Condition, ...] = ()

    def __repr__(self) -> str:
        """The address without its password."""
        return f"Database({self.address!r})"

    @property
    def address(self) -> str:
        """Where the data is, without the password."""
        return self._url.render_as_string(hide_password=True)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Write: commits when the block ends, rolls back when it raises."""
        is_alone = self._engine.dialect.name == "sqlite"
        turn = self._gate.turn() if is_alone else nullcontext()
        with turn, self._connection() as connection, connection.begin():
            yield connection
            # At the end, so that they still hold at the commit.
            for holds in self._conditions:
                holds(connection)

    def undisturbed(self, act: Callable[[Connection], Result]) -> Result:
        """Write on the basis of one state of the data, whatever others commit meanwhile.

        After a collision `act` is rolled back and repeated: its only effects must be those of its
        transaction. Raises Unavailable when it keeps colliding.
        """
        if self._engine.dialect.name == "sqlite":
            with self.transaction() as transaction:
                return act(transaction)
        for _ in range(_TRIES - 1):
            try:
                return self._over_one_state(act)
            except Unavailable as failure:
                if not collided(failure.__cause__):
                    raise
        return self._over_one_state(act)

    def _over_one_state(self, act: Callable[[Connection], Result]) -> Result:
        with self._connection() as connection:
            connection.execution_options(isolation_level="REPEATABLE READ")
            with connection.begin() as kept:
                found = act(connection)
                # The conditions are checked against the present state, which stays as it is
                # until everything is committed.
                with self._connection() as present, present.begin():
                    for holds in self._conditions:
                        holds(present)
                    kept.commit()
        return found

    def under(self, condition: Condition) -> "Database":
        """The same database; each of its transactions ends with a condition that may raise."""
        other = copy(self)
        other._conditions = (*self._conditions, condition)  # noqa: SLF001 - one of our own
        return other

    def with_key(self, key: HubKey) -> "Database":
        """The same database, whose transactions can hash what recognizes a person."""
        other = copy(self)
        other._engine = self._engine.execution_options(**{HASH_KEY: key.hashes})  # noqa: SLF001 - one of our own
        return other

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Read one state of the data, whatever others write meanwhile; always rolled back."""
        with self._connection() as connection:
            if self._engine.dialect.name == "postgresql":
                connection.execution_options(
                    isolation_level="REPEATABLE READ", postgresql_readonly=True
                )
            connection.execution_options(begin="DEFERRED")
            moment = connection.begin()
            try:
                yield connection
            finally:
                moment.rollback()

    def migrate(self) -> None:
        """Bring the tables to what this version needs: all of it, or nothing."""
        # A command that only reads must not wait for one that writes.
        if not self.is_migrated():
            with self._connection() as connection:
                upgrade(connection)

    def is_migrated(self) -> bool:
        """Whether the tables are those of this version; writes nothing."""
        with self.read() as transaction:
            return is_newest(transaction)

    def is_there(self) -> bool:
        """Whether connecting finds a database, and creates no file."""
        return self._url.drivername != "sqlite" or Path(str(self._url.database)).exists()

    def notes(self) -> tuple[str, ...]:
        """Warnings for the operator."""
        if self._engine.dialect.name != "sqlite" or sqlite3.sqlite_version_info >= _SAFE_SQLITE:
            return ()
        sentence = (
            f"Python uses SQLite {sqlite3.sqlite_version}. Versions before 3.51.3 can, rarely, "
            "damage a file that several processes write at once. Let one segmenthub at a time use "
            "this database, or use PostgreSQL."
        )
        return (sentence,)

    def close(self) -> None:
        """Close every connection; on SQLite the log file is merged into the database."""
        self._engine.dispose()

    @contextmanager
    def _connection(self) -> Iterator[Connection]:
        try:
            with self._engine.connect() as connection:
                yield connection
        except DBAPIError as error:
            failure = explained(error, self.address)
            if failure is None:
                raise
            raise failure from error


def store_alone(transaction: Connection) -> None:
    """Hold the lock for storing pages until the transaction ends.

    Two pages at once could each join a person to one half of somebody else.
    """
    # SQLite has one writer anyway.
    if transaction.dialect.name == "postgresql":
        transaction.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _STORING})


def evaluate_alone(transaction: Connection) -> None:
    """Hold the lock for evaluating until the transaction ends.

    Must be the first statement of its transaction: the wait for a table lock, unlike any other,
    comes before the snapshot of the transaction is taken.
    """
    if transaction.dialect.name == "postgresql":
        transaction.execute(text("LOCK TABLE evaluation IN SHARE ROW EXCLUSIVE MODE"))


def _checked(text: str) -> URL:
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


def _engine(url: URL) -> Engine:
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
