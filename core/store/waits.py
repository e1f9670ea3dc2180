"""Waits for other systems: those that they asked for, and pauses after they kept silent.

Every command and process on the store honours them, so that nobody asks earlier than told.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, delete, select

from core.errors import Unavailable
from core.store.bulk import insert_missing
from core.store.tables import CONNECTIONS, WAITS

LONGEST = timedelta(days=7)
"""A longer wait than this is nobody's intention."""
FAILURES = 5
"""After so many failures in a row a system is asked only now and then, until it answers."""
PAUSE = timedelta(minutes=1)


class Waiting(Unavailable):
    """A system was not asked, because a wait has not passed."""


@dataclass(frozen=True)
class Wait:
    """A wait for the system of one connection."""

    connection: str
    until: datetime
    is_asked_for: bool
    """Whether the system itself asked for it."""


def check(transaction: Connection, connection: str, now: datetime) -> None:
    """Raise Waiting where the system of a connection may not be asked yet."""
    for each in waits(transaction, now):
        if each.connection == connection:
            who = f"{connection} asks to wait" if each.is_asked_for else (
                f"{connection} did not answer {FAILURES} times in a row and is asked again"
            )  # fmt: skip
            when = "until" if each.is_asked_for else "at"
            raise Waiting(
                f"{who} {when} {each.until:%Y-%m-%d %H:%M:%S} UTC; nothing was asked", each.until
            )


def waits(transaction: Connection, now: datetime) -> list[Wait]:
    """The waits that have not passed."""
    rows = transaction.execute(
        select(CONNECTIONS.c.name, WAITS.c.not_before, WAITS.c.failures)
        .join(CONNECTIONS, CONNECTIONS.c.id == WAITS.c.connection_id)
        .order_by(CONNECTIONS.c.name)
    )
    return [
        Wait(row.name, row.not_before, row.failures < FAILURES)
        for row in rows
        # A clock that was ahead when it was stored would otherwise hold the connection for good.
        if now < row.not_before <= now + LONGEST
    ]


def described(transaction: Connection, now: datetime, zone: ZoneInfo) -> Iterator[str]:
    """A sentence for each wait, in the shop's time."""
    for each in waits(transaction, now):
        why = "as it asks" if each.is_asked_for else "because it does not answer"
        until = f"{each.until.astimezone(zone):%Y-%m-%d %H:%M}"
        yield f"{each.connection} is not asked before {until}, {why}"


def record(transaction: Connection, connection: int, error: Unavailable, now: datetime) -> None:
    """Store that a system did not answer, and until when it is left alone."""
    of_it = WAITS.c.connection_id == connection
    before = transaction.execute(select(WAITS.c.failures, WAITS.c.not_before).where(of_it)).first()
    failures, until = (before.failures, before.not_before) if before else (0, now)
    if error.not_before is not None:
        until = max(until, min(error.not_before, now + LONGEST))
    else:
        failures += 1
        if failures >= FAILURES:
            until = max(until, now + PAUSE)
    transaction.execute(delete(WAITS).where(of_it))
    row = {"connection_id": connection, "not_before": until, "failures": failures}
    insert_missing(transaction, WAITS, row)


def answered(transaction: Connection, connection: int) -> None:
    """Forget the failures of a system that has answered."""
    transaction.execute(delete(WAITS).where(WAITS.c.connection_id == connection))
