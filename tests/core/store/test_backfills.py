"""A backfill's read stands beside the live one, and its windows are remembered."""

import threading
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, select

from core.store import checkpoints
from core.store.bulk import table_of
from core.store.connections import connection_id
from core.store.database import Database
from core.store.tables.operations import Checkpoint

NOW = datetime(2026, 3, 2, tzinfo=UTC)
MONTH = (NOW - timedelta(days=60), NOW - timedelta(days=30))
NEXT = (MONTH[1], NOW)


def shop(transaction: Connection) -> int:
    """The number of a connection."""
    return connection_id(transaction, "shop", "woocommerce")


def marks(database: Database) -> list[tuple[object, ...]]:
    """Every checkpoint, whole."""
    with database.read() as transaction:
        return [tuple(row) for row in transaction.execute(select(table_of(Checkpoint)))]


def test_a_read_beside_the_live_one_neither_moves_nor_overtakes_it(database: Database) -> None:
    with database.transaction() as transaction:
        live = checkpoints.begin(transaction, shop(transaction), "orders", NOW)
        checkpoints.advance(transaction, live, NOW, "state")
    before = marks(database)
    with database.transaction() as transaction:
        beside = checkpoints.beside(transaction, shop(transaction), "orders")
        assert not beside.live
        assert beside.number == live.number
        checkpoints.advance(transaction, beside, NOW + timedelta(days=1), "another")
    assert marks(database) == before
    with database.transaction() as transaction:
        checkpoints.advance(transaction, live, NOW + timedelta(hours=1))


def test_a_stream_that_was_never_read_begins_at_its_beginning_afterwards(
    database: Database,
) -> None:
    with database.transaction() as transaction:
        checkpoints.beside(transaction, shop(transaction), "orders")
    with database.transaction() as transaction:
        first = checkpoints.begin(transaction, shop(transaction), "orders", NOW)
    assert (first.version, first.number, first.cursor, first.state) == (1, 1, None, None)


def test_the_live_read_waits_until_the_window_is_stored(database: Database) -> None:
    with database.transaction() as transaction:
        live = checkpoints.begin(transaction, shop(transaction), "orders", NOW)
    ended: list[str] = []

    def advance() -> None:
        with database.transaction() as transaction:
            checkpoints.advance(transaction, live, NOW)
            ended.append("live")

    reader = threading.Thread(target=advance)
    with database.transaction() as transaction:
        checkpoints.beside(transaction, live.connection_id, "orders")
        reader.start()
        reader.join(0.3)
        ended.append("window")
    reader.join(20)
    assert ended == ["window", "live"]


def test_windows_are_remembered_by_connection_stream_and_edges(database: Database) -> None:
    with database.transaction() as transaction:
        number = shop(transaction)
        other = connection_id(transaction, "till", "square")
        for edges in (MONTH, NEXT, MONTH):
            checkpoints.record_backfilled(transaction, number, "orders", edges, NOW)
        checkpoints.record_backfilled(transaction, number, "products", MONTH, NOW)
        checkpoints.forget_backfilled(transaction, number, "orders", [NEXT])
    with database.read() as transaction:
        assert checkpoints.backfilled(transaction, number, "orders") == {MONTH}
        assert checkpoints.backfilled(transaction, number, "products") == {MONTH}
        assert checkpoints.backfilled(transaction, other, "orders") == frozenset()
