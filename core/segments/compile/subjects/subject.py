"""Rows of one kind: where they stand, when they happened, and what can be asked of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa

from core.segments.compile.sql.aggregates import Expression, FactSource, Predicate, all_of
from core.segments.compile.sql.clock import Window
from core.segments.compile.sql.context import EvaluationContext
from core.segments.compile.sql.window_edges import DatedRows
from core.segments.compile.subjects.attributes import Attribute


@dataclass(eq=False)
class Subject:
    """Rows of one kind, with their clock and what can be asked of them."""

    context: EvaluationContext
    source: FactSource
    at: Expression
    day: Expression
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    counts: Predicate = field(default_factory=sa.true)
    """Rows that count; the others only state that there is none."""
    stored: tuple[DatedRows, ...] = ()
    """The rows as they are stored, where `source` is made of something else."""

    def inside(self, window: Window) -> Predicate:
        """Whether a row lies in the window; who depends on it is evaluated as its edges move."""
        self.follow(window)
        return lies(window, self.at, self.day)

    def follow(self, window: Window) -> None:
        """Have people evaluated anew whose rows an edge of the window passes over."""
        for rows in self.stored or (DatedRows(self.source.profile, self.at, self.day),):
            self.context.cross(rows, window)


def lies(window: Window, at: Expression, day: Expression) -> Predicate:
    """Whether an instant and its local day lie in the window."""
    found: list[Predicate] = []
    if window.after is not None:
        found.append(day > window.after.toordinal())
    if window.from_ is not None:
        found.append(day >= window.from_.toordinal())
    if window.until is not None:
        found.append(day <= window.until.toordinal())
    if window.older_than is not None:
        found.append(day < window.older_than.toordinal())
    if window.after_instant is not None:
        found.append(at > window.after_instant)
    if window.before_instant is not None:
        found.append(at < window.before_instant)
    return all_of(*found)


def dated(context: EvaluationContext, table: sa.Table, name: str) -> Subject:
    """A plain table of facts with `at` and `day`; the attributes are the caller's."""
    rows = DatedRows(table.c.profile_id, table.c.at, table.c.day)
    always = (context.past(table.c.at, rows), *context.configured(table.c.connection_id))
    return Subject(
        context, FactSource(name, table, table.c.profile_id, always), table.c.at, table.c.day
    )
