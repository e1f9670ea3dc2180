"""A hub that serves: in which order, how often, beside others, and when something goes wrong."""

import threading
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from io import StringIO

import pytest

from core import log
from core.errors import Broken, Unauthorized, Unavailable
from core.store.database import Database
from core.store.slots import LEASE
from sync.backfill import backfill, plan
from sync.runs import running
from sync.schedule.dispatcher import Dispatcher
from sync.schedule.execution import RETRY_UNAVAILABLE
from tests.sync.diary import Diary, checkpoint, stored
from tests.sync.schedule.town import MORNING, QUARTER, SOON, Postbox, Town, Well, finish, rest

MINUTE = timedelta(minutes=1)
HUBS = 3


@pytest.fixture
def town(database: Database) -> Iterator[Town]:
    """A well that is read and a postbox that is written to, each quarter of an hour."""
    town = Town(database, {"well": Well(), "box": Postbox()})
    yield town
    town.close()


def well(town: Town) -> Well:
    """The well."""
    found = town.connectors["well"]
    assert isinstance(found, Well)
    return found


def test_what_falls_due_together_is_read_evaluated_and_pushed_in_this_order(town: Town) -> None:
    desk = town.desk()
    assert rest(desk) == ["pull well", "evaluate", "push box"]
    assert town.ran() == ["pull well", "evaluate", "push box"]
    assert {run.result for run in town.runs()} == {"complete"}


def test_a_slot_is_done_once_and_the_next_one_when_it_begins(town: Town) -> None:
    desk = town.desk()
    rest(desk)
    town.now += MINUTE
    assert rest(desk) == []
    town.now = MORNING + QUARTER
    assert rest(desk) == ["pull well", "evaluate", "push box"]


def test_where_nothing_has_changed_only_a_push_asks_for_an_evaluation(database: Database) -> None:
    source = Well()
    town = Town(database, {"well": source, "box": Postbox()}, push_every=4 * QUARTER)
    desk = town.desk()
    source.runs_dry()
    rest(desk)
    began = []
    for _ in range(4):
        town.now += QUARTER
        began.append(rest(desk))
    assert began == [
        ["pull well"], ["pull well"], ["pull well"], ["pull well", "evaluate", "push box"]
    ]  # fmt: skip
    town.close()


def test_after_midnight_of_the_shop_everybody_is_evaluated_anew(database: Database) -> None:
    source = Well()
    town = Town(database, {"well": source}, every=timedelta(days=7))
    source.runs_dry()
    desk = town.desk()
    rest(desk)
    town.now = datetime.fromisoformat("2026-03-02T22:59:59+00:00")
    assert rest(desk) == []
    town.now += timedelta(seconds=1)
    assert rest(desk) == ["evaluate"]
    assert rest(desk) == []
    town.close()


@pytest.mark.parametrize("night", ["2026-03-29", "2026-10-25"])
def test_in_nights_in_which_the_clock_changes_a_daily_job_runs_once(
    database: Database, night: str
) -> None:
    town = Town(database, {"well": Well()}, every=timedelta(days=1))
    town.now = datetime.fromisoformat(f"{night}T10:00:00+00:00") - timedelta(days=1)
    desk = town.desk()
    rest(desk)
    until = town.now + timedelta(hours=24)
    while town.now < until:
        town.now += timedelta(minutes=20)
        rest(desk)
    begun = [
        run.started_at.astimezone(desk.jobs[0].interval.zone).date()
        for run in town.runs()
        if run.command == "pull"
    ]
    assert begun == [date.fromisoformat(night) - timedelta(days=1), date.fromisoformat(night)]
    town.close()


def test_missed_slots_are_made_up_for_by_one_run_that_says_so(town: Town) -> None:
    told = StringIO()
    log.configure("plain", stream=told)
    rest(town.desk())
    town.now += 5 * QUARTER
    assert rest(town.desk()) == ["pull well", "evaluate", "push box"]
    assert town.ran().count("pull well") == 2
    (pulled,) = [run for run in town.runs()[3:] if run.command == "pull"]
    assert pulled.message == "the slot of 2026-03-02 11:15; 4 slots missed before it"
    assert town.slots()["pull well"].missed == 4
    lines = [line for line in told.getvalue().splitlines() if "event=missed" in line]
    assert len(lines) == 2
    assert 'job="pull well"' in lines[0]
    assert "slots=4" in lines[0]
    town.now += QUARTER
    rest(town.desk())
    assert town.slots()["pull well"].missed == 0


def test_several_hubs_on_one_store_do_each_slot_once(town: Town) -> None:
    desks = [town.desk() for _ in range(HUBS)]
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
        town.now += QUARTER
    assert town.ran() == ["pull well", "evaluate", "push box"] * 5


def test_a_hub_that_fell_silent_is_overtaken_and_writes_nothing_more(town: Town) -> None:
    asleep, wake = threading.Event(), threading.Event()

    def sleep() -> None:
        if not asleep.is_set():
            asleep.set()
            wake.wait(SOON)

    well(town).meanwhile(sleep)
    sleeper, other = town.desk(), town.desk()
    sleeper.step()
    assert asleep.wait(SOON)
    assert other.step() == []
    town.now += LEASE + timedelta(seconds=1)
    assert [job.name for job in other.step()][:1] == ["pull well"]
    finish(other)
    first, second = (run for run in town.runs() if run.command == "pull")
    assert (first.result, second.result) == ("stopped", "complete")
    wake.set()
    finish(sleeper)
    assert [run.result for run in town.runs() if run.command == "pull"] == ["stopped", "complete"]
    assert second.steps[0].counts["inserted"] == 1
    assert [step.counts for run in town.runs() for step in run.steps if run.id == first.id] == [{}]
    assert town.slots()["pull well"].result == "complete"


def test_a_lease_that_is_renewed_is_not_taken_over(town: Town) -> None:
    asleep, wake = threading.Event(), threading.Event()

    def sleep() -> None:
        asleep.set()
        wake.wait(SOON)

    well(town).meanwhile(sleep)
    slow, other = town.desk(), town.desk()
    slow.step()
    assert asleep.wait(SOON)
    for _ in range(4):
        town.now += LEASE / 2
        slow.renew()
        assert "pull well" not in [job.name for job in other.step()]
    wake.set()
    finish(slow, other)
    assert town.slots()["pull well"].result == "complete"


def test_what_was_read_does_not_wait_for_ever_for_a_slow_pull(town: Town) -> None:
    asleep, wake = threading.Event(), threading.Event()

    def sleep() -> None:
        asleep.set()
        wake.wait(SOON)

    town.connectors["slow"] = Well().meanwhile(sleep)
    desk = town.desk()
    assert [job.name for job in desk.step()] == ["pull well", "pull slow"]
    assert asleep.wait(SOON)
    while desk.busy > 1:
        asleep.wait(0.001)
    town.now += 4 * MINUTE
    desk.renew()
    assert desk.step() == []
    town.now += 2 * MINUTE
    desk.renew()
    assert [job.name for job in desk.step()][:1] == ["evaluate"]
    wake.set()
    finish(desk)


def test_connections_are_read_at_the_same_time(town: Town) -> None:
    together = threading.Barrier(2, timeout=SOON)
    well(town).meanwhile(together.wait)
    town.connectors["other"] = Well().meanwhile(together.wait)
    desk = town.desk()
    # What rests on them may begin in the same step where they are quick.
    assert [job.name for job in desk.step()][:2] == ["pull well", "pull other"]
    finish(desk)
    assert {run.result for run in town.runs()} == {"complete"}


def test_a_connection_that_fails_keeps_its_times_and_stops_no_other(town: Town) -> None:
    town.connectors["broken"] = Well().meanwhile(raising(Unauthorized("the key is refused")))
    town.connectors["worse"] = Well().meanwhile(raising(Broken("half an answer")))
    desk = town.desk()
    rest(desk)
    results = {run.steps[0].connection: run.result for run in town.runs() if run.command == "pull"}
    assert results == {"well": "complete", "broken": "failed", "worse": "failed"}
    town.now += QUARTER
    assert {"pull broken", "pull worse", "pull well"} <= set(rest(desk))


def test_an_error_of_the_program_in_one_slot_stops_no_other(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sync.schedule.execution.pull", raising(ZeroDivisionError()))
    desk = town.desk()
    assert rest(desk) == ["pull well", "evaluate", "push box"]
    assert town.slots()["pull well"].result == "failed"
    monkeypatch.undo()
    town.now += QUARTER
    assert "pull well" in rest(desk)
    assert town.slots()["pull well"].result == "complete"


def test_a_side_that_was_away_is_asked_again_in_the_same_slot(database: Database) -> None:
    source = Well().meanwhile(raising(Unavailable("no answer")))
    town = Town(database, {"well": source}, every=timedelta(days=1))
    desk = town.desk()
    assert rest(desk)[:1] == ["pull well"]
    town.now += RETRY_UNAVAILABLE - MINUTE
    assert "pull well" not in rest(desk)
    town.now += MINUTE
    source.meanwhile(int)
    assert rest(desk)[:1] == ["pull well"]
    row = town.slots()["pull well"]
    assert (row.result, row.missed, row.token) == ("complete", 0, 2)
    town.now += RETRY_UNAVAILABLE
    assert "pull well" not in rest(desk)
    town.close()


def test_a_stream_with_an_interval_of_its_own_is_left_out_until_it_is_due(
    database: Database,
) -> None:
    source = Well(costly_every=timedelta(hours=1))
    town = Town(database, {"well": source})
    desk = town.desk()
    read = []
    for _ in range(5):
        before = len(source.drawn)
        rest(desk)
        read.append(source.drawn[before:])
        town.now += QUARTER
    both = ["people", "costly"]
    assert read == [both, ["people"], ["people"], ["people"], both]
    town.close()


def test_a_backfill_beside_the_hub_leaves_the_same_rows(database: Database) -> None:
    instants = [MORNING - timedelta(days=number) for number in range(1, 60, 3)]
    diary = Diary().knows(*instants)
    town = Town(database, {"diary": diary})
    desk = town.desk()
    together = threading.Barrier(2, timeout=SOON)
    met: list[int] = []

    def meet(*_: object) -> None:
        # The first page of each of the two waits for the other.
        if len(met) < 2:
            met.append(1)
            together.wait()

    diary.meanwhile(meet)
    desk.step()
    hub = town.hub()
    with running(hub, "backfill") as run:
        backfill(run, plan(hub, "diary", date(2026, 1, 1), date(2026, 2, 28)))
    finish(desk)
    assert run.exit_code == 0
    assert {each.result for each in town.runs()} == {"complete"}
    assert len(met) == 2
    assert stored(database) == sorted(str(number) for number in range(1, len(instants) + 1))
    mark = checkpoint(database)
    assert (mark["cursor"], mark["reads"], mark["completed_rows"]) == (MORNING, 1, len(instants))
    town.close()


def raising(error: Exception) -> Callable[..., None]:
    """Something that fails when it is called."""

    def fail(*_: object, **__: object) -> None:
        raise error

    return fail
