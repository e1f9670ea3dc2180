"""Read the purchases of a platform through its connector into a store, and answer from there."""

import importlib
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import respx
from sqlalchemy import select

from connectors.kit import Page, RestSource, Source, Window
from connectors.kit.testing import FakeApi, FakeClock
from core.store import checkpoints
from core.store.connections import connection_id
from core.store.database import Database
from core.store.ingest import save
from core.store.shop import Shop
from core.store.tables import COUPONS, LINES, ORDERS, PROFILES
from tests.connectors.same_purchases.purchases import EURO, Answer

ROOM = Path(__file__).parent
SHARED = {"purchases", "reading", "test_same_purchases"}
"""Modules here that are no platform."""
NOW = datetime(2024, 3, 10, 8, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Copenhagen")
LOSSES = ("quarantined", "suppressed", "emptied", "unreadable")
EVER = Window(until=datetime(2100, 1, 1, tzinfo=UTC), zone=ZONE)
SHOP = Shop(zone=ZONE, currency="DKK", country="DK")


@dataclass(frozen=True)
class Platform(ABC):
    """The purchases in one platform's own payloads."""

    orders: Mapping[str, str]
    """Purchase -> the platform's id of its order."""
    cannot: Mapping[str, str] = field(default_factory=dict)
    """Purchase -> the reason why the platform cannot express it."""

    @abstractmethod
    def connect(self, folder: Path) -> AbstractContextManager[Source]:
        """Serve the payloads, and give the connector that reads them; `folder` is empty."""


@dataclass(frozen=True)
class ServedPlatform(Platform):
    """Payloads of a REST API."""

    source: RestSource = field(kw_only=True)
    raws: Mapping[str, Sequence[Any]] = field(kw_only=True)
    """By the path of their list below the base address."""

    def connect(self, folder: Path) -> AbstractContextManager[Source]:  # noqa: ARG002 - no files
        """Serve the payloads in the place of the network."""
        return self._served()

    @contextmanager
    def _served(self) -> Iterator[Source]:
        with self.server():
            yield self.source

    @contextmanager
    def server(self) -> Iterator[FakeApi]:
        """Give the server, which keeps what it was asked and what it answered."""
        clock = FakeClock()
        self.source._clock = clock
        api = FakeApi(self.source, self.raws, clock)
        with respx.mock(assert_all_called=False) as router:
            router.route().mock(side_effect=api)
            yield api


def platforms() -> dict[str, Platform]:
    """Every platform by its kind, each from its file in this folder."""
    kinds = sorted({file.stem for file in ROOM.glob("*.py")} - SHARED)
    return {kind: importlib.import_module(f"{__package__}.{kind}").PLATFORM for kind in kinds}


def read(database: Database, source: Source, *, backwards: bool = False) -> None:
    """Read every stream of a source, in the order in which it offers them or against it."""
    streams = [each.name for each in source.streams()]
    for stream in reversed(streams) if backwards else streams:
        store(database, source.kind, stream, source.read(stream, EVER))


def store(database: Database, kind: str, stream: str, pages: Iterable[Page]) -> None:
    """Store pages of a stream; nothing may be rejected or emptied."""
    with database.transaction() as transaction:
        number = connection_id(transaction, kind, kind)
        reading = checkpoints.begin(transaction, number, stream, NOW)
    for page in pages:
        with database.transaction() as transaction:
            counts = save(transaction, SHOP, reading, page, NOW)
        assert not page.rejects, page.rejects
        lost = {name: count for name, count in counts.items() if name.startswith(LOSSES) and count}
        assert not lost, lost


def store_rates(database: Database) -> None:
    """Store what a euro was worth."""
    store(database, "rates", "rates", [Page([EURO])])


def answers(database: Database) -> dict[str, Answer]:
    """Answers of the store about every order, by the platform's id of it."""
    with database.transaction() as transaction:
        orders = transaction.execute(select(ORDERS)).all()
        lines: dict[int, list[Any]] = defaultdict(list)
        for line in transaction.execute(select(LINES)):
            lines[line.order_id].append(line)
        codes: dict[int, list[str]] = defaultdict(list)
        for coupon in transaction.execute(select(COUPONS)):
            codes[coupon.order_id].append(coupon.code)
        people = {row.id: row.email for row in transaction.execute(select(PROFILES))}
    return {
        order.external_id: Answer(
            net=order.net,
            net_shop=order.net_shop,
            units=sum(line.kept for line in lines[order.id] if line.valid),
            tax=order.tax,
            discount=order.discount + sum(line.coupon_discount for line in lines[order.id]),
            refunded=order.refunded,
            on_sale=sum(line.kept for line in lines[order.id] if line.valid and line.on_sale),
            valid=bool(order.valid),
            coupons=tuple(sorted(codes[order.id])),
            person=people.get(order.profile_id),
            status=order.status,
            channel=order.channel,
            currency=order.currency,
            day=date.fromordinal(order.day),
        )
        for order in orders
    }
