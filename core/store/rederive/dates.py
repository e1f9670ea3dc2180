"""Facts get the local dates that they have in another zone."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import Column, Connection, Table, select, update

from core.store.bulk import Row, change, table_of
from core.store.ingest.messages import EVENT, deliver
from core.store.people.contacts import CONTACT
from core.store.people.profiles import choose
from core.store.people.reassign import DISCOUNT, ORDERS
from core.store.shop import Shop
from core.store.tables import behaviour
from core.store.tables.types import local_day
from core.store.trade.coupons import COUPON
from core.store.trade.products import LINE
from core.store.trade.settle import REFUND
from core.store.upsert.rejected import RecordRejected
from core.store.upsert.timestamps import placed

_ROWS_AT_ONCE = 5_000
_PLAIN = (
    REFUND, table_of(behaviour.ListMember), table_of(behaviour.Visit), table_of(behaviour.Cart),
    table_of(behaviour.Deal), table_of(behaviour.Support),
)  # fmt: skip
"""Tables of which nothing but themselves holds the date."""


def redate(transaction: Connection, shop: Shop, before: ZoneInfo) -> None:
    """Write anew on which local date everything happened, which was stored in another zone.

    What came as a date keeps it, and its instant becomes the first moment of that date here. The
    store does not say what came as a date: whatever lies at the first moment of a local date of
    the zone before is taken for one. Instants that no date stands beside stay as they are:
    consents, answers, deletions, and when a row was changed or a message sent.
    """
    for table in _PLAIN:
        for _ in _moved(transaction, table, shop, before):
            pass
    for rows in _moved(transaction, ORDERS, shop, before, "placed_at"):
        _follow(transaction, LINE, LINE.c.order_id, ORDERS.c.placed_at, rows)
        _follow(transaction, COUPON, COUPON.c.order_id, ORDERS.c.placed_at, rows)
    for rows in _moved(transaction, DISCOUNT, shop, before):
        _follow(transaction, COUPON, COUPON.c.discount_id, DISCOUNT.c.at, rows)
    for rows in _moved(transaction, EVENT, shop, before):
        deliver(transaction, {(row["contact_id"], row["message_id"]) for row in rows})
    _redate_contacts(transaction, shop, before)


def _moved(
    transaction: Connection, table: Table, shop: Shop, before: ZoneInfo, at: str = "at"
) -> Iterator[Sequence[Row]]:
    """Write the rows of a table anew, piece by piece; gives those that changed."""
    for rows in _pieces(transaction, table, table.c[at]):
        moved = []
        for row in rows:
            instant, day = _anew(row[at], row["day"], before, shop.zone)
            if (instant, day) != (row[at], row["day"]):
                moved.append({**row, at: instant, "day": day})
        change(
            transaction, table, [{name: row[name] for name in ("id", at, "day")} for row in moved]
        )
        if moved:
            yield moved


def _pieces(transaction: Connection, table: Table, at: Column[Any]) -> Iterator[Sequence[Row]]:
    last = 0
    while True:
        statement = select(table).where(table.c.id > last, at.is_not(None))
        found = transaction.execute(statement.order_by(table.c.id).limit(_ROWS_AT_ONCE))
        rows = [dict(row) for row in found.mappings()]
        if not rows:
            return
        last = rows[-1]["id"]
        yield rows


def _anew(at: datetime, day: int, before: ZoneInfo, zone: ZoneInfo) -> tuple[datetime, int]:
    """Instant and local day of the same fact in another zone."""
    try:
        if at == _start(day, before):
            return _start(day, zone), day
        return at, local_day(at, zone)
    except (RecordRejected, OverflowError):
        # At the far ends of the calendar there is a date in one zone and none in another.
        return at, day


@lru_cache(maxsize=10_000)
def _start(day: int, zone: ZoneInfo) -> datetime:
    return placed(date.fromordinal(day), zone)[0]


def _follow(
    transaction: Connection,
    table: Table,
    reference: Column[Any],
    parent_at: Column[Any],
    rows: Sequence[Row],
) -> None:
    """Copy instant and day of rows that moved into what belongs to them."""
    parent = parent_at.table
    statement = update(table).where(reference.in_([row["id"] for row in rows]))
    if table is COUPON and parent is DISCOUNT:
        # A discount that is part of an order is its order's.
        statement = statement.where(table.c.order_id.is_(None))
    at = select(parent_at).where(parent.c.id == reference).scalar_subquery()
    day = select(parent.c.day).where(parent.c.id == reference).scalar_subquery()
    name = "placed_at" if table is LINE else "at"
    transaction.execute(statement.values({name: at, "day": day}))


def _redate_contacts(transaction: Connection, shop: Shop, before: ZoneInfo) -> None:
    for rows in _pieces(transaction, CONTACT, CONTACT.c.created_at):
        moved = []
        for row in rows:
            stated = orjson.loads(row["stated"])
            at, day = _anew(row["created_at"], stated["created_day"], before, shop.zone)
            text = orjson.dumps(stated | {"created_day": day}, option=orjson.OPT_SORT_KEYS)
            moved.append({"id": row["id"], "created_at": at, "stated": text.decode()})
        change(transaction, CONTACT, moved)
        choose(transaction, shop, {row["profile_id"] for row in rows} - {None})
