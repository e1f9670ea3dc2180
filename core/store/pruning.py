"""Pruning of the run history, so that it does not grow for as long as the hub runs."""

from datetime import datetime

import sqlalchemy as sa

from core.store.tables import RUN_STEPS, RUNS, SLOTS

RUNS_AT_ONCE = 500
"""Oldest runs that are looked at in one transaction, so that no reader or writer waits for it."""


def prune_runs(transaction: sa.Connection, before: datetime) -> int:
    """Delete runs that began before an instant, and their steps; returns the number of runs.

    The latest step of every place, its latest complete one, and runs of slots stay, however old:
    the status shows them. At most RUNS_AT_ONCE runs are deleted; the next call goes on.
    """
    oldest = transaction.execute(
        sa.select(RUNS.c.id, RUNS.c.started_at).order_by(RUNS.c.id).limit(1)
    ).first()
    if oldest is None or oldest.started_at >= before:
        return 0
    needed = set(transaction.scalars(_needed()))
    candidates = transaction.execute(
        sa.select(RUNS.c.id, RUNS.c.started_at)
        .order_by(RUNS.c.id)
        .limit(RUNS_AT_ONCE + len(needed))
    )
    old = [row.id for row in candidates if row.started_at < before and row.id not in needed]
    old = old[:RUNS_AT_ONCE]
    transaction.execute(sa.delete(RUN_STEPS).where(RUN_STEPS.c.run_id.in_(old)))
    transaction.execute(sa.delete(RUNS).where(RUNS.c.id.in_(old)))
    return len(old)


def _needed() -> sa.CompoundSelect[tuple[int]]:
    """The runs that the status and the slots refer to."""
    place = (RUN_STEPS.c.step, RUN_STEPS.c.connection_id, RUN_STEPS.c.stream)
    latest = sa.select(sa.func.max(RUN_STEPS.c.run_id)).group_by(*place)
    return sa.union(
        latest,
        latest.where(RUN_STEPS.c.result == "complete"),
        sa.select(SLOTS.c.run_id).where(SLOTS.c.run_id.is_not(None)),
    )
