"""Number of outside answers and descriptions that a run was held against."""

from collections.abc import Callable

import pytest


class Held:
    """Counter of one test; the end of the run prints the sums."""

    def __init__(self, record: Callable[[str, object], None]) -> None:
        """Take pytest's `record_property`, which reaches the printing process."""
        self._record = record

    def oracle(self, number: int = 1) -> None:
        """Count compared answers of an oracle."""
        self._record("held.oracle", number)

    def description(self, name: str) -> None:
        """Count a vendor's description that was compared with."""
        self._record("held.description", name)


class Sums:
    """Sums over all passed tests of all workers."""

    def __init__(self) -> None:
        """Start from zero."""
        self.oracles = 0
        self.descriptions: set[str] = set()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Add a passed test's counts."""
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
