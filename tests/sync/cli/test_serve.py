"""`serve` lists its jobs, runs them, and stops on a signal."""

import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from sandbox import Sandbox
from tests.sync.cli.commands import CommandLine, finish, sentences, start
from tests.sync.cli.till import Till

SOON = 30.0


@contextmanager
def serving(till: Till) -> Iterator["subprocess.Popen[str]"]:
    """A hub that serves, in a process of its own, which does not outlive the test."""
    with start(till.config, "serve") as process:
        try:
            yield process
        finally:
            process.kill()


def until(process: "subprocess.Popen[str]", is_so: Callable[[], bool]) -> None:
    """Wait for something that a process does."""
    end = time.monotonic() + SOON
    while not is_so():
        if process.poll() is not None or time.monotonic() > end:
            process.kill()
            pytest.fail(f"it never happened: {process.communicate()[1]}")
        time.sleep(0.02)


def rows(database: Path, question: str) -> list[Any]:
    """Steps that a process has stored so far."""
    try:
        with sqlite3.connect(database) as connection:
            return connection.execute(question).fetchall()
    except sqlite3.OperationalError:
        # It has not made its tables yet.
        return []


@pytest.mark.parametrize("fault", ["slow", "rate_limited"])
def test_a_signal_ends_it_soon_and_another_start_goes_on(
    segmenthub: CommandLine, till: Till, shop: Sandbox, fault: Any
) -> None:
    retry_after = 50 if fault == "rate_limited" else None
    shop.woocommerce.faults.add(
        fault, "*/orders", skip=1, times=None, seconds=30, retry_after=retry_after
    )
    with serving(till) as process:
        # Streams before it are stored; of this one the next page never comes.
        until(process, lambda: len(requested(shop, "/orders")) >= 2)
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        answer = finish(process)
    assert time.monotonic() - began < 10
    assert answer.code == 143
    assert "Traceback" not in answer.err
    assert sentences(answer.err) == [
        "pull shop: every 1 day, next now",
        "evaluate: when something has changed, before a push, and once a day",
        "stopped; what is stored stays, and the next run goes on from there",
    ]
    (run,) = segmenthub("runs", "--json").json()
    assert (run["command"], run["result"]) == ("pull", "stopped")
    assert run["steps"][-1]["result"] == "stopped"
    assert rows(till.database, "SELECT count(*) > 0 FROM contact") == [(1,)]
    shop.woocommerce.faults.clear()
    ended = "SELECT command, result FROM run WHERE ended_at IS NOT NULL ORDER BY id"
    with serving(till) as process:
        until(process, lambda: ("evaluate", "complete") in rows(till.database, ended))
        process.send_signal(signal.SIGINT)
        assert finish(process).code == 130
    assert rows(till.database, ended)[:2] == [("pull", "stopped"), ("pull", "complete")]
    assert rows(till.database, "SELECT count(*) FROM orders") == [(len(shop.world.orders),)]


def requested(shop: Sandbox, path: str) -> list[str]:
    """The requests for a path."""
    return [each.path for each in shop.woocommerce.requests if each.path.endswith(path)]


def test_a_fault_of_the_desk_ends_it_instead_of_leaving_it_idle(
    till: Till, segmenthub: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("sync.schedule.dispatcher.Dispatcher.step", fail)
    with pytest.raises(ZeroDivisionError):
        segmenthub("serve")
