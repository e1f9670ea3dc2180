"""After any history, whom something touched is all that an evaluation must look at."""

import pytest

from core.hub_key import HubKey
from core.store.database import Database
from tests.laws.budget import named, seeds
from tests.laws.histories import History


def live(url: str, seed: int) -> None:
    """Live through a history in a store; at every step the twins are compared."""
    database = Database(url).with_key(HubKey(bytes(32)))
    with database.transaction() as transaction:
        history = History(seed, transaction)
        try:
            history.live()
        except AssertionError as error:
            error.add_note("\n".join(history.told[-12:]))
            raise
    database.close()


@pytest.mark.parametrize("seed", seeds(3), ids=named)
def test_a_hub_that_looks_at_the_touched_equals_one_that_looks_at_all(
    sqlite_url: str, seed: int
) -> None:
    live(sqlite_url, seed)


@pytest.mark.parametrize("seed", seeds(1, start=1_000_000), ids=named)
def test_on_postgresql_too(postgres_url: str, seed: int) -> None:
    live(postgres_url, seed)
