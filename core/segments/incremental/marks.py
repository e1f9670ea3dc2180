"""Marks that ingest has set, as they were when the evaluation began."""

import sqlalchemy as sa

from core.segments.compile.sql.temporary import Temporary, id_column
from core.store.tables import PROFILES, TOUCHED

READ = Temporary("marks_read", [id_column("id")], [id_column("profile_id")])


def read_marks(transaction: sa.Connection) -> None:
    """Copy the marks; one that is set from now on is for the next evaluation.

    The copy is what counts: on PostgreSQL a smaller number may be committed after a larger one.
    """
    READ.create(transaction)
    rows = sa.select(TOUCHED.c.id, TOUCHED.c.profile_id)
    transaction.execute(sa.insert(READ).from_select(["id", "profile_id"], rows))


def marked_profiles() -> sa.Select[tuple[int]]:
    """The profiles that were marked when the evaluation began."""
    return sa.select(READ.c.profile_id)


def vanished_profiles(transaction: sa.Connection) -> list[int]:
    """Marked profiles that are no more."""
    there = sa.exists().where(PROFILES.c.id == READ.c.profile_id)
    query = sa.select(READ.c.profile_id).where(~there).distinct()
    return list(transaction.execute(query).scalars())


def delete_marks(transaction: sa.Connection) -> None:
    """Delete the marks that were read, and no other."""
    transaction.execute(sa.delete(TOUCHED).where(TOUCHED.c.id.in_(sa.select(READ.c.id))))
    READ.drop(transaction)
