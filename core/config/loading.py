"""`load`: one TOML file to checked objects, or every mistake in it at once."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import make_url

from core.broken_connector import ConnectorSnapshot
from core.config.aliases import read_aliases
from core.config.bindings import Known, read_bindings
from core.config.checking import Checker
from core.config.connections import ConnectionConfig, Read, precedence, read_connections
from core.config.document import parse
from core.config.references import References
from core.config.segments import SegmentTables, read_segments
from core.config.stanzas import HubStanza, Language
from core.config.values import absolute
from core.contract import Destination, Network
from core.errors import Misconfigured, Mistake
from core.log import hide
from core.mistakes import dotted
from core.segments.definition import Segment
from core.store.keys import email_key
from core.store.shop import Shop
from core.words import unknown

ROOMS = ("hub", "connections", "segments", "aliases")
"""The tables at the top of a config."""


@dataclass(frozen=True)
class Hub:
    """`[hub]`, checked."""

    database: str = field(repr=False)
    """The address, with an absolute path for SQLite; may hold a password."""
    timezone: ZoneInfo
    currency: str
    country: str | None
    language: Language
    allow_local: frozenset[str]
    precedence: tuple[str, ...] = ()
    """Connections, the one to believe first first, as far as the config names them."""


@dataclass(frozen=True)
class Config:
    """A whole config, checked."""

    path: Path
    hub: Hub
    shop: Shop
    connections: Mapping[str, ConnectionConfig]
    segments: tuple[Segment, ...]
    aliases: Mapping[str, tuple[str, ...]]
    """Brand -> its spellings, as written."""
    warnings: tuple[Mistake, ...] = ()
    """What works and is yet worth a look."""

    @property
    def faults(self) -> Mapping[str, str]:
        """Connections whose connector cannot be used, and why; the config is right all the same."""
        return {name: each.fault for name, each in self.connections.items() if each.fault}

    def recalling(self, said: Mapping[str, ConnectorSnapshot]) -> "Config":
        """The same with what connectors that cannot be used said of themselves before."""
        connections = {
            name: each.recalling(said.get(name)) for name, each in self.connections.items()
        }
        order = precedence(self.hub.precedence, connections)
        return replace(
            self,
            shop=replace(self.shop, precedence=order),
            connections=MappingProxyType(connections),
        )


def load(path: Path, environment: Mapping[str, str]) -> Config:
    """Read a config file; raises Misconfigured with every mistake that it holds."""
    try:
        return read(parse(path), path, environment)
    except RecursionError:
        raise Misconfigured("tables stand within tables too deeply", str(path)) from None


def read(document: Mapping[str, Any], path: Path, environment: Mapping[str, str]) -> Config:
    """Check what a file held; relative paths in it are counted from the folder of `path`."""
    folder = path.absolute().parent
    checker = Checker(References(folder, environment))
    for room in document:
        if room not in ROOMS:
            checker.wrong(dotted("", [room]), unknown("table", room, ROOMS))
    stanza = checker.read(HubStanza, document.get("hub", {}), "hub")
    local = stanza.allow_local if stanza else ()
    network = Network(frozenset(host.lower() for host in local))
    stanzas = checker.table(document.get("connections", {}), "connections")
    reads = read_connections(checker, stanzas, network)
    brand_aliases, aliases = read_aliases(checker, document.get("aliases", {}))
    tables = SegmentTables(checker)
    tables.add(document.get("segments", {}))
    if stanza is not None:
        tables.add_files(folder, stanza.segments)
        _check_precedence(checker, stanza, stanzas)
    segments = read_segments(
        checker, tables, stanzas, [each.connection.connector for each in reads.values()]
    )
    connections = _bound(checker, reads, tables, segments)
    if checker.mistakes or stanza is None:
        for name, each in connections.items():
            if each.fault:
                checker.wrong(dotted("connections", [name]), each.fault)
        raise Misconfigured(checker.mistakes, str(path))
    return Config(
        path=path,
        hub=Hub(
            database=_database(stanza, folder),
            timezone=stanza.timezone,
            currency=stanza.currency,
            country=stanza.country,
            language=stanza.language,
            allow_local=network.allow_local,
            precedence=stanza.precedence,
        ),
        shop=Shop(
            zone=stanza.timezone,
            currency=stanza.currency,
            country=stanza.country,
            brand_aliases=brand_aliases,
            precedence=precedence(stanza.precedence, connections),
            joins_nobody=tuple(email_key(each) for each in stanza.joins_nobody),
        ),
        connections=MappingProxyType(connections),
        segments=segments,
        aliases=MappingProxyType(aliases),
        warnings=tuple(tables.warnings),
    )


def _database(stanza: HubStanza, folder: Path) -> str:
    if password := make_url(stanza.database).password:
        hide(str(password))
    return absolute(stanza.database, folder)


def _check_precedence(checker: Checker, stanza: HubStanza, names: Mapping[str, Any]) -> None:
    for number, name in enumerate(stanza.precedence):
        path = dotted("hub", ["precedence", number])
        if name not in names:
            checker.wrong(path, unknown("connection", name, names))
        elif name in stanza.precedence[:number]:
            checker.wrong(path, f"{name} stands in this list twice")


def _bound(
    checker: Checker,
    reads: Mapping[str, Read],
    tables: SegmentTables,
    segments: tuple[Segment, ...],
) -> dict[str, ConnectionConfig]:
    known = Known.of(tables.by_name, segments)
    bound: dict[str, ConnectionConfig] = {}
    for name, each in reads.items():
        connector = each.connection.connector
        bindings = None
        if each.push is not None and isinstance(connector, Destination):
            bindings = read_bindings(checker, name, each.push, connector, known)
        bound[name] = each.bound(bindings)
    return bound
