"""Windows of time, and what is unknown before or outside them."""

from datetime import UTC, date, datetime, timedelta

from core.records import Message
from core.segments.compile.sql.clock import Clock
from tests.core.segments.cases import ZONE, basket, event, line, order, people
from tests.core.segments.conftest import Given


def test_windows_count_dates_hours_count_instants_and_the_future_is_ignored(
    given: Given,
) -> None:
    records = [
        order(1, "today", 0.1),
        order(2, "hours30", 30 / 24),
        order(3, "day29", 29),
        order(4, "day30", 30),
        order(5, "future", -1),
    ]
    given(records).expect("""
        { orders = "count", within = "30 days", at_least = 1 } -> day29 hours30 today
        { orders = "count", before = "29 days", at_least = 1 }                     -> day30
        { orders = "count", before = "28 days", within = "30 days", at_least = 1 } -> day29
        { orders = "count", within = "24 hours", at_least = 1 }                    -> today
        { orders = "count", within = "31 hours", at_least = 1 }                    -> hours30 today
        { orders = "count", before = "24 hours", within = "1 week", at_least = 1 } -> hours30
        { orders = "count", from = 2026-03-01, to = 2026-03-02, at_least = 1 }     -> day29 day30
        { orders = "last", within = "24 hours" }                                   -> today
        { orders = "last", before = "29 days" }                                    -> day30
        { orders = "first", within = "ever" } -> day29 day30 hours30 today
        { not = { orders = "last", within = "ever" } }                             -> future
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
