"""Verdicts: rules compiled, passes run, and one row per profile with what came out."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from core.segments.compile.compiler import Compiler
from core.segments.compile.sql.aggregates import AggregateQueries, Predicate
from core.segments.compile.sql.baselines import MeasuredBaseline, ValuesOf, computed_values
from core.segments.compile.sql.context import EvaluationContext
from core.segments.compile.sql.tables import PROFILES
from core.segments.compile.sql.temporary import Column, Temporary, id_column
from core.segments.definition import Segment
from core.segments.verdicts.grouped import (
    Chosen,
    GroupedVerdicts,
    compute_grouped_verdicts,
    queries_used,
)
from core.segments.verdicts.grouping import groups

WIDEST = 200
"""Segments whose verdicts about some people stand side by side in one temporary table."""
NARROW = 27
"""The same about everybody: such a table is read once per segment, and a row from its left."""
_AT_ONCE = 100
"""Segments that one statement turns into rows; SQLite takes at most 500."""

People = sa.Select[Any]
"""Profiles by their number."""


@dataclass(frozen=True, eq=False)
class Verdicts:
    """Where the verdicts of some segments stand: one row per profile, NULL is unknown."""

    table: Temporary
    columns: Mapping[str, Column]

    @property
    def names(self) -> Collection[str]:
        """The segments."""
        return self.columns.keys()

    def held(self, name: str) -> sa.Select[Any]:
        """The members of one segment."""
        return sa.select(self.table.c.profile_id).where(self.columns[name])

    def rows(self, numbers: Mapping[str, int], chosen: Chosen) -> Iterator[sa.CompoundSelect[Any]]:
        """Number of the segment, profile and verdict, of the chosen verdicts."""
        for some in _batches(list(self.columns.items()), _AT_ONCE):
            yield sa.union_all(
                *(
                    sa.select(
                        sa.literal(numbers[name], sa.BigInteger), self.table.c.profile_id, column
                    ).where(chosen(column))
                    for name, column in some
                )
            )


AnyVerdicts = Verdicts | GroupedVerdicts
"""Where verdicts stand."""


@dataclass(eq=False)
class VerdictRun:
    """The rules of some segments on their way to verdicts: to be done in the order below."""

    transaction: sa.Connection
    compiler: Compiler
    rules: Mapping[str, Predicate]
    """Verdict by the name of the segment."""
    families: Mapping[tuple[str, ...], Predicate]
    """Verdict about all values at once by the names of a family's members."""
    purpose: str
    """What the temporary tables are named by."""
    values: dict[str, Any] = field(default_factory=dict)
    """Population figures to bind, as far as they are measured."""
    verdicts: list[AnyVerdicts] = field(default_factory=list)

    def measure_rows(self) -> None:
        """Measure what rows are compared with."""
        self.values |= self.compiler.row_baselines.measure(self.transaction)

    def run_queries(self, people: People | None = None) -> None:
        """Compute the traits of everybody, or of more people."""
        self.compiler.queries.fill(self.transaction, self.values, people)

    def measure_persons(self, told: ValuesOf = computed_values) -> None:
        """Measure what persons are compared with, from the passes or from where it is `told`."""
        self.values |= self.compiler.person_baselines.measure(self.transaction, told)

    def judge(self, people: People | None = None) -> list[AnyVerdicts]:
        """The verdicts about everybody, or about the people whose passes were run."""
        batches = _batches(list(self.rules.items()), NARROW if people is None else WIDEST)
        self.verdicts = [self._judge(number, some, people) for number, some in enumerate(batches)]
        for number, (names, verdict) in enumerate(self.families.items()):
            table = f"{self.purpose}pairs_{number}"
            queries = queries_used(self.compiler.queries, verdict)
            self.verdicts.append(
                compute_grouped_verdicts(
                    self.transaction, table, names, verdict, queries, self.values, people
                )
            )
        return self.verdicts

    def measured(self) -> list[MeasuredBaseline]:
        """Every population figure that was measured."""
        figures = self.compiler.row_baselines.measured | self.compiler.person_baselines.measured
        return list(figures.values())

    def thresholds(self) -> dict[str, int | None]:
        """What every relative comparison came to, by what it asks whatever the clock."""
        return self.compiler.row_baselines.bound | self.compiler.person_baselines.bound

    def drop(self) -> None:
        """Remove the temporary tables."""
        for each in self.verdicts:
            each.table.drop(self.transaction)
        self.compiler.queries.drop(self.transaction)

    def _judge(
        self, number: int, rules: list[tuple[str, Predicate]], people: People | None
    ) -> Verdicts:
        columns: dict[str, Column] = {
            name: sa.column(f"s{i}", sa.Boolean) for i, (name, _) in enumerate(rules)
        }
        name = f"{self.purpose}verdicts_{number}"
        table = Temporary(name, [id_column("profile_id")], list(columns.values()))
        table.create(self.transaction)
        joined: Any = PROFILES
        for each in self.compiler.queries.per_person():
            key = PROFILES.c.company_id if each.by_company else PROFILES.c.id
            joined = joined.outerjoin(each.table, each.table.c.key == key)
        compute_verdicts = sa.select(PROFILES.c.id, *(verdict for _, verdict in rules)).select_from(
            joined
        )
        if people is not None:
            compute_verdicts = compute_verdicts.where(PROFILES.c.id.in_(people))
        names = ["profile_id", *(column.name for column in columns.values())]
        self.transaction.execute(sa.insert(table).from_select(names, compute_verdicts), self.values)
        return Verdicts(table, columns)


@contextmanager
def verdict_run(
    transaction: sa.Connection,
    context: EvaluationContext,
    segments: Sequence[Segment],
    only: Collection[str] | None = None,
    purpose: str = "",
) -> Iterator[VerdictRun]:
    """The rules of all segments, or of `only` some, compiled; their tables are gone afterwards.

    Two that are done at once need a `purpose` each.
    """
    named = {each.name: each.rule for each in segments if each.rule is not None}
    compiler = Compiler(context, named, transaction, AggregateQueries(purpose))
    asked = [each for each in segments if only is None or each.name in only]
    rules, families = _compiled(compiler, asked)
    work = VerdictRun(transaction, compiler, rules, families, purpose)
    yield work
    # Not in a `finally`: after an error the transaction is rolled back, and they are gone with it.
    work.drop()


@contextmanager
def compute_verdicts(
    transaction: sa.Connection,
    context: EvaluationContext,
    segments: Sequence[Segment],
    *,
    only: Collection[str] | None = None,
) -> Iterator[tuple[list[AnyVerdicts], VerdictRun]]:
    """The verdicts of all segments, or of `only` some, about everybody."""
    with verdict_run(transaction, context, segments, only) as work:
        work.measure_rows()
        work.run_queries()
        work.measure_persons()
        yield work.judge(), work


def _compiled(
    compiler: Compiler, segments: Sequence[Segment]
) -> tuple[dict[str, Predicate], dict[tuple[str, ...], Predicate]]:
    """The verdicts of single segments, and those of families whose members are judged together."""
    rules: dict[str, Predicate] = {}
    families: dict[tuple[str, ...], Predicate] = {}
    for each in groups(segments, compiler.context):
        verdict = compiler.verdict(each.rule)
        if any(one.source.value_join for one in queries_used(compiler.queries, verdict)):
            families[each.names] = verdict
        else:
            # Where nobody delivers such rows, the same is unknown for every value.
            rules |= dict.fromkeys(each.names, verdict)
    done = {*rules, *(name for names in families for name in names)}
    rules |= {
        each.name: compiler.verdict(each.rule)
        for each in segments
        if each.rule is not None and each.name not in done
    }
    return rules, families


def _batches(items: list[Any], size: int) -> Iterator[list[Any]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
