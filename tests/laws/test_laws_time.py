"""Laws of the clock: local days, month ends, nights on which clocks change, the future."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from core.records import Contact, Order, Record
from core.store.database import Database
from tests.laws.budget import named as by_seed
from tests.laws.budget import seeds
from tests.laws.generators.vocabulary import ZONES
from tests.laws.random_rules import random_segments
from tests.laws.random_shops import random_shop, save_shop
from tests.laws.reference.dates import as_of as read_as_of
from tests.laws.small_shops import COPENHAGEN, members_and_unknown, rolled_back
from tests.laws.verdicts import hub_verdicts

START = datetime(1970, 1, 1, tzinfo=UTC)
MIDNIGHT = ("Asia/Beirut", "America/Santiago")
"""Zones that go back from midnight to eleven, so that the end of a day comes twice."""


def nights(zone: ZoneInfo) -> list[date]:
    """The days of 2026 on which a zone changes its clocks, those before them, and New Year."""
    found = {date(2026, 1, 1)}
    for number in range(364):
        noon = datetime(2026, 1, 1, 12, tzinfo=zone) + timedelta(days=number)
        if noon.utcoffset() != (noon + timedelta(days=1)).utcoffset():
            found |= {noon.date(), noon.date() + timedelta(days=1)}
    return sorted(found)


def bought(who: str, at: datetime | date) -> Order:
    return Order(id=who, contact=who, placed_at=at, total=100)


def within(length: str) -> dict[str, Any]:
    return {"orders": "count", "within": length, "at_least": 1}


def before(length: str) -> dict[str, Any]:
    return {"orders": "count", "before": length, "at_least": 1}


@pytest.mark.parametrize("zone", [*ZONES, *MIDNIGHT])
def test_a_date_is_the_end_of_that_local_day_in_every_zone(sqlite_url: str, zone: str) -> None:
    database = Database(sqlite_url)
    with database.transaction() as transaction:
        place = ZoneInfo(zone)
        for day in nights(place):
            last = START + timedelta(microseconds=read_as_of(day, place).instant)
            first = START + timedelta(
                microseconds=read_as_of(day - timedelta(days=1), place).instant + 1
            )
            step = timedelta(microseconds=1)
            records: list[Record] = [
                bought("last", last),
                bought("tomorrow", last + step),
                bought("first", first),
                bought("yesterday", first - step),
                bought("on the date", day),
            ]
            tables = {"ever": within("ever"), "day": within("1 day"), "older": before("1 hour")}
            with rolled_back(transaction):
                found = members_and_unknown(transaction, records, tables, day, zone=place)
                assert found["ever"] == ("first last on the date yesterday", ""), day
                assert found["day"] == ("first last on the date", ""), day
                assert members_and_unknown(transaction, [], tables, last, zone=place) == found, day
    database.close()


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
    database: Database, today: date, length: str, inside: date, outside: date
) -> None:
    at_edge = {"within": within(length), "older": before(length)}
    records = [
        bought("inside", inside),
        bought("edge", outside),
        bought("older", outside - timedelta(days=1)),
    ]
    with database.transaction() as transaction:
        found = members_and_unknown(transaction, records, at_edge, today)
    assert found == {"within": ("inside", ""), "older": ("older", "")}


@pytest.mark.parametrize(
    ("night", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 5, 5), 24)]
)
def test_hours_compare_instants_and_days_compare_dates_in_nights_that_change_the_clock(
    database: Database, night: date, hours: int
) -> None:
    noon = datetime(night.year, night.month, night.day, 12, tzinfo=COPENHAGEN)
    day_before = noon - timedelta(days=1)  # the same wall time
    elapsed = noon.astimezone(UTC) - day_before.astimezone(UTC)
    assert elapsed == timedelta(hours=hours)
    with database.transaction() as transaction:
        found = members_and_unknown(
            transaction,
            [bought("ann", day_before)],
            {
                "hours": within(f"{hours} hours"),
                "one more": within(f"{hours + 1} hours"),
                "exactly so old": before(f"{hours} hours"),
                "day": within("1 day"),
                "two days": within("2 days"),
            },
            noon,
        )
    assert {name for name, (members, _) in found.items() if members} == {"one more", "two days"}


def test_what_lies_in_the_future_does_not_count_yet(database: Database) -> None:
    now = datetime(2026, 5, 5, 12, tzinfo=UTC)
    later = now + timedelta(microseconds=1)
    records = [
        bought("now", now),
        bought("later", later),
        Contact(id="arrived", created=now),
        Contact(id="arriving", created=later),
    ]
    with database.transaction() as transaction:
        found = members_and_unknown(
            transaction,
            records,
            {
                "bought": within("ever"),
                "today": within("1 day"),
                "last": {"orders": "last", "within": "1 year"},
                "none": {"orders": "count", "is": 0},
                "created": {"field": "created", "within": "1 day"},
            },
            now,
        )
    assert found == {
        "bought": ("now", ""),
        "today": ("now", ""),
        "last": ("now", ""),
        "none": ("arrived arriving later", ""),
        "created": ("arrived", ""),
    }


@pytest.mark.parametrize("seed", seeds(1, start=4_000_000), ids=by_seed)
def test_back_and_forth_in_time_is_the_same_as_being_there(database: Database, seed: int) -> None:
    drawn = random_shop(seed, people=5)
    tables = random_segments(seed, drawn.calendar.day, 10)
    moments = [drawn.calendar.as_of + timedelta(days=days) for days in (0, 31, -45, 31, 1, 0)]
    with database.transaction() as transaction:
        numbers = save_shop(transaction, drawn)
        fresh = {}
        for moment in set(moments):
            with rolled_back(transaction):
                fresh[moment] = hub_verdicts(transaction, drawn.world(numbers, moment), tables)
        for moment in moments:
            assert hub_verdicts(transaction, drawn.world(numbers, moment), tables) == fresh[moment]
