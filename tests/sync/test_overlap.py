"""How many people are known from several connections."""

from core import records as r
from sync.demo.overlap import known_from
from tests.core.store.filled_store import FilledStore


def test_people_are_counted_by_the_connections_that_know_them(hub: FilledStore) -> None:
    hub.take(
        r.Contact(id="1", email="ida@x.dk"),
        r.Contact(id="2", email="ole@x.dk"),
        # A second contact of one connection makes nobody known from two.
        r.Contact(id="3", email="OLE@x.dk"),
        connection="shop",
    )
    hub.take(r.Contact(id="a", email="Ida@x.dk"), connection="till")
    hub.take(r.Contact(id="b", phone="+4520304050"), connection="club")
    assert known_from(hub.transaction) == {1: 2, 2: 1}


def test_where_nobody_is_known_there_is_nothing_to_count(hub: FilledStore) -> None:
    assert known_from(hub.transaction) == {}
