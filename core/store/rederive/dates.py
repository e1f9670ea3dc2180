"""Recompute the local dates of facts for another zone."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import Column, Connection, Table, select, update

from core.store.behaviour.messages import deliver
from core.store.bulk import ROWS_AT_ONCE, Row, update_rows
from core.store.people.profiles import choose
from core.store.shop import Shop
from core.store.tables import (
    CONTACTS,
    COUPONS,
    DELETABLE,
    DISCOUNTS,
    EVENTS,
    LINES,
    ORDERS,
)
from core.store.tables.types import local_day
from core.store.upsert.page_context import RecordRejected
from core.store.upsert.timestamps import placed

_DATED = tuple(
    table
    for table in DELETABLE.values()
    if table not in (DISCOUNTS, EVENTS) and {"at", "day"} <= {*table.c.keys()}
)
"""Tables whose dates no other table copies."""


def redate(transaction: Connection, shop: Shop, before: ZoneInfo) -> None:
    """Recompute every local date, which was stored for the zone `before`.

    A fact that arrived as a date keeps it, and its instant becomes the first moment of that date
    in the new zone. The store does not record which did: an instant at the first moment of a local
    date in the old zone is taken for a date. Instants without a date beside them stay: those of
    consents, answers, deletions and updates, and when messages were sent.
    """
    for table in _DATED:
        for _ in _moved(transaction, table, shop, before):
            pass
    for rows in _moved(transaction, ORDERS, shop, before, "placed_at"):
        _copy_dates(transaction, LINES, LINES.c.order_id, ORDERS.c.placed_at, rows)
        _copy_dates(transaction, COUPONS, COUPONS.c.order_id, ORDERS.c.placed_at, rows)
    for rows in _moved(transaction, DISCOUNTS, shop, before):
        _copy_dates(transaction, COUPONS, COUPONS.c.discount_id, DISCOUNTS.c.at, rows)
    for rows in _moved(transaction, EVENTS, shop, before):
        deliver(transaction, {(row["contact_id"], row["message_id"]) for row in rows})
    _redate_contacts(transaction, shop, before)


def _moved(
    transaction: Connection, table: Table, shop: Shop, before: ZoneInfo, at: str = "at"
) -> Iterator[Sequence[Row]]:
    """Update the rows of a table, piece by piece; yields those that changed."""
    for rows in _pieces(transaction, table, table.c[at]):
        moved = []
        for row in rows:
            instant, day = _redated(row[at], row["day"], before, shop.zone)
            if (instant, day) != (row[at], row["day"]):
                moved.append({**row, at: instant, "day": day})
        update_rows(
            transaction, table, [{name: row[name] for name in ("id", at, "day")} for row in moved]
        )
        if moved:
            yield moved


def _pieces(transaction: Connection, table: Table, at: Column[Any]) -> Iterator[Sequence[Row]]:
    last = 0
    while True:
        statement = select(table).where(table.c.id > last, at.is_not(None))
        found = transaction.execute(statement.order_by(table.c.id).limit(ROWS_AT_ONCE))
        rows = [dict(row) for row in found.mappings()]
        if not rows:
            return
        last = rows[-1]["id"]
        yield rows


def _redated(at: datetime, day: int, before: ZoneInfo, zone: ZoneInfo) -> tuple[datetime, int]:
    """Instant and local day of the same fact in another zone."""
    try:
        if at == _start(day, before):
            return _start(day, zone), day
        return at, local_day(at, zone)
    except (RecordRejected, OverflowError):
        # At the ends of the calendar an instant has a date in one zone and none in another.
        return at, day


@lru_cache(maxsize=10_000)
def _start(day: int, zone: ZoneInfo) -> datetime:
    return placed(date.fromordinal(day), zone)[0]


def _copy_dates(
    transaction: Connection,
    table: Table,
    reference: Column[Any],
    parent_at: Column[Any],
    rows: Sequence[Row],
) -> None:
    """Copy instant and day of moved rows into the rows that belong to them."""
    parent = parent_at.table
    statement = update(table).where(reference.in_([row["id"] for row in rows]))
    if table is COUPONS and parent is DISCOUNTS:
        # A discount that is part of an order follows its order.
        statement = statement.where(table.c.order_id.is_(None))
    at = select(parent_at).where(parent.c.id == reference).scalar_subquery()
    day = select(parent.c.day).where(parent.c.id == reference).scalar_subquery()
    name = "placed_at" if table is LINES else "at"
    transaction.execute(statement.values({name: at, "day": day}))


def _redate_contacts(transaction: Connection, shop: Shop, before: ZoneInfo) -> None:
    for rows in _pieces(transaction, CONTACTS, CONTACTS.c.created_at):
        moved = []
        for row in rows:
            stated = orjson.loads(row["stated"])
            at, day = _redated(row["created_at"], stated["created_day"], before, shop.zone)
            text = orjson.dumps(stated | {"created_day": day}, option=orjson.OPT_SORT_KEYS)
            moved.append({"id": row["id"], "created_at": at, "stated": text.decode()})
        update_rows(transaction, CONTACTS, moved)
        choose(transaction, shop, {row["profile_id"] for row in rows} - {None})
