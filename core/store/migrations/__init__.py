"""Upgrade a database to the newest tables, in one transaction; refuse one that cannot fit."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, text

from core.errors import Broken, Misconfigured
from core.store.tables import METADATA

_LOCK = 7_346_435
"""An arbitrary number, the same for every segmenthub, for the lock under which one upgrades."""
_COLUMNS = {
    "sqlite": "SELECT m.name, c.name FROM sqlite_master AS m JOIN pragma_table_info(m.name) AS c "
    "WHERE m.type = 'table'",
    "postgresql": "SELECT table_name, column_name FROM information_schema.columns "
    "WHERE table_schema = current_schema()",
}
"""Table and column names of a database, in one statement."""


def upgrade(connection: Connection) -> None:
    """Bring the tables to the newest step: all of it, or nothing where one step fails."""
    if connection.dialect.name == "sqlite":
        _upgrade_sqlite(connection)
        return
    with connection.begin():
        connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _LOCK})
        _run(connection)


def is_newest(connection: Connection) -> bool:
    """Whether the database has seen every step; writes nothing.

    Raises Misconfigured where its tables are not those that its steps lead to, so that a database
    of an unreleased version is never half read.
    """
    seen = set(MigrationContext.configure(connection).get_current_heads())
    is_current = seen == set(ScriptDirectory.from_config(settings()).get_heads())
    if is_current or not seen:
        stored = {tuple(row) for row in connection.execute(text(_COLUMNS[connection.dialect.name]))}
        stored = {(table, column) for table, column in stored if table in METADATA.tables}
        due = {(table.name, column.name) for table in METADATA.sorted_tables for column in table.c}
        if unfit := sorted(stored ^ due if is_current else stored):
            raise _misfit(f"its tables differ at {'.'.join(unfit[0])}")
    return is_current


def _misfit(reason: str) -> Misconfigured:
    return Misconfigured(
        f"the database was made by another version of segmenthub and does not fit this one "
        f"({reason}). Versions before 0.1.0 were never released, and their databases cannot be "
        "upgraded: delete the file, or name a new one as `database` under [hub]; then run "
        "`segmenthub pull`, and `segmenthub backfill` for the past. If a newer version made it, "
        "install that version"
    )


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
        raise _misfit(str(error)) from error
