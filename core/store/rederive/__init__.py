"""Rederive stored values when a setting changes that they depend on."""

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import ColumnElement, Connection, Table, delete, func, insert, select, true

from core.store.behaviour.facts import convert_deals
from core.store.bulk import ROWS_AT_ONCE, pieces, rows_where, update_rows
from core.store.database import store_alone
from core.store.people import profiles
from core.store.people.consent import apply_pending_consents
from core.store.people.contacts import identifiers, write_identifiers
from core.store.people.reassign import rejoin_contacts
from core.store.rederive.dates import redate
from core.store.shop import Derived, Shop, derived_from
from core.store.tables import CONTACTS, DAYS, DEALS, LINES, ORDERS, PROFILES, REFUNDS, SETTINGS
from core.store.touched import mark
from core.store.trade.amounts import in_shop
from core.store.trade.products import brand_key
from core.store.trade.rates import rates_for

_NAME = "settings"
_AMOUNTS = ((ORDERS, "id", "net"), (LINES, "order_id", "total"), (REFUNDS, "order_id", "goods"))
"""Tables with amounts, their column for the order, and the amount in its currency."""


def apply_settings(transaction: Connection, shop: Shop) -> None:
    """Rederive everything stored from the settings; does nothing where none of them changed.

    Afterwards the store is as if every page had arrived under these settings, except that an
    order or a deal without a currency keeps the one that the shop had when it came.
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
    for numbers in _foreign(transaction, DEALS, shop, before):
        deals = rows_where(transaction, DEALS, DEALS.c.id, numbers)
        convert_deals(transaction, shop, deals)
        update_rows(transaction, DEALS, deals)
    _count_days(transaction)


def _foreign(transaction: Connection, table: Table, shop: Shop, before: str) -> Sequence[list[int]]:
    """Rows to convert again: all, or if the currency is the same only those in a foreign one."""
    concerned: ColumnElement[bool] = true()
    if before == shop.currency:
        concerned = table.c.currency != shop.currency
    numbers = transaction.execute(
        select(table.c.id).where(concerned).order_by(table.c.id)
    ).scalars()
    return list(pieces(numbers.all(), ROWS_AT_ONCE))


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


def rebuild(transaction: Connection, shop: Shop) -> None:
    """Recompute identities, profile fields and brand keys of the whole store.

    For a change of the country, the precedence, the block list or the brand aliases.
    """
    _identify(transaction, shop)
    rejoin_contacts(transaction, shop, set(transaction.execute(select(CONTACTS.c.id)).scalars()))
    everybody = set(transaction.execute(select(PROFILES.c.id)).scalars())
    mark(transaction, profiles.choose(transaction, shop, everybody))
    _rebrand(transaction, shop)


def _identify(transaction: Connection, shop: Shop) -> None:
    """Normalize identifiers again: phone numbers may be of another country."""
    numbers = transaction.execute(select(CONTACTS.c.id).order_by(CONTACTS.c.id)).scalars().all()
    for piece in pieces(numbers, ROWS_AT_ONCE):
        columns = (CONTACTS.c.id, CONTACTS.c.stated)
        rows = rows_where(transaction, CONTACTS, CONTACTS.c.id, piece, columns=columns)
        wanted = {row["id"]: identifiers(orjson.loads(row["stated"]), shop.country) for row in rows}
        _, come = write_identifiers(transaction, wanted)
        # A statement about a contact holds for its addresses, however they are written.
        mark(transaction, apply_pending_consents(transaction, {contact for contact, _, _ in come}))


def _rebrand(transaction: Connection, shop: Shop) -> None:
    brands = transaction.execute(
        select(LINES.c.brand, LINES.c.brand_key).where(LINES.c.brand.is_not(None)).distinct()
    )
    stale = {brand for brand, key in brands if key != brand_key(shop, brand)}
    rows = rows_where(
        transaction,
        LINES,
        LINES.c.brand,
        stale,
        columns=(LINES.c.id, LINES.c.brand, LINES.c.profile_id),
    )
    for start in range(0, len(rows), ROWS_AT_ONCE):
        piece = rows[start : start + ROWS_AT_ONCE]
        update_rows(
            transaction,
            LINES,
            [{"id": row["id"], "brand_key": brand_key(shop, row["brand"])} for row in piece],
        )
    mark(transaction, {row["profile_id"] for row in rows})
