"""Renamed connections: told, and followed by the store on request."""

from collections.abc import Iterator

from core.config import Config
from core.errors import Misconfigured
from core.store.connections import connection_kinds, connection_names, has_rows
from core.store.connections import rename as rename_stored
from core.store.database import Transaction, store_alone
from sync.hub import Hub


def possible_renames(transaction: Transaction, config: Config) -> Iterator[str]:
    """A sentence for each connection that looks like one under another name."""
    kinds = connection_kinds(transaction)
    used = {
        name: kinds[name]
        for number, name in connection_names(transaction).items()
        if has_rows(transaction, number)
    }
    for old in sorted(used.keys() - config.connections.keys()):
        for new, each in config.connections.items():
            if each.kind == used[old] and new not in used:
                yield (
                    f"{new} is new, and {old}, of the same kind, is no longer in the config; if it "
                    "has another name now, what was delivered through it is neither changed nor "
                    f"removed until you run: segmenthub rename {old} {new}"
                )


def rename(hub: Hub, old: str, new: str) -> None:
    """Let the store follow a connection that the config names anew.

    Raises Misconfigured where the config still has the old name or not the new one, the kinds
    differ, or the store has rows of the new one.
    """
    connection = hub.connection(new)
    if old in hub.config.connections:
        raise Misconfigured(
            f"{old} is still in the config; write [connections.{new}] in its place first"
        )
    with hub.database.transaction() as transaction:
        store_alone(transaction)
        kind = connection_kinds(transaction).get(old, connection.kind)
        if kind != connection.kind:
            raise Misconfigured(f"{old} is of the kind {kind}, and {new} of {connection.kind}")
        rename_stored(transaction, old, new)
