"""A stopped or killed command loses and doubles nothing, and the next run goes on."""

import os
import random
import shutil
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine

from connectors.csv import reading
from core.store.database import Database
from core.store.secrets.hashes import holdout_salt
from sandbox import Sandbox
from sync.hub import open_hub
from sync.pull import pull
from sync.runs import running
from sync.shutdown import Stopped, stoppable, uninterrupted
from tests.sync.cli.commands import CommandLine, finish, start
from tests.sync.cli.till import Till, receipts

NOW = datetime.now(UTC) + timedelta(minutes=1)
OURS = {"run", "run_step", "setting", "sqlite_sequence", "checkpoint"}
"""Tables about the hub's own work, which differ where it was begun twice."""
KILLS = 20


def read(config: Path) -> None:
    """Pull with a fixed clock."""
    with open_hub(config, now=lambda: NOW) as hub, running(hub, "pull") as run:
        pull(run)
    assert not run.errors


def dump(database: Path) -> dict[str, list[tuple[object, ...]]]:
    """Every row of everything that was read, but for the number of the read."""
    with sqlite3.connect(database) as connection:
        connection.row_factory = sqlite3.Row
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        return {
            table: sorted(
                (tuple(row[key] for key in row.keys() if key != "seen") for row in rows),  # noqa: SIM118 - a row is no dictionary
                key=repr,
            )
            for (table,) in tables
            if table not in OURS
            for rows in [connection.execute(f"SELECT * FROM {table}").fetchall()]
        }


def checkpoints(database: Path) -> list[tuple[object, ...]]:
    """How far every stream was read."""
    with sqlite3.connect(database) as connection:
        return connection.execute(
            "SELECT stream, cursor, completed_at FROM checkpoint ORDER BY stream"
        ).fetchall()


@pytest.fixture
def busy(till: Till, migrated_sqlite: Path, monkeypatch: pytest.MonkeyPatch) -> Till:
    """A till with many short pages and orders in another sequence than people."""
    monkeypatch.setattr(reading, "PAGE", 25)
    people = [f"{number},p{number // 2}@example.com,female" for number in range(300)]
    till.people(*people, "broken,,female,too,many")
    buyers = [(str(number), str(number * 7 % 320)) for number in range(300)]
    till.sales(*receipts(buyers))
    shutil.copy(migrated_sqlite, till.database)
    database = Database(f"sqlite:///{till.database}")
    # It is drawn at random when it is first asked for.
    with database.transaction() as transaction:
        holdout_salt(transaction)
    database.close()
    shutil.copy(till.database, unread(till))
    return till


def unread(till: Till) -> Path:
    """The till's database before anything was read."""
    return till.folder / "unread.db"


# Newer Pythons warn of threads at a fork; the child touches none of its parent's.
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_killed_at_any_moment_a_pull_loses_and_doubles_nothing(busy: Till) -> None:
    with before_each_statement() as seen:
        read(busy.config)
    whole, far = dump(busy.database), checkpoints(busy.database)
    assert len(whole["contact"]) > 300
    assert len(whole["orders"]) == 300
    chance = random.Random(1)
    partial = 0
    for number in range(KILLS):
        for file in busy.folder.glob("segmenthub.db*"):
            file.unlink()
        shutil.copy(unread(busy), busy.database)
        _kill_at(busy.config, int(len(seen) * (number + chance.random()) / KILLS))
        partial += len(dump(busy.database)["orders"]) not in (0, 300)
        read(busy.config)
        assert dump(busy.database) == whole
        assert checkpoints(busy.database) == far
    assert partial, "no pull was ever killed in its middle"


@contextmanager
def before_each_statement(do: Callable[[int], None] = lambda _: None) -> Iterator[list[str]]:
    """Call `do` before each statement of any database, with the number of earlier ones."""
    seen: list[str] = []

    def listen(_connection: Connection, _cursor: object, statement: str, *_more: object) -> None:
        do(len(seen))
        seen.append(statement)

    event.listen(Engine, "before_cursor_execute", listen)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", listen)


def _kill_at(config: Path, statement: int) -> None:
    """Begin to read in a process of its own that is killed without a word at that statement."""

    def die(number: int) -> None:
        if number == statement:
            os.kill(os.getpid(), signal.SIGKILL)

    child = os.fork()
    if not child:
        try:
            with before_each_statement(die):
                read(config)
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), "the pull ended before it was killed"


def wait_for(sandbox: Sandbox, path: str, times: int) -> None:
    """Wait until a path was requested a number of times."""
    until = time.monotonic() + 30
    while sum(each.path.endswith(path) for each in sandbox.woocommerce.requests) < times:
        assert time.monotonic() < until, "nobody asked"
        time.sleep(0.02)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_ends_a_pull_soon_and_the_next_one_goes_on(
    segmenthub: CommandLine, till: Till, shop: Sandbox, number: signal.Signals, code: int
) -> None:
    shop.woocommerce.faults.add("slow", "*/orders", skip=1, seconds=30)
    with start(till.config, "pull") as process:
        wait_for(shop, "/orders", 2)
        began = time.monotonic()
        process.send_signal(number)
        answer = finish(process)
    assert time.monotonic() - began < 10
    assert answer.code == code
    assert "stopped; what is stored stays, and the next run goes on from there" in answer.err
    assert "Traceback" not in answer.err
    (run,) = segmenthub("runs", "--json").json()
    assert run["result"] == "stopped"
    assert run["steps"][-1]["result"] == "stopped"
    assert run["ended_at"]
    with sqlite3.connect(till.database) as connection:
        # The page in hand is stored whole or not at all, as the signal met it.
        assert connection.execute("SELECT count(*) FROM orders").fetchone() in {(0,), (100,)}
        assert connection.execute("SELECT count(*) > 0 FROM contact").fetchone() == (1,)
    assert segmenthub("pull").code == 0
    with sqlite3.connect(till.database) as connection:
        count = connection.execute("SELECT count(*) FROM orders").fetchone()
    assert count == (len(shop.world.orders),)


def test_of_two_pulls_at_once_the_later_one_reads_and_the_other_says_so(
    segmenthub: CommandLine, till: Till, shop: Sandbox
) -> None:
    shop.woocommerce.faults.add("slow", "*/orders", skip=1, seconds=4)
    with start(till.config, "pull") as process:
        wait_for(shop, "/orders", 2)
        assert segmenthub("pull").code == 0
        after = dump(till.database)
        answer = finish(process)
    assert answer.code == 5
    assert "the stream 'orders' is being read by another run" in answer.err
    assert "Traceback" not in answer.err
    assert dump(till.database) == after
    with sqlite3.connect(till.database) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_an_undivided_block_is_finished_first() -> None:
    done = []
    with pytest.raises(Stopped) as stopped, stoppable():
        with uninterrupted(), uninterrupted():
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(0.01)
            done.append("whole")
        done.append("more")
    assert done == ["whole"]
    assert stopped.value.exit_code == 143


def test_other_work_stops_at_once() -> None:
    done = []
    with pytest.raises(Stopped), stoppable():
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.01)
        done.append("more")
    assert done == []


def test_afterwards_signals_mean_what_they_did() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with stoppable():
        assert signal.getsignal(signal.SIGTERM) is not before
    assert signal.getsignal(signal.SIGTERM) is before
