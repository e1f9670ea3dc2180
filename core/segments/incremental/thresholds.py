"""What relative comparisons came to, and whom a moved one has passed over."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from core.segments.compile.sql.baselines import Baselines, Trait
from core.segments.compile.sql.tables import PROFILES
from core.segments.memberships.tables import THRESHOLDS, TRAIT_VALUES

Thresholds = Mapping[str, int | None]
"""Bound value by what it stands for; None where the population was empty."""


def previous_thresholds(transaction: sa.Connection) -> Thresholds:
    """What the comparisons of the last evaluation came to."""
    return {row.key: row.value for row in transaction.execute(sa.select(THRESHOLDS))}


def write_thresholds(transaction: sa.Connection, found: Thresholds) -> None:
    """Remember what the comparisons of this evaluation came to."""
    transaction.execute(sa.delete(THRESHOLDS))
    if found:
        rows = [{"key": key, "value": value} for key, value in found.items()]
        transaction.execute(sa.insert(THRESHOLDS), rows)


def crossed_by_thresholds(baselines: Baselines, before: Thresholds) -> list[sa.Select[Any]]:
    """Queries for the profiles to whom the old and the new thresholds mean different things."""
    found: list[sa.Select[Any]] = []
    for asked in baselines.thresholds.values():
        old, new = before.get(asked.key), baselines.bound[asked.key]
        if asked.key not in before or (old is None) != (new is None):
            return [sa.select(PROFILES.c.id)]
        if old is None or new is None:
            continue
        between = asked.passed(old, new)
        if between is None:
            continue
        if not isinstance(asked.compared, Trait):
            found.append(asked.compared(*between))
            continue
        low, high = between
        if low <= 0 <= high:
            # Who has nothing has no row, and compares as 0.
            return [sa.select(PROFILES.c.id)]
        found.append(
            sa.select(TRAIT_VALUES.c.profile_id).where(
                TRAIT_VALUES.c.trait == asked.compared.key,
                TRAIT_VALUES.c.value.between(low, high),
            )
        )
    return found
