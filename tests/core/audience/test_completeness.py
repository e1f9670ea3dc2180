"""Segments and values that are held because a stream is incomplete."""

from datetime import timedelta

import pytest

from core.audience.completeness import RequiredStream, has_been_read, incomplete
from core.store.database import Database
from tests.core.audience.seeded_shop import NOW, SeededShop

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("age", "suspect", "reason"),
    [
        (timedelta(hours=3), "", ""),
        (timedelta(hours=3, seconds=1), "", "more than 3 intervals ago"),
        (timedelta(0), "came back empty", "is suspect: came back empty"),
    ],
)
def test_a_stream_must_be_read_and_believed(
    database: Database, age: timedelta, suspect: str, reason: str
) -> None:
    seeded = SeededShop(database)
    seeded.completed("orders", NOW - age, suspect)
    needs = {
        "loyal": [RequiredStream("news", "members", HOUR), RequiredStream("news", "orders", HOUR)]
    }
    with database.read() as transaction:
        found = incomplete(transaction, needs, NOW)
    assert set(found) == ({"loyal"} if reason else set())
    assert reason in found.get("loyal", "")


def test_a_stream_that_never_came_holds_what_rests_on_it(database: Database) -> None:
    SeededShop(database)
    needs = {"loyal": [RequiredStream("shop", "orders", HOUR)], "men": []}
    with database.read() as transaction:
        found = incomplete(transaction, needs, NOW)
    assert found == {
        "loyal": "orders of shop has never been read to its end; run: segmenthub pull shop"
    }


def test_a_destination_was_read_when_all_its_streams_were(database: Database) -> None:
    SeededShop(database)
    with database.read() as transaction:
        assert has_been_read(transaction, "news", ["members"])
        assert not has_been_read(transaction, "news", ["members", "lists"])
        assert not has_been_read(transaction, "shop", ["members"])
