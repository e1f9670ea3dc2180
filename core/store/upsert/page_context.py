"""The context of one page on its way into the store: its origin, counts and consequences."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection

from core.contract import Loss, Page, Reject
from core.log import shape_of
from core.store.checkpoints import Reading
from core.store.keys import Identified
from core.store.shop import Shop


class RecordRejected(ValueError):
    """The record goes to quarantine, with the field at fault and the reason; never a value."""

    def __init__(self, path: str, reason: str) -> None:
        """Name the field and the reason, in words for a person."""
        super().__init__(reason)
        self.path = path
        self.reason = reason


@dataclass
class PageContext:
    """One page on its way into the store; lives as long as its transaction."""

    transaction: Connection
    shop: Shop
    reading: Reading
    page: Page
    now: datetime
    counts: Counter[str] = field(default_factory=Counter)
    rejects: list[Reject] = field(default_factory=list)
    losses: list[Loss] = field(default_factory=list)
    """Values that the store cannot use though their record was valid."""
    touched: set[int | None] = field(default_factory=set)
    """Profiles to be evaluated again."""
    new_rows: set[int | None] = field(default_factory=set)
    """Those of them to whom a row came, or for whom one began to count."""
    rejoin: set[int] = field(default_factory=set)
    """Contacts whose identifiers changed."""
    lost: dict[Identified, int] = field(default_factory=dict)
    """Identifier -> how many contacts of this connection lost it."""
    gained: dict[Identified, int] = field(default_factory=dict)
    """Identifier -> how many contacts of this connection gained it."""
    stale: set[int] = field(default_factory=set)
    """Profiles whose fields must be chosen again."""
    billed: set[int] = field(default_factory=set)
    """Contacts whose orders state other buyers now; a bare one is filled from them."""
    left: set[int] = field(default_factory=set)
    """Contacts that a fact no longer names; a bare one without any fact is deleted."""

    @property
    def connection_id(self) -> int:
        """The connection that delivered the page."""
        return self.reading.connection_id

    def reject(self, row: str, error: RecordRejected, *, counted: bool = True) -> None:
        """Send one record to quarantine; not counted where the record itself is stored."""
        self.counts["quarantined"] += counted
        key = row if counted else ""
        self.rejects.append(Reject(row, error.path, error.reason, key))

    def lose(self, kind: Literal["emptied", "unknown", "ambiguous"], path: str, value: str) -> None:
        """Count a value that is left empty or not understood, by the shape of the first."""
        self.losses.append(Loss(kind, path, shape_of(value)))

    def note(self, what: str, times: int = 1) -> None:
        """Count something that the report of the pull mentions and that is no reject."""
        self.counts[what] += times
