"""Fixtures of the store's tests."""

from collections.abc import Iterator

import pytest

from core.store.database import Database
from tests.core.store.filled_store import FilledStore
from tests.laws.random_shops import rolled_back


@pytest.fixture
def hub(empty_store: Database) -> Iterator[FilledStore]:
    """An empty store, once on each engine, inside a transaction that is rolled back."""
    with empty_store.transaction() as transaction, rolled_back(transaction):
        yield FilledStore(transaction)
