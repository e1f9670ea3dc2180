"""Access to the database, SQLite or PostgreSQL: transactions, consistent reads, migrations."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from copy import copy
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from core.errors import Unavailable
from core.hub_key import HubKey
from core.store.database import engine
from core.store.database.engine import checked_url, engine_of
from core.store.database.failures import collided, explained
from core.store.database.turns import FileLock, Gate, must_take_turns
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


class Database:
    """The store behind a URL: `sqlite:///file.db` or `postgresql+psycopg://user@host/name`.

    Connects lazily. May be shared between threads; a connection may not.
    Raises Misconfigured for an unusable address, and from every method Unavailable
    where the database does not answer, Unauthorized where it refuses the user.
    """

    def __init__(self, url: str) -> None:
        """Take the address; the password in it is never printed."""
        self._url = checked_url(url)
        self._engine = engine_of(self._url)
        self._gate = Gate() if self._url.drivername == "sqlite" else None
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
        with self._turn(), self._connection() as connection, connection.begin():
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
            with self._turn(), self._connection() as connection:
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
        if self._gate is None or not must_take_turns():
            return ()
        sentence = (
            f"Python uses SQLite {sqlite3.sqlite_version}. Versions before 3.51.3 can, rarely, "
            "damage a file that several processes write at once. The hub's own take turns; let no "
            "other program write to the database, or use PostgreSQL."
        )
        return (sentence,)

    def close(self) -> None:
        """Close every connection; on SQLite the last one merges the log file into the database."""
        try:
            # What was never opened leaves no file behind.
            with self._turn(seconds=0) if self._file.exists() else nullcontext():
                self._engine.dispose()
        except Unavailable:
            # Another process writes, so that this is not the last one and nothing is merged.
            self._engine.dispose()

    @property
    def _file(self) -> Path:
        """The file of a SQLite database."""
        return Path(str(self._url.database)).absolute()

    @contextmanager
    def _turn(self, seconds: float | None = None) -> Iterator[None]:
        """Wait until nobody else writes, where the database cannot tell writers to queue."""
        wait = engine.BUSY_SECONDS if seconds is None else seconds
        with ExitStack() as turns:
            if self._gate is not None:
                turns.enter_context(self._gate.turn())
                if must_take_turns():
                    turns.enter_context(FileLock(self._file, wait).held())
            yield

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
