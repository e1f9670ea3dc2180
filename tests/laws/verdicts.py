"""Verdicts of the hub and of the reference evaluator, side by side."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from core.segments.compile.sql.context import EvaluationContext
from core.segments.definition import Segment
from core.segments.evaluate import evaluate
from core.segments.validate import segments_of
from core.store.tables import PROFILES, SEGMENTS, STAYS, UNKNOWNS
from tests.laws.random_rules import KNOWN
from tests.laws.random_shops import SAVED_AT
from tests.laws.reference.evaluator import ReferenceEvaluator, Settings
from tests.laws.reference.truth import Truth

Table = Mapping[str, Any]
Truths = dict[int, Truth]


def segments(tables: Mapping[str, Table]) -> list[Segment]:
    """The segments of a config that must be right."""
    found, wrong = segments_of(tables, KNOWN)
    assert not wrong, [str(each) for each in wrong]
    return found


def hub_verdicts(
    transaction: sa.Connection, world: EvaluationContext, tables: Mapping[str, Table]
) -> dict[str, Truths]:
    """Evaluate, and read the stored verdicts: segment -> person -> truth."""
    evaluate(transaction, world, segments(tables), SAVED_AT)
    return stored_verdicts(transaction)


def stored_verdicts(transaction: sa.Connection) -> dict[str, Truths]:
    """The stored verdicts: segment -> person -> truth, a row for everybody."""
    people = transaction.execute(sa.select(PROFILES.c.id)).scalars().all()
    rows = transaction.execute(sa.select(SEGMENTS.c.id, SEGMENTS.c.name).where(~SEGMENTS.c.retired))
    names = {row.id: row.name for row in rows}
    found: dict[str, Truths] = {name: dict.fromkeys(people, False) for name in names.values()}
    stays = sa.select(STAYS.c.segment_id, STAYS.c.profile_id).where(STAYS.c.left_day.is_(None))
    for table, truth in ((stays, True), (sa.select(UNKNOWNS), None)):
        for row in transaction.execute(table):
            if row.segment_id in names:
                assert found[names[row.segment_id]][row.profile_id] is False, "two verdicts"
                found[names[row.segment_id]][row.profile_id] = truth
    return found


def reference(
    transaction: sa.Connection, context: EvaluationContext, as_of: datetime | date
) -> ReferenceEvaluator:
    """The reference evaluator over the same rows and settings."""
    shop = context.shop
    settings = Settings(
        shop.zone, shop.country, shop.brand_aliases, context.connections, context.delivered, as_of
    )
    return ReferenceEvaluator(transaction, settings)


def spelt_out(tables: Mapping[str, Table]) -> dict[str, Table]:
    """Segments with the rules that their recipes stand for."""
    found: dict[str, Table] = {}
    for segment in segments(tables):
        table = tables[segment.name]
        if segment.ready is not None:
            found[segment.name] = segment.ready.expand(
                {name: value for name, value in table.items() if name != "recipe"}
            )
        else:
            found[segment.name] = table
    return found


def parts(table: Table) -> Iterator[Table]:
    """A rule and everything inside it, the innermost first."""
    match table:
        case {"all": inner} | {"any": inner}:
            for part in inner:
                yield from parts(part)
        case {"not": inner}:
            yield from parts(inner)
    yield table


def differences(hub: Mapping[str, Truths], read: Mapping[str, Truths]) -> list[str]:
    """Segments whose verdicts differ, and about whom: person, what the hub and what we say."""
    return [
        f"{name}: "
        + ", ".join(
            f"{person}: hub {hub[name].get(person)}, read {truth}"
            for person, truth in read[name].items()
            if hub[name].get(person) != truth
        )
        for name in read
        if hub[name] != read[name]
    ]
