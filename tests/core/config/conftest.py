"""Fixtures for tests of the config."""

from pathlib import Path

import pytest

from core import plugins
from core.config import Config, load
from core.contract import Connector
from core.errors import Misconfigured
from core.mistakes import unknown
from tests.core.config.stanzas import CONNECTORS, ENVIRONMENT, Load


@pytest.fixture
def connectors(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two connectors of the tests' own instead of the installed ones."""

    def find(kind: str) -> type[Connector]:
        if kind not in CONNECTORS:
            raise Misconfigured(unknown("connector", kind, CONNECTORS))
        return CONNECTORS[kind]

    monkeypatch.setattr(plugins, "find", find)


@pytest.fixture
def loaded(tmp_path: Path, connectors: None) -> Load:
    """Loads a text as the config file of a folder of its own."""

    def loads(text: str) -> Config:
        (tmp_path / "config.toml").write_text(text, encoding="utf-8")
        return load(tmp_path / "config.toml", ENVIRONMENT)

    return loads
