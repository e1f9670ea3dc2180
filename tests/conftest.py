"""What every test may ask for."""

import logging
import os
import shutil
import socket
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from hypothesis import settings

from core.hub_key import HubKey
from core.store.database import Database
from tests.counting import Held, Sums
from tests.packages import Packages
from tests.postgres import Postgres

ROOT = Path(__file__).parent.parent

# Shared machines stall; how long one example takes says nothing about it.
settings.register_profile("house", deadline=None)
settings.load_profile("house")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data and vendors' descriptions; tests skip where there is none."""
    named = os.environ.get("SEGMENTHUB_SHARED")
    folder = Path(named) if named is not None else ROOT.parent / "shared"
    if not folder.is_dir():
        if named is not None:
            pytest.fail(f"SEGMENTHUB_SHARED names {folder}, which is no folder")
        pytest.skip("there is no shared data beside the project")
    return folder


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server of this run's own.

    Not below pytest's folder: a second run of the same user would shut the server out of it.
    """
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", f"alone-{os.getpid()}")
    folder = Path(tempfile.gettempdir()) / f"segmenthub-{run}"
    server = Postgres(folder)
    yield server
    server.stop()


@pytest.fixture
def postgres_url(postgres: Postgres) -> Iterator[str]:
    """A migrated PostgreSQL database for one test."""
    url = postgres.create()
    yield url
    postgres.drop(url)


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy from."""
    file = tmp_path_factory.mktemp("migrated") / "migrated.db"
    database = Database(f"sqlite:///{file}")
    database.migrate()
    database.close()
    return file


@pytest.fixture
def sqlite_url(migrated_sqlite: Path, tmp_path: Path) -> str:
    """A migrated SQLite file for one test."""
    file = tmp_path / "segmenthub.db"
    shutil.copy(migrated_sqlite, file)
    return f"sqlite:///{file}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """A migrated store, once on each engine."""
    urls = {"sqlite": "sqlite_url", "postgresql": "postgres_url"}
    database = Database(request.getfixturevalue(urls[request.param])).with_key(HubKey(bytes(32)))
    yield database
    database.close()


@pytest.fixture(scope="session", autouse=True)
def no_network() -> Iterator[None]:
    """Refuse every connection that would leave this machine."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            host = str(address[0])
            if not (host.startswith("127.") or host in ("::1", "localhost")):
                pytest.fail(f"a test tried to reach {host}")
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded)
        yield


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Packages:
    """Where a test installs packages of strangers."""
    return Packages(tmp_path / "installed", monkeypatch)


@pytest.fixture
def held(record_property: Callable[[str, object], None]) -> Held:
    """The counter of answers and descriptions that this test holds."""
    return Held(record_property)


@pytest.fixture(autouse=True)
def log_as_before() -> Iterator[None]:
    """Undo what a command has set up of the log, so that no test hears of another one."""
    yield
    root = logging.getLogger()
    root.handlers = [each for each in root.handlers if each.get_name() != "segmenthub"]
    root.setLevel(logging.WARNING)
    logging.getLogger("segmenthub.http").setLevel(logging.NOTSET)
    structlog.reset_defaults()


def pytest_configure(config: pytest.Config) -> None:
    """Add up in the one process that prints."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Sums(), "held")
