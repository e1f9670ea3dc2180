"""Keyed hashes, by which the store recognizes values that it does not keep."""

import hmac
import secrets
from hashlib import sha256

from sqlalchemy import Connection, insert, select

from core.store.database import HASH_KEY
from core.store.keys import SEPARATOR
from core.store.tables import SETTINGS

_SALT = "holdout salt"


def hash_key(transaction: Connection) -> bytes:
    """The key of hashes that recognize a person, derived from the hub's key file."""
    key = transaction.get_execution_options().get(HASH_KEY)
    if not isinstance(key, bytes):
        raise TypeError("the database was opened without the hub's key; see Database.with_key")
    return key


def holdout_salt(transaction: Connection) -> bytes:
    """The store's own random salt of holdout draws, made when it is first asked for.

    It guards nothing, and stays when the hub's key is replaced: nobody is drawn anew.
    """
    query = select(SETTINGS.c.value).where(SETTINGS.c.name == _SALT)
    found = transaction.execute(query).scalar()
    if found is None:
        found = secrets.token_hex(32)
        transaction.execute(insert(SETTINGS).values(name=_SALT, value=found))
    return bytes.fromhex(found)


def digest(key: bytes, *parts: str) -> str:
    """The keyed hash of texts, in hexadecimal."""
    return hmac.new(key, SEPARATOR.join(parts).encode(), sha256).hexdigest()
