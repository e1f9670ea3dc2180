"""The last line of a run counts compared answers and descriptions."""

from types import SimpleNamespace
from typing import Any

import pytest

from tests.counting import Held, Sums


def report(*properties: tuple[str, object], when: str = "call", passed: bool = True) -> Any:
    """A report of pytest about one test."""
    return SimpleNamespace(user_properties=list(properties), when=when, passed=passed)


class Lines(list[str]):
    """A stand-in for the terminal."""

    def write_line(self, line: str) -> None:
        self.append(line)


def last_line(sums: Sums) -> str:
    """The last line of the run."""
    lines = Lines()
    sums.pytest_terminal_summary(lines)  # type: ignore[arg-type]
    return lines[-1]


def test_answers_are_added_up_and_a_description_counts_once() -> None:
    sums = Sums()
    for number, name in ((24, "woocommerce"), (3, "mailchimp"), (1, "mailchimp")):
        properties: list[tuple[str, object]] = []
        held = Held(lambda *pair, to=properties: to.append(pair))
        held.oracle(number)
        held.description(name)
        sums.pytest_runtest_logreport(report(*properties))
    assert last_line(sums) == "held: 28 oracle answers, 2 vendor descriptions"


def test_failures_and_set_up_count_nothing() -> None:
    sums = Sums()
    sums.pytest_runtest_logreport(report(("held.oracle", 5), passed=False))
    sums.pytest_runtest_logreport(report(("held.oracle", 5), when="setup"))
    sums.pytest_runtest_logreport(report(("other", 5)))
    assert last_line(sums) == "held: 0 oracle answers, 0 vendor descriptions"


def test_the_fixture_reaches_the_one_who_adds_up(
    held: Held, request: pytest.FixtureRequest
) -> None:
    held.oracle(0)
    assert ("held.oracle", 0) in request.node.user_properties
