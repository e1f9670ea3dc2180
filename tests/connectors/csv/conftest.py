"""Fixtures of the tests of the csv connector."""

from pathlib import Path

import pytest

from tests.connectors.csv.delimited import Folder


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """An empty folder for delimited files."""
    path = tmp_path / "files"
    path.mkdir()
    return Folder(path)
