"""Contract suites of every connector, with more spoilt rows at night."""

import pytest

from connectors.kit.testing.sources import lists
from tests.budget import at_night

SPOILT_ROWS = at_night(2_000, lists.POISONED_ROWS)
"""For each stream of a connector."""


@pytest.fixture(autouse=True)
def spoilt_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spoil as many rows as this run may spend."""
    monkeypatch.setattr(lists, "POISONED_ROWS", SPOILT_ROWS)
