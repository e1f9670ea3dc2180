"""A sandbox with shop and till, and the config of a hub that reads them."""

from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import text

from sandbox import Sandbox
from sync.hub import open_hub
from sync.scaffold.recording import Samples, record
from tests.sandbox_config import write_config

NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)
FILES = """
[connections.files]
kind = "csv"
folder = "."
[connections.files.contacts]
files = ["people.csv"]
id = "id"
"""


class SandboxHub:
    """A sandbox and a config in a folder; a context manager."""

    def __init__(self, folder: Path) -> None:
        """Bind the ports."""
        self.sandbox = Sandbox(NOW, people=150)
        (folder / "people.csv").write_text("id\n1\n", "utf-8")
        self.config = write_config(folder, self.sandbox, {"shop": "", "till": ""}, FILES)

    def record(self, connection: str, keep: Collection[str] = ()) -> Samples:
        """Samples of one connection."""
        with open_hub(self.config, lambda: NOW) as hub:
            return record(hub, connection, keep=keep)

    def last_bodies(self) -> list[Any]:
        """Last answer of every list."""
        servers = (self.sandbox.woocommerce, self.sandbox.square)
        return [answer.body for server in servers for answer in server.last_answers.values()]

    def stored(self) -> int:
        """Number of stored connections, contacts, orders and checkpoints."""
        with open_hub(self.config, lambda: NOW) as hub, hub.database.read() as transaction:
            return sum(
                transaction.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()
                for table in ("connection", "contact", "orders", "checkpoint")
            )

    def __enter__(self) -> Self:
        """Start the sandbox."""
        self.sandbox.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop the sandbox."""
        self.sandbox.stop()
