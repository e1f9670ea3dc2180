"""Fixtures for every test."""

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

from connectors.kit.testing import Description
from core.hub_key import HubKey
from core.store.database import Database
from tests import descriptions
from tests.counting import Held, Sums
from tests.packages import Packages
from tests.postgres import Postgres

ROOT = Path(__file__).parent.parent
BOTH_ENGINES = (ROOT / "tests/core/store", ROOT / "tests/core/audience")
"""Rooms whose SQL differs by engine; `SEGMENTHUB_ENGINES=both` adds all the others."""

# Shared machines stall; how long one example takes says nothing about it.
settings.register_profile("house", deadline=None)
settings.load_profile("house")


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of outside data and vendors' descriptions; tests skip where it is absent."""
    named = os.environ.get("SEGMENTHUB_SHARED")
    folder = Path(named) if named is not None else ROOT.parent / "shared"
    if not folder.is_dir():
        if named is not None:
            pytest.fail(f"SEGMENTHUB_SHARED names {folder}, which is no folder")
        pytest.skip("there is no shared data beside the project")
    return folder


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """PostgreSQL server of this run.

    Its folder is not below pytest's: a second run of the same user would lock the server out.
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


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that needs a store on SQLite, or on both engines."""
    if "engine" in metafunc.fixturenames:
        everywhere = os.environ.get("SEGMENTHUB_ENGINES") == "both"
        path = metafunc.definition.path
        both = everywhere or any(path.is_relative_to(room) for room in BOTH_ENGINES)
        metafunc.parametrize("engine", ["sqlite", "postgresql"] if both else ["sqlite"])


@pytest.fixture
def database_url(engine: str, request: pytest.FixtureRequest) -> str:
    """The URL of a migrated store."""
    return str(request.getfixturevalue("sqlite_url" if engine == "sqlite" else "postgres_url"))


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A migrated store."""
    database = Database(database_url).with_key(HubKey(bytes(32)))
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
    """Installer of packages from other authors, for one test."""
    return Packages(tmp_path / "installed", monkeypatch)


@pytest.fixture
def held(record_property: Callable[[str, object], None]) -> Held:
    """Counter of the answers and descriptions that this test is held against."""
    return Held(record_property)


@pytest.fixture
def description_of(shared: Path, held: Held) -> Callable[[str], Description]:
    """A vendor's description by its name, counted as held."""

    def read(vendor: str) -> Description:
        held.description(vendor)
        return descriptions.load(shared, vendor)

    return read


@pytest.fixture(autouse=True)
def log_as_before() -> Iterator[None]:
    """Undo a command's logging set-up, so that tests do not influence one another."""
    yield
    root = logging.getLogger()
    root.handlers = [each for each in root.handlers if each.get_name() != "segmenthub"]
    root.setLevel(logging.WARNING)
    logging.getLogger("segmenthub.http").setLevel(logging.NOTSET)
    structlog.reset_defaults()


def pytest_configure(config: pytest.Config) -> None:
    """Count in the one process that prints the summary."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Sums(), "held")
