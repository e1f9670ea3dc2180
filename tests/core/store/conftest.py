"""Fixtures of the store's tests."""

from collections.abc import Iterator

import pytest

from core.store.database import Database
from tests.core.store.floor import Floor


@pytest.fixture
def floor(database: Database) -> Iterator[Floor]:
    """An empty store, once on each engine, inside one transaction."""
    with database.transaction() as transaction:
        yield Floor(transaction)
