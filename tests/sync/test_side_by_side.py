"""Connections are read side by side, a few at once, and all of them end together."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from queue import SimpleQueue

import pytest
from sqlalchemy import Connection

from core.contract import Page
from core.errors import Broken
from core.store.checkpoints import Reading
from core.store.database import Database
from core.store.ingest import Counts, save
from core.store.shop import Shop
from sync.concurrency.workers import MAX_WORKERS, Workers, run_in_parallel
from sync.pull import pull
from sync.runs import Run, running
from sync.shutdown import Stopped, take_or_stop, uninterrupted
from tests.sync.dated_source import DatedSource
from tests.sync.schedule.hubs import MORNING, SOON, HubGroup, PeopleSource


def pulled(group: HubGroup) -> Run:
    """A run that has read everything."""
    with running(group.hub(), "pull") as run:
        pull(run)
    return run


def test_two_connections_are_in_flight_at_once(database: Database) -> None:
    together = threading.Barrier(2, timeout=SOON)
    sources = {name: PeopleSource().meanwhile(together.wait) for name in ("one", "two")}
    run = pulled(HubGroup(database, dict(sources)))
    assert [(step.connection, step.result) for step in run.steps] == [
        ("one", "complete"), ("two", "complete")
    ]  # fmt: skip


def test_a_connection_that_fails_stops_no_other(database: Database) -> None:
    def fail() -> None:
        raise Broken("half an answer")

    group = HubGroup(
        database,
        {"bad": PeopleSource().meanwhile(fail), "good": PeopleSource(), "more": PeopleSource()},
    )
    assert [(step.connection, step.result) for step in pulled(group).steps] == [
        ("bad", "failed"), ("good", "complete"), ("more", "complete")
    ]  # fmt: skip


def test_only_a_few_are_read_at_once() -> None:
    present, most = 0, 0
    lock, enough = threading.Lock(), threading.Barrier(MAX_WORKERS, timeout=SOON)

    def work() -> None:
        nonlocal present, most
        with lock:
            present += 1
            most = max(most, present)
        enough.wait()
        with lock:
            present -= 1

    run_in_parallel([work] * (3 * MAX_WORKERS))
    assert most == MAX_WORKERS


def test_all_are_done_before_the_first_error_is_raised() -> None:
    done: list[int] = []

    def work(number: int) -> Callable[[], None]:
        def go() -> None:
            if number == 1:
                raise ZeroDivisionError
            done.append(number)

        return go

    with pytest.raises(ZeroDivisionError):
        run_in_parallel(work(number) for number in range(9))
    assert sorted(done) == [0, 2, 3, 4, 5, 6, 7, 8]


def test_one_alone_is_done_by_who_asks_and_none_by_nobody() -> None:
    threads: list[threading.Thread] = []
    run_in_parallel([lambda: threads.append(threading.current_thread())])
    run_in_parallel([])
    assert threads == [threading.current_thread()]


def test_a_stopped_thread_finishes_an_uninterrupted_block_first() -> None:
    crew = Workers()
    begun, go_on = threading.Event(), threading.Event()
    done: list[str] = []

    def work() -> None:
        with uninterrupted():
            begun.set()
            go_on.wait(SOON)
            done.append("whole")
        done.append("more")

    crew.start("work", work)
    assert begun.wait(SOON)
    ending = threading.Thread(target=crew.stop, args=(SOON,))
    ending.start()
    while not crew._stop.is_set():
        begun.wait(0.001)
    go_on.set()
    ending.join(SOON)
    assert done == ["whole"]
    assert crew.wait() is None


def test_a_waiting_thread_ends_when_stopped() -> None:
    crew = Workers()
    nothing: SimpleQueue[int] = SimpleQueue()
    stopped = threading.Event()

    def work() -> None:
        try:
            take_or_stop(nothing)
        except Stopped:
            stopped.set()
            raise

    crew.start("work", work)
    crew.stop(SOON)
    assert stopped.is_set()


def test_a_hanging_source_is_not_waited_for() -> None:
    crew = Workers()
    never = threading.Event()

    def hang() -> None:
        never.wait(SOON)

    crew.start("hang", hang)
    crew.stop(0.05)
    assert [each.is_alive() for each in crew._threads] == [True]
    never.set()


def test_the_next_page_is_fetched_while_the_present_one_is_stored(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched = [threading.Event() for _ in range(4)]
    dated = DatedSource().knows(*[MORNING - timedelta(days=1)] * 7)
    dated.meanwhile(lambda _, number: fetched[number - 1].set())
    stored: list[Page] = []

    def patient(
        transaction: Connection, shop: Shop, reading: Reading, page: Page, now: datetime
    ) -> Counts:
        following = len(stored) + 1
        if reading.stream == "orders" and following < len(fetched):
            assert fetched[following].wait(SOON)
            assert not any(each.wait(0.02) for each in fetched[following + 1 :])
        stored.append(page)
        return save(transaction, shop, reading, page, now)

    monkeypatch.setattr("sync.pull.save", patient)
    run = pulled(HubGroup(database, {"dated": dated}))
    assert [(step.stream, step.result) for step in run.steps] == [
        ("orders", "complete"), ("people", "complete")
    ]  # fmt: skip
    assert [len(page.records) for page in stored] == [2, 2, 2, 1, 1]
