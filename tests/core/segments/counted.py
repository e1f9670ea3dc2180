"""A made-up world, rules over it, and the members that were counted by hand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from core.contract import Page
from core.records import (
    NOUNS,
    Contact,
    Line,
    MessageEvent,
    Order,
    Record,
)
from core.segments.compile.sql.clock import Clock
from core.segments.compile.sql.context import EvaluationContext
from core.segments.definition import KnownNames
from core.segments.evaluate.evaluation import evaluate
from core.segments.validate import segments_of
from core.store import checkpoints
from core.store.connections import connection_id
from core.store.database import Database
from core.store.ingest import save
from core.store.shop import Shop
from core.store.tables import CONTACTS, STAYS, UNKNOWNS

ZONE = ZoneInfo("Europe/Copenhagen")
SHOP = Shop(zone=ZONE, currency="DKK", country="DK", brand_aliases={"lego a/s": "Lego"})
TODAY = date(2026, 3, 31)
NOW = datetime(2026, 3, 31, 12, tzinfo=ZONE).astimezone(UTC)


def ago(days: float) -> datetime:
    """An instant that many days before noon of today."""
    return NOW - timedelta(days=days)


def order(number: int, who: str | None, days: float, total: int = 100, **more: Any) -> Order:
    """A paid order without lines."""
    return Order(
        id=str(number),
        contact=who,
        placed_at=ago(days),
        total=Decimal(total),
        currency="DKK",
        **more,
    )


def basket(number: int, who: str, days: float, *lines: Line, **more: Any) -> Order:
    """A paid order with lines."""
    return Order(
        id=str(number), contact=who, placed_at=ago(days), currency="DKK", lines=lines, **more
    )


def line(number: int, product: str, quantity: int = 1, total: int = 10, **more: Any) -> Line:
    """One line of a basket."""
    return Line(
        id=str(number), product=product, quantity=Decimal(quantity), total=Decimal(total), **more
    )


def event(message: str, who: str, kind: Any, days: float, evidence: Any = "probable") -> Record:
    """Something that happened to a message."""
    return MessageEvent(message=message, contact=who, kind=kind, at=ago(days), evidence=evidence)


@dataclass(frozen=True)
class Case:
    """A rule, who is a member, and about whom nothing can be said; all others are not."""

    rule: Mapping[str, Any]
    members: str = ""
    unknown: str = ""


def found(
    database: Database,
    records: Sequence[Record],
    cases: Sequence[Case],
    *,
    delivered: frozenset[str] = frozenset(NOUNS),
    as_of: datetime | date = NOW,
    shop: Shop = SHOP,
) -> list[Case]:
    """The cases as the hub evaluates them, all together."""
    tables = {f"case_{number}": dict(case.rule) for number, case in enumerate(cases)}
    segments, wrong = segments_of(tables, KnownNames(connections=frozenset({"shop"})))
    assert not wrong, [str(each) for each in wrong]
    with database.transaction() as transaction:
        number = connection_id(transaction, "shop", "made up")
        reading = checkpoints.begin(transaction, number, "everything", NOW)
        counts = save(transaction, shop, reading, Page(records), NOW)
        assert counts["inserted"] == len(records), counts
        world = EvaluationContext(shop, Clock.at(as_of, ZONE), {"shop": number}, delivered)
        evaluate(transaction, world, segments, NOW)
        return [
            Case(
                case.rule,
                _names(transaction, STAYS, name, STAYS.c.left_day.is_(None)),
                _names(transaction, UNKNOWNS, name, sa.true()),
            )
            for name, case in zip(tables, cases, strict=True)
        ]


def _names(
    transaction: sa.Connection, table: sa.Table, segment: str, condition: sa.ColumnElement[bool]
) -> str:
    from core.store.tables import SEGMENTS  # noqa: PLC0415 - shown where it is used

    rows = transaction.execute(
        sa.select(CONTACTS.c.external_id)
        .join(table, table.c.profile_id == CONTACTS.c.profile_id)
        .join(SEGMENTS, SEGMENTS.c.id == table.c.segment_id)
        .where(SEGMENTS.c.name == segment, condition)
    )
    return " ".join(sorted(rows.scalars()))


def agree(
    database: Database, records: Sequence[Record], cases: Sequence[Case], **more: Any
) -> None:
    """Every case comes out as it was counted by hand."""
    assert found(database, records, cases, **more) == list(cases)


def people(names: str) -> list[Contact]:
    """Bare persons."""
    return [Contact(id=name) for name in names.split()]
