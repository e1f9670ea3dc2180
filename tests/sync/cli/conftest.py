"""A till that is open, and somebody who types commands."""

from pathlib import Path

import pytest

from tests.sync.cli.commands import Typist
from tests.sync.cli.till import Till


@pytest.fixture
def till(tmp_path: Path) -> Till:
    """A till with a few people and receipts."""
    return Till(tmp_path).open()


@pytest.fixture
def segmenthub(
    till: Till, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Typist:
    """Types commands about the till."""
    monkeypatch.chdir(till.folder)
    return Typist(till.config, monkeypatch, capsys)
