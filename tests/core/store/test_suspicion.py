"""A part that suddenly shows much less is not believed, until it does again or a person says so."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from core.contract import Page
from core.records import Order
from core.store import checkpoints
from core.store.bulk import table_of
from core.store.connections import connection_id
from core.store.database import Database
from core.store.ingest import save
from core.store.shop import Shop
from core.store.tables.operations import Checkpoint
from core.store.tables.trade import Order as OrderRow

SHOP = Shop(zone=ZoneInfo("Europe/Oslo"), currency="NOK")
FIRST = datetime(2026, 3, 1, 6, tzinfo=UTC)


def read(
    database: Database, day: int, *, origin: str = "a.csv", rows: int = 0, accepted: bool = False
) -> tuple[str, int]:
    """Read a file of so many orders on some day; the doubt that is left, and what is stored."""
    now = FIRST + timedelta(days=day)
    page = Page(
        [
            Order(id=f"{origin}:{number}", placed_at=FIRST, total=Decimal(1), currency="NOK")
            for number in range(rows)
        ],
        origin=origin,
        whole=True,
        state="read",
    )
    with database.transaction() as transaction:
        number = connection_id(transaction, "shop", "csv")
        reading = checkpoints.begin(transaction, number, "orders", now, accepted=accepted)
        save(transaction, SHOP, reading, page, now)
        checkpoints.complete(transaction, reading, now, rows=rows, full=reading.state is None)
        orders = transaction.scalar(sa.select(sa.func.count()).select_from(table_of(OrderRow)))
        doubt = transaction.scalar(sa.select(table_of(Checkpoint).c.suspect))
    return str(doubt), int(orders or 0)


def test_a_file_that_lost_most_of_its_rows_is_doubted_and_removes_nothing(
    database: Database,
) -> None:
    assert read(database, 0, rows=20) == ("", 20)
    doubt, orders = read(database, 1, rows=4)
    assert "16 of 20 rows of a.csv" in doubt
    assert orders == 20


def test_the_doubt_ends_when_the_file_shows_its_rows_again(database: Database) -> None:
    read(database, 0, rows=20)
    read(database, 1, rows=4)
    assert read(database, 2, rows=19) == ("", 19)


def test_another_file_does_not_end_the_doubt(database: Database) -> None:
    read(database, 0, rows=20)
    read(database, 1, rows=4)
    doubt, _ = read(database, 2, origin="b.csv", rows=3)
    assert "a.csv" in doubt


def test_a_person_may_accept_that_much_is_gone(database: Database) -> None:
    read(database, 0, rows=20)
    read(database, 1, rows=4)
    assert read(database, 2, rows=4, accepted=True) == ("", 4)


@pytest.mark.parametrize("lost", [1, 4])
def test_a_few_rows_may_go_without_a_doubt(database: Database, lost: int) -> None:
    read(database, 0, rows=5)
    assert read(database, 1, rows=5 - lost) == ("", 5 - lost)


def test_five_rows_that_are_most_of_a_file_are_doubted(database: Database) -> None:
    read(database, 0, rows=9)
    doubt, orders = read(database, 1, rows=4)
    assert "5 of 9 rows of a.csv" in doubt
    assert orders == 9
