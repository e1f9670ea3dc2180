"""Settings that stored values depend on, and the updates when one of them changes."""

from typing import Any
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import Connection, delete, insert, select

from core.store.database import store_alone
from core.store.rederive.amounts import convert_amounts
from core.store.rederive.dates import redate
from core.store.rederive.people import rebuild
from core.store.shop import Shop
from core.store.tables import SETTINGS

_NAME = "settings"


def apply_settings(transaction: Connection, shop: Shop) -> None:
    """Rederive everything stored from the settings; does nothing where none of them changed.

    Afterwards the store is as if every page had arrived under these settings, except that an
    order or a deal without a currency keeps the one that the shop had when it came.
    """
    wanted = _wanted(shop)
    if _stored(transaction) == wanted:
        return
    store_alone(transaction)
    # Another process may have done it while this one waited.
    stored = _stored(transaction)
    if stored == wanted:
        return
    if stored is not None:
        if stored["zone"] != wanted["zone"]:
            redate(transaction, shop, ZoneInfo(stored["zone"]))
        if stored["worth"] != wanted["worth"] or stored["zone"] != wanted["zone"]:
            # The rate is that of the local day.
            convert_amounts(transaction, shop, stored["worth"])
        if stored["people"] != wanted["people"]:
            rebuild(transaction, shop)
    transaction.execute(delete(SETTINGS).where(SETTINGS.c.name == _NAME))
    text = orjson.dumps(wanted).decode()
    transaction.execute(insert(SETTINGS).values(name=_NAME, value=text))


def _wanted(shop: Shop) -> dict[str, Any]:
    return {
        "zone": str(shop.zone),
        "worth": shop.currency,
        "people": [
            shop.country, [list(each) for each in sorted(shop.brand_aliases.items())],
            list(shop.precedence), list(shop.joins_nobody),
        ],
    }  # fmt: skip


def _stored(transaction: Connection) -> dict[str, Any] | None:
    query = select(SETTINGS.c.value).where(SETTINGS.c.name == _NAME)
    text = transaction.execute(query).scalar()
    found: dict[str, Any] | None = None if text is None else orjson.loads(text)
    return found
