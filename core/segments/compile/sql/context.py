"""What an evaluation may count: whose data, until when, from which connections."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, Literal, TypeVar

import sqlalchemy as sa
from sqlalchemy.sql.selectable import Subquery

from core.segments.compile.sql.aggregates import Expression, Predicate, written
from core.segments.compile.sql.clock import Clock, Window, window
from core.segments.compile.sql.window_edges import DatedRows, WindowEdges
from core.segments.rules.values import Duration
from core.store.keys import fold
from core.store.shop import Shop

Made = TypeVar("Made")
_INSTANT = timedelta(microseconds=1)
"""The store keeps nothing finer."""


@dataclass(frozen=True)
class EvaluationContext:
    """The frame of one evaluation."""

    shop: Shop
    clock: Clock
    connections: Mapping[str, int]
    """Name -> number of every connection that the config names."""
    delivered: frozenset[str]
    """Nouns that some configured connection has delivered."""
    stale: bool = False
    """Whether rows of connections that the config no longer names are in the store."""
    sent_again: Callable[[], bool] = field(default=lambda: True, compare=False, repr=False)
    """Whether a message may have reached somebody at several contacts; looked up when asked."""
    before: Clock | None = None
    """The clock of the evaluation before, where it matters what has crossed an edge since."""
    people: sa.Select[Any] | None = field(default=None, compare=False, repr=False)
    """The profiles whose rows are read; None is everybody."""
    derived_tables: dict[Hashable, Subquery] = field(
        default_factory=dict, compare=False, repr=False
    )
    """Derived tables of this evaluation by what they say."""
    made: dict[Hashable, Any] = field(default_factory=dict, compare=False, repr=False)
    """What several rules share, by what makes it."""
    crossings: WindowEdges = field(default_factory=WindowEdges, compare=False, repr=False)
    """Edges that moved since the evaluation before, as far as rules were compiled."""

    def seen(
        self, clock: Clock, *, before: Clock | None = None, people: sa.Select[Any] | None = None
    ) -> "EvaluationContext":
        """The same at a clock, for some people, with nothing compiled yet."""
        return replace(
            self, clock=clock, before=before, people=people, derived_tables={}, made={},
            crossings=WindowEdges(),
        )  # fmt: skip

    def once(self, make: Callable[["EvaluationContext"], Made]) -> Made:
        """What `make` makes of this world; the same for every rule that asks for it."""
        if make not in self.made:
            self.made[make] = make(self)
        made: Made = self.made[make]
        return made

    def one_of_equals(self, condition: Predicate) -> Predicate:
        """The first condition that said the same; what it is part of can be told to be equal then.

        Where one stands twice in an expression, it matters whether it is the same object.
        """
        first: Predicate = self.made.setdefault(written(condition), condition)
        return first

    def derived(
        self,
        statement: sa.Select[*tuple[Any, ...]] | sa.CompoundSelect[*tuple[Any, ...]],
        name: str,
    ) -> Subquery:
        """A derived table; equal ones are one."""
        says = written(statement)
        if says not in self.derived_tables:
            number = len(self.derived_tables)
            self.derived_tables[says] = statement.subquery(f"{name}_{number}")
        return self.derived_tables[says]

    def past(self, at: Expression, *stored: DatedRows) -> Predicate:
        """Whether an instant has come; the present is an edge like any other.

        `stored` are the rows that it passes over.
        """
        if self.before is not None:
            for rows in stored:
                self.crossings.instants(rows, self.before.instant, self.clock.instant)
        return at <= self.clock.instant

    def window(
        self,
        within: Duration | Literal["ever"] | None,
        before: Duration | None = None,
        from_: date | None = None,
        to: date | None = None,
    ) -> Window:
        """What a rule's `within`, `before`, `from` and `to` mean now, and meant before."""
        now = window(self.clock, within, before, from_, to)
        if self.before is None:
            return now
        return replace(now, earlier=window(self.before, within, before, from_, to))

    def cross(self, rows: DatedRows, edges: Window) -> None:
        """Note which edges of a window moved since the evaluation before."""
        then = edges.earlier
        if then is None:
            return
        if then.after is not None and edges.after is not None:
            self.crossings.days(rows, then.after.toordinal(), edges.after.toordinal())
        if then.after_instant is not None and edges.after_instant is not None:
            self.crossings.instants(rows, then.after_instant, edges.after_instant)
        # Strictly before an edge is up to what lies just before it.
        if then.older_than is not None and edges.older_than is not None:
            old, new = then.older_than.toordinal(), edges.older_than.toordinal()
            self.crossings.days(rows, old - 1, new - 1)
        if then.before_instant is not None and edges.before_instant is not None:
            self.crossings.instants(
                rows, then.before_instant - _INSTANT, edges.before_instant - _INSTANT
            )

    def whose(self, profile: Expression) -> tuple[Predicate, ...]:
        """Rows of the people that are looked at only."""
        return () if self.people is None else (profile.in_(self.people),)

    def configured(self, column: Expression) -> tuple[Predicate, ...]:
        """Rows of configured connections only."""
        return (column.in_(sorted(self.connections.values())),) if self.stale else ()

    def brand_key(self, word: str) -> str:
        """A brand as lines carry it: folded, after aliases."""
        folded = fold(word)
        return fold(self.shop.brand_aliases.get(folded, folded))
