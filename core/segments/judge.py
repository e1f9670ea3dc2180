"""Verdicts: rules compiled, passes run, and one row per profile with what came out."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from core.segments.definition import Segment
from core.segments.sql.baselines import Measured
from core.segments.sql.passes import Predicate
from core.segments.sql.tables import PROFILES
from core.segments.sql.world import World
from core.segments.traits.compile import Compiler

WIDEST = 200
"""Segments whose verdicts stand side by side in one temporary table."""


@dataclass(frozen=True, eq=False)
class Verdicts:
    """Where the verdicts of some segments stand: one row per profile, NULL is unknown."""

    table: sa.Table
    columns: Mapping[str, sa.Column[Any]]


@contextmanager
def judged(
    transaction: sa.Connection,
    world: World,
    segments: Sequence[Segment],
    *,
    only: Collection[str] | None = None,
) -> Iterator[tuple[list[Verdicts], list[Measured]]]:
    """The verdicts of all segments, or `only` some; the tables are gone afterwards."""
    named = {each.name: each.rule for each in segments if each.rule is not None}
    compiler = Compiler(world, named, transaction)
    rules = {
        name: compiler.verdict(rule) for name, rule in named.items() if only is None or name in only
    }
    values = compiler.row_baselines.measure(transaction, compiler.row_baselines.asked)
    compiler.passes.materialize(transaction, values)
    values |= compiler.person_baselines.measure(transaction, compiler.person_baselines.asked)
    verdicts = [
        _judge(transaction, compiler, number, some, values)
        for number, some in enumerate(_batches(list(rules.items()), WIDEST))
    ]
    measured = compiler.row_baselines.measured | compiler.person_baselines.measured
    yield verdicts, list(measured.values())
    # Not in a `finally`: after an error the transaction is rolled back, and they are gone with it.
    for each in verdicts:
        each.table.drop(transaction)
    compiler.passes.drop(transaction)


def _batches(items: list[Any], size: int) -> Iterator[list[Any]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _judge(
    transaction: sa.Connection,
    compiler: Compiler,
    number: int,
    rules: list[tuple[str, Predicate]],
    values: Mapping[str, Any],
) -> Verdicts:
    columns = {name: sa.Column(f"s{i}", sa.Boolean) for i, (name, _) in enumerate(rules)}
    table = sa.Table(
        f"verdicts_{number}",
        sa.MetaData(),
        sa.Column("profile_id", sa.BigInteger, primary_key=True, autoincrement=False),
        *columns.values(),
        prefixes=["TEMPORARY"],
    )
    table.create(transaction)
    people: Any = PROFILES
    for each in compiler.passes.all():
        key = PROFILES.c.company_id if each.by_company else PROFILES.c.id
        people = people.outerjoin(each.table, each.table.c.key == key)
    judged = sa.select(PROFILES.c.id, *(verdict for _, verdict in rules)).select_from(people)
    names = ["profile_id", *(column.name for column in columns.values())]
    transaction.execute(sa.insert(table).from_select(names, judged), dict(values))
    return Verdicts(table, columns)
