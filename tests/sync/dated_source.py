"""A source of dated orders, with a hook to call while it is read."""

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


class DatedSource(Source):
    """A stream of orders by date, two a page, and a stream of people without dates."""

    kind = "dated"
    keeps: timedelta | None = None
    whole: bool = False
    """Whether the last page claims that everything was shown."""
    only_people: bool = False
    _orders: dict[str, datetime] = PrivateAttr(default_factory=dict)
    _windows: list[Window] = PrivateAttr(default_factory=list)
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
        self._windows.append(window)
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

    def knows(self, *orders: datetime) -> "DatedSource":
        """Set orders of these instants, with ids from 1."""
        self._orders.update({str(place): at for place, at in enumerate(orders, start=1)})
        return self

    def meanwhile(self, hook: Hook) -> None:
        """Call the hook with window and page number before each page of orders."""
        self._hook[:] = [hook]

    def in_peace(self) -> None:
        """Remove the hook and forget the windows read."""
        self._hook.clear()
        self._windows.clear()

    @property
    def windows(self) -> list[tuple[datetime | None, datetime]]:
        """Windows for which orders were read."""
        return [(each.since, each.until) for each in self._windows]


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
    """The stored checkpoint of a stream."""
    marks = table_of(Checkpoint)
    with database.read() as transaction:
        found = transaction.execute(select(marks).where(marks.c.stream == stream))
        return dict(found.mappings().one())
