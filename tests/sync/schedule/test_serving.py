"""A serving hub: its first lines, its jobs, and how it ends."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from core.contract import Stream
from core.errors import Misconfigured
from core.plugins import BrokenConnector, ConnectorSnapshot
from core.store.database import Database
from sync.evaluation import sizes
from sync.schedule.jobs import Interval, Job, JobKind, jobs_of
from sync.schedule.serving import SlotTrigger, announcement, serve, waking_at_slots
from sync.status import hub_status
from tests.sync.schedule.hubs import QUARTER, SOON, EmptyDestination, HubGroup, PeopleSource, rest

COPENHAGEN = ZoneInfo("Europe/Copenhagen")


@pytest.fixture
def group(database: Database) -> Iterator[HubGroup]:
    """A source to read each quarter of an hour, and a destination to write to once a day."""
    group = HubGroup(
        database, {"crm": PeopleSource(), "box": EmptyDestination()}, push_every=timedelta(days=1)
    )
    yield group
    group.close()


def test_there_is_a_line_for_each_job_with_its_next_time(group: HubGroup) -> None:
    desk = group.desk()
    assert list(announcement(group.hub(), desk)) == [
        "pull crm: every 15 minutes, next now",
        "evaluate: when something has changed, before a push, and once a day",
        "push box: every 1 day, next now",
    ]
    rest(desk)
    assert [line.partition(", next ")[2] for line in announcement(group.hub(), desk)] == [
        "at 10:15", "", "on 2026-03-03 at 00:00"
    ]  # fmt: skip


def test_a_push_without_an_interval_has_that_of_what_is_read_most_often(
    database: Database,
) -> None:
    group = HubGroup(database, {"crm": PeopleSource(), "box": EmptyDestination()})
    jobs = {job.name: job.interval.every for job in jobs_of(group.hub())}
    assert jobs["push box"] == QUARTER


def test_a_hub_without_jobs_is_refused(database: Database) -> None:
    with pytest.raises(Misconfigured, match="there is nothing to do"):
        serve(HubGroup(database, {}).hub(), lambda _: None)


def test_a_broken_package_is_reported_once_and_the_rest_runs(
    database: Database,
) -> None:
    fault = 'the connector "acme" of the package acme-till 1.2 cannot be used'
    people = ConnectorSnapshot("till", (Stream("people", ("Contact",)),))
    acme = BrokenConnector(fault=fault, snapshot=people)
    crm = PeopleSource()
    group = HubGroup(database, {"acme": acme, "crm": crm}, push_every=timedelta(days=1))
    lines: list[str] = []

    def tell(line: str) -> None:
        lines.append(line)
        if fault in line:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        serve(group.hub(), tell)
    assert lines[-1] == f"acme is left out: {fault}; restart when it is repaired"
    assert [line.partition(":")[0] for line in lines[:-1]] == [
        "pull acme", "pull crm", "evaluate", "push acme"
    ]  # fmt: skip
    rest(group.desk())
    assert crm.reads == ["people"]
    ended = {job: row.result for job, row in group.slots().items()}
    assert ended == {
        "pull acme": "failed", "pull crm": "complete", "evaluate": "complete",
        "push acme": "failed",
    }  # fmt: skip
    (step,) = next(run for run in group.runs() if run.command == "push").steps
    assert step.message == fault
    assert fault in hub_status(group.hub(), sizes(group.hub())).needs[0]
    group.close()


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
    with waking_at_slots([Job(JobKind.pull, often, "crm")], rung.set):
        assert rung.wait(SOON)
    assert threading.active_count() <= before + 1


def test_status_tells_of_missed_slots_until_one_was_done_in_time(group: HubGroup) -> None:
    desk = group.desk()
    rest(desk)
    group.now += 3 * QUARTER
    rest(desk)
    lines = "pull crm: 2 slots were missed before 2026-03-02 10:45, while no hub was running"
    assert any(note.startswith(lines) for note in hub_status(group.hub(), sizes(group.hub())).notes)
    group.now += QUARTER
    rest(desk)
    assert not any("missed" in note for note in hub_status(group.hub(), sizes(group.hub())).notes)
