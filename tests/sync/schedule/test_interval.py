"""Slots: what begins when, in every zone and in both nights in which the clock changes."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from sync.schedule.jobs import Interval

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
DAILY = Interval(timedelta(days=1), COPENHAGEN)
QUARTERS = Interval(timedelta(minutes=15), COPENHAGEN)
ZONES = (
    "America/Havana", "America/Santiago", "America/St_Johns", "Asia/Beirut", "Asia/Kathmandu",
    "Australia/Lord_Howe", "Europe/Copenhagen", "Pacific/Apia", "UTC",
)  # fmt: skip


def utc(text: str) -> datetime:
    """`2026-03-29T01:00` as an instant."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def slots_of(
    interval: Interval, first: datetime, last: datetime, step: timedelta
) -> list[datetime]:
    """The slots that somebody meets who looks again and again."""
    met: dict[datetime, None] = {}
    while first <= last:
        met[interval.slot_start(first)] = None
        first += step
    return list(met)


@pytest.mark.parametrize("night", ["2026-03-29", "2026-10-25"])
def test_in_both_nights_a_daily_job_has_one_slot(night: str) -> None:
    before = utc(night) - timedelta(days=1)
    met = slots_of(DAILY, before, before + timedelta(days=2), timedelta(minutes=10))
    local = [begin.astimezone(COPENHAGEN) for begin in met]
    assert [each.date() for each in local] == [before.date() + timedelta(n) for n in range(3)]
    assert {(each.hour, each.minute) for each in local} == {(0, 0)}


def test_in_the_long_night_what_is_done_each_quarter_has_a_hundred_slots() -> None:
    first = DAILY.slot_start(utc("2026-10-25T12:00"))
    met = slots_of(
        QUARTERS, first, DAILY.next_slot(first) - timedelta(1 / 86400), timedelta(minutes=5)
    )
    assert len(met) == 100


def test_minutes_are_counted_alike_by_all_hubs() -> None:
    now = utc("2026-03-02T10:52")
    assert QUARTERS.slot_start(now) == utc("2026-03-02T10:45")
    assert Interval(timedelta(minutes=15), ZoneInfo("Asia/Kathmandu")).slot_start(now) == utc(
        "2026-03-02T10:45"
    )
    assert QUARTERS.next_slot(now) == utc("2026-03-02T11:00")


def test_a_week_is_seven_local_dates() -> None:
    weekly = Interval(timedelta(weeks=1), COPENHAGEN)
    begin = weekly.slot_start(utc("2026-03-25T10:00"))
    assert weekly.next_slot(begin).astimezone(COPENHAGEN).date() - begin.astimezone(
        COPENHAGEN
    ).date() == timedelta(days=7)
    assert weekly.missed_slots(begin, weekly.next_slot(weekly.next_slot(begin))) == 1


@pytest.mark.parametrize(
    ("before", "now", "missed"),
    [
        ("2026-03-02T10:00", "2026-03-02T10:00", 0),
        ("2026-03-02T10:00", "2026-03-02T10:15", 0),
        ("2026-03-02T10:00", "2026-03-02T10:30", 1),
        ("2026-03-02T10:00", "2026-03-03T10:00", 95),
        ("2026-03-02T10:00", "2026-03-01T10:00", 0),
    ],
)
def test_missed_are_the_slots_between(before: str, now: str, missed: int) -> None:
    assert QUARTERS.missed_slots(utc(before), utc(now)) == missed


def test_missed_days_are_counted_over_a_night_in_which_the_clock_changes() -> None:
    begins = [DAILY.slot_start(utc(f"2026-03-{day}T12:00")) for day in (28, 29, 30, 31)]
    assert [DAILY.missed_slots(begins[0], each) for each in begins] == [0, 0, 1, 2]


@given(
    zone=some.sampled_from(ZONES),
    minutes=some.sampled_from([1, 7, 15, 60, 90, 720, 1440, 2160, 2880, 10080]),
    now=some.datetimes(datetime(1971, 1, 1), datetime(2037, 12, 31), timezones=some.just(UTC)),  # noqa: DTZ001 - hypothesis adds the zone
)
def test_every_instant_lies_in_one_slot(zone: str, minutes: int, now: datetime) -> None:
    interval = Interval(timedelta(minutes=minutes), ZoneInfo(zone))
    begin, following = interval.slot_start(now), interval.next_slot(now)
    assert begin <= now < following
    assert interval.slot_start(begin) == begin
    assert interval.slot_start(following) == following
    assert interval.missed_slots(begin, following) == 0
    assert begin.tzinfo is following.tzinfo is UTC


@pytest.mark.parametrize("zone", ZONES)
def test_each_local_date_of_fifty_years_has_one_slot(zone: str) -> None:
    daily = Interval(timedelta(days=1), ZoneInfo(zone))
    now = utc("1990-01-01T12:00")
    dates: list[date] = []
    while now < utc("2040-01-01T00:00"):
        now = daily.next_slot(now)
        dates.append(now.astimezone(ZoneInfo(zone)).date())
    assert dates == sorted(set(dates))
    # Samoa had no 30 December 2011.
    left_out = {dates[0] + timedelta(n) for n in range(len(dates))} - set(dates)
    assert len(left_out) <= 1
