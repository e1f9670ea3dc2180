"""The same statements, run by DuckDB over the same rows, give the same verdicts."""

import pytest

from core.segments.evaluate.evaluation import evaluate
from core.store.database import Database
from tests.laws.budget import NIGHTLY, named, seeds
from tests.laws.drawing.families import drawn_families
from tests.laws.judging import segments
from tests.laws.reading.mirror import Mirror
from tests.laws.rules import drawn_segments
from tests.laws.worlds import TAKEN, drawn_shop, saved


@pytest.mark.parametrize("seed", seeds(2, start=6_000_000), ids=named)
def test_another_engine_gives_the_same_verdicts(sqlite_url: str, seed: int) -> None:
    drawn = drawn_shop(seed, people=6)
    database = Database(sqlite_url)
    with database.transaction() as transaction:
        world = drawn.world(saved(transaction, drawn))
        day = drawn.calendar.day
        tables = drawn_segments(seed, day, 30) | drawn_families(seed, day, 6)
        mirror = Mirror(transaction)
        with mirror.following(transaction):
            evaluate(transaction, world, segments(tables), TAKEN)
        mirror.close()
    database.close()
    assert mirror.compared["verdicts_0"]
    assert len(mirror.compared) > 3
    # A shop may be drawn at night that has no values.
    assert NIGHTLY or mirror.compared["grouped_verdicts_0"]
