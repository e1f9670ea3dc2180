"""A noun is declared once by its record; the store has one entry for each."""

from typing import get_type_hints

import pytest
from sqlmodel import SQLModel

from core.records import NOUNS
from core.store.ingest import HANDLERS
from core.store.ingest.deletion import DEPENDENTS
from core.store.tables import DELETABLE, STORED, people, rows, trade

STORED_NOUNS = set(NOUNS) - {"Deleted"}


def test_every_noun_has_a_table() -> None:
    assert set(STORED) == STORED_NOUNS


def test_every_noun_has_a_handler() -> None:
    assert {noun.__name__ for noun in HANDLERS} == STORED_NOUNS
    assert {NOUNS[noun.__name__] for noun in HANDLERS} == set(HANDLERS)


def test_every_noun_that_a_source_can_delete_is_deleted() -> None:
    named_by_values = {"Consent", "Postcode", "Rate"}
    assert set(DELETABLE) == STORED_NOUNS - named_by_values
    assert set(DEPENDENTS) < set(DELETABLE)


def test_every_noun_has_a_name_or_an_id() -> None:
    nameless = [
        name
        for name, noun in NOUNS.items()
        if not noun.named_by and not noun.model_fields["id"].is_required()
    ]
    assert nameless == []


def test_no_two_nouns_share_a_plural() -> None:
    assert len({noun.plural for noun in NOUNS.values()}) == len(NOUNS)


@pytest.mark.parametrize(
    ("row", "model"),
    [
        (rows.ContactRow, people.Contact),
        (rows.ProfileRow, people.Profile),
        (rows.OrderRow, trade.Order),
        (rows.LineRow, trade.OrderLine),
        (rows.RefundRow, trade.Refund),
    ],
)
def test_the_type_of_a_row_has_the_columns_of_its_table(row: type, model: type[SQLModel]) -> None:
    columns = {name: field.annotation for name, field in model.model_fields.items()}
    assert get_type_hints(row) == columns
