"""What windows, families and earlier dates mean."""

from datetime import date

import pytest
import sqlalchemy as sa

from core.contract import Page
from core.records import (
    NOUNS,
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
from core.store.tables import CONTACTS, STAYS
from tests.core.segments.counted import (
    NOW,
    SHOP,
    ZONE,
    Case,
    _names,
    agree,
    basket,
    line,
    order,
    people,
)


def test_before_any_connection_delivers_a_stream_its_rules_are_unknown(database: Database) -> None:
    agree(
        database,
        people("ann bob"),
        [
            Case({"orders": "count", "is": 0}, unknown="ann bob"),
            Case({"not": {"orders": "count", "at_least": 1}}, unknown="ann bob"),
            Case(
                {"any": [{"orders": "count", "at_least": 1}, {"field": "email", "known": False}]},
                "ann bob",
            ),
            Case({"all": [{"orders": "count", "at_least": 1}, {"field": "email", "known": True}]}),
            Case({"interests": "topics", "known": False}, unknown="ann bob"),
        ],
        delivered=frozenset({"Contact"}),
    )


def test_windows_count_dates_hours_count_instants_and_the_future_is_ignored(
    database: Database,
) -> None:
    records = [
        order(1, "today", 0.1),
        order(2, "hours30", 30 / 24),
        order(3, "day29", 29),
        order(4, "day30", 30),
        order(5, "future", -1),
    ]
    agree(
        database,
        records,
        [
            Case({"orders": "count", "within": "30 days", "at_least": 1}, "day29 hours30 today"),
            Case({"orders": "count", "before": "29 days", "at_least": 1}, "day30"),
            Case(
                {"orders": "count", "before": "28 days", "within": "30 days", "at_least": 1},
                "day29",
            ),
            Case({"orders": "count", "within": "24 hours", "at_least": 1}, "today"),
            Case({"orders": "count", "within": "31 hours", "at_least": 1}, "hours30 today"),
            Case(
                {"orders": "count", "before": "24 hours", "within": "1 week", "at_least": 1},
                "hours30",
            ),
            Case(
                {
                    "orders": "count",
                    "from": date(2026, 3, 1),
                    "to": date(2026, 3, 2),
                    "at_least": 1,
                },
                "day29 day30",
            ),
            Case({"orders": "last", "within": "24 hours"}, "today"),
            Case({"orders": "last", "before": "29 days"}, "day30"),
            Case({"orders": "first", "within": "ever"}, "day29 day30 hours30 today"),
            Case({"not": {"orders": "last", "within": "ever"}}, "future"),
            Case({"orders": "last", "at_least": "2026-03-30"}, "hours30 today", "future"),
        ],
    )


def test_the_typical_gap_is_the_median_between_purchase_days(database: Database) -> None:
    records = [
        *(order(n, "ann", days) for n, days in enumerate((100, 90, 60, 60))),
        *(order(10 + n, "bob", days) for n, days in enumerate((100, 90, 80, 10))),
        order(20, "cat", 5),
    ]
    agree(
        database,
        records,
        [
            Case({"orders": "gap", "is": 20}, "ann", "cat"),
            Case({"orders": "gap", "at_most": 10}, "bob", "cat"),
        ],
    )


def test_a_gap_is_between_the_days_of_its_window(database: Database) -> None:
    records = [order(n, "ann", days) for n, days in enumerate((100, 5, 3))]
    agree(database, records, [Case({"orders": "gap", "within": "30 days", "is": 2}, "ann")])


def test_one_segment_may_ask_for_another_and_for_each_makes_one_per_value(
    database: Database,
) -> None:
    records = [
        basket(1, "ann", 5, line(1, "x", 3, brand="Lego")),
        basket(2, "bob", 5, line(2, "x", 3, brand="LEGO A/S")),
        basket(3, "cat", 5, line(3, "y", 3, brand="Barbie")),
    ]
    tables = {
        "fans": {"recipe": "brand_fans", "for_each": "brand"},
        "bricks": {"segment": "fans:Lego"},
        "others": {"not": {"segment": "bricks"}},
    }
    segments, wrong = segments_of(tables, KnownNames())
    assert not wrong
    with database.transaction() as transaction:
        number = connection_id(transaction, "shop", "made up")
        reading = checkpoints.begin(transaction, number, "everything", NOW)
        save(transaction, SHOP, reading, Page(records), NOW)
        world = EvaluationContext(SHOP, Clock.at(NOW, ZONE), {"shop": number}, frozenset(NOUNS))
        every = evaluate(transaction, world, segments, NOW)
        members = {
            each.name: _names(transaction, STAYS, each.name, STAYS.c.left_day.is_(None))
            for each in every.segments
        }
    assert members == {
        "fans:Barbie": "cat",
        "fans:Lego": "ann bob",
        "bricks": "ann bob",
        "others": "cat",
    }


@pytest.mark.parametrize("forth", [0, 1])
def test_going_back_in_time_moves_the_present_there(database: Database, forth: int) -> None:
    records = [order(1, "ann", 20), order(2, "bob", 100)]
    segments, _ = segments_of(
        {"recent": {"recipe": "recent_buyers", "within": "30 days"}}, KnownNames()
    )
    steps = [date(2026, 3, 31), date(2026, 6, 1), date(2026, 1, 5), date(2026, 3, 31)]
    with database.transaction() as transaction:
        number = connection_id(transaction, "shop", "made up")
        reading = checkpoints.begin(transaction, number, "everything", NOW)
        save(transaction, SHOP, reading, Page(records), NOW)
        for day in steps[forth:]:
            world = EvaluationContext(SHOP, Clock.at(day, ZONE), {"shop": number}, frozenset(NOUNS))
            evaluate(transaction, world, segments, NOW)
        stays = transaction.execute(
            sa.select(
                CONTACTS.c.external_id, STAYS.c.entered_day, STAYS.c.left_day, STAYS.c.left_reason
            ).join(CONTACTS, CONTACTS.c.profile_id == STAYS.c.profile_id)
        ).all()
    dates = [date(2026, 3, 31).toordinal(), date(2026, 1, 5).toordinal()]
    assert sorted(map(tuple, stays)) == [
        ("ann", dates[0], None, None),
        ("bob", dates[1], dates[0], "time"),
    ]
