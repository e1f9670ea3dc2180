"""Statuses of orders that the config has come to know: stored orders follow without a new read."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, select, update

from core.contract import Page
from core.store import checkpoints
from core.store.database import store_alone
from core.store.keys import fold
from core.store.shop import Shop
from core.store.tables import ORDERS
from core.store.touched import mark
from core.store.trade.amounts import KNOWN_STATUSES
from core.store.trade.purchases import derive_again
from core.store.upsert.page_context import PageContext


def restate_statuses(
    transaction: Connection,
    shop: Shop,
    connection_id: int,
    statuses: Mapping[str, str],
    now: datetime,
) -> int:
    """Give orders of a connection the meaning of words that were not known when they came.

    Returns how many. A word that was known keeps its meaning until the order is read again, since
    only unknown ones are stored as the source wrote them.
    """
    meanings = {fold(word): meaning for word, meaning in statuses.items()}
    unknown = sorted(meanings.keys() - KNOWN_STATUSES)
    if not unknown:
        return 0
    mine = (ORDERS.c.connection_id == connection_id, ORDERS.c.status.in_(unknown))
    rows = transaction.execute(select(ORDERS.c.id, ORDERS.c.stream).where(*mine)).all()
    if not rows:
        return 0
    store_alone(transaction)
    for word in unknown:
        transaction.execute(
            update(ORDERS)
            .where(ORDERS.c.connection_id == connection_id, ORDERS.c.status == word)
            .values(status=meanings[word])
        )
    reading = checkpoints.beside(transaction, connection_id, rows[0].stream)
    context = PageContext(transaction, shop, reading, Page(()), now)
    derive_again(context, [row.id for row in rows])
    mark(transaction, context.touched)
    return len(rows)
