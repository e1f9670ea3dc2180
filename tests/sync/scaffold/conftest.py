"""Fixtures for the commands that begin a connector."""

from pathlib import Path

import pytest

from tests.sync.cli.commands import CommandLine


@pytest.fixture
def segmenthub(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> CommandLine:
    """Command line runner in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return CommandLine(tmp_path / "config.toml", monkeypatch, capsys)
