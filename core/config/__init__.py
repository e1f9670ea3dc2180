"""The config: load one TOML file as checked objects, or report all its mistakes at once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import make_url

from core.config.bindings import BindableSegments, read_bindings
from core.config.checking import Checker
from core.config.connections import (
    ConnectionConfig,
    Pull,
    UnboundConnection,
    precedence,
    read_connections,
)
from core.config.json_schema import schema
from core.config.references import References, parse
from core.config.segments import SegmentTables, read_segments
from core.config.stanzas import AliasesStanza, HubStanza, Language
from core.config.values import absolute
from core.contract import Destination, Network
from core.errors import Misconfigured, Mistake
from core.log import hide
from core.mistakes import dotted, shown, unknown
from core.plugins import ConnectorSnapshot
from core.segments.compile.geography import REGION, asks_for_places
from core.segments.definition import Segment
from core.store.keys import email_key, fold
from core.store.people.gazetteer import is_installed
from core.store.shop import Shop

__all__ = ["Config", "ConnectionConfig", "HubConfig", "Pull", "load", "schema"]


TABLES = ("hub", "connections", "segments", "aliases")
"""The top-level tables of a config."""


@dataclass(frozen=True)
class HubConfig:
    """The checked `[hub]` table."""

    database: str = field(repr=False)
    """The address, with an absolute path for SQLite; may hold a password."""
    timezone: ZoneInfo
    currency: str
    country: str | None
    language: Language
    allow_local: frozenset[str]
    precedence: tuple[str, ...] = ()
    """Connections in order of trust, most trusted first, as far as the config names them."""
    keep: timedelta = timedelta(days=400)
    """Age from which runs and their steps are deleted."""


@dataclass(frozen=True)
class Config:
    """A whole config, checked."""

    path: Path
    hub: HubConfig
    shop: Shop
    connections: Mapping[str, ConnectionConfig]
    segments: tuple[Segment, ...]
    aliases: Mapping[str, tuple[str, ...]]
    """Brand -> its spellings, as written."""
    warnings: tuple[Mistake, ...] = ()
    """Things that work but deserve attention."""

    @property
    def faults(self) -> Mapping[str, str]:
        """Connections whose connector is broken, and why; the config itself is valid."""
        return {name: each.fault for name, each in self.connections.items() if each.fault}

    def with_snapshots(self, snapshots: Mapping[str, ConnectorSnapshot]) -> "Config":
        """A copy in which broken connectors have the snapshots of when they last worked."""
        connections = {
            name: each.with_snapshot(snapshots.get(name)) for name, each in self.connections.items()
        }
        order = precedence(self.hub.precedence, connections)
        return replace(
            self,
            shop=replace(self.shop, precedence=order),
            connections=MappingProxyType(connections),
        )


def load(path: Path, environment: Mapping[str, str]) -> Config:
    """Read a config file; raises Misconfigured with all its mistakes."""
    try:
        return read(parse(path), path, environment)
    except RecursionError:
        raise Misconfigured("the tables are nested too deeply", str(path)) from None


def named_kinds(path: Path) -> frozenset[str]:
    """The connectors that a config file names; none where it is absent or cannot be read."""
    try:
        stanzas = parse(path).get("connections", {})
    except Misconfigured:
        return frozenset()
    tables = stanzas.values() if isinstance(stanzas, Mapping) else ()
    kinds = (each.get("kind") for each in tables if isinstance(each, Mapping))
    return frozenset(kind for kind in kinds if isinstance(kind, str))


def read(document: Mapping[str, Any], path: Path, environment: Mapping[str, str]) -> Config:
    """Check the content of a file; relative paths are relative to the folder of `path`."""
    folder = path.absolute().parent
    checker = Checker(References(folder, environment))
    for table in document:
        if table not in TABLES:
            checker.add_mistake(dotted("", [table]), unknown("table", table, TABLES))
    stanza = checker.read(HubStanza, document.get("hub", {}), "hub")
    local = stanza.allow_local if stanza else ()
    network = Network(frozenset(host.lower() for host in local))
    stanzas = checker.table(document.get("connections", {}), "connections")
    unbound = read_connections(checker, stanzas, network)
    brand_aliases, aliases = read_aliases(checker, document.get("aliases", {}))
    tables = SegmentTables(checker)
    tables.add(document.get("segments", {}))
    if stanza is not None:
        tables.add_files(folder, stanza.segments)
        _check_precedence(checker, stanza, stanzas)
    segments = read_segments(
        checker, tables, stanzas, [each.connection.connector for each in unbound.values()]
    )
    connections = _bound(checker, unbound, tables, segments)
    if checker.mistakes or stanza is None:
        for name, each in connections.items():
            if each.fault:
                checker.add_mistake(dotted("connections", [name]), each.fault)
        raise Misconfigured(checker.mistakes, str(path))
    return Config(
        path=path,
        hub=HubConfig(
            database=_database(stanza, folder),
            timezone=stanza.timezone,
            currency=stanza.currency,
            country=stanza.country,
            language=stanza.language,
            allow_local=network.allow_local,
            precedence=stanza.precedence,
            keep=stanza.keep,
        ),
        shop=Shop(
            zone=stanza.timezone,
            currency=stanza.currency,
            country=stanza.country,
            brand_aliases=brand_aliases,
            precedence=precedence(stanza.precedence, connections),
            joins_nobody=tuple(email_key(each) for each in stanza.joins_nobody),
            places=is_installed() and _asks_for_places(segments, connections),
        ),
        connections=MappingProxyType(connections),
        segments=segments,
        aliases=MappingProxyType(aliases),
        warnings=tuple(tables.warnings),
    )


def _asks_for_places(
    segments: Iterable[Segment], connections: Mapping[str, ConnectionConfig]
) -> bool:
    """Whether a segment or a binding asks for what follows from a postcode."""
    pushed = (each.value for one in connections.values() if one.push for each in one.push.bindings)
    return REGION in pushed or any(asks_for_places(each.sample().rule) for each in segments)


def _database(stanza: HubStanza, folder: Path) -> str:
    if password := make_url(stanza.database).password:
        hide(str(password))
    return absolute(stanza.database, folder)


def _check_precedence(checker: Checker, stanza: HubStanza, names: Mapping[str, Any]) -> None:
    for number, name in enumerate(stanza.precedence):
        path = dotted("hub", ["precedence", number])
        if name not in names:
            checker.add_mistake(path, unknown("connection", name, names))
        elif name in stanza.precedence[:number]:
            checker.add_mistake(path, f"{name} is in this list twice; remove one")


def _bound(
    checker: Checker,
    unbound: Mapping[str, UnboundConnection],
    tables: SegmentTables,
    segments: tuple[Segment, ...],
) -> dict[str, ConnectionConfig]:
    bindable = BindableSegments.of(tables.by_name, segments)
    bound: dict[str, ConnectionConfig] = {}
    for name, each in unbound.items():
        connector = each.connection.connector
        bindings = None
        if each.push is not None and isinstance(connector, Destination):
            bindings = read_bindings(checker, name, each.push, connector, bindable)
        bound[name] = each.bound(bindings)
    return bound


def read_aliases(
    checker: Checker, table: object
) -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    """Read `[aliases]`: folded spelling -> name, and name -> spellings as written."""
    stanza = checker.read(AliasesStanza, table, "aliases")
    if stanza is None:
        return {}, {}
    names: dict[str, str] = {}
    for name in stanza.brand:
        if (other := names.setdefault(fold(name), name)) != name:
            checker.add_mistake(
                dotted("aliases", ["brand", name]), f"differs from {shown(other)} only in case"
            )
    spellings = dict(names)
    for name, also in stanza.brand.items():
        for number, spelling in enumerate(also):
            other = spellings.setdefault(fold(spelling), name)
            if other != name:
                checker.add_mistake(
                    dotted("aliases", ["brand", name, number]),
                    f"{shown(spelling)} is already an alias of {shown(other)}",
                )
    return spellings, dict(stanza.brand)
