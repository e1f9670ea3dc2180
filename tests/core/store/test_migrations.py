"""The migrations lead to the tables that the code speaks of."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import op
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from core.errors import Misconfigured
from core.store.database import Database
from core.store.migrations import settings
from core.store.tables import METADATA
from tests.postgres import Postgres


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A store without any table, once on each engine."""
    if request.param == "sqlite":
        database = Database(f"sqlite:///{tmp_path / 'empty.db'}")
        yield database
        database.close()
        return
    postgres: Postgres = request.getfixturevalue("postgres")
    url = postgres.create(template="template0")
    database = Database(url)
    yield database
    database.close()
    postgres.drop(url)


def tables(database: Database) -> set[str]:
    with database.read() as connection:
        return set(inspect(connection).get_table_names())


def test_migrations_lead_to_exactly_the_tables_of_the_code(database: Database) -> None:
    with database.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []


def test_there_is_one_line_of_migrations() -> None:
    assert len(ScriptDirectory.from_config(settings()).get_heads()) == 1


def test_an_empty_database_gets_every_table(empty: Database) -> None:
    empty.migrate()
    assert tables(empty) == {*METADATA.tables, "alembic_version"}


def test_migrating_twice_changes_nothing(empty: Database) -> None:
    empty.migrate()
    with empty.transaction() as connection:
        connection.execute(text("INSERT INTO connection (name, kind) VALUES ('shop', 'csv')"))
    empty.migrate()
    with empty.read() as connection:
        assert connection.scalar(text("SELECT name FROM connection")) == "shop"


def test_a_migration_that_fails_half_way_leaves_nothing_behind(
    empty: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_table = op.create_table

    def breaks_at_orders(name: str, *columns: object) -> None:
        create_table(name, *columns)  # type: ignore[arg-type]
        if name == "orders":
            raise RuntimeError("the power went")

    with monkeypatch.context() as patch:
        patch.setattr(op, "create_table", breaks_at_orders)
        with pytest.raises(RuntimeError, match="the power went"):
            empty.migrate()
    assert tables(empty) == set()
    empty.migrate()
    assert "orders" in tables(empty)


def test_rows_are_checked_again_after_a_migration(empty: Database) -> None:
    empty.migrate()
    with pytest.raises(Exception, match=r"(?i)foreign key"), empty.transaction() as connection:
        connection.execute(text("INSERT INTO split (contact_id, at) VALUES (7, 0)"))


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE alembic_version SET version_num = '9999'",
        "ALTER TABLE visit DROP COLUMN device",
        "ALTER TABLE visit ADD COLUMN colour VARCHAR",
        "DROP TABLE threshold",
        "DROP TABLE alembic_version",
    ],
)
def test_tables_of_another_version_are_refused_with_the_way_to_pull_again(
    database: Database, change: str
) -> None:
    with database.transaction() as connection:
        connection.execute(text(change))
    before = tables(database)
    with pytest.raises(Misconfigured, match="another version of segmenthub") as refused:
        database.migrate()
    for part in ("0.1.0", "never released", "segmenthub pull", "segmenthub backfill"):
        assert part in str(refused.value)
    assert tables(database) == before


def test_tables_of_others_beside_ours_are_left_alone(database: Database) -> None:
    with database.transaction() as connection:
        connection.execute(text("CREATE TABLE till_receipts (id INTEGER)"))
    database.migrate()
    assert "till_receipts" in tables(database)
