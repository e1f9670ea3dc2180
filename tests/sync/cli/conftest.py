"""A till with files, and a command line runner."""

from pathlib import Path

import pytest

from tests.sync.cli.commands import CommandLine
from tests.sync.cli.till import Till


@pytest.fixture
def till(tmp_path: Path) -> Till:
    """A till with a few people and receipts."""
    return Till(tmp_path).open()


@pytest.fixture
def segmenthub(
    till: Till, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> CommandLine:
    """Command line runner for the till's config."""
    monkeypatch.chdir(till.folder)
    return CommandLine(till.config, monkeypatch, capsys)
