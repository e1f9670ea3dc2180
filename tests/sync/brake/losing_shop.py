"""A shop of forty people who are alike, and a source that may lose some of what it showed."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import exists, select

from core.audience.binding import SEGMENT_NAMES, Binding, Bindings
from core.audience.report import Hold
from core.audience.scope import PlanContext
from core.contract import Page, Target
from core.records import (
    NOUNS,
    Contact,
    GroupMember,
    Line,
    Loyalty,
    Order,
    OrderDiscount,
    Record,
    Visit,
)
from core.segments.compile.sql.clock import Clock
from core.segments.compile.sql.context import EvaluationContext
from core.segments.definition import KnownNames
from core.segments.evaluate import evaluate
from core.segments.validate import segments_of
from core.store import checkpoints
from core.store.connections import connection_id
from core.store.database import Database, evaluate_alone
from core.store.ingest import save
from core.store.shop import Shop
from core.store.tables import LEDGER, SEGMENTS
from sync.push import push
from tests.core.audience.seeded_shop import Tool, show

ZONE = ZoneInfo("Europe/Copenhagen")
BEGIN = datetime(2026, 3, 2, 4, tzinfo=UTC)
PEOPLE = 40
SHOP = Shop(zone=ZONE, currency="DKK", country="DK")
Rows = Sequence[Record]

RULES: Mapping[str, Mapping[str, Any]] = {
    "women": {"field": "gender", "is": "female"},
    "adults": {"field": "age", "at_least": 30},
    "aarhus": {"field": "city", "is": "Aarhus"},
    "danes": {"field": "country", "is": "DK"},
    "club": {"field": "custom.club", "is": "gold"},
    "twice": {"orders": "count", "at_least": 2},
    "spenders": {"orders": "total", "at_least": 500},
    "recent": {"orders": "last", "within": "60 days"},
    "yarn": {"items": "lines", "where": {"category": "Yarn"}, "at_least": 2},
    "lego": {"items": "lines", "where": {"brand": "Lego"}, "at_least": 2},
    "coupons": {"orders": "count", "where": {"coupon": "SPRING"}, "at_least": 1},
    "online": {"orders": "count", "where": {"channel": "web"}, "at_least": 1},
    "visitors": {"visits": "count", "at_least": 1},
    "vips": {"groups": "names", "is": "VIP"},
    "golden": {"field": "loyalty.points", "at_least": 100},
}


def rows_of(number: int) -> list[Record]:
    """Everything that the source shows of one person."""
    name = f"p{number:02}"
    orders = [
        Order(
            id=f"{name}{letter}", contact=name, placed_at=BEGIN - timedelta(days=days),
            currency="DKK", channel="web", status="paid",
            discounts=(OrderDiscount(code="SPRING"),),
            lines=(Line(id="1", category="Yarn", brand="Lego", total=Decimal(300)),),
        )
        for letter, days in (("a", 20), ("b", 10))
    ]  # fmt: skip
    return [
        Contact(
            id=name, email=f"{name}@example.com", gender="female", birthday=date(1980, 1, 1),
            city="Aarhus", country="DK", custom={"club": "gold", "number": Decimal(number)},
        ),
        *orders,
        Visit(id=name, contact=name, at=BEGIN - timedelta(days=3)),
        GroupMember(contact=name, group="1", title="VIP"),
        Loyalty(contact=name, programme="club", points=Decimal(500)),
    ]  # fmt: skip


class LosingShop:
    """The shop, its segments as tags of a tool, and a clock of its own."""

    def __init__(
        self,
        database: Database,
        rules: Mapping[str, Any] = RULES,
        people: int = PEOPLE,
        field: Target | None = None,
    ) -> None:
        self.database = database
        self.rules = dict(rules)
        self.field = field
        """Lists the segments; else each has a tag."""
        self.now = BEGIN
        self.shown: dict[int, Rows] = {number: rows_of(number) for number in range(people)}
        self.tool = Tool(shop=True)
        self.tool._people = {f"p{number:02}" for number in range(people)}
        self.tool._people |= {f"n{number}" for number in range(400)}

    def read(self, records: Iterable[Record], *, whole: bool = False) -> None:
        """Save what one read shows; a whole one proves the rest to be gone."""
        page = Page(list(records), whole=whole, state="read")
        with self.database.transaction() as transaction:
            number = connection_id(transaction, "shop", "made up")
            reading = checkpoints.begin(transaction, number, "everything", self.now)
            counts = save(transaction, SHOP, reading, page, self.now)
            checkpoints.complete(transaction, reading, self.now, rows=len(page.records), full=whole)
            assert not counts["quarantined"], counts

    def read_everything(self) -> None:
        """Save everything that the source shows now, as a whole read."""
        self.read((each for rows in self.shown.values() for each in rows), whole=True)

    def evaluate(self) -> None:
        """Evaluate the segments as of now."""
        found, wrong = segments_of(self.rules, KnownNames(connections=frozenset({"shop"})))
        assert not wrong, [str(each) for each in wrong]

        def act(transaction: Any) -> None:
            evaluate_alone(transaction)
            number = connection_id(transaction, "shop", "made up")
            clock = Clock.at(self.now, ZONE)
            world = EvaluationContext(SHOP, clock, {"shop": number}, frozenset(NOUNS))
            evaluate(transaction, world, found, self.now)

        self.database.undisturbed(act)

    def push(self, *, approve: bool = False, retry: bool = False) -> tuple[Hold, ...]:
        """Push; what is held. A person who approves was shown it."""
        stanza, basis = self._stanza(), PlanContext(self.now, ZONE)
        if approve:
            show(self.database, self.tool, stanza, basis)
        return push(
            self.database, self.tool, stanza, basis, approve=approve, retry=retry
        ).report.held

    def pass_on(self, *, approve: bool = False, retry: bool = False) -> tuple[Hold, ...]:
        """Evaluate and push, and let an hour pass."""
        self.evaluate()
        held = self.push(approve=approve, retry=retry)
        self.now += timedelta(hours=1)
        return held

    def carrying(self) -> dict[str, int]:
        """Number of people who carry each tag."""
        return {name: len(self.tool.carrying(Target("tag", name))) for name in self.rules}

    def members(self) -> dict[str, int]:
        """Number of members of each segment."""
        with self.database.read() as transaction:
            rows = transaction.execute(select(SEGMENTS.c.name, SEGMENTS.c.members))
            return {row.name: row.members for row in rows}

    def released(self) -> bool:
        """Whether anybody may no longer be written to."""
        with self.database.read() as transaction:
            state = LEDGER.c.state == "released"
            return bool(transaction.scalar(select(exists().where(state))))

    def _stanza(self) -> Bindings:
        if self.field:
            segments = tuple(self.rules)
            binding = Binding(self.field, segments, value=SEGMENT_NAMES, requires="none")
            return Bindings("shop", (binding,))
        bindings = (Binding(Target("tag", name), (name,), requires="none") for name in self.rules)
        return Bindings("shop", tuple(bindings))


def replaced(rows: Rows, noun: type[Record], change: Callable[[Any], Record | None]) -> Rows:
    """The rows with those of one noun changed, or left out."""
    changed = (change(each) if isinstance(each, noun) else each for each in rows)
    return [each for each in changed if each is not None]
