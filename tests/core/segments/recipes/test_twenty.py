"""The twenty segments of the paper, each variation against members counted by hand."""

import pytest

from core.segments.recipes import catalogue
from core.store.database import Database
from tests.core.segments.cases import TODAY, evaluated
from tests.core.segments.recipes import baskets, messages, people, purchases
from tests.core.segments.recipes.records import RecipeTable
from tests.laws.random_shops import rolled_back

TABLES = sorted(
    (*purchases.TABLES, *baskets.TABLES, *people.TABLES, *messages.TABLES),
    key=lambda table: table.number,
)
EACH = pytest.mark.parametrize("table", TABLES, ids=lambda table: str(table.number))


def test_every_segment_of_the_paper_is_counted() -> None:
    assert [table.number for table in TABLES] == list(range(1, 21))


def test_every_variation_of_every_recipe_is_counted() -> None:
    counted = [(case.rule["recipe"], case.note) for table in TABLES for case in table.cases]
    wanted = [
        (name, variation.da)
        for name, recipe in catalogue().items()
        if recipe.number is not None
        for variation in recipe.variations
    ]
    assert sorted(each for each in counted if each[1]) == sorted(wanted)


@EACH
def test_a_variation_is_counted_with_its_own_parameters(table: RecipeTable) -> None:
    for case in (case for case in table.cases if case.note):
        assert any(
            variation.da == case.note and variation.parameters.items() <= case.rule.items()
            for variation in catalogue()[case.rule["recipe"]].variations
        ), case


@EACH
def test_a_variation_has_members_and_others(table: RecipeTable) -> None:
    everybody = {
        str(getattr(record, "contact", None) or getattr(record, "id", None))
        for record in table.records
    }
    for case in table.cases:
        assert set(case.members) < everybody, case
        assert len(case.members) == len(set(case.members)) > 0, case


@EACH
def test_each_variation_has_the_members_that_were_counted_by_hand(
    table: RecipeTable, empty_store: Database
) -> None:
    rules = [case.rule for case in table.cases]
    with empty_store.transaction() as transaction, rolled_back(transaction):
        found = evaluated(transaction, table.records, rules, as_of=TODAY)
    wrong = [
        (case, "found", members)
        for case, (members, _) in zip(table.cases, found, strict=True)
        if case.members != members
    ]
    assert not wrong
