"""The description of a connector, read from its class; sends no request."""

import inspect
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, get_args

from core import plugins
from core.config.values import duration_text
from core.contract import Connector, Destination, Secret, Source, Stream


@dataclass(frozen=True)
class Setting:
    """One key of a connection's stanza."""

    name: str
    needed: bool
    secret: bool
    """Whether it is written as a reference: `{ env = "NAME" }` or `{ file = "path" }`."""
    default: str
    """As written in a config; "" where there is none."""
    help: str
    tables: tuple[str, ...]
    """Names of the tables that the setting is or contains."""


@dataclass(frozen=True)
class Table:
    """The settings of a table inside a connection's stanza."""

    name: str
    about: str
    settings: Sequence[Setting]


@dataclass(frozen=True)
class DestinationInfo:
    """A connector as a destination."""

    targets: tuple[str, ...]
    reads_back: bool
    """Whether the carriers of a target can be read back."""
    requires: str
    """Consent that a binding requires unless the config says otherwise."""
    statuses: tuple[str, ...]
    """Statuses of list members that may be written to."""
    by_person: bool
    separator: str
    longest_value: int | None
    date_format: str

    def labelled(self) -> Mapping[str, str]:
        """The properties as text, by label."""
        longest = "no limit" if self.longest_value is None else f"{self.longest_value:,} letters"
        return {
            "targets": ", ".join(f"{each}s" for each in self.targets),
            "carriers can be read back": "yes" if self.reads_back else "no",
            "consent required": f"{self.requires}, unless the config says otherwise",
            "list statuses that may be written to": ", ".join(self.statuses),
            "all changes of a person in one request": "yes" if self.by_person else "no",
            "separator of segments in one field": json.dumps(self.separator),
            "longest value of a field": longest,
            "date format": self.date_format,
        }


@dataclass(frozen=True)
class ConnectorInfo:
    """The description of one working connector."""

    kind: str
    system: str
    """Its role for the shop: webshop, till, crm, email or answers."""
    about: str
    facts: str
    """The docstring of its module, with the vendor's facts."""
    roles: tuple[str, ...]
    streams: Sequence[Stream] | None
    """None where they depend on the settings."""
    destination: DestinationInfo | None
    settings: Sequence[Setting]
    tables: Sequence[Table]
    """The tables inside its settings."""

    def row(self) -> dict[str, object]:
        """Plain values for JSON and CSV; lengths of time in seconds."""
        return {
            "source": "source" in self.roles,
            "destination": "destination" in self.roles,
            "system": self.system,
            "about": self.about,
            "streams": None if self.streams is None else [_row(each) for each in self.streams],
            "writing": asdict(self.destination) if self.destination else None,
            "settings": [
                {key: value for key, value in asdict(each).items() if key != "tables"}
                for each in self.settings
            ],
        }


def describe(offer: plugins.Installed, connector: type[Connector]) -> ConnectorInfo:
    """Describe the connector of an installed package."""
    module = sys.modules[offer.entry_point.partition(":")[0]]
    roles: Mapping[str, type] = {"source": Source, "destination": Destination}
    return ConnectorInfo(
        kind=offer.kind,
        system=connector.system,
        about=_about(connector),
        facts=inspect.cleandoc(module.__doc__ or ""),
        roles=tuple(name for name, role in roles.items() if issubclass(connector, role)),
        streams=_streams(connector) if issubclass(connector, Source) else (),
        destination=_destination(connector) if issubclass(connector, Destination) else None,
        settings=tuple(_settings(connector)),
        tables=tuple(_tables(connector, {}).values()),
    )


def reading_mode(stream: Stream) -> tuple[str, str]:
    """The rows that a pull reads of a stream, and those that it reads again, in words."""
    if stream.by_state:
        return "what came after the last read", "nothing"
    if not stream.cursor:
        return "whole", "all of it"
    return "what changed", duration_text(stream.overlap) if stream.overlap else "nothing"


def _streams(connector: type[Source]) -> Sequence[Stream] | None:
    """The streams of a connection without settings; None where they depend on settings."""
    try:
        return tuple(connector.model_construct().streams()) or None
    except Exception:  # noqa: BLE001 - a connector may raise anything where a setting is missing
        return None


def _destination(connector: type[Destination]) -> DestinationInfo:
    return DestinationInfo(
        targets=tuple(sorted(connector.target_kinds)),
        reads_back=connector.can_read_back,
        requires=connector.requires,
        statuses=tuple(sorted(connector.writable_statuses)),
        by_person=connector.by_person,
        separator=connector.separator,
        longest_value=connector.longest_value,
        date_format=connector.date_format,
    )


def _settings(model: Any) -> Iterator[Setting]:
    for name, field in model.model_fields.items():
        needed = field.is_required()
        yield Setting(
            name=field.alias or name,
            needed=needed,
            secret=Secret in _types(field.annotation),
            default="" if needed else _as_toml(field.default),
            help=" ".join((field.description or "").split()),
            tables=tuple(each.__name__ for each in _inner(field.annotation)),
        )


def _tables(model: Any, found: dict[type, Table]) -> dict[type, Table]:
    """The tables inside a model's fields, recursively, each once."""
    for field in model.model_fields.values():
        for inner in _inner(field.annotation):
            if inner not in found:
                found[inner] = Table(inner.__name__, _about(inner), tuple(_settings(inner)))
                _tables(inner, found)
    return found


def _inner(annotation: Any) -> list[type]:
    """The models inside a type."""
    types = (each for each in _types(annotation) if isinstance(each, type))
    return [each for each in dict.fromkeys(types) if hasattr(each, "model_fields")]


def _types(annotation: Any) -> Iterator[Any]:
    """A type and its arguments, recursively."""
    yield annotation
    for part in get_args(annotation):
        yield from _types(part)


def _about(kind: type) -> str:
    return " ".join(inspect.cleandoc(kind.__doc__ or "").partition("\n\n")[0].split())


def _as_toml(value: Any) -> str:
    match value:
        case bool() | str() | int() | float():
            return json.dumps(value, ensure_ascii=False)
        case tuple() | list() | frozenset() if value:
            return f"[{', '.join(map(_as_toml, value))}]"
    return ""


def _row(stream: Stream) -> dict[str, object]:
    return {
        "name": stream.name,
        "nouns": list(stream.nouns),
        "cursor": stream.cursor,
        "ordered": stream.ordered,
        "overlap": int(stream.overlap.total_seconds()) if stream.cursor else None,
        "every": int(stream.every.total_seconds()) if stream.every else None,
        "keeps": int(stream.keeps.total_seconds()) if stream.keeps else None,
    }
