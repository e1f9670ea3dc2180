"""A small source of orders by date, which does what a test tells it while it is read."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from pydantic import PrivateAttr
from sqlalchemy import select

from core.contract import Page, Source, Stream, Window
from core.records import Contact, Order
from core.store.bulk import table_of
from core.store.database import Database
from core.store.tables import trade
from core.store.tables.operations import Checkpoint

Hook = Callable[[Window, int], object]


class Diary(Source):
    """Orders that can be asked for by date, two a page, and people who cannot."""

    kind = "diary"
    keeps: timedelta | None = None
    whole: bool = False
    """Whether the last page claims to have shown everything."""
    only_people: bool = False
    _orders: dict[str, datetime] = PrivateAttr(default_factory=dict)
    _asked: list[Window] = PrivateAttr(default_factory=list)
    _hook: list[Hook] = PrivateAttr(default_factory=list)

    def streams(self) -> Sequence[Stream]:
        """Orders and people."""
        orders = Stream("orders", ("Order",), cursor=True, keeps=self.keeps)
        people = Stream("people", ("Contact",))
        return [people] if self.only_people else [orders, people]

    def read(
        self,
        stream: str,
        window: Window,
        state: str | None = None,  # noqa: ARG002 - it has none
    ) -> Iterator[Page]:
        """The orders of a window."""
        if stream == "people":
            yield Page([Contact(id="ann")])
            return
        self._asked.append(window)
        inside = [
            order(id_, at)
            for id_, at in self._orders.items()
            if (window.since is None or at >= window.since) and at < window.until
        ]
        pages = [inside[place : place + 2] for place in range(0, len(inside), 2)] or [[]]
        for number, records in enumerate(pages, start=1):
            for hook in self._hook:
                hook(window, number)
            last = number == len(pages)
            yield Page(records, cursor=window.until, whole=self.whole and last)

    def knows(self, *orders: datetime) -> "Diary":
        """Orders of these instants, numbered from 1."""
        self._orders.update({str(place): at for place, at in enumerate(orders, start=1)})
        return self

    def meanwhile(self, hook: Hook) -> None:
        """Do this before each page of orders, told the window and the page's number."""
        self._hook[:] = [hook]

    def in_peace(self) -> None:
        """Do nothing more meanwhile, and forget what was asked."""
        self._hook.clear()
        self._asked.clear()

    @property
    def asked(self) -> list[tuple[datetime | None, datetime]]:
        """The windows that orders were asked for."""
        return [(each.since, each.until) for each in self._asked]


def order(id_: str, at: datetime) -> Order:
    """An order of that instant."""
    return Order(id=id_, placed_at=at, updated_at=at, currency="DKK", total=Decimal(10))


def utc(text: str) -> datetime:
    """`2026-01-31T23:00` as an instant."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def stored(database: Database) -> list[str]:
    """The orders in the store."""
    orders = table_of(trade.Order)
    with database.read() as transaction:
        return sorted(transaction.scalars(select(orders.c.external_id)))


def checkpoint(database: Database, stream: str = "orders") -> dict[str, object]:
    """Everything that the store knows of how far a stream was read."""
    marks = table_of(Checkpoint)
    with database.read() as transaction:
        found = transaction.execute(select(marks).where(marks.c.stream == stream))
        return dict(found.mappings().one())
