"""The key of a store: made for a new one, and checked against a used one."""

from collections.abc import Mapping
from pathlib import Path

from core.errors import Misconfigured
from core.hub_key import FILE, VARIABLE, HubKey, find_key, write_key
from core.store.database import Database
from core.store.secrets import key_check


def folder_of(config: Path) -> Path:
    """The folder of a config, where its key lies too."""
    return config.absolute().parent


def hub_key(database: Database, folder: Path, environment: Mapping[str, str]) -> HubKey:
    """The key of a migrated store; made where the store was never used.

    Raises Misconfigured where the key of a used store is not there, or is another one.
    """
    with database.read() as transaction:
        known = key_check.fingerprint(transaction)
    # Looked for after the store: another process writes its first key before it uses the store.
    key = find_key(folder, environment)
    if known is None:
        key = key or _first_key(folder, environment)
        with database.transaction() as transaction:
            fits = key_check.adopt(transaction, key)
    else:
        fits = key is not None and key.fingerprint == known
    if key is None:
        raise Misconfigured(
            f"the key of this store is not there: no {folder / FILE}, and no {VARIABLE}. Copy it "
            "from your backup, or from the other hub that uses this store; if it is lost, "
            "`segmenthub key new` says what that means and makes a new one"
        )
    if not fits:
        where = VARIABLE if VARIABLE in environment else str(folder / FILE)
        raise Misconfigured(
            f"{where} is not the key of this store ({database.address}). Copy the right one from "
            "your backup, or from the other hub that uses this store; if it is lost, "
            "`segmenthub key new` says what that means and makes a new one"
        )
    return key


def _first_key(folder: Path, environment: Mapping[str, str]) -> HubKey:
    key = HubKey.random()
    if write_key(folder, key):
        return key
    # Another process was first.
    found = find_key(folder, environment)
    return found if found is not None else _first_key(folder, environment)
