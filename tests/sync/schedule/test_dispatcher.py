"""A hub that serves: in which order, how often, beside others, and when something goes wrong."""

import threading
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from io import StringIO

import pytest

from core import log
from core.audience import ledger
from core.audience.delivery import jobs
from core.audience.ledger import SentChange
from core.contract import Change, Outcome, Target
from core.errors import Broken, Unauthorized, Unavailable
from core.store.database import Database
from core.store.slots import LEASE
from core.store.tables import SLOTS
from sync.backfill import backfill, plan
from sync.runs import running
from sync.schedule.dispatcher import Dispatcher
from sync.schedule.execution import RETRY_UNAVAILABLE
from sync.status import hub_status
from tests.sync.dated_source import DatedSource, checkpoint, stored
from tests.sync.schedule.hubs import (
    MORNING,
    QUARTER,
    SOON,
    EmptyDestination,
    HubGroup,
    PeopleSource,
    finish,
    rest,
)

MINUTE = timedelta(minutes=1)
CHANGE = Change(Target("tag", "Loyal"), "ann", "yes")
HUBS = 3


@pytest.fixture
def group(database: Database) -> Iterator[HubGroup]:
    """A crm that is read and a postbox that is written to, each quarter of an hour."""
    group = HubGroup(database, {"crm": PeopleSource(), "box": EmptyDestination()})
    yield group
    group.close()


def crm(group: HubGroup) -> PeopleSource:
    """The crm."""
    found = group.connectors["crm"]
    assert isinstance(found, PeopleSource)
    return found


def test_jobs_due_together_run_as_pull_evaluate_push(group: HubGroup) -> None:
    desk = group.desk()
    assert rest(desk) == ["pull crm", "evaluate", "push box"]
    assert group.ran() == ["pull crm", "evaluate", "push box"]
    assert {run.result for run in group.runs()} == {"complete"}


def test_a_slot_is_done_once_and_the_next_one_when_it_begins(group: HubGroup) -> None:
    desk = group.desk()
    rest(desk)
    group.now += MINUTE
    assert rest(desk) == []
    group.now = MORNING + QUARTER
    assert rest(desk) == ["pull crm", "evaluate", "push box"]


def test_where_nothing_has_changed_only_a_push_asks_for_an_evaluation(database: Database) -> None:
    source = PeopleSource()
    group = HubGroup(database, {"crm": source, "box": EmptyDestination()}, push_every=4 * QUARTER)
    desk = group.desk()
    source.stays_the_same()
    rest(desk)
    began = []
    for _ in range(4):
        group.now += QUARTER
        began.append(rest(desk))
    assert began == [
        ["pull crm"], ["pull crm"], ["pull crm"], ["pull crm", "evaluate", "push box"]
    ]  # fmt: skip
    group.close()


def test_after_midnight_of_the_shop_everybody_is_evaluated_anew(database: Database) -> None:
    source = PeopleSource()
    group = HubGroup(database, {"crm": source}, every=timedelta(days=7))
    source.stays_the_same()
    desk = group.desk()
    rest(desk)
    group.now = datetime.fromisoformat("2026-03-02T22:59:59+00:00")
    assert rest(desk) == []
    group.now += timedelta(seconds=1)
    assert rest(desk) == ["evaluate"]
    assert rest(desk) == []
    group.close()


@pytest.mark.parametrize("night", ["2026-03-29", "2026-10-25"])
def test_in_nights_in_which_the_clock_changes_a_daily_job_runs_once(
    database: Database, night: str
) -> None:
    group = HubGroup(database, {"crm": PeopleSource()}, every=timedelta(days=1))
    group.now = datetime.fromisoformat(f"{night}T10:00:00+00:00") - timedelta(days=1)
    desk = group.desk()
    rest(desk)
    until = group.now + timedelta(hours=24)
    while group.now < until:
        group.now += timedelta(minutes=20)
        rest(desk)
    begun = [
        run.started_at.astimezone(desk.jobs[0].interval.zone).date()
        for run in group.runs()
        if run.command == "pull"
    ]
    assert begun == [date.fromisoformat(night) - timedelta(days=1), date.fromisoformat(night)]
    group.close()


def test_missed_slots_are_made_up_for_by_one_run_that_says_so(group: HubGroup) -> None:
    output = StringIO()
    log.configure("plain", stream=output)
    rest(group.desk())
    group.now += 5 * QUARTER
    assert rest(group.desk()) == ["pull crm", "evaluate", "push box"]
    assert group.ran().count("pull crm") == 2
    (pulled,) = [run for run in group.runs()[3:] if run.command == "pull"]
    assert pulled.message == "the slot of 2026-03-02 11:15; 4 slots missed before it"
    assert group.slots()["pull crm"].missed == 4
    lines = [line for line in output.getvalue().splitlines() if 'event="missed slots"' in line]
    assert len(lines) == 2
    assert 'job="pull crm"' in lines[0]
    assert "slots=4" in lines[0]
    group.now += QUARTER
    rest(group.desk())
    assert group.slots()["pull crm"].missed == 0


def test_a_job_of_a_destination_is_asked_about_when_it_is_due(group: HubGroup) -> None:
    desks = [group.desk(), group.desk()]
    rest(*desks)
    with group.database.transaction() as transaction:
        number = ledger.known_connection_id(transaction, "box")
        target = ledger.ensure_target(transaction, number, CHANGE.target)
        sent = SentChange(target, None, None, Outcome(CHANGE, "pending"))
        outcome = Outcome(CHANGE, "pending", handle="job 1")
        jobs.record_outcomes(transaction, number, [(sent, outcome)], group.now)
    note = hub_status(group.hub(), []).notes[0]
    assert note == (
        "1 change is handed in to box and not answered, the oldest since 2026-03-02 10:05; "
        "it is asked again at 2026-03-02 10:05"
    )
    group.now += timedelta(seconds=29)
    assert rest(*desks) == []
    group.now += timedelta(seconds=1)
    assert rest(*desks) == ["resolve box"]
    box = group.connectors["box"]
    assert isinstance(box, EmptyDestination)
    assert box._asked == ["job 1"]
    group.now += MINUTE
    # A hub that was restarted goes on where the other was.
    assert rest(group.desk()) == ["evaluate"]
    group.now += MINUTE
    assert rest(*desks) == ["resolve box"]


def test_several_hubs_on_one_store_do_each_slot_once(group: HubGroup) -> None:
    desks = [group.desk() for _ in range(HUBS)]
    for _ in range(5):
        together = threading.Barrier(HUBS, timeout=SOON)

        def go(desk: Dispatcher, together: threading.Barrier = together) -> None:
            together.wait()
            desk.step()

        racers = [threading.Thread(target=go, args=(desk,)) for desk in desks]
        for each in racers:
            each.start()
        for each in racers:
            each.join()
        finish(*desks)
        rest(*desks)
        group.now += QUARTER
    assert group.ran() == ["pull crm", "evaluate", "push box"] * 5


def test_a_hub_that_fell_silent_is_overtaken_and_writes_nothing_more(group: HubGroup) -> None:
    asleep, wake = threading.Event(), threading.Event()

    def sleep() -> None:
        if not asleep.is_set():
            asleep.set()
            wake.wait(SOON)

    crm(group).meanwhile(sleep)
    sleeper, other = group.desk(), group.desk()
    sleeper.step()
    assert asleep.wait(SOON)
    assert other.step() == []
    group.now += LEASE + timedelta(seconds=1)
    assert [job.name for job in other.step()][:1] == ["pull crm"]
    finish(other)
    first, second = (run for run in group.runs() if run.command == "pull")
    assert (first.result, second.result) == ("stopped", "complete")
    wake.set()
    finish(sleeper)
    assert [run.result for run in group.runs() if run.command == "pull"] == ["stopped", "complete"]
    assert second.steps[0].counts["inserted"] == 1
    assert [step.counts for run in group.runs() for step in run.steps if run.id == first.id] == [{}]
    assert group.slots()["pull crm"].result == "complete"


@pytest.mark.parametrize("killed", [False, True])
def test_slots_of_a_clock_that_was_a_year_ahead_hold_nobody_up(
    group: HubGroup, *, killed: bool
) -> None:
    jobs = ["pull crm", "evaluate", "push box"]
    group.now += timedelta(days=365)
    rest(group.desk())
    if killed:
        with group.database.transaction() as transaction:
            transaction.execute(SLOTS.update().values(finished_at=None))
    group.now = MORNING
    assert rest(group.desk()) == jobs
    group.now += QUARTER
    assert rest(group.desk()) == jobs


def test_a_lease_that_a_leaping_clock_renewed_is_dropped(group: HubGroup) -> None:
    rest(group.desk())
    with group.database.transaction() as transaction:
        ahead = MORNING + timedelta(days=20)
        transaction.execute(SLOTS.update().values(finished_at=None, expires_at=ahead))
    group.now += QUARTER
    assert rest(group.desk()) == ["pull crm", "evaluate", "push box"]


def test_a_lease_that_is_renewed_is_not_taken_over(group: HubGroup) -> None:
    asleep, wake = threading.Event(), threading.Event()

    def sleep() -> None:
        asleep.set()
        wake.wait(SOON)

    crm(group).meanwhile(sleep)
    slow, other = group.desk(), group.desk()
    slow.step()
    assert asleep.wait(SOON)
    for _ in range(4):
        group.now += LEASE / 2
        slow.renew()
        assert "pull crm" not in [job.name for job in other.step()]
    wake.set()
    finish(slow, other)
    assert group.slots()["pull crm"].result == "complete"


def test_read_records_do_not_wait_forever_for_a_slow_pull(group: HubGroup) -> None:
    asleep, wake = threading.Event(), threading.Event()

    def sleep() -> None:
        asleep.set()
        wake.wait(SOON)

    group.connectors["slow"] = PeopleSource().meanwhile(sleep)
    desk = group.desk()
    assert [job.name for job in desk.step()] == ["pull crm", "pull slow"]
    assert asleep.wait(SOON)
    while desk.busy > 1:
        asleep.wait(0.001)
    group.now += 4 * MINUTE
    desk.renew()
    assert desk.step() == []
    group.now += 2 * MINUTE
    desk.renew()
    assert [job.name for job in desk.step()][:1] == ["evaluate"]
    wake.set()
    finish(desk)


def test_connections_are_read_at_the_same_time(group: HubGroup) -> None:
    together = threading.Barrier(2, timeout=SOON)
    crm(group).meanwhile(together.wait)
    group.connectors["other"] = PeopleSource().meanwhile(together.wait)
    desk = group.desk()
    # What rests on them may begin in the same step where they are quick.
    assert [job.name for job in desk.step()][:2] == ["pull crm", "pull other"]
    finish(desk)
    assert {run.result for run in group.runs()} == {"complete"}


def test_a_connection_that_fails_keeps_its_times_and_stops_no_other(group: HubGroup) -> None:
    group.connectors["broken"] = PeopleSource().meanwhile(
        raising(Unauthorized("the key is refused"))
    )
    group.connectors["worse"] = PeopleSource().meanwhile(raising(Broken("half an answer")))
    desk = group.desk()
    rest(desk)
    results = {run.steps[0].connection: run.result for run in group.runs() if run.command == "pull"}
    assert results == {"crm": "complete", "broken": "failed", "worse": "failed"}
    group.now += QUARTER
    assert {"pull broken", "pull worse", "pull crm"} <= set(rest(desk))


def test_an_error_of_the_program_in_one_slot_stops_no_other(
    group: HubGroup, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sync.schedule.execution.pull", raising(ZeroDivisionError()))
    desk = group.desk()
    assert rest(desk) == ["pull crm", "evaluate", "push box"]
    assert group.slots()["pull crm"].result == "failed"
    monkeypatch.undo()
    group.now += QUARTER
    assert "pull crm" in rest(desk)
    assert group.slots()["pull crm"].result == "complete"


def test_an_unavailable_side_is_retried_in_the_same_slot(database: Database) -> None:
    source = PeopleSource().meanwhile(raising(Unavailable("no answer")))
    group = HubGroup(database, {"crm": source}, every=timedelta(days=1))
    desk = group.desk()
    assert rest(desk)[:1] == ["pull crm"]
    group.now += RETRY_UNAVAILABLE - MINUTE
    assert "pull crm" not in rest(desk)
    group.now += MINUTE
    source.meanwhile(int)
    assert rest(desk)[:1] == ["pull crm"]
    row = group.slots()["pull crm"]
    assert (row.result, row.missed, row.token) == ("complete", 0, 2)
    group.now += RETRY_UNAVAILABLE
    assert "pull crm" not in rest(desk)
    group.close()


def test_a_stream_with_an_interval_of_its_own_is_left_out_until_it_is_due(
    database: Database,
) -> None:
    source = PeopleSource(costly_every=timedelta(hours=1))
    group = HubGroup(database, {"crm": source})
    desk = group.desk()
    read = []
    for _ in range(5):
        before = len(source.reads)
        rest(desk)
        read.append(source.reads[before:])
        group.now += QUARTER
    both = ["people", "costly"]
    assert read == [both, ["people"], ["people"], ["people"], both]
    group.close()


def test_a_backfill_beside_the_hub_leaves_the_same_rows(database: Database) -> None:
    instants = [MORNING - timedelta(days=number) for number in range(1, 60, 3)]
    dated = DatedSource().knows(*instants)
    group = HubGroup(database, {"dated": dated})
    desk = group.desk()
    together = threading.Barrier(2, timeout=SOON)
    met: list[int] = []

    def meet(*_: object) -> None:
        # The first page of each of the two waits for the other.
        if len(met) < 2:
            met.append(1)
            together.wait()

    dated.meanwhile(meet)
    desk.step()
    hub = group.hub()
    with running(hub, "backfill") as run:
        backfill(run, plan(hub, "dated", date(2026, 1, 1), date(2026, 2, 28)))
    finish(desk)
    assert run.exit_code == 0
    assert {each.result for each in group.runs()} == {"complete"}
    assert len(met) == 2
    assert stored(database) == sorted(str(number) for number in range(1, len(instants) + 1))
    mark = checkpoint(database)
    assert (mark["cursor"], mark["reads"], mark["completed_rows"]) == (MORNING, 1, len(instants))
    group.close()


def raising(error: Exception) -> Callable[..., None]:
    """Something that fails when it is called."""

    def fail(*_: object, **__: object) -> None:
        raise error

    return fail
