"""Rows of one kind: where they stand, when they happened, and what can be asked of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa

from core.segments.rows.attributes import Attribute
from core.segments.sql.clock import Window
from core.segments.sql.passes import Expression, Predicate, Source
from core.segments.sql.world import World


@dataclass(eq=False)
class Subject:
    """Rows of one kind, with their clock and what can be asked of them."""

    source: Source
    at: Expression
    day: Expression
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    counts: Predicate = field(default_factory=sa.true)
    """Rows that count; the others only state that there is none."""

    def inside(self, window: Window) -> Predicate:
        """Whether a row lies in the window."""
        found: list[Predicate] = []
        if window.after is not None:
            found.append(self.day > window.after.toordinal())
        if window.from_ is not None:
            found.append(self.day >= window.from_.toordinal())
        if window.until is not None:
            found.append(self.day <= window.until.toordinal())
        if window.older_than is not None:
            found.append(self.day < window.older_than.toordinal())
        if window.after_instant is not None:
            found.append(self.at > window.after_instant)
        if window.before_instant is not None:
            found.append(self.at < window.before_instant)
        return sa.and_(sa.true(), *found)


def dated(world: World, table: sa.Table, name: str) -> Subject:
    """A plain table of facts with `at` and `day`; the attributes are the caller's."""
    always = (table.c.at <= world.clock.instant, *world.configured(table.c.connection_id))
    return Subject(Source(name, table, table.c.profile_id, always), table.c.at, table.c.day)
