"""Keyed hashes, by which the store recognizes values that it does not keep."""

import hmac
import secrets
from hashlib import sha256

from sqlalchemy import Connection, insert, select

from core.store.keys import SEPARATOR
from core.store.tables import SETTINGS

_KEY = "hash key"


def hash_key(transaction: Connection) -> bytes:
    """The store's own random key, created on first use."""
    query = select(SETTINGS.c.value).where(SETTINGS.c.name == _KEY)
    found = transaction.execute(query).scalar()
    if found is None:
        found = secrets.token_hex(32)
        transaction.execute(insert(SETTINGS).values(name=_KEY, value=found))
    return bytes.fromhex(found)


def digest(key: bytes, *parts: str) -> str:
    """The keyed hash of texts, in hexadecimal."""
    return hmac.new(key, SEPARATOR.join(parts).encode(), sha256).hexdigest()
