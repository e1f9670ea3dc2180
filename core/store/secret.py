"""Keyed hashes: what the store can recognize again and nobody can read."""

import hmac
import secrets
from hashlib import sha256

from sqlalchemy import Connection, insert, select

from core.store.bulk import table_of
from core.store.tables.operations import Setting

_SETTING = table_of(Setting)
_KEY = "hash key"
_BETWEEN = "\x1f"


def hash_key(transaction: Connection) -> bytes:
    """The store's own random key, made when it is first asked for."""
    query = select(_SETTING.c.value).where(_SETTING.c.name == _KEY)
    found = transaction.execute(query).scalar()
    if found is None:
        found = secrets.token_hex(32)
        transaction.execute(insert(_SETTING).values(name=_KEY, value=found))
    return bytes.fromhex(found)


def digest(key: bytes, *parts: str) -> str:
    """The keyed hash of some texts, in hexadecimal."""
    return hmac.new(key, _BETWEEN.join(parts).encode(), sha256).hexdigest()
