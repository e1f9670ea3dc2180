"""Of several hubs one does each slot, and one that was overtaken commits nothing more."""

import multiprocessing
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from multiprocessing.synchronize import Barrier

import pytest
from sqlalchemy import Connection, select

from core.store import slots
from core.store.bulk import table_of
from core.store.database import Database
from core.store.database.turns import Gate
from core.store.history import begin_run
from core.store.slots import LEASE, Claim, Overtaken, claim, finish, hold, release, renew
from core.store.tables.operations import Setting

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)
LATER = NOW + LEASE + timedelta(seconds=1)
SLOTS = 12


def claimed(
    database: Database, begin: datetime = NOW, holder: str = "one", now: datetime = NOW
) -> Claim | None:
    """The slot that a hub gets when it asks for one."""
    with database.transaction() as transaction:
        return claim(transaction, "pull shop", begin, holder, now)


def sure(found: Claim | None) -> Claim:
    """A claim that was got."""
    assert found is not None
    return found


def tell(database: Database, change: Callable[[Connection], None]) -> None:
    """Change something in a transaction of its own."""
    with database.transaction() as transaction:
        change(transaction)


def done(database: Database, mine: Claim) -> None:
    """Say that a slot is done."""
    with database.transaction() as transaction:
        finish(transaction, mine, NOW, "complete")


def settings(database: Database) -> list[str]:
    """The names in the table that these tests write to."""
    with database.read() as transaction:
        return sorted(transaction.scalars(select(table_of(Setting).c.name)))


def write(transaction: Connection, name: str) -> None:
    """Store something."""
    transaction.execute(table_of(Setting).insert().values(name=name, value=""))


def test_a_slot_is_claimed_once_until_the_next_one_begins(database: Database) -> None:
    first = sure(claimed(database))
    assert claimed(database, holder="two") is None
    tell(database, lambda transaction: finish(transaction, first, NOW, "complete"))
    assert claimed(database, holder="two", now=NOW + HOUR / 2) is None
    second = sure(claimed(database, NOW + HOUR, "two", NOW + HOUR))
    assert second.token > first.token
    tell(database, lambda transaction: finish(transaction, second, NOW + HOUR, "complete"))
    assert claimed(database, NOW, "one", NOW + 9 * HOUR) is None


def test_a_slot_that_is_being_done_keeps_the_next_one_waiting(database: Database) -> None:
    sure(claimed(database))
    assert claimed(database, NOW + LEASE / 2, "two", NOW + LEASE / 2) is None


def test_a_renewed_lease_is_not_taken_over(database: Database) -> None:
    first = sure(claimed(database))
    tell(database, lambda transaction: renew(transaction, first, NOW + LEASE / 2))
    assert claimed(database, holder="two", now=LATER) is None


def test_a_silent_hub_is_overtaken_and_commits_nothing_more(database: Database) -> None:
    first = sure(claimed(database))

    def still_ours(transaction: Connection) -> None:
        hold(transaction, first, NOW)

    ours = database.under(still_ours)
    with ours.transaction() as transaction:
        write(transaction, "in time")
    second = sure(claimed(database, holder="two", now=LATER))
    assert second.token > first.token
    with pytest.raises(Overtaken, match="taken over by another hub"), ours.transaction() as late:
        write(late, "too late")
    assert settings(database) == ["in time"]
    with pytest.raises(Overtaken):
        tell(database, lambda transaction: finish(transaction, first, LATER, "complete"))
    tell(database, lambda transaction: hold(transaction, second, LATER))


def test_each_commit_renews_the_lease(database: Database) -> None:
    first = sure(claimed(database))
    tell(database, lambda transaction: hold(transaction, first, NOW + LEASE / 2))
    assert claimed(database, holder="two", now=LATER) is None


def test_a_renewal_of_a_lost_claim_takes_nothing_back(database: Database) -> None:
    first = sure(claimed(database))
    second = sure(claimed(database, holder="two", now=LATER))
    tell(database, lambda transaction: renew(transaction, first, LATER + HOUR))
    with database.read() as transaction:
        (row,) = slots.slots(transaction)
    assert (row.token, row.holder, row.expires_at) == (second.token, "two", LATER + LEASE)


def test_a_released_slot_may_be_gone_on_with_from_then_on(database: Database) -> None:
    first = sure(claimed(database))
    again_at = NOW + timedelta(minutes=20)
    tell(database, lambda transaction: release(transaction, first, again_at, "failed"))
    assert claimed(database, now=NOW + timedelta(minutes=10)) is None
    assert sure(claimed(database, now=again_at)).token > first.token


def test_taking_over_names_the_run_that_was_left(database: Database) -> None:
    first = sure(claimed(database))
    with database.transaction() as transaction:
        run = begin_run(transaction, "pull", NOW)
        hold(transaction, first, NOW, run)
    second = sure(claimed(database, holder="two", now=LATER))
    assert (first.abandoned_run, second.abandoned_run) == (None, run)
    tell(database, lambda transaction: finish(transaction, second, LATER, "complete"))
    assert sure(claimed(database, NOW + HOUR, "two", NOW + HOUR)).abandoned_run is None


def test_only_jobs_that_were_claimed_are_listed(database: Database) -> None:
    with database.read() as transaction:
        assert slots.slots(transaction) == []
    sure(claimed(database))
    with database.read() as transaction:
        (row,) = slots.slots(transaction)
    assert (row.job, row.begin, row.is_held(NOW), row.is_held(LATER)) == (
        "pull shop", NOW, True, False
    )  # fmt: skip


def race_for_slots(
    url: str, holder: str, ready: Barrier, results: "multiprocessing.Queue[int]"
) -> None:
    """Another hub: asks for every slot, and tells which it got."""
    database = Database(url)
    for number in range(SLOTS):
        ready.wait(60)
        begin = NOW + number * HOUR
        found = claimed(database, begin, holder, begin)
        if found is not None:
            results.put(number)
            done(database, found)
        ready.wait(60)
    database.close()


# Newer Pythons warn of threads at a fork; the child touches none of its parent's.
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_of_several_processes_one_gets_each_slot(
    database: Database, request: pytest.FixtureRequest
) -> None:
    is_sqlite = database.address.startswith("sqlite")
    url = request.getfixturevalue("sqlite_url" if is_sqlite else "postgres_url")
    context = multiprocessing.get_context("fork")
    ready, results = context.Barrier(2), context.Queue()
    racers = [
        context.Process(target=race_for_slots, args=(url, holder, ready, results))
        for holder in ("one", "two")
    ]
    for each in racers:
        each.start()
    got = sorted(results.get(timeout=60) for _ in range(SLOTS))
    for each in racers:
        each.join(60)
    assert [each.exitcode for each in racers] == [0, 0]
    assert got == list(range(SLOTS))
    assert results.empty()


def test_threads_pass_a_gate_in_the_order_in_which_they_asked() -> None:
    gate = Gate()
    passed: list[int] = []

    def go(number: int) -> None:
        with gate.turn():
            passed.append(number)

    goers = [threading.Thread(target=go, args=(number,)) for number in range(5)]
    with gate.turn():
        for number, each in enumerate(goers):
            each.start()
            while len(gate._waiting) < number + 2:
                threading.Event().wait(0.001)
        assert passed == []
    for each in goers:
        each.join(30)
    assert passed == [0, 1, 2, 3, 4]


def test_leaving_a_gate_by_an_error_lets_the_next_one_through() -> None:
    gate = Gate()
    with pytest.raises(ZeroDivisionError), gate.turn():
        raise ZeroDivisionError
    with gate.turn():
        assert len(gate._waiting) == 1
