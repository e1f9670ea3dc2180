"""Reasons to leave a segment: time passed, or facts or rules changed."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from core.records import Company, Contact, Deleted, Record, Refund, Visit
from core.store.database import Database
from core.store.tables import BRIEF_STAYS, SEGMENTS, STAYS
from tests.core.segments.cases import TODAY, ago, order
from tests.core.segments.small_hub import SmallHub

RECENT = {"recent": {"recipe": "recent_buyers", "within": "30 days"}}
RICH = {"rich": {"orders": "total", "over": "120% of average"}}


def step(
    database: Database, records: Sequence[Record], day: date, tables: Mapping[str, Any]
) -> dict[str, str | None]:
    """Save records and evaluate as of a date; the reasons of everybody who ever left."""
    hub = SmallHub(database, tables)
    hub.tell(*records)
    hub.evaluate(day)
    return {contact: reason for contact, _, left, reason in hub.stays() if left is not None}


def test_leaving_by_time_alone_is_by_time_though_the_person_was_touched(database: Database) -> None:
    step(database, [order(1, "ann", 25), order(2, "bob", 25)], TODAY, RECENT)
    later = TODAY + timedelta(days=10)
    left = step(database, [Contact(id="ann", email="ann@mail.example")], later, RECENT)
    assert left == {"ann": "time", "bob": "time"}


def test_an_order_given_back_is_a_change_even_where_time_would_have_done_it_too(
    database: Database,
) -> None:
    step(database, [order(1, "ann", 25), order(2, "bob", 25)], TODAY, RECENT)
    back = Refund(id="r", order="1", at=ago(0), total=Decimal(100))
    assert step(database, [back], TODAY + timedelta(days=10), RECENT) == {
        "ann": "change",
        "bob": "time",
    }


def test_a_vanished_order_is_a_change(database: Database) -> None:
    step(database, [Contact(id="ann"), order(1, "ann", 5), order(2, "bob", 5)], TODAY, RECENT)
    gone = Deleted(noun="Order", id="1")
    assert step(database, [gone], TODAY + timedelta(days=1), RECENT) == {"ann": "change"}


def test_another_definition_is_a_change(database: Database) -> None:
    step(database, [order(1, "ann", 25)], TODAY, RECENT)
    shorter = {"recent": {"recipe": "recent_buyers", "within": "7 days"}}
    assert step(database, [], TODAY + timedelta(days=1), shorter) == {"ann": "change"}


def test_a_moved_average_is_a_change_for_those_it_passed_over(database: Database) -> None:
    # 300 is over 1.2 times the average of 300 and 100, and under that of 300, 100 and 1,000.
    step(database, [order(1, "ann", 25, 300), order(2, "bob", 25, 100)], TODAY, RICH)
    left = step(database, [order(3, "cat", 25, 1000)], TODAY + timedelta(days=1), RICH)
    assert left == {"ann": "change"}


def test_time_may_explain_leaving_by_colleagues_too(database: Database) -> None:
    busy = {"orders": "count", "of": "company", "within": "30 days", "at_least": 2}
    rule = {"busy": {"all": [busy, {"field": "gender", "is": "female"}]}}
    staff = [Contact(id="ann", company="k", gender="female"), Contact(id="bob", company="k")]
    records = [Company(id="k"), *staff, order(1, "ann", 20), order(2, "bob", 20)]
    assert step(database, records, TODAY, rule) == {}
    looked = Visit(id="v", contact="ann", at=ago(0))
    assert step(database, [looked], TODAY + timedelta(days=20), rule) == {"ann": "time"}


def test_touched_people_count_once_in_an_earlier_baseline(database: Database) -> None:
    rule = {"rich": {"orders": "total", "within": "10 days", "over": "100% of average"}}
    records = [order(1, "ann", 8, 300), order(2, "bob", 1, 100), order(3, "cat", 1, 100)]
    assert step(database, records, TODAY, rule) == {}
    # What bob bought since counts now and not then.
    bought = order(4, "bob", -2, 5000)
    assert step(database, [bought], TODAY + timedelta(days=2), rule) == {"ann": "time"}


def test_leaving_two_segments_at_once_has_a_reason_for_each(database: Database) -> None:
    rules = RECENT | {"many": {"orders": "count", "at_least": 2}}
    records = [Contact(id="ann"), order(1, "ann", 25), order(2, "ann", 25)]
    step(database, records, TODAY, rules)
    step(database, [Deleted(noun="Order", id="2")], TODAY + timedelta(days=10), rules)
    reasons = sa.select(SEGMENTS.c.name, STAYS.c.left_reason).where(
        SEGMENTS.c.id == STAYS.c.segment_id
    )
    with database.read() as transaction:
        found = {row.name: row.left_reason for row in transaction.execute(reasons)}
    assert found == {"recent": "time", "many": "change"}


def test_a_purchase_that_ends_a_segment_is_new_and_a_correction_is_a_change(
    database: Database,
) -> None:
    once = {"once": {"orders": "count", "is": 1}}
    people = ("ann", "bob", "cat", "dan")
    records = [order(number, who, 25) for number, who in enumerate(people)]
    waiting = [order(10 + number, who, 5, status="pending") for number, who in enumerate(people)]
    step(database, [*records, *waiting], TODAY, once)
    left = step(
        database,
        [
            order(20, "ann", 0),
            order(11, "bob", 5, status="paid"),
            Deleted(noun="Order", id="2"),
            order(21, "dan", 0),
            order(3, "dan", 25, total=50),
        ],
        TODAY + timedelta(days=1),
        once,
    )
    assert left == {"ann": "new", "bob": "new", "cat": "change", "dan": "new"}


def test_a_stay_that_ends_on_its_first_day_still_says_why(database: Database) -> None:
    once = {"once": {"orders": "count", "is": 1}}
    records = [Contact(id="bob"), order(1, "ann", 5), order(2, "bob", 5)]
    step(database, records, TODAY, once)
    step(database, [order(3, "ann", 4), Deleted(noun="Order", id="2")], TODAY, once)
    with database.read() as transaction:
        brief = transaction.execute(sa.select(BRIEF_STAYS.c.left_reason))
        assert sorted(brief.scalars()) == ["change", "new"]
        assert transaction.scalar(sa.select(sa.func.count()).select_from(STAYS)) == 0
    step(database, [], TODAY + timedelta(days=9), once)
    step(database, [order(4, "bob", 4)], TODAY + timedelta(days=9), once)
    step(database, [order(5, "bob", 4)], TODAY + timedelta(days=9), once)
    with database.read() as transaction:
        assert len(transaction.execute(sa.select(BRIEF_STAYS)).all()) == 1
