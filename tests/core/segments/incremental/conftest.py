"""What tests of incremental evaluation may ask for."""

from collections.abc import Iterator

import pytest

from core.store.database import Database


@pytest.fixture
def sqlite(sqlite_url: str) -> Iterator[Database]:
    """A migrated store, where one engine is enough."""
    database = Database(sqlite_url)
    yield database
    database.close()
