"""Rederive stored values when a setting changes: amounts, people and brands, and local dates."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Table,
    delete,
    func,
    insert,
    select,
    update,
)

from core.store.behaviour.messages import deliver
from core.store.bulk import ROWS_AT_ONCE, Row, pieces, rows_where, update_rows
from core.store.database import store_alone
from core.store.people.profiles import choose_fields
from core.store.rederive.people import rebuild_people, refill
from core.store.shop import Derived, Shop, derived_from
from core.store.tables import (
    CART_LINES,
    CARTS,
    CONTACTS,
    COUPONS,
    DAYS,
    DEALS,
    DELETABLE,
    DISCOUNTS,
    EVENTS,
    LINES,
    ORDERS,
    REFUNDS,
    SETTINGS,
)
from core.store.tables.types import local_day
from core.store.touched import mark, mark_found
from core.store.trade import rates
from core.store.trade.amounts import in_shop
from core.store.trade.snapshots import brand_key, rebrand
from core.store.upsert.page_context import RecordRejected
from core.store.upsert.timestamps import placed

_NAME = "settings"
_AMOUNTS = ((ORDERS, "id", "net"), (LINES, "order_id", "total"), (REFUNDS, "order_id", "goods"))
"""Tables with amounts, their column for the order, and the amount in its currency."""


def apply_settings(transaction: Connection, shop: Shop) -> None:
    """Rederive everything stored from the settings; does nothing where none of them changed.

    Afterwards the store is as if every page had arrived under these settings, except that an
    order, deal, cart or product without a currency keeps the one that the shop had when it came.
    """
    wanted = shop.settings()
    if _stored(transaction) == wanted:
        return
    store_alone(transaction)
    # Another process may have done it while this one waited for the lock.
    stored = _stored(transaction)
    if stored == wanted:
        return
    if stored is not None:
        changed = [name for name, value in wanted.items() if stored.get(name) != value]
        stale = derived_from(changed)
        if Derived.dates in stale:
            redate(transaction, shop, ZoneInfo(stored["zone"]))
        if Derived.amounts in stale:
            convert_amounts(transaction, shop, stored["currency"])
        if Derived.people in stale:
            rebuild(transaction, shop)
    transaction.execute(delete(SETTINGS).where(SETTINGS.c.name == _NAME))
    text = orjson.dumps(wanted).decode()
    transaction.execute(insert(SETTINGS).values(name=_NAME, value=text))


def _stored(transaction: Connection) -> dict[str, Any] | None:
    query = select(SETTINGS.c.value).where(SETTINGS.c.name == _NAME)
    text = transaction.execute(query).scalar()
    found: dict[str, Any] | None = None if text is None else orjson.loads(text)
    return found


def convert_amounts(transaction: Connection, shop: Shop, before: str) -> None:
    """Convert everything to the shop's currency, which was `before`.

    Stored rates are read as rates to the present currency. An amount without a rate is unknown
    until one arrives.
    """
    for numbers in _foreign(transaction, ORDERS, shop, before):
        _convert_orders(transaction, shop, numbers)
    for table in rates.PRICED:
        for numbers in _foreign(transaction, table, shop, before):
            rows = rows_where(transaction, table, table.c.id, numbers)
            rates.convert_amounts(transaction, shop, table, rows)
            update_rows(transaction, table, rows)
    _count_days(transaction)


def _foreign(transaction: Connection, table: Table, shop: Shop, before: str) -> Sequence[list[int]]:
    """Rows to convert again: all, or if the currency is the same only those in a foreign one."""
    # A refund of an order is in its currency.
    affected: ColumnElement[bool] = table.c.currency.is_not(None)
    if before == shop.currency:
        affected = table.c.currency != shop.currency
    numbers = transaction.execute(select(table.c.id).where(affected).order_by(table.c.id)).scalars()
    return list(pieces(numbers.all(), ROWS_AT_ONCE))


def _convert_orders(transaction: Connection, shop: Shop, numbers: Sequence[int]) -> None:
    columns = (ORDERS.c.id, ORDERS.c.currency, ORDERS.c.day)
    orders = rows_where(transaction, ORDERS, ORDERS.c.id, numbers, columns=columns)
    found = rates.rates_for(
        transaction, shop.currency, {(each["currency"], each["day"]) for each in orders}
    )
    by_order = {each["id"]: found.on(each["currency"], each["day"]) for each in orders}
    for table, key, amount in _AMOUNTS:
        shown = f"{amount}_shop"
        stated = tuple(table.c[name] for name in dict.fromkeys(("id", key, amount, shown)))
        rows = rows_where(transaction, table, table.c[key], numbers, columns=stated)
        converted = ((row, in_shop(row[amount], by_order[row[key]])) for row in rows)
        changed = [
            {"id": row["id"], shown: value} for row, value in converted if row[shown] != value
        ]
        update_rows(transaction, table, changed)


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


def rebuild(transaction: Connection, shop: Shop) -> None:
    """Recompute people and brand keys of the whole store.

    For a change of the country, the precedence, the block list or the brand aliases.
    """
    rebuild_people(transaction, shop)
    _rebrand(transaction, shop)


def _rebrand(transaction: Connection, shop: Shop) -> None:
    in_cart = select(CARTS.c.profile_id).join(CART_LINES, CART_LINES.c.cart_id == CARTS.c.id)
    for table, owners in ((LINES, select(LINES.c.profile_id)), (CART_LINES, in_cart)):
        spellings = select(table.c.brand, table.c.brand_key).where(table.c.brand.is_not(None))
        for brand, key in transaction.execute(spellings.distinct()).all():
            if key != (wanted := brand_key(shop, brand)):
                of_brand = (table.c.brand == brand) & (table.c.brand_key == key)
                mark_found(transaction, owners.where(of_brand))
                transaction.execute(update(table).where(of_brand).values(brand_key=wanted))
    mark(transaction, rebrand(transaction, shop))


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
        for rows in _moved(transaction, table, shop, before):
            _refill(transaction, shop, rows)
    for name in ("closed", "expected"):
        for _ in _moved(transaction, DEALS, shop, before, f"{name}_at", f"{name}_day"):
            pass
    for rows in _moved(transaction, ORDERS, shop, before, "placed_at"):
        _copy_dates(transaction, LINES, LINES.c.order_id, ORDERS.c.placed_at, rows)
        _copy_dates(transaction, COUPONS, COUPONS.c.order_id, ORDERS.c.placed_at, rows)
        _refill(transaction, shop, rows)
    for rows in _moved(transaction, DISCOUNTS, shop, before):
        _copy_dates(transaction, COUPONS, COUPONS.c.discount_id, DISCOUNTS.c.at, rows)
    for rows in _moved(transaction, EVENTS, shop, before):
        deliver(transaction, {(row["contact_id"], row["message_id"]) for row in rows})
    _redate_contacts(transaction, shop, before)


def _refill(transaction: Connection, shop: Shop, rows: Sequence[Row]) -> None:
    """Fill the contacts again whose bills have moved."""
    if billed := {row["contact_id"] for row in rows if row.get("buyer")} - {None}:
        refill(transaction, shop, billed)


def _moved(
    transaction: Connection,
    table: Table,
    shop: Shop,
    before: ZoneInfo,
    at: str = "at",
    day: str = "day",
) -> Iterator[Sequence[Row]]:
    """Update the rows of a table, piece by piece; yields those that changed."""
    for rows in _pieces(transaction, table, table.c[at]):
        moved = []
        for row in rows:
            instant, number = _redated(row[at], row[day], before, shop.zone)
            if (instant, number) != (row[at], row[day]):
                moved.append({**row, at: instant, day: number})
        update_rows(
            transaction, table, [{name: row[name] for name in ("id", at, day)} for row in moved]
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
        choose_fields(transaction, shop, {row["profile_id"] for row in rows} - {None})
