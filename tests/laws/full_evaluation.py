"""The full-evaluation twin: one store, evaluated incrementally and in full at every step.

Both begin with equal stores and must end with equal ones; everything that an evaluation writes
is compared.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from core.segments.compile.sql.context import EvaluationContext
from core.segments.definition import Segment
from core.segments.evaluate import EvaluationResult, evaluate
from core.store.bulk import table_of
from core.store.tables import (
    BASELINES,
    SEGMENTS,
    STAYS,
    THRESHOLDS,
    TOUCHED,
    TRAIT_VALUES,
    TRAITS,
    UNKNOWNS,
    trade,
)

State = dict[str, object]
_ORDER = table_of(trade.Order)
_DAILY = table_of(trade.DailyOrders)


def _named(table: sa.Table) -> sa.ColumnElement[Any]:
    """A segment by its name: what was undone leaves a gap between the numbers."""
    name = sa.select(SEGMENTS.c.name).where(SEGMENTS.c.id == table.c.segment_id)
    return name.scalar_subquery()


_NAME_OF_STAY, _NAME_OF_UNKNOWN = _named(STAYS), _named(UNKNOWNS)
_COMPARED: Mapping[str, Sequence[sa.ColumnElement[Any]]] = {
    "stays": (_NAME_OF_STAY, STAYS.c.profile_id, STAYS.c.entered_day, STAYS.c.left_day,
              STAYS.c.left_reason),
    "unknown": (_NAME_OF_UNKNOWN, UNKNOWNS.c.profile_id),
    "sizes": (SEGMENTS.c.name, SEGMENTS.c.members, SEGMENTS.c.unknown,
              SEGMENTS.c.as_of_day, SEGMENTS.c.retired, SEGMENTS.c.definition),
    "baselines": (BASELINES.c.key, BASELINES.c.as_of_day, BASELINES.c.numerator,
                  BASELINES.c.denominator),
    "thresholds": (THRESHOLDS.c.key, THRESHOLDS.c.value),
    "traits": (TRAITS.c.key,),
    "trait values": (TRAIT_VALUES.c.trait, TRAIT_VALUES.c.profile_id, TRAIT_VALUES.c.value),
}  # fmt: skip


def evaluate_and_compare(
    transaction: sa.Connection, world: EvaluationContext, segments: Sequence[Segment], now: datetime
) -> EvaluationResult:
    """Evaluate incrementally, and compare with a full evaluation that is rolled back."""
    trial = transaction.begin_nested()
    full = evaluate(transaction, world, segments, now, full=True)
    expected = state(transaction, full)
    trial.rollback()
    found = evaluate(transaction, world, segments, now)
    actual = state(transaction, found)
    for name, rows in expected.items():
        assert actual[name] == rows, f"{name} differ: {_unlike(actual[name], rows)}"
    assert not transaction.execute(sa.select(TOUCHED)).all()
    assert _daily(transaction) == _summed(transaction)
    return found


def state(transaction: sa.Connection, found: EvaluationResult) -> State:
    """Everything that an evaluation has written, and what it said of it."""
    rows: State = {
        name: sorted(map(tuple, transaction.execute(sa.select(*columns))), key=repr)
        for name, columns in _COMPARED.items()
    }
    return {**rows, "entered": dict(found.entered), "left": dict(found.left)}


def _unlike(actual: Any, expected: Any) -> str:
    if isinstance(actual, dict):
        actual, expected = list(actual.items()), list(expected.items())
    more = [each for each in actual if each not in expected]
    less = [each for each in expected if each not in actual]
    return f"only when touched alone {more}, only in full {less}"


def _daily(transaction: sa.Connection) -> set[tuple[Any, ...]]:
    return set(map(tuple, transaction.execute(sa.select(_DAILY))))


def _summed(transaction: sa.Connection) -> set[tuple[Any, ...]]:
    """The sums of valid orders per day, from the orders."""
    place = (_ORDER.c.connection_id, _ORDER.c.day)
    rows = transaction.execute(
        sa.select(*place, sa.func.count(), sa.func.sum(_ORDER.c.net_shop))
        .where(_ORDER.c.valid, _ORDER.c.net_shop.is_not(None))
        .group_by(*place)
    )
    return {(connection, day, orders, int(net)) for connection, day, orders, net in rows}
