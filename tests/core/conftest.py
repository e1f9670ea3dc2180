"""Stores for tests of core."""

from collections.abc import Iterator

import pytest

from core.hub_key import HubKey
from core.store.database import Database
from tests.postgres import Postgres


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def empty_store(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    """A migrated store, once on each engine, that every test leaves empty."""
    if request.param == "sqlite":
        database = Database(f"sqlite:///{tmp_path_factory.mktemp('cases') / 'empty.db'}").with_key(
            HubKey(bytes(32))
        )
        database.migrate()
        yield database
        database.close()
    else:
        postgres: Postgres = request.getfixturevalue("postgres")
        url = postgres.create()
        database = Database(url).with_key(HubKey(bytes(32)))
        yield database
        database.close()
        postgres.drop(url)


@pytest.fixture
def sqlite(sqlite_url: str) -> Iterator[Database]:
    """A migrated store, where one engine is enough."""
    database = Database(sqlite_url).with_key(HubKey(bytes(32)))
    yield database
    database.close()
