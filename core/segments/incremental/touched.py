"""Touched profiles: marked by ingest, crossed by a window edge, or passed by a threshold."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from core.segments.compile.sql.aggregates import Temporary, id_column
from core.segments.compile.sql.baselines import Baselines, Trait
from core.store.tables import PROFILES, THRESHOLDS, TOUCHED, TRAIT_VALUES

Thresholds = Mapping[str, int | None]
"""Key of a relative comparison -> bound value; None where the population was empty."""

_AT_ONCE = 100
"""Queries in one statement; SQLite takes at most 500."""
_MARKS = Temporary(
    "marks_read", [id_column("id")], [id_column("profile_id"), sa.column("new_rows", sa.Boolean)]
)
_PROFILES = Temporary("touched_now", [id_column("profile_id")], [sa.column("round", sa.Integer)])


def read_marks(transaction: sa.Connection) -> None:
    """Copy the marks of ingest; one that is set from now on is for the next evaluation.

    The copy decides: on PostgreSQL a smaller id may be committed after a larger one.
    """
    _MARKS.create(transaction)
    rows = sa.select(TOUCHED.c.id, TOUCHED.c.profile_id, TOUCHED.c.new_rows)
    transaction.execute(sa.insert(_MARKS).from_select(["id", "profile_id", "new_rows"], rows))


def marked_profiles() -> sa.Select[tuple[int]]:
    """The profiles that were marked when the marks were read."""
    return sa.select(_MARKS.c.profile_id)


def profiles_with_new_rows() -> sa.Select[tuple[int]]:
    """Those of the marked profiles to whom rows came, whatever else changed."""
    return marked_profiles().where(_MARKS.c.new_rows)


def vanished_profiles(transaction: sa.Connection) -> list[int]:
    """Marked profiles that no longer exist."""
    exists = sa.exists().where(PROFILES.c.id == _MARKS.c.profile_id)
    query = sa.select(_MARKS.c.profile_id).where(~exists).distinct()
    return list(transaction.execute(query).scalars())


def delete_marks(transaction: sa.Connection) -> None:
    """Delete the marks that were read, and no other."""
    transaction.execute(sa.delete(TOUCHED).where(TOUCHED.c.id.in_(sa.select(_MARKS.c.id))))
    _MARKS.drop(transaction)


def previous_thresholds(transaction: sa.Connection) -> Thresholds:
    """The thresholds of the previous evaluation."""
    return {row.key: row.value for row in transaction.execute(sa.select(THRESHOLDS))}


def write_thresholds(transaction: sa.Connection, thresholds: Thresholds) -> None:
    """Replace the stored thresholds by those of this evaluation."""
    transaction.execute(sa.delete(THRESHOLDS))
    if thresholds:
        rows = [{"key": key, "value": value} for key, value in thresholds.items()]
        transaction.execute(sa.insert(THRESHOLDS), rows)


def passed_by_thresholds(baselines: Baselines, previous: Thresholds) -> list[sa.Select[Any]]:
    """Queries for the profiles that compare differently with the old and the new thresholds."""
    passed: list[sa.Select[Any]] = []
    for threshold in baselines.thresholds.values():
        old, new = previous.get(threshold.key), baselines.bound[threshold.key]
        if threshold.key not in previous or (old is None) != (new is None):
            return [sa.select(PROFILES.c.id)]
        if old is None or new is None:
            continue
        between = threshold.passed(old, new)
        if between is None:
            continue
        if not isinstance(threshold.compared, Trait):
            passed.append(threshold.compared(*between))
            continue
        low, high = between
        if low <= 0 <= high:
            # A profile without a value has no row, and compares as 0.
            return [sa.select(PROFILES.c.id)]
        passed.append(
            sa.select(TRAIT_VALUES.c.profile_id).where(
                TRAIT_VALUES.c.trait == threshold.compared.key,
                TRAIT_VALUES.c.value.between(low, high),
            )
        )
    return passed


class TouchedProfiles:
    """The profiles that one evaluation computes, by the first round in which each was found."""

    def __init__(self, transaction: sa.Connection) -> None:
        """Begin with nobody."""
        self._transaction = transaction
        _PROFILES.create(transaction)

    def add(self, queries: Sequence[sa.Select[Any]], number: int) -> None:
        """Add the profiles of some queries to a round."""
        for start in range(0, len(queries), _AT_ONCE):
            found = sa.union_all(*queries[start : start + _AT_ONCE]).subquery("found")
            profile = found.c[0]
            already = sa.exists().where(_PROFILES.c.profile_id == profile)
            rows = sa.select(profile, sa.literal(number)).where(profile.is_not(None), ~already)
            self._insert(rows.distinct())

    def add_colleagues(self, number: int) -> None:
        """Add everybody at the companies of those in a round."""
        mine, colleague = PROFILES.alias("mine"), PROFILES.alias("colleague")
        companies = (
            sa.select(mine.c.company_id)
            .join(_PROFILES, _PROFILES.c.profile_id == mine.c.id)
            .where(_PROFILES.c.round == number, mine.c.company_id.is_not(None))
        )
        already = sa.exists().where(_PROFILES.c.profile_id == colleague.c.id)
        rows = sa.select(colleague.c.id, sa.literal(number)).where(
            colleague.c.company_id.in_(companies), ~already
        )
        self._insert(rows)

    def people(self, number: int | None = None) -> sa.Select[tuple[int]]:
        """All profiles, or those of one round."""
        ids = sa.select(_PROFILES.c.profile_id)
        return ids if number is None else ids.where(_PROFILES.c.round == number)

    def size(self, number: int | None = None) -> int:
        """How many profiles there are, or in one round."""
        counted = sa.select(sa.func.count()).select_from(_PROFILES)
        if number is not None:
            counted = counted.where(_PROFILES.c.round == number)
        return int(self._transaction.execute(counted).scalar_one())

    def drop(self) -> None:
        """Drop the temporary table."""
        _PROFILES.drop(self._transaction)

    def _insert(self, rows: sa.Select[Any]) -> None:
        names = ["profile_id", "round"]
        self._transaction.execute(sa.insert(_PROFILES).from_select(names, rows))
        if self._transaction.dialect.name == "postgresql":
            # Autovacuum never analyzes a temporary table, and the plans depend on its size.
            self._transaction.execute(sa.text(f"ANALYZE {_PROFILES.name}"))
