"""The same statements, run by DuckDB over the same rows, give the same verdicts."""

import pytest

from core.hub_key import HubKey
from core.segments.evaluate import evaluate
from core.store.database import Database
from tests.budget import NIGHTLY, named, seeds
from tests.laws.duckdb_replay import DuckDBReplay
from tests.laws.generators.for_each import drawn_families
from tests.laws.random_rules import random_segments
from tests.laws.random_shops import SAVED_AT, random_shop, save_shop
from tests.laws.verdicts import segments


@pytest.mark.parametrize("seed", seeds(1, start=6_000_000), ids=named)
def test_another_engine_gives_the_same_verdicts(sqlite_url: str, seed: int) -> None:
    drawn = random_shop(seed, people=6)
    database = Database(sqlite_url).with_key(HubKey(bytes(32)))
    with database.transaction() as transaction:
        world = drawn.world(save_shop(transaction, drawn))
        day = drawn.calendar.day
        tables = random_segments(seed, day, 30) | drawn_families(seed, day, 6)
        mirror = DuckDBReplay(transaction)
        with mirror.following(transaction):
            evaluate(transaction, world, segments(tables), SAVED_AT)
        mirror.close()
    database.close()
    assert mirror.compared["verdicts_0"]
    assert len(mirror.compared) > 3
    grouped = [name for name in mirror.compared if name.startswith("grouped_verdicts")]
    # A shop may be drawn at night that has no values.
    assert NIGHTLY or any(mirror.compared[name] for name in grouped)
