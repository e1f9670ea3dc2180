"""How many people are known from several connections."""

from collections.abc import Iterator

import pytest

from core import records as r
from core.store.database import Database
from sync.demo.overlap import known_from
from tests.core.store.floor import Floor


@pytest.fixture
def floor(database: Database) -> Iterator[Floor]:
    with database.transaction() as transaction:
        yield Floor(transaction)


def test_people_are_counted_by_the_connections_that_know_them(floor: Floor) -> None:
    floor.take(
        r.Contact(id="1", email="ida@x.dk"),
        r.Contact(id="2", email="ole@x.dk"),
        # A second contact of one connection makes nobody known from two.
        r.Contact(id="3", email="OLE@x.dk"),
        connection="shop",
    )
    floor.take(r.Contact(id="a", email="Ida@x.dk"), connection="till")
    floor.take(r.Contact(id="b", phone="+4520304050"), connection="club")
    assert known_from(floor.transaction) == {1: 2, 2: 1}


def test_where_nobody_is_known_there_is_nothing_to_count(floor: Floor) -> None:
    assert known_from(floor.transaction) == {}
