"""The clock."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from sandbox import Clock

START = datetime(2026, 3, 2, 8, tzinfo=UTC)


def test_the_clock_stands_still_until_it_is_turned() -> None:
    clock = Clock(START)
    assert clock.now() == clock.now() == START
    assert clock.advance(days=1, hours=2, seconds=3) == START + timedelta(1, 3, hours=2)
    assert clock.now() == START + timedelta(1, 3, hours=2)


def test_the_clock_tells_utc_whatever_it_was_set_by() -> None:
    clock = Clock(datetime(2026, 3, 2, 9, tzinfo=timezone(timedelta(hours=1))))
    assert clock.now() == START
    assert clock.now().tzinfo is UTC


def test_a_running_clock_goes_on_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    passed = [100.0]
    monkeypatch.setattr("sandbox.clock.time.monotonic", lambda: passed[0])
    clock = Clock(START, running=True)
    passed[0] += 5
    assert clock.now() == START + timedelta(seconds=5)
    assert clock.advance(days=1) == START + timedelta(days=1, seconds=5)


def test_the_clock_refuses_a_start_without_a_zone_and_a_step_backwards() -> None:
    with pytest.raises(ValueError, match="aware instant"):
        Clock(START.replace(tzinfo=None))
    with pytest.raises(ValueError, match="only goes forward"):
        Clock(START).advance(days=-1)
