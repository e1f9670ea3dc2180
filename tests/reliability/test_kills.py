"""A hub that is killed at any instant loses nothing, doubles nothing, and goes on."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from sandbox import Sandbox
from tests.budget import at_night
from tests.postgres import Postgres
from tests.reliability.hub import HubAtWork, timed

START = datetime(2026, 9, 1, 8, tzinfo=UTC)
PEOPLE = 120
STEP = timedelta(days=4)
DAYS = at_night(10, 1)
KILLS_PER_DAY = 2
SQLITE = range(at_night(10, 1))
"""Seeds: at night ten worlds of ten days with two kills each."""
POSTGRESQL = range(at_night(3, 1))


@dataclass(frozen=True)
class Evening:
    """The state after a day's run, and how long the run took in seconds."""

    stored: Mapping[str, Sequence[str]]
    written: Mapping[str, Sequence[str]]
    seconds: float


@contextmanager
def at_work(folder: Path, url: str, seed: int) -> Iterator[HubAtWork]:
    """A hub in a world of its own."""
    folder.mkdir(exist_ok=True)
    with Sandbox(START, seed=seed, people=PEOPLE) as sandbox:
        yield HubAtWork(folder, sandbox, url).open()


def evening(hub: HubAtWork) -> Evening:
    """Run to the end, twice: the second reads what the first, or a killed one, has written."""
    seconds = timed(hub, "run")
    timed(hub, "run")
    return Evening(hub.stored(), hub.written(), seconds)


def undisturbed(folder: Path, url: str, seed: int) -> list[Evening]:
    """The evenings of a hub that nothing happens to."""
    evenings = []
    with at_work(folder, url, seed) as hub:
        for _ in range(DAYS):
            evenings.append(evening(hub))
            hub.sandbox.clock.advance(days=STEP.days)
    return evenings


def check(folder: Path, urls: tuple[str, str], seed: int) -> int:
    """Kill a hub again and again; returns how often it was in the middle of something."""
    chance = Random(seed)
    expected = undisturbed(folder / "undisturbed", urls[0], seed)
    in_the_middle = 0
    with at_work(folder / "killed", urls[1], seed) as hub:
        for day in expected:
            for number in range(KILLS_PER_DAY):
                seconds = chance.uniform(0.4, max(day.seconds, 0.5))
                after = timedelta(minutes=1 + number)
                in_the_middle += hub.kill("run", seconds=seconds, after=after)
            after_all = evening(hub)
            assert after_all.stored == day.stored
            assert after_all.written == day.written
            hub.sandbox.clock.advance(days=STEP.days)
        assert hub.sandbox.violations == []
    return in_the_middle


pytestmark = pytest.mark.thorough


@pytest.mark.parametrize("seed", SQLITE)
def test_killed_at_any_instant_the_store_and_the_list_end_as_if_nothing_had_been(
    tmp_path: Path, seed: int
) -> None:
    urls = (f"sqlite:///{tmp_path}/undisturbed.db", f"sqlite:///{tmp_path}/killed.db")
    assert check(tmp_path, urls, seed)


@pytest.fixture
def other_url(postgres: Postgres) -> Iterator[str]:
    """A second migrated PostgreSQL database."""
    url = postgres.create()
    yield url
    postgres.drop(url)


@pytest.mark.parametrize("seed", POSTGRESQL)
def test_on_postgresql_too(tmp_path: Path, postgres_url: str, other_url: str, seed: int) -> None:
    assert check(tmp_path, (postgres_url, other_url), seed)
