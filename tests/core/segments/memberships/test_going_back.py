"""Evaluations of an earlier date than the present one."""

from datetime import date

import pytest

from core.store.database import Database
from tests.core.segments.cases import order
from tests.core.segments.small_hub import SmallHub


@pytest.mark.parametrize("first", [0, 1])
def test_going_back_in_time_moves_the_present_there(database: Database, first: int) -> None:
    hub = SmallHub(database, {"recent": {"recipe": "recent_buyers", "within": "30 days"}})
    hub.tell(order(1, "ann", 20), order(2, "bob", 100))
    spring, winter = date(2026, 3, 31), date(2026, 1, 5)
    for day in [spring, date(2026, 6, 1), winter, spring][first:]:
        hub.evaluate(day)
    assert hub.stays() == [
        ("ann", spring.toordinal(), None, None),
        ("bob", winter.toordinal(), spring.toordinal(), "time"),
    ]
