"""Runs and their steps, as the store keeps them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson
import sqlalchemy as sa

from core.store.bulk import table_of
from core.store.tables import people
from core.store.tables.operations import Checkpoint, Quarantine, Run, RunStep

_RUN = table_of(Run)
_STEP = table_of(RunStep)
_CHECKPOINT = table_of(Checkpoint)
_QUARANTINE = table_of(Quarantine)
_CONNECTION = table_of(people.Connection)


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
    """How far a stream has been read."""

    connection: str
    stream: str
    cursor: datetime | None
    completed_at: datetime | None
    rows: int | None
    suspect: str


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
    """Note that a command or a slot starts; its number."""
    added = sa.insert(_RUN).values(
        command=command, started_at=now, result="running", message=message
    )
    return int(transaction.execute(added.returning(_RUN.c.id)).scalar_one())


def end_run(transaction: sa.Connection, run: int, now: datetime, result: str) -> None:
    """Note how a command ended; a step of it that could not say so itself ended with it."""
    transaction.execute(
        sa.update(_STEP)
        .where(_STEP.c.run_id == run, _STEP.c.ended_at.is_(None))
        .values(ended_at=now, result=result)
    )
    transaction.execute(sa.update(_RUN).where(_RUN.c.id == run).values(ended_at=now, result=result))


def begin_step(
    transaction: sa.Connection, run: int, step: str, connection: str, stream: str, now: datetime
) -> int:
    """Note that a step starts; its number."""
    number = transaction.scalar(sa.select(_CONNECTION.c.id).where(_CONNECTION.c.name == connection))
    added = sa.insert(_STEP).values(
        run_id=run, step=step, connection_id=number, stream=stream,
        started_at=now, result="running", message="", counts="{}",
    )  # fmt: skip
    return int(transaction.execute(added.returning(_STEP.c.id)).scalar_one())


def end_step(
    transaction: sa.Connection,
    step: int,
    now: datetime,
    result: str,
    message: str,
    counts: Mapping[str, int],
) -> None:
    """Note how a step ended and what it counted."""
    transaction.execute(
        sa.update(_STEP)
        .where(_STEP.c.id == step)
        .values(
            ended_at=now, result=result, message=message,
            counts=orjson.dumps(dict(counts)).decode(),
        )
    )  # fmt: skip


def runs(transaction: sa.Connection, most: int) -> list[RunRow]:
    """The latest runs, the newest first."""
    rows = transaction.execute(sa.select(_RUN).order_by(_RUN.c.id.desc()).limit(most)).all()
    steps: dict[int, list[StepRow]] = {row.id: [] for row in rows}
    joined = sa.select(_STEP, _CONNECTION.c.name.label("connection")).outerjoin(
        _CONNECTION, _CONNECTION.c.id == _STEP.c.connection_id
    )
    for row in transaction.execute(
        joined.where(_STEP.c.run_id.in_(list(steps))).order_by(_STEP.c.id)
    ):
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
    last = sa.select(sa.func.max(_STEP.c.id)).group_by(
        _STEP.c.step, _STEP.c.connection_id, _STEP.c.stream
    )
    joined = sa.select(_STEP, _CONNECTION.c.name.label("connection")).outerjoin(
        _CONNECTION, _CONNECTION.c.id == _STEP.c.connection_id
    )
    found = map(_step, transaction.execute(joined.where(_STEP.c.id.in_(last))))
    return {(each.step, each.connection, each.stream): each for each in found}


def _step(row: sa.Row[tuple[object, ...]]) -> StepRow:
    return StepRow(
        row.step, row.connection or "", row.stream, row.started_at, row.ended_at, row.result,
        row.message, orjson.loads(row.counts),
    )  # fmt: skip


def checkpoints(transaction: sa.Connection) -> list[CheckpointRow]:
    """How far every stream has been read."""
    rows = transaction.execute(
        sa.select(_CHECKPOINT, _CONNECTION.c.name.label("connection"))
        .join(_CONNECTION, _CONNECTION.c.id == _CHECKPOINT.c.connection_id)
        .order_by(_CONNECTION.c.id, _CHECKPOINT.c.stream)
    )
    return [
        CheckpointRow(
            row.connection, row.stream, row.cursor, row.completed_at, row.completed_rows,
            row.suspect,
        )
        for row in rows
    ]  # fmt: skip


def quarantine(transaction: sa.Connection, connection: str | None = None) -> list[QuarantineRow]:
    """The rows that could not be loaded, the newest first."""
    statement = sa.select(_QUARANTINE, _CONNECTION.c.name.label("connection")).join(
        _CONNECTION, _CONNECTION.c.id == _QUARANTINE.c.connection_id
    )
    if connection is not None:
        statement = statement.where(_CONNECTION.c.name == connection)
    rows = transaction.execute(statement.order_by(_QUARANTINE.c.last_at.desc(), _QUARANTINE.c.id))
    return [
        QuarantineRow(
            row.connection, row.stream, row.row, row.path, row.reason, row.first_at, row.last_at,
            row.attempts,
        )
        for row in rows
    ]  # fmt: skip
