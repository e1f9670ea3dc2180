"""The store recognizes its key: a short check value of it lies among the settings."""

from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, select, update

from core.hub_key import HubKey
from core.store.bulk import insert_missing
from core.store.tables import ACCESS_TOKENS, SETTINGS, SUPPRESSIONS

_NAME = "key fingerprint"


@dataclass(frozen=True)
class Losses:
    """Counts of the rows that only the store's present key can read."""

    tokens: int
    suppressions: int


def fingerprint(transaction: Connection) -> str | None:
    """Check value of the key that the store was used with; None: it was never used."""
    query = select(SETTINGS.c.value).where(SETTINGS.c.name == _NAME)
    return transaction.execute(query).scalar()


def adopt(transaction: Connection, key: HubKey) -> bool:
    """Make it the key of a store that has none; return whether it is the store's key now."""
    insert_missing(transaction, SETTINGS, {"name": _NAME, "value": key.fingerprint})
    return fingerprint(transaction) == key.fingerprint


def losses(transaction: Connection) -> Losses:
    """Count what would be lost with the store's key."""
    tokens = select(func.count()).select_from(ACCESS_TOKENS).where(ACCESS_TOKENS.c.sealed != "")
    people = select(func.count()).select_from(SUPPRESSIONS)
    return Losses(
        transaction.execute(tokens).scalar_one(), transaction.execute(people).scalar_one()
    )


def replace_key(transaction: Connection, key: HubKey) -> None:
    """Make it the store's key, and drop what only the key before could read."""
    transaction.execute(delete(ACCESS_TOKENS))
    transaction.execute(delete(SUPPRESSIONS))
    of_key = SETTINGS.c.name == _NAME
    transaction.execute(update(SETTINGS).where(of_key).values(value=key.fingerprint))
    adopt(transaction, key)
