"""The twenty segments of the paper, each variation against members counted by hand."""

import pytest

from core.segments.recipes import catalogue
from core.store.database import Database
from tests.core.segments.twenty import baskets, mailbox, people, purchases
from tests.core.segments.twenty.cases import Segment
from tests.core.segments.twenty.world import load, members

SEGMENTS = sorted(
    (*purchases.SEGMENTS, *baskets.SEGMENTS, *people.SEGMENTS, *mailbox.SEGMENTS),
    key=lambda segment: segment.number,
)
EACH = pytest.mark.parametrize("segment", SEGMENTS, ids=lambda segment: str(segment.number))


def test_every_segment_of_the_paper_is_counted() -> None:
    assert [segment.number for segment in SEGMENTS] == list(range(1, 21))


def test_every_variation_of_every_recipe_is_counted() -> None:
    counted = [(case.recipe, case.danish) for each in SEGMENTS for case in each.cases]
    wanted = [
        (name, variation.da)
        for name, recipe in catalogue().items()
        for variation in recipe.variations
    ]
    assert sorted(each for each in counted if each[1]) == sorted(wanted)


@EACH
def test_a_variation_is_counted_with_its_own_parameters(segment: Segment) -> None:
    for case in (case for case in segment.cases if case.danish):
        assert any(
            variation.da == case.danish and variation.parameters.items() <= case.parameters.items()
            for variation in catalogue()[case.recipe].variations
        ), case


@EACH
def test_a_variation_has_members_and_others(segment: Segment) -> None:
    everybody = {
        str(getattr(record, "contact", None) or getattr(record, "id", None))
        for record in segment.records
    }
    for case in segment.cases:
        assert set(case.ids) < everybody, case
        assert len(case.ids) == len(set(case.ids)) > 0, case


@EACH
def test_each_variation_has_the_members_that_were_counted_by_hand(
    segment: Segment, database: Database
) -> None:
    connection = load(database, segment.records)
    found = members(database, connection, segment.cases)
    wrong = [
        (case.danish or case.recipe, dict(case.parameters), "counted", case.ids, "found", ids)
        for case, ids in zip(segment.cases, found, strict=True)
        if case.ids != ids
    ]
    assert not wrong
