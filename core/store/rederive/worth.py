"""Amounts get the worth that they have in another currency, or at the rates of other days."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, Table, delete, func, insert, select, true

from core.store.bulk import change, pieces, rows_where
from core.store.ingest.facts import worth
from core.store.people.reassign import ORDERS
from core.store.shop import Shop
from core.store.trade.amounts import in_shop
from core.store.trade.products import LINE
from core.store.trade.rates import DEAL, rates_for
from core.store.trade.settle import DAILY, REFUND

_ROWS_AT_ONCE = 5_000
_AMOUNTS = ((ORDERS, "id", "net"), (LINE, "order_id", "total"), (REFUND, "order_id", "goods"))
"""Where amounts stand, by which column they belong to an order, and in its currency."""


def convert_amounts(transaction: Connection, shop: Shop, before: str) -> None:
    """Write anew what everything is worth in the shop's currency, which was `before`.

    Rates are taken as they were told: as the worth in the shop's present currency. What has no
    rate is unknown until one comes.
    """
    for numbers in _foreign(transaction, ORDERS, shop, before):
        _revalue_orders(transaction, shop, numbers)
    for numbers in _foreign(transaction, DEAL, shop, before):
        deals = rows_where(transaction, DEAL, DEAL.c.id, numbers)
        worth(transaction, shop, deals)
        change(transaction, DEAL, deals)
    _count_days(transaction)


def _foreign(transaction: Connection, table: Table, shop: Shop, before: str) -> Sequence[list[int]]:
    """The rows whose worth may have changed: without another currency, none in the shop's own."""
    whose: ColumnElement[bool] = true()
    if before == shop.currency:
        whose = table.c.currency != shop.currency
    numbers = transaction.execute(select(table.c.id).where(whose).order_by(table.c.id)).scalars()
    return list(pieces(numbers.all(), _ROWS_AT_ONCE))


def _revalue_orders(transaction: Connection, shop: Shop, numbers: Sequence[int]) -> None:
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
        anew = ((row, in_shop(row[amount], by_order[row[key]])) for row in rows)
        unlike = [{"id": row["id"], shown: value} for row, value in anew if row[shown] != value]
        change(transaction, table, unlike)


def _count_days(transaction: Connection) -> None:
    place = (ORDERS.c.connection_id, ORDERS.c.day)
    sums = (
        select(*place, func.count(), func.sum(ORDERS.c.net_shop))
        .where(ORDERS.c.valid, ORDERS.c.net_shop.is_not(None))
        .group_by(*place)
    )
    transaction.execute(delete(DAILY))
    names = ["connection_id", "day", "orders", "net_shop"]
    transaction.execute(insert(DAILY).from_select(names, sums))
