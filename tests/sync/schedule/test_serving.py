"""What a hub says when it begins, what the clock rings for, and how it ends."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from core.broken_connector import BrokenConnector, ConnectorSnapshot
from core.contract import Stream
from core.errors import Misconfigured
from core.store.database import Database
from sync.evaluation import sizes
from sync.schedule.jobs import Interval, Job, JobKind, jobs_of
from sync.schedule.serving import SlotTrigger, announcement, serve, waking_at_slots
from sync.status import hub_status
from tests.sync.schedule.town import QUARTER, SOON, Postbox, Town, Well, rest

COPENHAGEN = ZoneInfo("Europe/Copenhagen")


@pytest.fixture
def town(database: Database) -> Iterator[Town]:
    """A well that is read each quarter of an hour, and a postbox that is written to once a day."""
    town = Town(database, {"well": Well(), "box": Postbox()}, push_every=timedelta(days=1))
    yield town
    town.close()


def test_there_is_a_line_for_each_job_with_its_next_time(town: Town) -> None:
    desk = town.desk()
    assert list(announcement(town.hub(), desk)) == [
        "pull well: every 15 minutes, next now",
        "evaluate: when something has changed, before a push, and once a day",
        "push box: every 1 day, next now",
    ]
    rest(desk)
    assert [line.partition(", next ")[2] for line in announcement(town.hub(), desk)] == [
        "at 10:15", "", "on 2026-03-03 at 00:00"
    ]  # fmt: skip


def test_a_push_without_an_interval_has_that_of_what_is_read_most_often(
    database: Database,
) -> None:
    town = Town(database, {"well": Well(), "box": Postbox()})
    jobs = {job.name: job.interval.every for job in jobs_of(town.hub())}
    assert jobs["push box"] == QUARTER


def test_where_there_is_nothing_to_do_it_is_said(database: Database) -> None:
    with pytest.raises(Misconfigured, match="there is nothing to do"):
        serve(Town(database, {}).hub(), lambda _: None)


def test_what_cannot_be_used_is_said_once_at_the_start_and_the_rest_is_done(
    database: Database,
) -> None:
    fault = 'the connector "acme" of the package acme-till 1.2 cannot be used'
    people = ConnectorSnapshot("till", (Stream("people", ("Contact",)),))
    acme = BrokenConnector(fault=fault, snapshot=people)
    well = Well()
    town = Town(database, {"acme": acme, "well": well}, push_every=timedelta(days=1))
    said: list[str] = []

    def tell(line: str) -> None:
        said.append(line)
        if fault in line:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        serve(town.hub(), tell)
    assert said[-1] == f"acme is left out: {fault}; restart when it is repaired"
    assert [line.partition(":")[0] for line in said[:-1]] == [
        "pull acme", "pull well", "evaluate", "push acme"
    ]  # fmt: skip
    rest(town.desk())
    assert well.drawn == ["people"]
    ended = {job: row.result for job, row in town.slots().items()}
    assert ended == {
        "pull acme": "failed", "pull well": "complete", "evaluate": "complete",
        "push acme": "failed",
    }  # fmt: skip
    (step,) = next(run for run in town.runs() if run.command == "push").steps
    assert step.message == fault
    assert fault in hub_status(town.hub(), sizes(town.hub())).needs[0]
    town.close()


def test_the_clock_rings_at_the_beginning_of_a_slot() -> None:
    trigger = SlotTrigger(Interval(timedelta(days=1), COPENHAGEN))
    # The night in which an hour is left out, and the one in which it comes twice.
    for now, rings in (
        ("2026-03-28T23:30", "2026-03-29T22:00"),
        ("2026-10-24T22:30", "2026-10-25T23:00"),
    ):
        instant = datetime.fromisoformat(now).replace(tzinfo=UTC)
        fires = trigger.get_next_fire_time(None, instant)
        assert fires == datetime.fromisoformat(rings).replace(tzinfo=UTC)


def test_the_clock_rings_by_itself_and_stops_with_its_block() -> None:
    rung = threading.Event()
    often = Interval(timedelta(milliseconds=20), COPENHAGEN)
    before = threading.active_count()
    with waking_at_slots([Job(JobKind.pull, often, "well")], rung.set):
        assert rung.wait(SOON)
    assert threading.active_count() <= before + 1


def test_status_tells_of_missed_slots_until_one_was_done_in_time(town: Town) -> None:
    desk = town.desk()
    rest(desk)
    town.now += 3 * QUARTER
    rest(desk)
    said = "pull well: 2 slots were missed before 2026-03-02 10:45, while no hub was running"
    assert any(note.startswith(said) for note in hub_status(town.hub(), sizes(town.hub())).notes)
    town.now += QUARTER
    rest(desk)
    assert not any("missed" in note for note in hub_status(town.hub(), sizes(town.hub())).notes)
