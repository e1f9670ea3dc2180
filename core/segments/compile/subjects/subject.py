"""Subjects: rows of one kind, their time, and their attributes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.sql.selectable import FromClause

from core.segments.compile.sql.aggregates import (
    Expression,
    FactSource,
    Predicate,
    all_of,
)
from core.segments.compile.sql.clock import Window
from core.segments.compile.sql.context import EvaluationContext
from core.segments.compile.sql.window_edges import DatedRows
from core.segments.compile.subjects.attributes import Attribute, Joins
from core.segments.rules.filters import CUSTOM


@dataclass(frozen=True, eq=False)
class Subject:
    """Rows of one kind, their instant and local day, and their attributes."""

    context: EvaluationContext
    source: FactSource
    at: Expression
    day: Expression
    attributes: Mapping[str, Attribute]
    amount: Expression | None = None
    """Amount of a row in the shop's currency, in ten-thousandths; None where rows have none."""
    has_amount: Predicate = field(default_factory=sa.true)
    """Rows that have an amount; where it is NULL it is unknown."""
    counts: Predicate = field(default_factory=sa.true)
    """Rows that count; the others state that a person has none."""
    stored: tuple[DatedRows, ...] = ()
    """The rows as they are stored, where `source` is derived from them."""
    custom: Callable[[str], Attribute] | None = None
    """Attribute of a field of the source's own; None where rows have none."""

    def attribute(self, name: str) -> Attribute:
        """An attribute by name, `custom.<name>` too."""
        if self.custom is not None and name.startswith(CUSTOM):
            return self.custom(name.removeprefix(CUSTOM))
        return self.attributes[name]

    def inside(self, window: Window) -> Predicate:
        """Whether a row lies in the window, whose edges are tracked."""
        self.track(window)
        return lies(window, self.at, self.day)

    def track(self, window: Window) -> None:
        """Record the edges of the window that moved over the rows."""
        for rows in self.stored or (DatedRows(self.source.profile, self.at, self.day),):
            self.context.window_edges.track(rows, window)


def lies(window: Window, at: Expression, day: Expression) -> Predicate:
    """Whether an instant and its local day lie in the window."""
    edges: list[Predicate] = []
    if window.after is not None:
        edges.append(day > window.after.toordinal())
    if window.from_ is not None:
        edges.append(day >= window.from_.toordinal())
    if window.through is not None:
        edges.append(day <= window.through.toordinal())
    if window.older_than is not None:
        edges.append(day < window.older_than.toordinal())
    if window.after_instant is not None:
        edges.append(at > window.after_instant)
    if window.before_instant is not None:
        edges.append(at < window.before_instant)
    return all_of(*edges)


def dated(
    context: EvaluationContext,
    table: sa.Table,
    name: str,
    attributes: Mapping[str, Attribute],
    *,
    where: Predicate | None = None,
    rows: FromClause | None = None,
    joins: Joins = (),
    amount: Expression | None = None,
) -> Subject:
    """A table of facts with `at` and `day`.

    `where` narrows it; `rows` is the table joined to what `where` and the attributes need.
    """
    stored = DatedRows(table.c.profile_id, table.c.at, table.c.day)
    always = (
        context.past(table.c.at, stored),
        *context.configured(table.c.connection_id),
        *(() if where is None else (where,)),
    )
    source = FactSource(name, table if rows is None else rows, table.c.profile_id, always, joins)
    return Subject(context, source, table.c.at, table.c.day, attributes, amount)
