"""What an evaluation may count: whose data, until when, from which connections."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.selectable import Subquery

from core.segments.sql.clock import Clock
from core.segments.sql.passes import Expression, Predicate, written
from core.store.keys import fold
from core.store.shop import Shop


@dataclass(frozen=True)
class World:
    """The frame of one evaluation."""

    shop: Shop
    clock: Clock
    connections: Mapping[str, int]
    """Name -> number of every connection that the config names."""
    delivered: frozenset[str]
    """Nouns that some configured connection has delivered."""
    stale: bool = False
    """Whether rows of connections that the config no longer names are in the store."""
    derived_tables: dict[str, Subquery] = field(default_factory=dict, compare=False, repr=False)
    """Derived tables of this evaluation by what they say."""

    def derived(
        self,
        statement: sa.Select[*tuple[Any, ...]] | sa.CompoundSelect[*tuple[Any, ...]],
        name: str,
    ) -> Subquery:
        """A derived table, named by what it says, so that equal ones are one."""
        digest = hashlib.sha256(written(statement).encode()).hexdigest()[:12]
        return self.derived_tables.setdefault(digest, statement.subquery(f"{name}_{digest}"))

    def configured(self, column: Expression) -> tuple[Predicate, ...]:
        """Rows of configured connections only."""
        return (column.in_(sorted(self.connections.values())),) if self.stale else ()

    def brand_key(self, word: str) -> str:
        """A brand as lines carry it: folded, after aliases."""
        folded = fold(word)
        return fold(self.shop.brand_aliases.get(folded, folded))
