"""Fixtures of the store's tests."""

from collections.abc import Iterator

import pytest

from core.store.database import Database
from tests.core.store.filled_store import FilledStore


@pytest.fixture
def hub(database: Database) -> Iterator[FilledStore]:
    """An empty store, once on each engine, inside one transaction."""
    with database.transaction() as transaction:
        yield FilledStore(transaction)
