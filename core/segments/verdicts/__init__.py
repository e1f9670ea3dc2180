"""Verdicts: member, not, or unknown, per segment and profile.

A run compiles rules, queries their traits, and writes a row of verdicts per profile.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from core.segments.compile.compiler import Compiler
from core.segments.compile.sql.aggregates import (
    AggregateQueries,
    Column,
    Predicate,
    Temporary,
    id_column,
)
from core.segments.compile.sql.baselines import MeasuredBaseline, ValuesOf, computed_values
from core.segments.compile.sql.context import EvaluationContext
from core.segments.definition import Segment
from core.segments.verdicts.grouped import (
    GroupedVerdicts,
    RowFilter,
    compute_grouped_verdicts,
    groups,
    queries_used,
)
from core.store.tables import PROFILES

WIDEST = 200
"""Columns of a table with the verdicts about some people."""
NARROW = 27
"""The same about everybody: it is read once per segment, and a row is read from its left."""
_AT_ONCE = 100
"""Segments that one statement turns into rows; SQLite takes at most 500."""

People = sa.Select[Any]
"""Query for profile ids."""


@dataclass(frozen=True, eq=False)
class Verdicts:
    """Verdicts in a table with a row per profile and a column per segment; NULL is unknown."""

    table: Temporary
    columns: Mapping[str, Column]

    @property
    def names(self) -> Collection[str]:
        """The segments."""
        return self.columns.keys()

    def members(self, name: str) -> sa.Select[Any]:
        """The profiles in one segment."""
        return sa.select(self.table.c.profile_id).where(self.columns[name])

    def rows(
        self, segment_ids: Mapping[str, int], wanted: RowFilter
    ) -> Iterator[sa.CompoundSelect[Any]]:
        """Queries for the wanted verdicts: segment id, profile id, verdict."""
        for batch in _batches(list(self.columns.items()), _AT_ONCE):
            yield sa.union_all(
                *(
                    sa.select(
                        sa.literal(segment_ids[name], sa.BigInteger),
                        self.table.c.profile_id,
                        column,
                    ).where(wanted(column))
                    for name, column in batch
                )
            )


AnyVerdicts = Verdicts | GroupedVerdicts


@dataclass(eq=False)
class VerdictRun:
    """The rules of some segments on their way to verdicts; call the methods in this order."""

    transaction: sa.Connection
    compiler: Compiler
    rules: Mapping[str, Predicate]
    """Segment -> verdict."""
    groups: Mapping[tuple[str, ...], Predicate]
    """Segments of one family -> the verdict about all of their values."""
    purpose: str
    """Prefix of the temporary tables."""
    values: dict[str, Any] = field(default_factory=dict)
    """Measured population figures, by the names under which they are bound."""
    verdicts: list[AnyVerdicts] = field(default_factory=list)

    def measure_rows(self) -> None:
        """Measure the baselines of rows."""
        self.values |= self.compiler.row_baselines.measure(self.transaction)

    def run_queries(self, people: People | None = None) -> None:
        """Compute the traits of everybody, or of more people."""
        self.compiler.queries.fill(self.transaction, self.values, people)

    def measure_persons(self, values_of: ValuesOf = computed_values) -> None:
        """Measure the baselines of persons, from the computed traits or from other values."""
        self.values |= self.compiler.person_baselines.measure(self.transaction, values_of)

    def compute(self, people: People | None = None) -> list[AnyVerdicts]:
        """The verdicts about everybody, or about people whose traits were computed."""
        batches = _batches(list(self.rules.items()), NARROW if people is None else WIDEST)
        self.verdicts = [self._compute(n, batch, people) for n, batch in enumerate(batches)]
        for number, (names, verdict) in enumerate(self.groups.items()):
            table = f"{self.purpose}grouped_verdicts_{number}"
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
        """The bound value of every relative comparison, by a key that holds at any clock."""
        return self.compiler.row_baselines.bound | self.compiler.person_baselines.bound

    def drop(self) -> None:
        """Drop the temporary tables."""
        for each in self.verdicts:
            each.table.drop(self.transaction)
        self.compiler.queries.drop(self.transaction)

    def _compute(
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
        verdicts = sa.select(PROFILES.c.id, *(verdict for _, verdict in rules)).select_from(joined)
        if people is not None:
            verdicts = verdicts.where(PROFILES.c.id.in_(people))
        names = ["profile_id", *(column.name for column in columns.values())]
        self.transaction.execute(sa.insert(table).from_select(names, verdicts), self.values)
        return Verdicts(table, columns)


@contextmanager
def verdict_run(
    transaction: sa.Connection,
    context: EvaluationContext,
    segments: Sequence[Segment],
    only: Collection[str] | None = None,
    purpose: str = "",
) -> Iterator[VerdictRun]:
    """Compile the rules of all segments, or of `only` some; drop their tables at the end.

    Two runs at the same time need a `purpose` each.
    """
    named = {each.name: each.rule for each in segments if each.rule is not None}
    compiler = Compiler(context, named, transaction, AggregateQueries(purpose))
    wanted = [each for each in segments if only is None or each.name in only]
    run = VerdictRun(transaction, compiler, *_compiled(compiler, wanted), purpose)
    yield run
    # Not in a `finally`: after an error the transaction is rolled back, and they are gone with it.
    run.drop()


@contextmanager
def compute_verdicts(
    transaction: sa.Connection,
    context: EvaluationContext,
    segments: Sequence[Segment],
    *,
    only: Collection[str] | None = None,
) -> Iterator[tuple[list[AnyVerdicts], VerdictRun]]:
    """The verdicts of all segments, or of `only` some, about everybody."""
    with verdict_run(transaction, context, segments, only) as run:
        run.measure_rows()
        run.run_queries()
        run.measure_persons()
        yield run.compute(), run


def _compiled(
    compiler: Compiler, segments: Sequence[Segment]
) -> tuple[dict[str, Predicate], dict[tuple[str, ...], Predicate]]:
    """The verdicts of single segments, and those of groups."""
    rules: dict[str, Predicate] = {}
    grouped: dict[tuple[str, ...], Predicate] = {}
    for each in groups(segments, compiler.context):
        verdict = compiler.verdict(each.rule)
        if any(query.source.value_join for query in queries_used(compiler.queries, verdict)):
            grouped[each.names] = verdict
        else:
            # Where no connection delivers such rows, every value is equally unknown.
            rules |= dict.fromkeys(each.names, verdict)
    done = {*rules, *(name for names in grouped for name in names)}
    rules |= {
        each.name: compiler.verdict(each.rule)
        for each in segments
        if each.rule is not None and each.name not in done
    }
    return rules, grouped


def _batches(items: list[Any], size: int) -> Iterator[list[Any]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
