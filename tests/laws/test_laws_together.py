"""Laws of families whose members are judged together: it is as if each were judged alone."""

import sys
from datetime import date

import pytest
import sqlalchemy as sa

from core.segments.compile.sql.context import EvaluationContext
from core.segments.verdicts.for_each import expand
from core.segments.verdicts.grouped import groups
from core.store.database import Database
from tests.laws.budget import named, seeds
from tests.laws.drawing.families import Table, drawn_families, member
from tests.laws.judging import Truths, differences, hub_verdicts, reading, segments
from tests.laws.small import undone
from tests.laws.worlds import drawn_shop, saved


def verdicts(
    transaction: sa.Connection, world: EvaluationContext, families: dict[str, Table]
) -> dict[str, Truths]:
    """What an evaluation of everybody finds, undone afterwards."""
    with undone(transaction):
        return hub_verdicts(transaction, world, families)


def judged_together(
    transaction: sa.Connection, world: EvaluationContext, families: dict[str, Table]
) -> set[str]:
    """The families of which some members are judged together."""
    found = groups(expand(transaction, world.shop, segments(families)), world)
    return {each.names[0].partition(":")[0] for each in found}


@pytest.mark.parametrize("seed", seeds(2, start=7_000_000), ids=named)
def test_together_apart_and_by_the_documents_families_are_the_same(
    database: Database, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    drawn = drawn_shop(seed, people=7)
    families = drawn_families(seed, drawn.calendar.day, 8)
    with database.transaction() as transaction:
        world = drawn.world(saved(transaction, drawn))
        found = verdicts(transaction, world, families)
        assert judged_together(transaction, world, families)
        written = {}
        for name in found:
            family, _, value = name.partition(":")
            written[name] = member(families[family], value)
        read = reading(transaction, drawn, world).verdicts(written)
        assert differences(found, read) == [], families
        monkeypatch.setattr("core.segments.verdicts.grouped.FEWEST", sys.maxsize)
        assert verdicts(transaction, world, families) == found


def test_every_kind_of_value_is_judged_together_somewhere(sqlite_url: str) -> None:
    """The families that are drawn are of use: most of them do what this page is about."""
    drawn = drawn_shop(3)
    database = Database(sqlite_url)
    families = drawn_families(3, date(2026, 3, 31), 60)
    with database.transaction() as transaction:
        world = drawn.world(saved(transaction, drawn))
        found = judged_together(transaction, world, families)
    database.close()
    kinds = {each["for_each"] for each in families.values()}
    assert {families[name]["for_each"] for name in found} == kinds
    assert len(families) / 3 < len(found) < len(families)
