"""Convert stored amounts to another shop currency, or at the rates of other days."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, Table, delete, func, insert, select, true

from core.store.behaviour.facts import convert_deals
from core.store.bulk import pieces, rows_where, update_rows
from core.store.shop import Shop
from core.store.tables import DAYS, DEALS, LINES, ORDERS, REFUNDS
from core.store.trade.amounts import in_shop
from core.store.trade.rates import rates_for

_ROWS_AT_ONCE = 5_000
_AMOUNTS = ((ORDERS, "id", "net"), (LINES, "order_id", "total"), (REFUNDS, "order_id", "goods"))
"""Tables with amounts, their column for the order, and the amount in its currency."""


def convert_amounts(transaction: Connection, shop: Shop, before: str) -> None:
    """Convert everything to the shop's currency, which was `before`.

    Stored rates are read as rates to the present currency. An amount without a rate is unknown
    until one arrives.
    """
    for numbers in _foreign(transaction, ORDERS, shop, before):
        _convert_orders(transaction, shop, numbers)
    for numbers in _foreign(transaction, DEALS, shop, before):
        deals = rows_where(transaction, DEALS, DEALS.c.id, numbers)
        convert_deals(transaction, shop, deals)
        update_rows(transaction, DEALS, deals)
    _count_days(transaction)


def _foreign(transaction: Connection, table: Table, shop: Shop, before: str) -> Sequence[list[int]]:
    """Rows concerned conversion may have changed: if the currency did not, only foreign ones."""
    concerned: ColumnElement[bool] = true()
    if before == shop.currency:
        concerned = table.c.currency != shop.currency
    numbers = transaction.execute(
        select(table.c.id).where(concerned).order_by(table.c.id)
    ).scalars()
    return list(pieces(numbers.all(), _ROWS_AT_ONCE))


def _convert_orders(transaction: Connection, shop: Shop, numbers: Sequence[int]) -> None:
    columns = (ORDERS.c.id, ORDERS.c.currency, ORDERS.c.day)
    orders = rows_where(transaction, ORDERS, ORDERS.c.id, numbers, columns=columns)
    rates = rates_for(
        transaction, shop.currency, {(each["currency"], each["day"]) for each in orders}
    )
    by_order = {each["id"]: rates.on(each["currency"], each["day"]) for each in orders}
    for table, key, amount in _AMOUNTS:
        shown = f"{amount}_shop"
        stated = tuple(table.c[name] for name in dict.fromkeys(("id", key, amount, shown)))
        rows = rows_where(transaction, table, table.c[key], numbers, columns=stated)
        converted = ((row, in_shop(row[amount], by_order[row[key]])) for row in rows)
        unlike = [
            {"id": row["id"], shown: value} for row, value in converted if row[shown] != value
        ]
        update_rows(transaction, table, unlike)


def _count_days(transaction: Connection) -> None:
    place = (ORDERS.c.connection_id, ORDERS.c.day)
    sums = (
        select(*place, func.count(), func.sum(ORDERS.c.net_shop))
        .where(ORDERS.c.valid, ORDERS.c.net_shop.is_not(None))
        .group_by(*place)
    )
    transaction.execute(delete(DAYS))
    names = ["connection_id", "day", "orders", "net_shop"]
    transaction.execute(insert(DAYS).from_select(names, sums))
