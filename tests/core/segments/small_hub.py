"""A small hub that compares every evaluation with a full one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from core.contract import Page
from core.records import NOUNS, Order, Record
from core.segments.compile.sql.clock import Clock
from core.segments.compile.sql.context import EvaluationContext
from core.segments.definition import KnownNames
from core.segments.evaluate import EvaluationResult, evaluate
from core.segments.validate import segments_of
from core.store import checkpoints
from core.store.connections import connection_id
from core.store.database import Database, evaluate_alone
from core.store.ingest import save
from core.store.shop import Shop
from core.store.tables import CONTACTS, SEGMENTS, STAYS
from tests.core.segments.cases import NOW, SHOP, ZONE
from tests.laws.full_evaluation import evaluate_and_compare


@dataclass
class SmallHub:
    """Connections that deliver, and segments by name; `rules` may change at any time."""

    database: Database
    rules: Mapping[str, Any]
    shop: Shop = SHOP
    configured: tuple[str, ...] = ("shop",)
    delivered: frozenset[str] = frozenset(NOUNS)
    found: EvaluationResult | None = None
    """Result of the last evaluation."""
    known: dict[str, int] = field(default_factory=dict)

    def tell(self, *records: Record, by: str = "shop") -> None:
        """Save a page."""
        with self.database.transaction() as transaction:
            number = self.known[by] = connection_id(transaction, by, "made up")
            reading = checkpoints.begin(transaction, number, "everything", NOW)
            counts = save(transaction, self.shop, reading, Page(records), NOW)
            assert not counts["quarantined"], counts

    def members(self, as_of: datetime | date) -> dict[str, str]:
        """Evaluate as of then, touched and full alike; the ids of each segment's members."""
        with self.database.transaction() as transaction:
            self.found = evaluate_and_compare(
                transaction, self._world(as_of), self._segments(), NOW
            )
        return self.present()

    def evaluate(self, as_of: datetime | date) -> None:
        """Evaluate as of then, touched profiles only."""

        def act(transaction: sa.Connection) -> EvaluationResult:
            evaluate_alone(transaction)
            return evaluate(transaction, self._world(as_of), self._segments(), NOW)

        self.found = self.database.undisturbed(act)

    def present(self) -> dict[str, str]:
        """The ids of each segment's members as they are stored."""
        with self.database.read() as transaction:
            names = transaction.execute(sa.select(SEGMENTS.c.name).where(~SEGMENTS.c.retired))
            members: dict[str, list[str]] = {name: [] for name in names.scalars()}
            rows = transaction.execute(
                sa.select(SEGMENTS.c.name, CONTACTS.c.external_id)
                .join(STAYS, STAYS.c.segment_id == SEGMENTS.c.id)
                .join(CONTACTS, CONTACTS.c.profile_id == STAYS.c.profile_id)
                .where(STAYS.c.left_day.is_(None))
            )
            for name, who in rows:
                members[name].append(who)
        return {name: " ".join(sorted(who)) for name, who in members.items()}

    def stays(self) -> list[tuple[str, int, int | None, str | None]]:
        """Contact, day entered, day left and reason, of every stay in any segment."""
        query = sa.select(
            CONTACTS.c.external_id, STAYS.c.entered_day, STAYS.c.left_day, STAYS.c.left_reason
        ).join(CONTACTS, CONTACTS.c.profile_id == STAYS.c.profile_id)
        with self.database.read() as transaction:
            return sorted(map(tuple, transaction.execute(query)))

    @property
    def looked_at(self) -> int:
        """How many people the last evaluation, an incremental one, looked at."""
        assert self.found is not None
        assert self.found.full_because == ""
        return self.found.looked_at

    @property
    def because(self) -> str:
        """Why the last evaluation was a full one."""
        assert self.found is not None
        return self.found.full_because.partition(": ")[2]

    def _segments(self) -> Any:
        names = KnownNames(connections=frozenset(self.configured))
        found, wrong = segments_of(dict(self.rules), names)
        assert not wrong, [str(each) for each in wrong]
        return found

    def _world(self, as_of: datetime | date) -> EvaluationContext:
        numbers = {name: self.known[name] for name in self.configured if name in self.known}
        clock = Clock.at(as_of, self.shop.zone)
        stale = len(self.known) > len(numbers)
        return EvaluationContext(self.shop, clock, numbers, self.delivered, stale=stale)


def noon(day: int, month: int = 3, year: int = 2026, *, hours: float = 0) -> datetime:
    """Noon of a local date, or some hours after it."""
    wall = datetime(year, month, day, 12, tzinfo=ZONE)
    return wall.astimezone(UTC) + timedelta(hours=hours)


def ordered(number: int, who: str | None, total: int = 100, day: int = 1, **more: Any) -> Order:
    """A paid order without lines, at noon of a day of March unless another time is given."""
    given = {"id": str(number), "contact": who, "placed_at": noon(day), "total": total}
    return Order.model_validate({**given, "currency": "DKK", **more})
