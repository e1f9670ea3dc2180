"""Held changes that a person was shown: `push --approve` releases these and no others."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import Connection, delete, insert, select

from core.audience.spool import Action
from core.contract import Target
from core.store.tables import HELD_CHANGES

_PAGE = 1_000


@dataclass(frozen=True)
class HeldChange:
    """A change of one person at one target that is done once somebody approves it."""

    target: Target
    key: str
    action: Action
    value: str | None


def reason_left(number: int) -> str:
    """The reason of a hold that an approval leaves."""
    were = "1 change was" if number == 1 else f"{number:,} changes were"
    return (
        f"{were} not among those that were shown; run: segmenthub plan, then approve what it shows"
    )


def shown(transaction: Connection, connection: int) -> Iterator[HeldChange]:
    """Read the held changes of a connection that a person was shown."""
    rows = transaction.execute(
        select(HELD_CHANGES)
        .where(HELD_CHANGES.c.connection_id == connection)
        .execution_options(yield_per=_PAGE)
    )
    for row in rows:
        yield HeldChange(Target(row.kind, row.target), row.key, row.action, row.value)


def record(
    transaction: Connection, connection: int, held: Iterable[HeldChange], *, replace: bool
) -> None:
    """Store the held changes of a connection.

    With `replace` they take the place of those from before, because a person sees them now.
    Otherwise they are only stored where none are: a push on schedule must not put more behind an
    approval than was shown. Where nothing is held any more, nothing stays stored.
    """
    mine = HELD_CHANGES.c.connection_id == connection
    rows = (
        {
            "connection_id": connection, "kind": each.target.kind, "target": each.target.name,
            "key": each.key, "action": each.action, "value": each.value,
        }
        for each in held
    )  # fmt: skip
    page = list(islice(rows, _PAGE))
    if page and not replace and transaction.scalar(select(HELD_CHANGES.c.key).where(mine).limit(1)):
        return
    transaction.execute(delete(HELD_CHANGES).where(mine))
    while page:
        transaction.execute(insert(HELD_CHANGES), page)
        page = list(islice(rows, _PAGE))
