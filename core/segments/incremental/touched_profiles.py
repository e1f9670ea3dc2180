"""The profiles that one evaluation looks at."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from core.segments.compile.sql.temporary import Temporary, id_column
from core.store.tables import PROFILES

_AT_ONCE = 100
"""Queries in one statement; SQLite takes at most 500."""

_TABLE = Temporary("touched_now", [id_column("profile_id")], [sa.column("round", sa.Integer)])


class TouchedProfiles:
    """Profiles by the round in which they were found; one found twice stands in the first."""

    def __init__(self, transaction: sa.Connection) -> None:
        """Begin with nobody."""
        self._transaction = transaction
        _TABLE.create(transaction)

    def add(self, found: Sequence[sa.Select[Any]], number: int) -> None:
        """Add the profiles that some queries name to a round."""
        for start in range(0, len(found), _AT_ONCE):
            every = sa.union_all(*found[start : start + _AT_ONCE]).subquery("found")
            profile = every.c[0]
            there = sa.exists().where(_TABLE.c.profile_id == profile)
            rows = sa.select(profile, sa.literal(number)).where(profile.is_not(None), ~there)
            self._insert(rows.distinct())

    def add_colleagues(self, number: int) -> None:
        """Add everybody at the companies of those in a round."""
        mine, colleague = PROFILES.alias("mine"), PROFILES.alias("colleague")
        companies = (
            sa.select(mine.c.company_id)
            .join(_TABLE, _TABLE.c.profile_id == mine.c.id)
            .where(_TABLE.c.round == number, mine.c.company_id.is_not(None))
        )
        there = sa.exists().where(_TABLE.c.profile_id == colleague.c.id)
        rows = sa.select(colleague.c.id, sa.literal(number)).where(
            colleague.c.company_id.in_(companies), ~there
        )
        self._insert(rows)

    def people(self, number: int | None = None) -> sa.Select[tuple[int]]:
        """Everybody in it, or those of one round."""
        every = sa.select(_TABLE.c.profile_id)
        return every if number is None else every.where(_TABLE.c.round == number)

    def size(self, number: int | None = None) -> int:
        """How many profiles are in it, or in one round."""
        counted = sa.select(sa.func.count()).select_from(_TABLE)
        if number is not None:
            counted = counted.where(_TABLE.c.round == number)
        return int(self._transaction.execute(counted).scalar_one())

    def drop(self) -> None:
        """Remove the temporary table."""
        _TABLE.drop(self._transaction)

    def _insert(self, rows: sa.Select[Any]) -> None:
        names = ["profile_id", "round"]
        self._transaction.execute(sa.insert(_TABLE).from_select(names, rows))
        if self._transaction.dialect.name == "postgresql":
            # Nobody looks at a temporary table by himself, and the plans depend on its size.
            self._transaction.execute(sa.text(f"ANALYZE {_TABLE.name}"))
