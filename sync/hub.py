"""A hub that is open: its config, its database, and the clock that its commands read."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from core.broken_connector import ConnectorSnapshot
from core.config import Config, ConnectionConfig, load
from core.contract import Source
from core.errors import Misconfigured, Mistake
from core.segments.compile.sql.clock import Clock
from core.segments.compile.sql.context import EvaluationContext
from core.store.checkpoints import delivered
from core.store.connections import connection_id, connection_names, remember, remembered
from core.store.database import Database, Transaction
from core.words import unknown
from sync.access.store_key import folder_of, hub_key
from sync.access.tokens import hand_tokens


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
            if isinstance(each.connector, Source) and each.pull is not None
        }

    def source(self, name: str) -> Source:
        """A connection that can be read; raises Misconfigured where there is none of that name."""
        connection = self.connection(name)
        if not isinstance(connection.connector, Source) or connection.pull is None:
            raise Misconfigured(f"{name} cannot be read; {connection.kind} is only written to")
        return connection.connector

    def register(self, transaction: Transaction) -> None:
        """Make every configured connection known to the store, with what its connector says."""
        connections = self.config.connections
        for name, each in connections.items():
            connection_id(transaction, name, each.kind)
        usable = {name: each.connector for name, each in connections.items() if not each.fault}
        remember(transaction, {name: ConnectorSnapshot.by(each) for name, each in usable.items()})

    def evaluation_context(
        self, transaction: Transaction, as_of: datetime | date
    ) -> EvaluationContext:
        """What an evaluation as of then may count."""
        known = {name: number for number, name in connection_names(transaction).items()}
        numbers = {name: known[name] for name in self.config.connections if name in known}
        nouns = {
            numbers[name]: {stream.name: stream.nouns for stream in source.streams()}
            for name, source in self.sources().items()
            if name in numbers
        }
        return EvaluationContext(
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
        key = hub_key(database, folder_of(path), os.environ)
        database = database.with_key(key)
        hand_tokens(config, database, key, now)
        if config.faults:
            with database.read() as transaction:
                config = config.recalling(remembered(transaction))
        yield Hub(config, database, now)
    finally:
        database.close()
