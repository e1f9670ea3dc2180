"""After any history, incremental and full evaluation are equal."""

import pytest

from core.hub_key import HubKey
from core.store.database import Database
from tests.budget import named, seeds
from tests.laws.random_histories import RandomHistory


def live(url: str, seed: int) -> None:
    """Live through a history; every step compares incremental and full evaluation."""
    database = Database(url).with_key(HubKey(bytes(32)))
    with database.transaction() as transaction:
        history = RandomHistory(seed, transaction)
        try:
            history.live()
        except AssertionError as error:
            error.add_note("\n".join(history.log[-12:]))
            raise
    database.close()


@pytest.mark.parametrize("seed", seeds(3), ids=named)
def test_incremental_evaluation_equals_full_evaluation(sqlite_url: str, seed: int) -> None:
    live(sqlite_url, seed)


@pytest.mark.thorough
@pytest.mark.parametrize("seed", seeds(1, start=1_000_000), ids=named)
def test_on_postgresql_too(postgres_url: str, seed: int) -> None:
    live(postgres_url, seed)
