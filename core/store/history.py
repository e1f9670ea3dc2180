"""Runs, their steps, checkpoints and quarantined rows, for listing."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import orjson
import sqlalchemy as sa

from core.store.bulk import ROWS_AT_ONCE
from core.store.tables import CHECKPOINTS, CONNECTIONS, QUARANTINE, RUN_STEPS, RUNS

EXAMPLES = 3
"""Places and shapes that are named of a group of rows in quarantine."""
_PLACE_IN_LIST = re.compile(r"\[\d+\]")
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
    shape: str
    first_at: datetime
    last_at: datetime
    attempts: int


@dataclass
class QuarantineGroup:
    """Rows of one stream that could not be loaded for one reason."""

    connection: str
    stream: str
    path: str
    reason: str
    first_at: datetime
    last_at: datetime
    rows: int = 0
    places: list[str] = field(default_factory=list)
    """Of the first few rows."""
    shapes: list[str] = field(default_factory=list)
    """Shapes of the first few values at fault."""

    def add(self, row: QuarantineRow) -> None:
        """Count a row."""
        self.rows += 1
        self.first_at = min(self.first_at, row.first_at)
        self.last_at = max(self.last_at, row.last_at)
        if len(self.places) < EXAMPLES:
            self.places.append(row.row)
        if row.shape and row.shape not in self.shapes and len(self.shapes) < EXAMPLES:
            self.shapes.append(row.shape)


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


def quarantine_counts(transaction: sa.Connection) -> dict[tuple[str, str], int]:
    """(Connection, stream) -> number of rows that could not be loaded."""
    rows = transaction.execute(
        sa.select(CONNECTIONS.c.name, QUARANTINE.c.stream, sa.func.count())
        .join(CONNECTIONS, CONNECTIONS.c.id == QUARANTINE.c.connection_id)
        .group_by(CONNECTIONS.c.name, QUARANTINE.c.stream)
        .order_by(CONNECTIONS.c.name, QUARANTINE.c.stream)
    )
    return {(name, stream): number for name, stream, number in rows}


def quarantine_rows(
    transaction: sa.Connection, connection: str | None = None
) -> Iterator[QuarantineRow]:
    """The rows that could not be loaded, newest first, read little by little."""
    statement = sa.select(QUARANTINE, CONNECTIONS.c.name.label("connection")).join(
        CONNECTIONS, CONNECTIONS.c.id == QUARANTINE.c.connection_id
    )
    if connection is not None:
        statement = statement.where(CONNECTIONS.c.name == connection)
    ordered = statement.order_by(QUARANTINE.c.last_at.desc(), QUARANTINE.c.id)
    rows = transaction.execute(ordered, execution_options={"yield_per": ROWS_AT_ONCE})
    for row in rows:
        yield QuarantineRow(
            row.connection, row.stream, row.row, row.path, row.reason, row.shape, row.first_at,
            row.last_at, row.attempts,
        )  # fmt: skip


def quarantine_groups(
    transaction: sa.Connection, connection: str | None = None
) -> list[QuarantineGroup]:
    """The rows that could not be loaded by stream, path and reason, the largest group first.

    Places in lists of one row (`lines[2].total`) count as one path.
    """
    groups: dict[tuple[str, str, str, str], QuarantineGroup] = {}
    for row in quarantine_rows(transaction, connection):
        path = _PLACE_IN_LIST.sub("[]", row.path)
        key = (row.connection, row.stream, path, row.reason)
        group = groups.get(key)
        if group is None:
            group = groups[key] = QuarantineGroup(*key, first_at=row.first_at, last_at=row.last_at)
        group.add(row)
    return sorted(groups.values(), key=lambda group: -group.rows)
