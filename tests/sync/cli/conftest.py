"""A till with files, and a command line runner."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sandbox import Sandbox
from tests.sync.cli.commands import CommandLine
from tests.sync.cli.shop import SECRETS, hub_of, shop_of
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


@pytest.fixture
def shop(till: Till, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """A sandbox's shop with more than two pages of orders, and the config that reads it."""
    for name, secret in SECRETS.items():
        monkeypatch.setenv(name, secret)
    with Sandbox(datetime.now(UTC), people=60) as sandbox:
        till.configure(hub_of(sandbox), shop_of(sandbox))
        yield sandbox
