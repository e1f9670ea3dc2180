"""Counts of orders that a person should hear of: unknown statuses, and parts of others."""

from collections import defaultdict

from sqlalchemy import Connection, func, select

from core.store.tables import ORDERS
from core.store.trade.amounts import KNOWN_STATUSES


def unknown_statuses(transaction: Connection) -> dict[int, dict[str, int]]:
    """Connection number -> statuses that are not known, and their numbers of orders."""
    rows = transaction.execute(
        select(ORDERS.c.connection_id, ORDERS.c.status, func.count())
        .where(ORDERS.c.status.not_in(sorted(KNOWN_STATUSES)))
        .group_by(ORDERS.c.connection_id, ORDERS.c.status)
        .order_by(func.count().desc(), ORDERS.c.status)
    )
    found: dict[int, dict[str, int]] = defaultdict(dict)
    for connection, status, number in rows:
        found[connection][status] = number
    return found


def parts_of_orders(transaction: Connection) -> dict[int, int]:
    """Connection number -> how many orders are parts of others, and do not count beside them."""
    rows = transaction.execute(
        select(ORDERS.c.connection_id, func.count())
        .where(ORDERS.c.parent_external_id.is_not(None), ORDERS.c.is_part)
        .group_by(ORDERS.c.connection_id)
    )
    return {row[0]: row[1] for row in rows}
