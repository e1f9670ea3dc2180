"""Grouped verdicts of a family equal those of each of its segments alone."""

import sys
from datetime import date

import pytest
import sqlalchemy as sa

from core.hub_key import HubKey
from core.segments.compile.sql.context import EvaluationContext
from core.segments.verdicts.for_each import expand
from core.segments.verdicts.grouped import groups
from core.store.database import Database
from tests.budget import named, seeds
from tests.laws.generators.for_each import Table, drawn_families, member
from tests.laws.random_shops import random_shop, rolled_back, save_shop
from tests.laws.verdicts import Truths, differences, hub_verdicts, reference, segments


def verdicts(
    transaction: sa.Connection, world: EvaluationContext, families: dict[str, Table]
) -> dict[str, Truths]:
    """Verdicts of a full evaluation, which is rolled back."""
    with rolled_back(transaction):
        return hub_verdicts(transaction, world, families)


def grouped_families(
    transaction: sa.Connection, world: EvaluationContext, families: dict[str, Table]
) -> set[str]:
    """Families of which some segments are evaluated in one grouped query."""
    found = groups(expand(transaction, world.shop, segments(families)), world)
    return {each.names[0].partition(":")[0] for each in found}


@pytest.mark.parametrize("seed", seeds(2, start=7_000_000), ids=named)
def test_grouped_single_and_reference_verdicts_are_the_same(
    database: Database, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    drawn = random_shop(seed, people=7)
    families = drawn_families(seed, drawn.calendar.day, 8)
    with database.transaction() as transaction:
        world = drawn.world(save_shop(transaction, drawn))
        found = verdicts(transaction, world, families)
        assert grouped_families(transaction, world, families)
        written = {}
        for name in found:
            family, _, value = name.partition(":")
            written[name] = member(families[family], value)
        read = reference(transaction, world, drawn.calendar.as_of).verdicts(written)
        assert differences(found, read) == [], families
        monkeypatch.setattr("core.segments.verdicts.grouped.FEWEST", sys.maxsize)
        assert verdicts(transaction, world, families) == found


def test_every_kind_of_value_is_grouped_somewhere(sqlite_url: str) -> None:
    """Random families are useful: many of them are grouped."""
    drawn = random_shop(3)
    database = Database(sqlite_url).with_key(HubKey(bytes(32)))
    families = drawn_families(3, date(2026, 3, 31), 60)
    with database.transaction() as transaction:
        world = drawn.world(save_shop(transaction, drawn))
        found = grouped_families(transaction, world, families)
    database.close()
    kinds = {each["for_each"] for each in families.values()}
    assert {families[name]["for_each"] for name in found} == kinds
    assert len(families) / 3 < len(found) < len(families)
