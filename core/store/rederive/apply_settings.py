"""Derive stored values anew when the settings that they depend on have changed."""

from typing import Any
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import Connection, delete, insert, select

from core.store.bulk import table_of
from core.store.database import store_alone
from core.store.people.splitting import rebuild
from core.store.rederive.dates import redate
from core.store.rederive.worth import convert_amounts
from core.store.shop import Derived, Shop, derived_from
from core.store.tables.operations import Setting

_SETTING = table_of(Setting)
_NAME = "settings"


def apply_settings(transaction: Connection, shop: Shop) -> None:
    """Bring everything stored in line with the settings; does nothing where none changed.

    Afterwards the store is as if everything had been ingested under these settings. What only the
    source knows stays: an order or a deal without a currency keeps the one that the shop had when
    it was read.
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
    transaction.execute(delete(_SETTING).where(_SETTING.c.name == _NAME))
    text = orjson.dumps(wanted).decode()
    transaction.execute(insert(_SETTING).values(name=_NAME, value=text))


def _stored(transaction: Connection) -> dict[str, Any] | None:
    query = select(_SETTING.c.value).where(_SETTING.c.name == _NAME)
    text = transaction.execute(query).scalar()
    found: dict[str, Any] | None = None if text is None else orjson.loads(text)
    return found
