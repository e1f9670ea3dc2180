"""The evaluations so far: the previous one, its clock and settings, and the way back to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib.metadata import version
from typing import Any

import orjson
import sqlalchemy as sa

from core.segments.compile.sql.baselines import MeasuredBaseline
from core.segments.compile.sql.clock import Clock
from core.segments.compile.sql.context import EvaluationContext
from core.store.tables import BASELINES, EVALUATIONS, STAYS


@dataclass(frozen=True)
class PreviousEvaluation:
    """The evaluation that the stored memberships come from."""

    clock: Clock
    fingerprint: str
    """Its settings, as `fingerprint` writes them."""


def previous_evaluation(transaction: sa.Connection) -> PreviousEvaluation | None:
    """The latest evaluation; None before the first."""
    row = transaction.execute(
        sa.select(EVALUATIONS.c.as_of, EVALUATIONS.c.as_of_day, EVALUATIONS.c.fingerprint)
        .order_by(EVALUATIONS.c.id.desc())
        .limit(1)
    ).first()
    if row is None:
        return None
    return PreviousEvaluation(Clock(row.as_of, date.fromordinal(row.as_of_day)), row.fingerprint)


@cache
def _version() -> str:
    return version("segmenthub")


def fingerprint(context: EvaluationContext) -> str:
    """The settings that every verdict depends on, as one text."""
    settings: dict[str, Any] = {
        "shop": context.shop.settings(),
        "delivered": sorted(context.delivered),
        "connections": sorted(context.connections),
        # Another version may give the same rules another meaning.
        "version": _version(),
    }
    return orjson.dumps(settings).decode()


def rewind(transaction: sa.Connection, day: int) -> None:
    """Move the stays back to a local day: delete what began after it, reopen what ended after."""
    transaction.execute(sa.delete(STAYS).where(STAYS.c.entered_day > day))
    transaction.execute(
        sa.update(STAYS).where(STAYS.c.left_day > day).values(left_day=None, left_reason=None)
    )


def write_evaluation(
    transaction: sa.Connection,
    context: EvaluationContext,
    baselines: Sequence[MeasuredBaseline],
    now: datetime,
) -> None:
    """Store the clock and settings of an evaluation, and the baselines that it measured."""
    day = context.clock.day.toordinal()
    transaction.execute(sa.delete(BASELINES).where(BASELINES.c.as_of_day >= day))
    rows = [
        {
            "key": words,
            "as_of_day": day,
            "numerator": None if each.figure is None else each.figure.numerator,
            "denominator": 1 if each.figure is None else each.figure.denominator,
            "at": now,
        }
        for words, each in {each.words: each for each in baselines}.items()
    ]
    if rows:
        transaction.execute(sa.insert(BASELINES), rows)
    transaction.execute(
        sa.insert(EVALUATIONS).values(
            as_of=context.clock.instant, as_of_day=day, fingerprint=fingerprint(context), at=now
        )
    )
