"""The run history is pruned by age, and what the status shows of it stays."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, func, insert, select

from core.store import slots
from core.store.connections import connection_id
from core.store.database import Database
from core.store.history import latest_steps, runs
from core.store.pruning import RUNS_AT_ONCE, prune_runs
from core.store.tables import RUN_STEPS, RUNS

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)
KEEP = timedelta(days=400)
TEN_YEARS = 90_000


def add_runs(transaction: Connection, number: int, result: str, stream: str, end: datetime) -> None:
    """Store hourly runs of one step each, the last one at an instant."""
    connection = connection_id(transaction, "shop", "crm")
    first = transaction.scalar(select(func.coalesce(func.max(RUNS.c.id), 0))) or 0
    begun = [(first + at, end - (number - at) * HOUR) for at in range(1, number + 1)]
    transaction.execute(
        insert(RUNS),
        [
            {"id": id_, "command": "pull", "started_at": at, "ended_at": at, "result": result,
             "message": ""}
            for id_, at in begun
        ],
    )  # fmt: skip
    transaction.execute(
        insert(RUN_STEPS),
        [
            {"run_id": id_, "step": "pull", "connection_id": connection, "stream": stream,
             "started_at": at, "ended_at": at, "result": result, "message": "", "counts": "{}"}
            for id_, at in begun
        ],
    )  # fmt: skip


def test_old_runs_go_and_the_last_and_last_complete_of_each_stream_stay(database: Database) -> None:
    long_ago = NOW - 2 * KEEP
    with database.transaction() as transaction:
        add_runs(transaction, 3, "complete", "orders", long_ago)
        add_runs(transaction, 3, "failed", "orders", long_ago + 9 * HOUR)
        add_runs(transaction, 2, "complete", "people", NOW)
        claim = slots.claim(transaction, "pull till", long_ago, "one", long_ago)
        assert claim is not None
        slots.hold(transaction, claim, long_ago, run_id=1)
        before = latest_steps(transaction)

        assert prune_runs(transaction, NOW - KEEP) == 3

        assert [each.id for each in runs(transaction, 10)] == [8, 7, 6, 3, 1]
        assert all(each.steps for each in runs(transaction, 10))
        assert latest_steps(transaction) == before
        assert prune_runs(transaction, NOW - KEEP) == 0


@pytest.mark.thorough
def test_ten_years_of_hourly_runs_are_pruned_little_by_little(database: Database) -> None:
    with database.transaction() as transaction:
        add_runs(transaction, TEN_YEARS, "complete", "orders", NOW)
        pruned = 0
        while number := prune_runs(transaction, NOW - KEEP):
            assert number <= RUNS_AT_ONCE
            pruned += number
        assert pruned == TEN_YEARS - KEEP // HOUR - 1
        begun = time.perf_counter()
        assert len(latest_steps(transaction)) == 1
        assert time.perf_counter() - begun < 0.3
