"""A sandbox with shop and till, and the config of a hub that reads them."""

import json
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import text

from sandbox import Sandbox
from sandbox.running import SQUARE_TOKEN, WOOCOMMERCE_KEY, WOOCOMMERCE_SECRET
from sync.hub import open_hub
from sync.scaffold.recording import Samples, record

NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)


class SandboxHub:
    """A sandbox and a config in a folder; a context manager."""

    def __init__(self, folder: Path) -> None:
        """Bind the ports."""
        self.sandbox = Sandbox(NOW, people=150)
        self.config = folder / "config.toml"
        hosts = [url.split("/")[2] for url in (self.sandbox.shop_url, self.sandbox.square_url)]
        secrets = {"key": WOOCOMMERCE_KEY, "secret": WOOCOMMERCE_SECRET, "token": SQUARE_TOKEN}
        for name, secret in secrets.items():
            (folder / name).write_text(secret, "utf-8")
            (folder / name).chmod(0o600)
        (folder / "people.csv").write_text("id\n1\n", "utf-8")
        self.config.write_text(
            f"""
[hub]
timezone = "Europe/Copenhagen"
currency = "DKK"
allow_local = {json.dumps(hosts)}

[connections.shop]
kind = "woocommerce"
url = "{self.sandbox.shop_url}"
key = {{ file = "key" }}
secret = {{ file = "secret" }}

[connections.till]
kind = "square"
url = "{self.sandbox.square_url}"
token = {{ file = "token" }}

[connections.files]
kind = "csv"
folder = "."
[connections.files.contacts]
files = ["people.csv"]
id = "id"
""",
            "utf-8",
        )

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
