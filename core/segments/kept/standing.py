"""The verdicts of many segments as rows, to be compared with the stays so far."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from core.segments.judge import Verdicts
from core.segments.kept.known import Known

_AT_ONCE = 100
"""Segments that one statement turns into rows; SQLite takes at most 500."""

STANDING = sa.Table(
    "standing",
    sa.MetaData(),
    sa.Column("segment_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("profile_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("holds", sa.Boolean),
    prefixes=["TEMPORARY"],
)
"""Who is a member (true) and who is unknown (NULL); all others have no row."""
LEAVING = sa.Table(
    "leaving",
    sa.MetaData(),
    sa.Column("stay_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("segment_id", sa.BigInteger),
    sa.Column("profile_id", sa.BigInteger),
    prefixes=["TEMPORARY"],
)
"""The stays that end with this evaluation."""


@contextmanager
def standing(
    transaction: sa.Connection, verdicts: Sequence[Verdicts], known: Mapping[str, Known]
) -> Iterator[None]:
    """Fill `STANDING`, and make `LEAVING` ready; both are gone afterwards."""
    STANDING.create(transaction, checkfirst=False)
    LEAVING.create(transaction, checkfirst=False)
    for some in verdicts:
        columns = list(some.columns.items())
        for start in range(0, len(columns), _AT_ONCE):
            piece = columns[start : start + _AT_ONCE]
            rows = [_rows(some, column, known[name].id) for name, column in piece]
            names = ["segment_id", "profile_id", "holds"]
            transaction.execute(sa.insert(STANDING).from_select(names, sa.union_all(*rows)))
    yield
    # Not in a `finally`: after an error the transaction is rolled back, and they are gone with it.
    LEAVING.drop(transaction, checkfirst=False)
    STANDING.drop(transaction, checkfirst=False)


def _rows(some: Verdicts, column: sa.Column[Any], segment: int) -> sa.Select[Any]:
    table = some.table
    return sa.select(sa.literal(segment, sa.BigInteger), table.c.profile_id, column).where(
        sa.or_(column, column.is_(None))
    )
