"""A hub that is open: its config, its database, and the clock that its commands read."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from core.config import Config, ConnectionConfig, load
from core.contract import Source
from core.errors import Misconfigured, Mistake
from core.segments.sql.clock import Clock
from core.segments.sql.world import World
from core.store.checkpoints import delivered
from core.store.connections import connection_id, connection_names
from core.store.database import Database, Transaction
from core.words import unknown


@dataclass(frozen=True)
class Hub:
    """What every command works with."""

    config: Config
    database: Database
    now: Callable[[], datetime]
    """The present instant, aware."""

    def connection(self, name: str) -> ConnectionConfig:
        """A connection by its name; raises Misconfigured with the nearest ones."""
        if name not in self.config.connections:
            raise Misconfigured([Mistake("", unknown("connection", name, self.config.connections))])
        return self.config.connections[name]

    def sources(self) -> Mapping[str, Source]:
        """Every connection that can be read, by name."""
        return {
            name: each.connector
            for name, each in self.config.connections.items()
            if isinstance(each.connector, Source)
        }

    def source(self, name: str) -> Source:
        """A connection that can be read; raises Misconfigured where there is none of that name."""
        connector = self.connection(name).connector
        if not isinstance(connector, Source):
            raise Misconfigured(f"{name} cannot be read; {connector.kind} is only written to")
        return connector

    def numbers(self, transaction: Transaction) -> dict[str, int]:
        """The store's number of every configured connection, given where it has none yet."""
        return {
            name: connection_id(transaction, name, each.kind)
            for name, each in self.config.connections.items()
        }

    def world(self, transaction: Transaction, as_of: datetime | date) -> World:
        """What an evaluation as of then may count."""
        known = {name: number for number, name in connection_names(transaction).items()}
        numbers = {name: known[name] for name in self.config.connections if name in known}
        nouns = {
            numbers[name]: {stream.name: stream.nouns for stream in source.streams()}
            for name, source in self.sources().items()
            if name in numbers
        }
        return World(
            shop=self.config.shop,
            clock=Clock.at(as_of, self.config.hub.timezone),
            connections=numbers,
            delivered=delivered(transaction, nouns),
            stale=bool(known.keys() - numbers.keys()),
        )


@contextmanager
def open_hub(path: Path, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Iterator[Hub]:
    """Load the config, open the database and bring it up to date; closes it afterwards."""
    config = load(path, os.environ)
    database = Database(config.hub.database)
    try:
        database.migrate()
        yield Hub(config, database, now)
    finally:
        database.close()
