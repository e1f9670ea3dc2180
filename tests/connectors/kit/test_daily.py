"""A look once per local day: what it finds, and what it leaves alone."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import PrivateAttr

from connectors.kit import (
    Cursor,
    Declared,
    Deleted,
    LookBack,
    Order,
    Raw,
    RawPage,
    RestSource,
    Window,
    stream,
    utc,
)
from connectors.kit.daily import local_day

CHANGED = Cursor("changed", since="since")
MADE = Cursor("made", since="made_since")
EVENING = datetime(2024, 5, 1, 20, tzinfo=UTC)


class Till(RestSource):
    """A till that forgets to say what was deleted."""

    kind = "till"
    base_url = "https://till.test"
    _rows: dict[int, dict[str, Any]] = PrivateAttr(default_factory=dict)
    _whole: bool = PrivateAttr(default=True)

    @stream(
        "/sales",
        cursor=CHANGED,
        daily=LookBack("Order", timedelta(days=60), MADE, fields=("total",), ask="fields"),
    )
    def sales(self, raw: Raw) -> Iterator[Order]:
        """Sales."""
        yield Order(id=raw["id"], placed_at=utc(raw["made"]), total=raw["total"])

    def walk(
        self,
        declared: Declared,
        window: Window | None = None,
        fill: Mapping[str, str] | None = None,
        position: str | None = None,
    ) -> Iterator[RawPage]:
        """Show what a request asks for."""
        del fill, position
        rows = [*self._rows.values()]
        if named := declared.params.get("include"):
            rows = [self._rows[int(each)] for each in named.split(",")]
        elif declared.cursor and window:
            rows = [row for row in rows if declared.cursor.holds(row, window)]
        yield RawPage(rows, last=True, whole=self._whole)


def till(*numbers: int) -> Till:
    """A till with old sales, which no window shows any more."""
    shop = Till()
    for number in numbers:
        made = "2024-04-20T10:00:00Z"
        shop._rows[number] = {"id": number, "made": made, "changed": made, "total": 1}
    return shop


def look(shop: Till, day: int, state: str | None, *, live: bool = True) -> tuple[set[Any], str]:
    """Read on a later day; gives what came, and the state for the next one."""
    now = EVENING + timedelta(days=day)
    window = Window(until=now, since=now - timedelta(hours=1), live=live)
    pages = list(shop.read("sales", window, state))
    came = {
        (type(record).__name__, record.id)
        for page in pages
        for record in page.records
        if isinstance(record, Order | Deleted)
    }
    return came, next((page.state for page in pages if page.state), state or "")


def test_a_first_look_takes_notes_and_a_second_reads_what_differs() -> None:
    shop = till(1, 2, 3)
    came, state = look(shop, 0, None)
    assert came == set()
    shop._rows[2]["total"] = 7
    assert look(shop, 0, state) == (set(), state)
    came, state = look(shop, 1, state)
    assert came == {("Order", "2")}
    assert look(shop, 2, state)[0] == set()


def test_two_looks_that_do_not_show_a_row_say_that_it_is_gone() -> None:
    shop = till(*range(1, 9))
    _, state = look(shop, 0, None)
    hidden = shop._rows.pop(2)
    del shop._rows[3]
    came, state = look(shop, 1, state)
    assert came == set()
    shop._rows[2] = hidden
    came, state = look(shop, 2, state)
    assert came == {("Order", "2"), ("Deleted", "3")}
    assert look(shop, 3, state)[0] == set()


def test_a_look_that_shows_too_little_proves_nothing() -> None:
    shop = till(*range(1, 21))
    _, state = look(shop, 0, None)
    few = dict(list(shop._rows.items())[:4])
    shop._rows, everything = few, shop._rows
    for day in (1, 2, 3):
        came, state = look(shop, day, state)
        assert came == set()
    shop._rows, shop._whole = dict(list(everything.items())[:18]), False
    for day in (4, 5, 6):
        came, state = look(shop, day, state)
        assert came == set()


def test_a_row_that_grew_too_old_is_forgotten_and_not_deleted() -> None:
    shop = till(1)
    _, state = look(shop, 0, None)
    shop._rows.clear()
    for day in (60, 61, 62):
        came, state = look(shop, day, state)
        assert came == set()


def test_a_backfill_looks_at_nothing() -> None:
    assert look(till(1), 0, None, live=False) == (set(), "")


@pytest.mark.parametrize(
    ("hour", "day"), [(0, "2024-04-30"), (1, "2024-05-01"), (21, "2024-05-01")]
)
def test_a_day_begins_at_three_in_the_night_of_the_shop(hour: int, day: str) -> None:
    until = datetime(2024, 5, 1, hour, 30, tzinfo=UTC)
    assert local_day(Window(until=until, zone=ZoneInfo("Europe/Copenhagen"))) == day
