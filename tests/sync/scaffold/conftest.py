"""Fixtures for the commands that begin a connector."""

from pathlib import Path

import pytest

from tests.sync.cli.commands import Typist


@pytest.fixture
def segmenthub(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Typist:
    """Types commands in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return Typist(tmp_path / "config.toml", monkeypatch, capsys)
