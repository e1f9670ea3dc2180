"""`[connections.*]`: from a stanza to a connector that can be used."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, get_args

from core import plugins
from core.audience.binding import Bindings
from core.broken_connector import BrokenConnector, ConnectorSnapshot
from core.config.checking import Checker
from core.config.stanzas import PullStanza, PushStanza, is_name
from core.contract import Connector, Destination, Network, Source, System
from core.errors import Misconfigured
from core.mistakes import dotted, shown

OWN_KEYS = ("kind", "pull", "push")
"""Keys of a stanza that the connector never sees."""
SYSTEMS = get_args(Connector.__annotations__["system"].__args__[0])
"""Whom to believe of a person, the first first, where the config does not say."""


@dataclass(frozen=True)
class Pull:
    """When a connection is read."""

    every: timedelta = timedelta(days=1)
    """Time from one read to the next."""


@dataclass(frozen=True)
class ConnectionConfig:
    """One configured connection."""

    name: str
    kind: str
    connector: Connector
    pull: Pull | None
    """Absent: it is no source."""
    push: Bindings | None
    """Absent: nothing is written there."""

    @property
    def fault(self) -> str:
        """Why its connector cannot be used, though the config is right; empty: it can."""
        return self.connector.fault if isinstance(self.connector, BrokenConnector) else ""

    @property
    def system(self) -> System:
        """What it is to the shop."""
        connector = self.connector
        return (
            connector.snapshot.system
            if isinstance(connector, BrokenConnector)
            else connector.system
        )

    def with_snapshots(self, said: ConnectorSnapshot | None) -> "ConnectionConfig":
        """The same with what its connector said of itself when it could be used."""
        if not isinstance(self.connector, BrokenConnector) or said is None:
            return self
        return replace(
            self,
            connector=BrokenConnector(fault=self.connector.fault, snapshot=said),
            pull=None if said.streams is None else self.pull,
        )


@dataclass(frozen=True)
class UnboundConnection:
    """A connection, and its push stanza, which is bound when the segments are known."""

    connection: ConnectionConfig
    push: PushStanza | None

    def bound(self, bindings: Bindings | None) -> ConnectionConfig:
        """The connection with what it is told."""
        return replace(self.connection, push=bindings)


def read_connections(
    checker: Checker, tables: Mapping[str, Any], network: Network
) -> dict[str, UnboundConnection]:
    """Every connection of a config that has no mistake, by name."""
    found: dict[str, UnboundConnection] = {}
    for name, stanza in tables.items():
        path = dotted("connections", [name])
        if not is_name(name):
            checker.wrong(path, "a name has letters, digits, - and _, and at most 64 of them")
        if isinstance(stanza, dict):
            read = _connection(checker, name, stanza, path, network)
            if read is not None:
                found[name] = read
        else:
            checker.wrong(path, f"read {shown(stanza)}; a table is expected")
    return found


def precedence(
    named: Iterable[str], connections: Mapping[str, ConnectionConfig]
) -> tuple[str, ...]:
    """Every connection, the one to believe first first: as named, then by what system it is."""
    first = dict.fromkeys(name for name in named if name in connections)
    rest = sorted(
        (name for name in connections if name not in first),
        key=lambda name: SYSTEMS.index(connections[name].system),
    )
    return (*first, *rest)


def _connection(
    checker: Checker, name: str, stanza: Mapping[str, Any], path: str, network: Network
) -> UnboundConnection | None:
    pull = push = None
    if "pull" in stanza:
        pull = checker.read(PullStanza, stanza["pull"], f"{path}.pull")
    if "push" in stanza:
        push = checker.read(PushStanza, stanza["push"], f"{path}.push")
    read = Pull(pull.every) if pull else Pull()
    try:
        connector = _connector(checker, stanza, path, network)
    except plugins.PluginError as fault:
        connector = BrokenConnector(fault=checker.references.masked(str(fault)))
    if connector is None:
        return None
    if not isinstance(connector, Destination):
        push = None
    kind = str(stanza["kind"])
    pulled = read if isinstance(connector, Source) else None
    return UnboundConnection(ConnectionConfig(name, kind, connector, pulled, push=None), push)


def _connector(
    checker: Checker, stanza: Mapping[str, Any], path: str, network: Network
) -> Connector | None:
    """None where the config is wrong; raises AtFault where it is not, and the package is."""
    connector_class = _connector_class(checker, stanza, path)
    if connector_class is None:
        return None
    if "pull" in stanza and not issubclass(connector_class, Source):
        checker.wrong(f"{path}.pull", f"{connector_class.kind} cannot be read; take this out")
    if "push" in stanza and not issubclass(connector_class, Destination):
        checker.wrong(f"{path}.push", f"{connector_class.kind} cannot be written to; take this out")
    settings = {key: value for key, value in stanza.items() if key not in OWN_KEYS}
    with plugins.blame_package(connector_class):
        connector = checker.read(connector_class, settings, path, also=OWN_KEYS)
    if connector is None:
        return None
    plugins.probe(connector)
    return connector.through(network)


def _connector_class(
    checker: Checker, stanza: Mapping[str, Any], path: str
) -> type[Connector] | None:
    kind = stanza.get("kind")
    if not isinstance(kind, str):
        checker.wrong(
            f"{path}.kind",
            "is missing: the name of a connector"
            if kind is None
            else f"read {shown(kind)}; write the name of a connector",
        )
        return None
    try:
        return plugins.find(kind)
    except plugins.PluginError:
        raise
    except Misconfigured as error:
        checker.wrong(f"{path}.kind", str(error))
        return None
