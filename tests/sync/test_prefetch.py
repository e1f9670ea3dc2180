"""The next item is fetched while the present one is looked at, and not one more."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from sync.concurrency.prefetch import prefetch
from sync.shutdown import Stopped, stoppable_by

SOON = 30.0


def until(is_so: Callable[[], bool]) -> None:
    """Wait for something that happens in another thread."""
    for _ in range(int(SOON * 1000)):
        if is_so():
            return
        threading.Event().wait(0.001)
    pytest.fail("it never happened")


def test_the_next_one_is_fetched_meanwhile_and_no_further() -> None:
    fetched: list[int] = []
    third = threading.Event()

    def items() -> Iterator[int]:
        for number in range(4):
            fetched.append(number)
            if number == 2:
                third.set()
            yield number

    with closing(prefetch(items())) as coming:
        assert next(coming) == 0
        until(lambda: fetched == [0, 1])
        assert not third.wait(0.05)
        assert next(coming) == 1
        assert third.wait(SOON)
        assert list(coming) == [2, 3]


def test_an_error_comes_out_in_its_place() -> None:
    def items() -> Iterator[int]:
        yield 1
        yield 2
        raise ZeroDivisionError

    got = []
    with pytest.raises(ZeroDivisionError):
        for item in prefetch(items()):
            got.append(item)  # noqa: PERF402 - what came before the error counts
    assert got == [1, 2]


def test_resources_of_a_source_are_closed_in_their_own_thread() -> None:
    errors: list[Exception] = []
    closed = threading.Event()

    def items() -> Iterator[int]:
        connection = sqlite3.connect("")
        try:
            for (number,) in connection.execute("SELECT 1 UNION SELECT 2 UNION SELECT 3"):
                yield number
        finally:
            try:
                connection.close()
            except sqlite3.Error as error:
                errors.append(error)
            closed.set()

    assert list(prefetch(items())) == [1, 2, 3]
    closed.clear()
    with closing(prefetch(items())) as coming:
        assert next(coming) == 1
    assert closed.wait(SOON)
    assert errors == []


def test_a_list_may_be_fetched_ahead_too() -> None:
    assert list(prefetch([3, 1, 2])) == [3, 1, 2]
    assert list(prefetch([])) == []


def test_stopping_waits_for_no_answer() -> None:
    asked, answer, ended = threading.Event(), threading.Event(), threading.Event()
    got: list[object] = []

    def items() -> Iterator[int]:
        yield 1
        answer.wait(SOON)
        ended.set()
        yield 2

    def work() -> None:
        with stoppable_by(asked):
            try:
                for item in prefetch(items()):
                    got.append(item)  # noqa: PERF402 - what came before counts
            except Stopped as stopped:
                got.append(stopped.exit_code)

    worker = threading.Thread(target=work)
    worker.start()
    until(lambda: got == [1])
    asked.set()
    worker.join(SOON)
    assert got == [1, 143]
    assert not ended.is_set()
    answer.set()
