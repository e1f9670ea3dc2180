"""Hub and reference evaluator agree: random rules over random shops, for everybody."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from core.hub_key import HubKey
from core.store.database import Database
from tests.budget import named, seeds
from tests.laws.random_rules import random_segments
from tests.laws.random_shops import RandomShop, random_shop, save_shop
from tests.laws.verdicts import differences, hub_verdicts, parts, reference, spelt_out

RULES = 32


def disagreements(
    transaction: sa.Connection, drawn: RandomShop, tables: dict[str, Any], *, days: int = 0
) -> list[str]:
    """Differences between hub and reference evaluator, by the smallest rules that show them."""
    numbers = save_shop(transaction, drawn)
    as_of = drawn.calendar.as_of + timedelta(days=days)
    world = drawn.world(numbers, as_of)
    read = reference(transaction, world, as_of)
    hub = hub_verdicts(transaction, world, tables)
    if not differences(hub, read.verdicts(spelt_out(tables))):
        return []
    single = {
        f"{name}_{number}": part
        for name, table in spelt_out(tables).items()
        for number, part in enumerate(parts(table))
        if not {"all", "any", "not", "segment"} & part.keys()
    }
    hub, wanted = hub_verdicts(transaction, world, single), read.verdicts(single)
    found = differences(hub, wanted) or ["only trees of rules differ"]
    return [f"{single.get(each.split(':')[0])} -> {each}" for each in found]


@pytest.mark.parametrize("seed", seeds(4), ids=named)
def test_hub_and_reference_evaluator_agree(sqlite_url: str, seed: int) -> None:
    drawn = random_shop(seed)
    database = Database(sqlite_url).with_key(HubKey(bytes(32)))
    with database.transaction() as transaction:
        tables = random_segments(seed, drawn.calendar.day, RULES)
        assert disagreements(transaction, drawn, tables) == []
    database.close()


@pytest.mark.parametrize("seed", seeds(2, start=1_000_000), ids=named)
def test_they_agree_on_postgresql(postgres_url: str, seed: int) -> None:
    drawn = random_shop(seed)
    database = Database(postgres_url).with_key(HubKey(bytes(32)))
    with database.transaction() as transaction:
        tables = random_segments(seed, drawn.calendar.day, RULES)
        assert disagreements(transaction, drawn, tables) == []
    database.close()


@pytest.mark.parametrize("seed", seeds(1, start=2_000_000), ids=named)
@pytest.mark.parametrize("days", [-400, -31, 1])
def test_they_agree_at_any_other_clock(sqlite_url: str, seed: int, days: int) -> None:
    drawn = random_shop(seed, people=5)
    database = Database(sqlite_url).with_key(HubKey(bytes(32)))
    with database.transaction() as transaction:
        tables = random_segments(seed + days, drawn.calendar.day, RULES // 2)
        assert disagreements(transaction, drawn, tables, days=days) == []
    database.close()


def test_the_reference_evaluator_can_tell_a_wrong_hub(sqlite_url: str) -> None:
    """The comparison itself bites: verdicts of another rule do not pass for these."""
    drawn = random_shop(3)
    database = Database(sqlite_url).with_key(HubKey(bytes(32)))
    with database.transaction() as transaction:
        world = drawn.world(save_shop(transaction, drawn))
        read = reference(transaction, world, drawn.calendar.as_of)
        hub = hub_verdicts(transaction, world, {"s": {"orders": "count", "at_least": 1}})
        wrong = read.verdicts({"s": {"orders": "count", "at_least": 2}})
        assert differences(hub, wrong)
        assert not differences(hub, read.verdicts({"s": {"orders": "count", "over": 0}}))
    database.close()
