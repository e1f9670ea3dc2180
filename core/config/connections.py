"""`[connections.*]`: from a stanza to a connector that can be used."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, get_args

from core import plugins
from core.audience.binding import Bindings
from core.config.checking import Checker
from core.config.stanzas import PullStanza, PushStanza, is_name
from core.contract import Connector, Destination, Network, Source
from core.errors import HubError
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


@dataclass(frozen=True)
class Read:
    """A connection, and its push stanza, which is bound when the segments are known."""

    connection: ConnectionConfig
    push: PushStanza | None

    def bound(self, bindings: Bindings | None) -> ConnectionConfig:
        """The connection with what it is told."""
        return replace(self.connection, push=bindings)


def read_connections(
    checker: Checker, tables: Mapping[str, Any], network: Network
) -> dict[str, Read]:
    """Every connection of a config that has no mistake, by name."""
    found: dict[str, Read] = {}
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


def precedence(named: Iterable[str], connectors: Mapping[str, Connector]) -> tuple[str, ...]:
    """Every connection, the one to believe first first: as named, then by what system it is."""
    first = dict.fromkeys(name for name in named if name in connectors)
    rest = sorted(
        (name for name in connectors if name not in first),
        key=lambda name: SYSTEMS.index(connectors[name].system),
    )
    return (*first, *rest)


def _connection(
    checker: Checker, name: str, stanza: Mapping[str, Any], path: str, network: Network
) -> Read | None:
    connector_class = _connector_class(checker, stanza, path)
    pull = push = None
    if "pull" in stanza:
        pull = checker.read(PullStanza, stanza["pull"], f"{path}.pull")
    if "push" in stanza:
        push = checker.read(PushStanza, stanza["push"], f"{path}.push")
    if connector_class is None:
        return None
    if "pull" in stanza and not issubclass(connector_class, Source):
        checker.wrong(f"{path}.pull", f"{connector_class.kind} cannot be read; take this out")
    if "push" in stanza and not issubclass(connector_class, Destination):
        checker.wrong(f"{path}.push", f"{connector_class.kind} cannot be written to; take this out")
        push = None
    settings = {key: value for key, value in stanza.items() if key not in OWN_KEYS}
    connector = checker.read(connector_class, settings, path, also=OWN_KEYS)
    if connector is None:
        return None
    read = Pull(pull.every) if pull else Pull()
    return Read(
        ConnectionConfig(
            name=name,
            kind=connector_class.kind,
            connector=connector.through(network),
            pull=read if isinstance(connector, Source) else None,
            push=None,
        ),
        push,
    )


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
    except HubError as error:
        checker.wrong(f"{path}.kind", str(error))
        return None
