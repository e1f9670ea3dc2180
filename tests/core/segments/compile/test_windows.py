"""Windows of time, and what is unknown before or outside them."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from core.records import Contact, Message, Order
from core.segments.compile.sql.clock import Clock
from tests.core.segments.cases import NOW, SHOP, ZONE, basket, event, line, order, people
from tests.core.segments.conftest import Given
from tests.laws.generators.vocabulary import ZONES
from tests.laws.reference.dates import as_of

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def bought(who: str, at: datetime | date) -> Order:
    """A paid order at an instant or on a date."""
    return Order(id=who, contact=who, placed_at=at, total=Decimal(100))


def test_windows_count_dates_hours_count_instants_and_the_future_is_ignored(given: Given) -> None:
    records = [
        order(1, "today", 0.1),
        order(2, "hours30", 30 / 24),
        order(3, "day29", 29),
        order(4, "day30", 30),
        order(5, "future", -1),
    ]
    given(records).expect("""
        { orders = "count", within = "30 days", at_least = 1 } -> day29 hours30 today
        { orders = "count", before = "29 days", at_least = 1 } -> day30
        { orders = "count", before = "28 days", within = "30 days", at_least = 1 } -> day29
        { orders = "count", within = "24 hours", at_least = 1 } -> today
        { orders = "count", within = "31 hours", at_least = 1 } -> hours30 today
        { orders = "count", before = "24 hours", within = "1 week", at_least = 1 } -> hours30
        { orders = "count", from = 2026-03-01, to = 2026-03-02, at_least = 1 } -> day29 day30
        { orders = "last", within = "24 hours" } -> today
        { orders = "last", before = "29 days" } -> day30
        { orders = "first", within = "ever" } -> day29 day30 hours30 today
        { not = { orders = "last", within = "ever" } } -> future
        { orders = "last", at_least = "2026-03-30" } -> hours30 today ? future
    """)


def test_a_window_of_hours_and_days_holds_for_the_same_date(given: Given) -> None:
    records = [order(1, "ann", 2), order(2, "bob", 0.1), order(3, "cat", 5)]
    given(records).expect("""
        { orders = "last", within = "72 hours", before = "1 day" } -> ann
    """)


def test_hours_are_counted_between_instants_when_the_clock_is_local() -> None:
    noon = datetime(2026, 3, 29, 12, tzinfo=ZONE)
    assert Clock.at(noon, ZONE).instant - timedelta(hours=24) == noon.astimezone(UTC) - timedelta(
        hours=24
    )
    assert Clock.at(date(2026, 3, 29), ZONE).instant.utcoffset() == timedelta(0)


def test_rows_outside_the_window_do_not_make_a_date_unknown(given: Given) -> None:
    """Orders without a store say nothing of the window's own orders, nor against them."""
    records = [
        order(1, "ann", 400),
        order(2, "bob", 5),
        order(3, "bob", 400, store="s"),
        order(4, "cat", 5, store="s"),
    ]
    given(records).expect("""
        { orders = "last", where = { store = "s" }, within = "30 days" } -> cat ? bob
    """)


def test_before_any_connection_delivers_a_stream_its_rules_are_unknown(given: Given) -> None:
    given(people("ann bob"), delivered=frozenset({"Contact"})).expect("""
        { orders = "count", is = 0 } -> ? ann bob
        { not = { orders = "count", at_least = 1 } } -> ? ann bob
        { any = [{ orders = "count", at_least = 1 }, { field = "email", known = false }] } -> ann
          bob
        { all = [{ orders = "count", at_least = 1 }, { field = "email", known = true }] } ->
        { interests = "topics", known = false } -> ? ann bob
    """)


def test_known_is_never_unknown_of_any_measure(given: Given) -> None:
    records = [
        Message(id="m"),
        event("m", "ann", "delivered", 5),
        basket(1, "ann", 5, line(1, "p", 1)),
        *people("bob"),
    ]
    given(records).expect("""
        { messages = "open_rate", known = true }                     -> ann
        { messages = "open_rate", min_delivered = 2, known = false } -> ann bob
        { messages = "opened", of_last = 1, known = false }          -> bob
        { children = "count", known = false }                        -> ann bob
        { items = "share", known = false }                           -> bob
        { orders = "count", of = "company", known = false }          -> ann bob
        { orders = "last", known = true, within = "30 days" }        -> ann
    """)


@pytest.mark.parametrize(
    ("today", "length", "inside", "outside"),
    [
        (date(2026, 8, 31), "6 months", date(2026, 3, 1), date(2026, 2, 28)),
        (date(2024, 8, 31), "6 months", date(2024, 3, 1), date(2024, 2, 29)),
        (date(2026, 3, 31), "1 month", date(2026, 3, 1), date(2026, 2, 28)),
        (date(2026, 5, 31), "1 month", date(2026, 5, 1), date(2026, 4, 30)),
        (date(2024, 2, 29), "1 year", date(2023, 3, 1), date(2023, 2, 28)),
        (date(2024, 2, 29), "12 months", date(2023, 3, 1), date(2023, 2, 28)),
        (date(2025, 2, 28), "1 year", date(2024, 2, 29), date(2024, 2, 28)),
        (date(2024, 2, 29), "4 years", date(2020, 3, 1), date(2020, 2, 29)),
        (date(2026, 3, 1), "1 day", date(2026, 3, 1), date(2026, 2, 28)),
        (date(2026, 1, 1), "2 weeks", date(2025, 12, 19), date(2025, 12, 18)),
    ],
)
def test_the_end_of_a_month_is_clamped(
    given: Given, today: date, length: str, inside: date, outside: date
) -> None:
    older = outside - timedelta(days=1)
    records = [bought("inside", inside), bought("edge", outside), bought("older", older)]
    given(records, as_of=today).expect(f"""
        {{ orders = "count", within = "{length}", at_least = 1 }} -> inside
        {{ orders = "count", before = "{length}", at_least = 1 }} -> older
    """)


@pytest.mark.parametrize(
    ("night", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 5, 5), 24)]
)
def test_hours_compare_instants_and_days_dates_when_clocks_change(
    given: Given, night: date, hours: int
) -> None:
    noon = datetime(night.year, night.month, night.day, 12, tzinfo=ZONE)
    day_before = noon - timedelta(days=1)  # the same wall time
    assert noon.astimezone(UTC) - day_before.astimezone(UTC) == timedelta(hours=hours)
    given([bought("ann", day_before)], as_of=noon).expect(f"""
        {{ orders = "count", within = "{hours} hours", at_least = 1 }}     ->
        {{ orders = "count", within = "{hours + 1} hours", at_least = 1 }} -> ann
        {{ orders = "count", before = "{hours} hours", at_least = 1 }}     ->
        {{ orders = "count", within = "1 day", at_least = 1 }}             ->
        {{ orders = "count", within = "2 days", at_least = 1 }}            -> ann
    """)


def test_the_future_does_not_count_yet(given: Given) -> None:
    later = NOW + timedelta(microseconds=1)
    records = [
        bought("now", NOW),
        bought("later", later),
        Contact(id="arrived", created=NOW),
        Contact(id="arriving", created=later),
    ]
    given(records).expect("""
        { orders = "count", within = "ever", at_least = 1 }  -> now
        { orders = "count", within = "1 day", at_least = 1 } -> now
        { orders = "last", within = "1 year" }               -> now
        { orders = "count", is = 0 }                         -> arrived arriving later
        { field = "created", within = "1 day" }              -> arrived
    """)


def nights(zone: ZoneInfo) -> list[date]:
    """The days of 2026 on which a zone changes its clocks, those before them, and New Year."""
    found = {date(2026, 1, 1)}
    for number in range(364):
        noon = datetime(2026, 1, 1, 12, tzinfo=zone) + timedelta(days=number)
        if noon.utcoffset() != (noon + timedelta(days=1)).utcoffset():
            found |= {noon.date(), noon.date() + timedelta(days=1)}
    return sorted(found)


# The last two go back from midnight to eleven, so that the end of a day comes twice.
@pytest.mark.parametrize("zone", [*ZONES, "Asia/Beirut", "America/Santiago"])
def test_a_date_is_the_end_of_that_local_day_in_every_zone(given: Given, zone: str) -> None:
    place, step = ZoneInfo(zone), timedelta(microseconds=1)
    for day in nights(place):
        last = EPOCH + as_of(day, place).instant * step
        yesterday = EPOCH + as_of(day - timedelta(days=1), place).instant * step
        records = [
            bought("last", last),
            bought("tomorrow", last + step),
            bought("first", yesterday + step),
            bought("yesterday", yesterday),
            bought("on-the-date", day),
        ]
        for moment in (day, last):
            given(records, as_of=moment, shop=replace(SHOP, zone=place)).expect("""
                { orders = "count", within = "ever", at_least = 1 }  -> first last on-the-date
                  yesterday
                { orders = "count", within = "1 day", at_least = 1 } -> first last on-the-date
            """)
