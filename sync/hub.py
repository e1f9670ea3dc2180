"""An open hub: its config, its database and its clock."""

import gc
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from core.config import Config, ConnectionConfig, load
from core.contract import Source
from core.errors import Misconfigured, Mistake
from core.mistakes import unknown
from core.plugins import ConnectorSnapshot
from core.segments.compile.sql.clock import Clock
from core.segments.compile.sql.context import EvaluationContext
from core.store.checkpoints import delivered
from core.store.connections import connection_id, connection_names, remember, remembered
from core.store.database import Database, Transaction
from core.store.rederive.statuses import restate_statuses
from sync.access.store_key import folder_of, hub_key
from sync.access.tokens import hand_tokens

YOUNG_OBJECTS = 200_000
"""New objects before Python looks for reference cycles among them.

A page makes several times as many that hold no cycle. At Python's own 700 the search takes a sixth
of a pull, at 50,000 a twentieth, at this number a hundredth.
"""
MIDDLE, OLD = 20, 50
"""Searches among the new objects before one among the survivors, and before one among all."""


def collect_seldom() -> None:
    """Tune the garbage collector for long pulls; call it once everything is imported.

    Objects that exist by then are never searched.
    """
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, MIDDLE, OLD)


@dataclass(frozen=True)
class Hub:
    """The config, database and clock that every command works with."""

    config: Config
    database: Database
    now: Callable[[], datetime]
    """The present instant, aware."""

    def connection(self, name: str) -> ConnectionConfig:
        """A connection by name; raises Misconfigured with the nearest names."""
        if name not in self.config.connections:
            raise Misconfigured([Mistake("", unknown("connection", name, self.config.connections))])
        return self.config.connections[name]

    def sources(self) -> Mapping[str, Source]:
        """The sources, by name."""
        return {
            name: each.connector
            for name, each in self.config.connections.items()
            if isinstance(each.connector, Source) and each.pull is not None
        }

    def source(self, name: str) -> Source:
        """A source by name; raises Misconfigured where there is none."""
        connection = self.connection(name)
        if not isinstance(connection.connector, Source) or connection.pull is None:
            raise Misconfigured(f"{name} cannot be read; {connection.kind} is only written to")
        return connection.connector

    def register(self, transaction: Transaction) -> None:
        """Store every configured connection with a snapshot of its connector."""
        connections = self.config.connections
        for name, each in connections.items():
            connection_id(transaction, name, each.kind)
        usable = {name: each.connector for name, each in connections.items() if not each.fault}
        remember(transaction, {name: ConnectorSnapshot.of(each) for name, each in usable.items()})

    def restate_statuses(self, transaction: Transaction) -> None:
        """Give stored orders the meaning of statuses that the config has come to explain."""
        numbers = {name: number for number, name in connection_names(transaction).items()}
        for name, source in self.sources().items():
            if name in numbers and (statuses := source.order_statuses()):
                restate_statuses(transaction, self.config.shop, numbers[name], statuses, self.now())

    def evaluation_context(
        self, transaction: Transaction, as_of: datetime | date
    ) -> EvaluationContext:
        """The context of an evaluation as of an instant, or of the end of a local date."""
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
    """Load the config, open and migrate the database; closes it afterwards."""
    config = load(path, os.environ)
    database = Database(config.hub.database)
    try:
        database.migrate()
        key = hub_key(database, folder_of(path), os.environ)
        database = database.with_key(key)
        hand_tokens(config, database, key, now)
        if config.faults:
            with database.read() as transaction:
                config = config.with_snapshots(remembered(transaction))
        yield Hub(config, database, now)
    finally:
        database.close()
