"""`[connections.*]`: turn stanzas into configured connectors."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from core import plugins
from core.audience.binding import Bindings
from core.config.checking import Checker
from core.config.stanzas import NAME_RULE, PullStanza, PushStanza, is_name
from core.contract import Connector, Destination, Network, Source, System
from core.errors import Misconfigured
from core.mistakes import dotted, shown
from core.plugins import BrokenConnector, ConnectorSnapshot

OWN_KEYS = ("kind", "pull", "push")
"""Keys of a stanza that are not settings of the connector."""


@dataclass(frozen=True)
class Pull:
    """The schedule on which a connection is read."""

    every: timedelta = timedelta(days=1)
    """Time from one read to the next."""


@dataclass(frozen=True)
class ConnectionConfig:
    """One configured connection."""

    name: str
    kind: str
    connector: Connector
    pull: Pull | None
    """None: it is not a source."""
    push: Bindings | None
    """None: nothing is written there."""

    @property
    def fault(self) -> str:
        """Why its connector is broken, though the config is valid; "" where it works."""
        return self.connector.fault if isinstance(self.connector, BrokenConnector) else ""

    @property
    def system(self) -> System:
        """Its role for the shop: webshop, till, crm, email or answers."""
        connector = self.connector
        return (
            connector.snapshot.system
            if isinstance(connector, BrokenConnector)
            else connector.system
        )

    def with_snapshot(self, snapshot: ConnectorSnapshot | None) -> "ConnectionConfig":
        """A copy in which a broken connector has the snapshot of when it last worked."""
        if not isinstance(self.connector, BrokenConnector) or snapshot is None:
            return self
        return replace(
            self,
            connector=BrokenConnector(fault=self.connector.fault, snapshot=snapshot),
            pull=None if snapshot.streams is None else self.pull,
        )


@dataclass(frozen=True)
class UnboundConnection:
    """A connection whose push stanza is not bound to segments yet."""

    connection: ConnectionConfig
    push: PushStanza | None

    def bound(self, bindings: Bindings | None) -> ConnectionConfig:
        """The connection with its bindings."""
        return replace(self.connection, push=bindings)


def read_connections(
    checker: Checker, tables: Mapping[str, Any], network: Network
) -> dict[str, UnboundConnection]:
    """The connections without mistakes, by name; mistakes go to the checker."""
    found: dict[str, UnboundConnection] = {}
    for name, stanza in tables.items():
        path = dotted("connections", [name])
        if not is_name(name):
            checker.add_mistake(path, NAME_RULE)
        if isinstance(stanza, dict):
            read = _connection(checker, name, stanza, path, network)
            if read is not None:
                found[name] = read
        else:
            checker.add_mistake(path, f"read {shown(stanza)}; a table is expected")
    return found


def precedence(
    named: Iterable[str], connections: Mapping[str, ConnectionConfig]
) -> tuple[str, ...]:
    """All connections in order of trust: those named, then the others by their system."""
    first = dict.fromkeys(name for name in named if name in connections)
    rest = sorted(
        (name for name in connections if name not in first),
        key=lambda name: plugins.SYSTEMS.index(connections[name].system),
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
    """The connector, None where the config is wrong; raises PluginError for a broken package."""
    connector_class = _connector_class(checker, stanza, path)
    if connector_class is None:
        return None
    if "pull" in stanza and not issubclass(connector_class, Source):
        checker.add_mistake(f"{path}.pull", f"{connector_class.kind} cannot be read; remove this")
    if "push" in stanza and not issubclass(connector_class, Destination):
        checker.add_mistake(
            f"{path}.push", f"{connector_class.kind} cannot be written to; remove this"
        )
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
        checker.add_mistake(
            f"{path}.kind",
            "is missing; write the name of a connector"
            if kind is None
            else f"read {shown(kind)}; write the name of a connector",
        )
        return None
    try:
        return plugins.find(kind)
    except plugins.PluginError:
        raise
    except Misconfigured as error:
        checker.add_mistake(f"{path}.kind", str(error))
        return None
