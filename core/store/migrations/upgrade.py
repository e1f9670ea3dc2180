"""Runs the steps that a database has not seen, in one transaction."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, text

from core.errors import Broken, Misconfigured

# Any number will do, as long as every segmenthub asks for the same lock.
_LOCK = 7_346_435


def upgrade(connection: Connection) -> None:
    """Bring the tables to the newest step: all of it, or nothing where one step fails."""
    if connection.dialect.name == "sqlite":
        _upgrade_sqlite(connection)
        return
    with connection.begin():
        connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _LOCK})
        _run(connection)


def is_newest(connection: Connection) -> bool:
    """Whether the database has seen every step; writes nothing."""
    seen = MigrationContext.configure(connection).get_current_heads()
    return set(seen) == set(ScriptDirectory.from_config(settings()).get_heads())


def settings(connection: Connection | None = None) -> Config:
    """Alembic's settings, without a file."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    return config


def _upgrade_sqlite(connection: Connection) -> None:
    # A step may rebuild a table; while it does, rows that point there would be refused or deleted.
    # The switch only works outside a transaction.
    _foreign_keys(connection, "OFF")
    try:
        with connection.begin():
            _run(connection)
            if connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
                raise Broken("after the migration rows point to rows that are not there; undone")
    finally:
        _foreign_keys(connection, "ON")


def _foreign_keys(connection: Connection, state: str) -> None:
    driver = connection.connection.driver_connection
    if driver is not None:
        driver.execute(f"PRAGMA foreign_keys = {state}")


def _run(connection: Connection) -> None:
    try:
        command.upgrade(settings(connection), "head")
    except CommandError as error:
        raise Misconfigured(
            f"the database was made by another version of segmenthub ({error}); "
            "install the newest one"
        ) from error
