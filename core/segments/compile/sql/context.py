"""The frame of an evaluation: its clock, its connections, its people."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Literal, TypeVar

import sqlalchemy as sa
from sqlalchemy.sql.selectable import Subquery

from core.segments.compile.sql.aggregates import AggregateQueries, Expression, Predicate, structure
from core.segments.compile.sql.baselines import Baselines
from core.segments.compile.sql.clock import Clock, Window, window
from core.segments.compile.sql.window_edges import DatedRows, WindowEdges
from core.segments.rules import FieldRule, Measured, Rule
from core.segments.rules.values import Duration
from core.store.keys import fold
from core.store.shop import Shop

Made = TypeVar("Made")


@dataclass(frozen=True)
class EvaluationContext:
    """The circumstances of one evaluation, and the objects that its rules share."""

    shop: Shop
    clock: Clock
    connections: Mapping[str, int]
    """Number of every configured connection, by name."""
    delivered: frozenset[str]
    """Nouns that some configured connection has delivered."""
    stale: bool = False
    """Whether the store has rows of connections that are no longer configured."""
    sent_again: Callable[[], bool] = field(default=lambda: True, compare=False, repr=False)
    """Whether one message may have been delivered to several contacts of one person."""
    refuses_tracking: Callable[[], bool] = field(default=lambda: True, compare=False, repr=False)
    """Whether anybody may have refused that their opens are watched."""
    before: Clock | None = None
    """The clock of the previous evaluation; None for a full one."""
    people: sa.Select[Any] | None = field(default=None, compare=False, repr=False)
    """The profiles whose rows are read; None for everybody."""
    derived_tables: dict[Hashable, Subquery] = field(
        default_factory=dict, compare=False, repr=False
    )
    """Derived tables by the structure of their statement."""
    shared: dict[Hashable, Any] = field(default_factory=dict, compare=False, repr=False)
    """Objects that several rules use, by what makes them."""
    window_edges: WindowEdges = field(default_factory=WindowEdges, compare=False, repr=False)
    """Edges of the compiled rules that moved since the previous evaluation."""

    def at(
        self, clock: Clock, *, before: Clock | None = None, people: sa.Select[Any] | None = None
    ) -> "EvaluationContext":
        """The same frame at another clock, for some people, with nothing compiled yet."""
        return replace(
            self, clock=clock, before=before, people=people, derived_tables={}, shared={},
            window_edges=WindowEdges(),
        )  # fmt: skip

    def once(self, make: Callable[["EvaluationContext"], Made]) -> Made:
        """The result of `make` for this context, made once and shared by all rules."""
        if make not in self.shared:
            self.shared[make] = make(self)
        made: Made = self.shared[make]
        return made

    def interned(self, condition: Predicate) -> Predicate:
        """The first of all equal conditions.

        Expressions that contain a condition twice are equal only if both are one object.
        """
        first: Predicate = self.shared.setdefault(structure(condition), condition)
        return first

    def derived(
        self,
        statement: sa.Select[*tuple[Any, ...]] | sa.CompoundSelect[*tuple[Any, ...]],
        name: str,
    ) -> Subquery:
        """A statement as a derived table; equal statements share one."""
        key = structure(statement)
        if key not in self.derived_tables:
            number = len(self.derived_tables)
            self.derived_tables[key] = statement.subquery(f"{name}_{number}")
        return self.derived_tables[key]

    def past(self, at: Expression, *stored: DatedRows) -> Predicate:
        """Whether an instant is not in the future: the present is an edge of a window too.

        `stored` are the rows that it passes over.
        """
        if self.before is not None:
            for rows in stored:
                self.window_edges.instants(rows, self.before.instant, self.clock.instant)
        return at <= self.clock.instant

    def window(
        self,
        within: Duration | Literal["ever"] | None,
        before: Duration | None = None,
        from_: date | None = None,
        to: date | None = None,
    ) -> Window:
        """A rule's window now, and at the previous evaluation."""
        now = window(self.clock, within, before, from_, to)
        if self.before is None:
            return now
        return replace(now, earlier=window(self.before, within, before, from_, to))

    def window_of(self, rule: Measured | FieldRule) -> Window:
        """A rule's window."""
        return self.window(rule.within, rule.before, rule.from_, rule.to)

    def selected(self, profile: Expression) -> tuple[Predicate, ...]:
        """The condition that a row belongs to `people`; none for everybody."""
        return () if self.people is None else (profile.in_(self.people),)

    def configured(self, column: Expression) -> tuple[Predicate, ...]:
        """The condition that a row is of a configured connection; none where all rows are."""
        return (column.in_(sorted(self.connections.values())),) if self.stale else ()

    def brand_key(self, word: str) -> str:
        """A brand as order lines hold it: aliases resolved, folded."""
        folded = fold(word)
        return fold(self.shop.brand_aliases.get(folded, folded))


@dataclass(eq=False)
class Compilation:
    """The compiled parts of one evaluation's rules, and the traits that they share."""

    context: EvaluationContext
    named: Mapping[str, Rule]
    """Rules of every segment by name, for rules about other segments."""
    transaction: sa.Connection | None = None
    """For lookups that precede a rule's SQL; a rule that needs one is unknown without it."""
    queries: AggregateQueries = field(default_factory=AggregateQueries)
    row_baselines: Baselines = field(default_factory=lambda: Baselines("rows"))
    person_baselines: Baselines = field(default_factory=lambda: Baselines("persons"))
