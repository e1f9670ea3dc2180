"""The verdicts of many segments as rows, to be compared with the stays so far."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import sqlalchemy as sa

from core.segments.compile.sql.aggregates import Expression, Predicate
from core.segments.compile.sql.temporary import Temporary, id_column
from core.segments.memberships.registry import StoredSegment
from core.segments.verdicts.run import AnyVerdicts

CURRENT_VERDICTS = Temporary(
    "standing", [id_column("segment_id"), id_column("profile_id")], [sa.column("holds", sa.Boolean)]
)
"""Who is a member (true) and who is unknown (NULL); all others have no row."""
EXITS = Temporary(
    "leaving", [id_column("stay_id")], [id_column("segment_id"), id_column("profile_id")]
)
"""The stays that end with this evaluation."""


def _is_row(holds: Expression) -> Predicate:
    return sa.or_(holds, holds.is_(None))


@contextmanager
def current_verdicts(
    transaction: sa.Connection, verdicts: Sequence[AnyVerdicts], known: Mapping[str, StoredSegment]
) -> Iterator[None]:
    """Fill `STANDING`, and make `LEAVING` ready; both are gone afterwards."""
    CURRENT_VERDICTS.create(transaction)
    EXITS.create(transaction)
    numbers = {name: each.id for name, each in known.items()}
    names = ["segment_id", "profile_id", "holds"]
    for some in verdicts:
        for rows in some.rows(numbers, _is_row):
            transaction.execute(sa.insert(CURRENT_VERDICTS).from_select(names, rows))
    yield
    # Not in a `finally`: after an error the transaction is rolled back, and they are gone with it.
    EXITS.drop(transaction)
    CURRENT_VERDICTS.drop(transaction)
