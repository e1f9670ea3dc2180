"""Runs, their steps, checkpoints and quarantined rows, for listing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson
import sqlalchemy as sa

from core.store.tables import CHECKPOINTS, CONNECTIONS, QUARANTINE, RUN_STEPS, RUNS

_STEPS = sa.select(RUN_STEPS, CONNECTIONS.c.name.label("connection")).outerjoin(
    CONNECTIONS, CONNECTIONS.c.id == RUN_STEPS.c.connection_id
)


@dataclass(frozen=True)
class StepRow:
    """One step of a run."""

    step: str
    connection: str
    stream: str
    started_at: datetime
    ended_at: datetime | None
    result: str
    message: str
    counts: Mapping[str, int]


@dataclass(frozen=True)
class RunRow:
    """One run with its steps."""

    id: int
    command: str
    started_at: datetime
    ended_at: datetime | None
    result: str
    message: str
    steps: Sequence[StepRow]


@dataclass(frozen=True)
class CheckpointRow:
    """The position of a stream."""

    connection: str
    stream: str
    cursor: datetime | None
    completed_at: datetime | None
    rows: int | None
    suspect: str
    questions: Sequence[str]


@dataclass(frozen=True)
class QuarantineRow:
    """A row that could not be loaded."""

    connection: str
    stream: str
    row: str
    path: str
    reason: str
    first_at: datetime
    last_at: datetime
    attempts: int


def begin_run(transaction: sa.Connection, command: str, now: datetime, message: str = "") -> int:
    """Record the start of a command or a slot; returns the run's number."""
    added = sa.insert(RUNS).values(
        command=command, started_at=now, result="running", message=message
    )
    return int(transaction.execute(added.returning(RUNS.c.id)).scalar_one())


def end_run(transaction: sa.Connection, run: int, now: datetime, result: str) -> None:
    """Record the end of a command, and of its steps that could not do so themselves."""
    transaction.execute(
        sa.update(RUN_STEPS)
        .where(RUN_STEPS.c.run_id == run, RUN_STEPS.c.ended_at.is_(None))
        .values(ended_at=now, result=result)
    )
    transaction.execute(sa.update(RUNS).where(RUNS.c.id == run).values(ended_at=now, result=result))


def begin_step(
    transaction: sa.Connection, run: int, step: str, connection: str, stream: str, now: datetime
) -> int:
    """Record the start of a step; returns its number."""
    number = transaction.scalar(sa.select(CONNECTIONS.c.id).where(CONNECTIONS.c.name == connection))
    added = sa.insert(RUN_STEPS).values(
        run_id=run, step=step, connection_id=number, stream=stream,
        started_at=now, result="running", message="", counts="{}",
    )  # fmt: skip
    return int(transaction.execute(added.returning(RUN_STEPS.c.id)).scalar_one())


def end_step(
    transaction: sa.Connection,
    step: int,
    now: datetime,
    result: str,
    message: str,
    counts: Mapping[str, int],
) -> None:
    """Record the end of a step and its counts."""
    transaction.execute(
        sa.update(RUN_STEPS)
        .where(RUN_STEPS.c.id == step)
        .values(
            ended_at=now, result=result, message=message,
            counts=orjson.dumps(dict(counts)).decode(),
        )
    )  # fmt: skip


def runs(transaction: sa.Connection, most: int) -> list[RunRow]:
    """The latest runs, newest first."""
    rows = transaction.execute(sa.select(RUNS).order_by(RUNS.c.id.desc()).limit(most)).all()
    steps: dict[int, list[StepRow]] = {row.id: [] for row in rows}
    theirs = _STEPS.where(RUN_STEPS.c.run_id.in_(list(steps))).order_by(RUN_STEPS.c.id)
    for row in transaction.execute(theirs):
        steps[row.run_id].append(_step(row))
    return [
        RunRow(
            row.id, row.command, row.started_at, row.ended_at, row.result, row.message,
            steps[row.id],
        )
        for row in rows
    ]  # fmt: skip


def latest_steps(transaction: sa.Connection) -> dict[tuple[str, str, str], StepRow]:
    """The last step of each kind per connection and stream."""
    last = sa.select(sa.func.max(RUN_STEPS.c.id)).group_by(
        RUN_STEPS.c.step, RUN_STEPS.c.connection_id, RUN_STEPS.c.stream
    )
    steps = map(_step, transaction.execute(_STEPS.where(RUN_STEPS.c.id.in_(last))))
    return {(each.step, each.connection, each.stream): each for each in steps}


def _step(row: sa.Row[tuple[object, ...]]) -> StepRow:
    return StepRow(
        row.step, row.connection or "", row.stream, row.started_at, row.ended_at, row.result,
        row.message, orjson.loads(row.counts),
    )  # fmt: skip


def checkpoints(transaction: sa.Connection) -> list[CheckpointRow]:
    """The position of every stream."""
    rows = transaction.execute(
        sa.select(CHECKPOINTS, CONNECTIONS.c.name.label("connection"))
        .join(CONNECTIONS, CONNECTIONS.c.id == CHECKPOINTS.c.connection_id)
        .order_by(CONNECTIONS.c.id, CHECKPOINTS.c.stream)
    )
    return [
        CheckpointRow(
            row.connection, row.stream, row.cursor, row.completed_at, row.completed_rows,
            row.suspect, row.questions.splitlines(),
        )
        for row in rows
    ]  # fmt: skip


def quarantine(transaction: sa.Connection, connection: str | None = None) -> list[QuarantineRow]:
    """The rows that could not be loaded, newest first."""
    statement = sa.select(QUARANTINE, CONNECTIONS.c.name.label("connection")).join(
        CONNECTIONS, CONNECTIONS.c.id == QUARANTINE.c.connection_id
    )
    if connection is not None:
        statement = statement.where(CONNECTIONS.c.name == connection)
    rows = transaction.execute(statement.order_by(QUARANTINE.c.last_at.desc(), QUARANTINE.c.id))
    return [
        QuarantineRow(
            row.connection, row.stream, row.row, row.path, row.reason, row.first_at, row.last_at,
            row.attempts,
        )
        for row in rows
    ]  # fmt: skip
