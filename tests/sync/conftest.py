"""Fixtures for what is pushed."""

import pytest

from core.store.database import Database
from tests.core.audience.seeded_shop import SeededShop


@pytest.fixture
def shop(database: Database) -> SeededShop:
    """A store with a destination that was read and segments of today."""
    return SeededShop(database)
