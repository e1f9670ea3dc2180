"""How much a run has held against the outside world."""

from collections.abc import Callable

import pytest


class Held:
    """Counts what was held against the outside world; the end of the run prints the sums."""

    def __init__(self, record: Callable[[str, object], None]) -> None:
        """Take pytest's way to send a value to the one who prints."""
        self._record = record

    def oracle(self, number: int = 1) -> None:
        """So many answers of an oracle were compared."""
        self._record("held.oracle", number)

    def description(self, name: str) -> None:
        """A vendor's description was read and something was held against it."""
        self._record("held.description", name)


class Sums:
    """Adds up what passed tests held, wherever they ran."""

    def __init__(self) -> None:
        """Begin at nothing."""
        self.oracles = 0
        self.descriptions: set[str] = set()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A test that failed has held nothing."""
        if report.when != "call" or not report.passed:
            return
        for name, value in report.user_properties:
            if name == "held.oracle":
                self.oracles += int(str(value))
            elif name == "held.description":
                self.descriptions.add(str(value))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        terminalreporter.write_line(
            f"held: {self.oracles} oracle answers, {len(self.descriptions)} vendor descriptions"
        )
