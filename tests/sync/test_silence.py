"""A stream that suddenly shows nothing is believed only as far as there is reason to."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count

import pytest
from pydantic import PrivateAttr

from core.audience.completeness import RequiredStream, incomplete
from core.contract import Page, Reject, Stream, Window
from core.store.database import Database
from core.store.history import checkpoints
from sync.pull import pull
from sync.runs import Run, running
from sync.status import hub_status
from tests.sync.dated_source import DatedSource, stored, utc
from tests.sync.schedule.hubs import HubGroup

OPENED = utc("2026-01-01T12:00")
ORDERS = RequiredStream("shop", "orders", timedelta(days=1))


class QuietSource(DatedSource):
    """A source of orders that may show nothing: from an instant on, or at all."""

    _shows: list[str] = PrivateAttr(default_factory=list)
    by_state: bool = False

    def streams(self) -> Sequence[Stream]:
        """Orders alone."""
        return [Stream("orders", ("Order",), cursor=not self.by_state, by_state=self.by_state)]

    def read(self, stream: str, window: Window, state: str | None = None) -> Iterator[Page]:
        """The orders of a window, unless something is wrong."""
        if self._shows == ["nothing"]:
            yield Page([], cursor=window.until)
        elif self._shows == ["poison"]:
            yield Page([], [Reject("orders#1", "total", "no number")], cursor=window.until)
        else:
            yield from (
                Page(page.records, state="read")
                for page in super().read(stream, window, state)
            ) if self.by_state else super().read(stream, window, state)  # fmt: skip

    def shows(self, *what: str) -> None:
        """Show nothing, or poison, from now on; without a word: everything."""
        self._shows[:] = what


@dataclass
class Shop:
    """A shop with so many orders a day, read once a day."""

    database: Database
    source: QuietSource
    group: HubGroup = field(init=False)
    orders: Iterator[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        self.group = HubGroup(self.database, {"shop": self.source}, now=OPENED)

    def sells(self, days: int, every: timedelta) -> None:
        """Orders at this interval for so many days; the clock moves on."""
        until = self.group.now + timedelta(days=days)
        at = self.group.now
        while at < until:
            self.source._orders[str(next(self.orders))] = at
            at += every
        self.group.now = until

    def reads(self, after: timedelta = timedelta()) -> Run:
        """A pull, so much later."""
        self.group.now += after
        with running(self.group.hub(), "pull") as run:
            pull(run)
        return run

    @property
    def hold(self) -> str:
        """Why segments that rest on the orders are held, "" if they are not."""
        with self.database.read() as transaction:
            found = incomplete(transaction, {"lapsed": [ORDERS]}, self.group.now)
        return found.get("lapsed", "")

    @property
    def cursor(self) -> datetime | None:
        """Position of the stream."""
        with self.database.read() as transaction:
            (row,) = checkpoints(transaction)
        return row.cursor


def shop_that_sold(database: Database, every: timedelta, source: QuietSource | None = None) -> Shop:
    """A shop whose orders of ten weeks have been read."""
    shop = Shop(database, source or QuietSource())
    shop.sells(70, every)
    shop.reads()
    return shop


def test_a_source_that_no_longer_shows_what_it_showed_is_suspect_and_holds_segments(
    database: Database,
) -> None:
    shop = shop_that_sold(database, timedelta(hours=4))
    shop.source.shows("nothing")
    results = [shop.reads(timedelta(days=1)).steps[0].result for _ in range(6)]
    assert results == ["complete"] * 4 + ["suspect"] * 2
    assert "has shown nothing since 2026-03-12, where about 30 rows" in shop.hold
    assert [each for each in hub_status(shop.group.hub(), []).needs if "has shown nothing" in each]


def test_orders_from_before_the_end_of_a_silence_are_read_when_it_ends(database: Database) -> None:
    shop = shop_that_sold(database, timedelta(hours=4))
    shop.source.shows("nothing")
    for _ in range(9):
        shop.sells(1, timedelta(hours=4))
        shop.reads()
    assert shop.hold
    shop.source.shows()
    assert shop.reads().steps[0].result == "complete"
    assert shop.hold == ""
    assert len(stored(database)) == len(shop.source._orders) == (70 + 9) * 6


@pytest.mark.parametrize(("every", "silent"), [(timedelta(hours=4), 70), (timedelta(days=7), 21)])
def test_a_shop_that_is_closed_raises_no_alarm(
    database: Database, every: timedelta, silent: int
) -> None:
    """Its known orders can still be read; one with few orders is not even asked for them."""
    shop = shop_that_sold(database, every)
    for _ in range(silent):
        assert shop.reads(timedelta(days=1)).steps[0].result == "complete"
    assert shop.hold == ""


def test_few_orders_make_no_expectation_though_nothing_can_be_read(database: Database) -> None:
    shop = shop_that_sold(database, timedelta(days=7))
    shop.source.shows("nothing")
    for _ in range(21):
        shop.reads(timedelta(days=1))
    assert shop.hold == ""


def test_a_source_without_a_cursor_cannot_be_asked_and_is_suspect(database: Database) -> None:
    shop = shop_that_sold(database, timedelta(hours=4), QuietSource(by_state=True))
    shop.source.shows("nothing")
    assert shop.reads(timedelta(days=3)).steps[0].result == "complete"
    assert shop.reads(timedelta(days=3)).steps[0].result == "suspect"


@pytest.mark.parametrize("shown", ["nothing", "poison"])
def test_a_first_read_of_which_nothing_loads_skips_no_history(
    database: Database, shown: str
) -> None:
    shop = Shop(database, QuietSource())
    shop.sells(7, timedelta(hours=4))
    shop.source.shows(shown)
    shop.reads()
    assert shop.cursor is None
    shop.source.shows()
    shop.reads(timedelta(days=1))
    assert len(stored(database)) == 7 * 6
    assert shop.cursor == shop.group.now
