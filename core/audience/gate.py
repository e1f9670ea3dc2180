"""The gate of a binding: what decides who may be written to, beside each person's own statements.

That are the lists, the settings, and whether the source asks for a permission beside a grant. The
first push under another gate waits for approval, so that a setting or a new kind of answer neither
drops nor adds thousands of people unseen.
"""

from collections.abc import Iterable, Mapping

import orjson
from sqlalchemy import Connection, delete, insert, select

from core.contract import Destination
from core.records import Requires
from core.store.people.permission import asks_permission
from core.store.tables import SETTINGS


def new_gates(
    transaction: Connection, destination: Destination, connection: int, consents: Iterable[Requires]
) -> tuple[dict[Requires, str], dict[Requires, str]]:
    """By required consent, the gates that a push is the first under, and those that changed."""
    first, changed = {}, {}
    for requires in set(consents):
        gate = _gate(transaction, destination, connection, requires)
        name = SETTINGS.c.name == _name(connection, requires)
        before = transaction.scalar(select(SETTINGS.c.value).where(name))
        if before is None:
            first[requires] = gate
        elif before != gate:
            changed[requires] = gate
    return first, changed


def changed_reason(connection: str, released: int, delivered: int, entering: int) -> str:
    """The reason to hold a target whose gate changed, with the numbers of people in question."""
    return (
        "who may be written to is decided otherwise than at the last push: "
        f"{released:,} of {delivered:,} people could no longer be written to, and "
        f"{entering:,} would be given it; if that is meant, run: segmenthub push {connection} "
        "--approve"
    )


def store_gates(transaction: Connection, connection: int, gates: Mapping[Requires, str]) -> None:
    """Store the gates that later pushes are compared with."""
    for requires, gate in gates.items():
        name = _name(connection, requires)
        transaction.execute(delete(SETTINGS).where(SETTINGS.c.name == name))
        transaction.execute(insert(SETTINGS).values(name=name, value=gate))


def _gate(
    transaction: Connection, destination: Destination, connection: int, requires: Requires
) -> str:
    lists = tuple(destination.gating_lists())
    parts: list[object] = list(lists)
    if requires != "none":
        asks = asks_permission(transaction, requires, connection, lists)
        parts += [destination.gate(), asks]
    return orjson.dumps(parts).decode()


def _name(connection: int, requires: Requires) -> str:
    return f"gate {connection} {requires}"
