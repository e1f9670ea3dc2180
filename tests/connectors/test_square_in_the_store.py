"""Sales of the tills from their API into a store have the worth that the world says."""

from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from connectors.kit import Network, Window
from connectors.square import Square
from core.store import checkpoints
from core.store.bulk import table_of
from core.store.connections import connection_id
from core.store.database import Database
from core.store.ingest import save
from core.store.shop import Shop
from core.store.tables import coupons, trade
from sandbox import Sandbox
from sandbox.running import SQUARE_TOKEN
from sandbox.world.catalogue import COUPONS
from sandbox.world.trade import Order

NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)
SHOP = Shop(zone=ZoneInfo("Europe/Copenhagen"), currency="DKK")
ORDER, LINE = table_of(trade.Order), table_of(trade.OrderLine)
COUPON = table_of(coupons.OrderCoupon)
OERE = 100
"""Ten-thousandths in one."""


@pytest.fixture
def tills() -> Iterator[Sandbox]:
    """A small world with a gift of everything: coupons, campaigns, returns in part and whole."""
    with Sandbox(NOW, people=150) as sandbox:
        yield sandbox


def sold(tills: Sandbox) -> dict[str, Order]:
    """The world's own sales at its tills, by the id that Square gives them."""
    return {f"SALE{order.id}": order for order in tills.world.orders.values() if order.store}


def pull(tills: Sandbox, database: Database, streams: list[str]) -> None:
    """Read these streams, one after the other."""
    named = [coupon.code for coupon in COUPONS]
    square = Square.model_validate(
        {"token": SQUARE_TOKEN, "url": tills.square_url, "coupons": named}
    )
    square.through(Network(allow_local=frozenset({tills.square.url.removeprefix("http://")})))
    for name in streams:
        with database.transaction() as transaction:
            number = connection_id(transaction, "till", square.kind)
            reading = checkpoints.begin(transaction, number, name, NOW)
        for page in square.read(name, Window(until=NOW)):
            with database.transaction() as transaction:
                counts = save(transaction, SHOP, reading, page, NOW)
            assert counts["quarantined"] == 0


@pytest.mark.parametrize(
    "streams",
    [
        ["locations", "customers", "catalog", "orders"],
        ["orders", "catalog", "customers", "locations"],
    ],
    ids=["in order", "backwards"],
)
def test_every_sale_is_worth_what_the_world_says(
    tills: Sandbox, sqlite_url: str, streams: list[str]
) -> None:
    database = Database(sqlite_url)
    pull(tills, database, streams)
    with database.transaction() as transaction:
        orders = {row.external_id: row for row in transaction.execute(select(ORDER))}
        lines = {(row.order_id, row.external_id): row for row in transaction.execute(select(LINE))}
        codes = {row.order_id: row.code for row in transaction.execute(select(COUPON))}
    database.close()
    due = sold(tills)
    assert {name: (order.net * OERE, order.valid) for name, order in due.items()} == {
        name: (row.net, bool(row.valid)) for name, row in orders.items()
    }
    assert {orders[name].id: each.coupon.code for name, each in due.items() if each.coupon} == codes
    for name, order in due.items():
        for line in order.lines:
            told = lines[orders[name].id, str(line.id)]
            assert (told.on_sale, told.kept) == (line.on_sale, line.kept * OERE**2)
    assert {bool(line.on_sale) for line in lines.values()} == {True, False}
    assert any(order.refunds for order in due.values())
