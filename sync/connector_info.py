"""What a connector tells of itself, for whoever wants to use it; nothing outside is asked."""

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
    """Whether it is written as where it stands: `{ env = "NAME" }` or `{ file = "path" }`."""
    default: str
    """As a config would write it; "" where there is none."""
    help: str
    tables: tuple[str, ...]
    """Names of the tables that it may be, or be made of."""


@dataclass(frozen=True)
class Table:
    """What may stand in a setting that is a table itself."""

    name: str
    about: str
    settings: Sequence[Setting]


@dataclass(frozen=True)
class DestinationInfo:
    """What a destination can be told, and how."""

    targets: tuple[str, ...]
    reads_back: bool
    """Whether it can tell who carries a target already."""
    requires: str
    """The consent that a binding asks for unless the config says otherwise."""
    statuses: tuple[str, ...]
    """With which somebody may be written to, where the destination is a list."""
    by_person: bool
    separator: str
    longest_value: int | None
    date_format: str

    def told(self) -> Mapping[str, str]:
        """The same as a person reads it."""
        longest = "no limit" if self.longest_value is None else f"{self.longest_value:,} letters"
        return {
            "what it can write": ", ".join(f"{each}s" for each in self.targets),
            "reads back who carries what": "yes" if self.reads_back else "no",
            "consent that is asked for": f"{self.requires}, unless the config says otherwise",
            "statuses on a list that may be written to": ", ".join(self.statuses),
            "all changes of a person at once": "yes" if self.by_person else "no",
            "segments in one field are joined by": json.dumps(self.separator),
            "longest value of a field": longest,
            "dates are written as": self.date_format,
        }


@dataclass(frozen=True)
class ConnectorInfo:
    """Everything that one usable connector says."""

    kind: str
    system: str
    """What it is to the shop: webshop, till, crm, email or answers."""
    about: str
    facts: str
    """The docstring of its module, where the vendor's facts stand."""
    roles: tuple[str, ...]
    streams: Sequence[Stream] | None
    """None where they follow from the settings."""
    writing: DestinationInfo | None
    settings: Sequence[Setting]
    tables: Sequence[Table]
    """Every table that the settings lead to."""

    def row(self) -> dict[str, object]:
        """For a program: plain values, lengths of time in seconds."""
        return {
            "source": "source" in self.roles,
            "destination": "destination" in self.roles,
            "system": self.system,
            "about": self.about,
            "streams": None if self.streams is None else [_row(each) for each in self.streams],
            "writing": asdict(self.writing) if self.writing else None,
            "settings": [
                {key: value for key, value in asdict(each).items() if key != "tables"}
                for each in self.settings
            ],
        }


def describe(offer: plugins.Installed, connector: type[Connector]) -> ConnectorInfo:
    """What the connector of an installed package says."""
    module = sys.modules[offer.entry_point.partition(":")[0]]
    roles: Mapping[str, type] = {"source": Source, "destination": Destination}
    return ConnectorInfo(
        kind=offer.kind,
        system=connector.system,
        about=_about(connector),
        facts=inspect.cleandoc(module.__doc__ or ""),
        roles=tuple(name for name, role in roles.items() if issubclass(connector, role)),
        streams=_streams(connector) if issubclass(connector, Source) else (),
        writing=_writing(connector) if issubclass(connector, Destination) else None,
        settings=tuple(_settings(connector)),
        tables=tuple(_tables(connector, {}).values()),
    )


def reading_mode(stream: Stream) -> tuple[str, str]:
    """What of a stream is read, and what again, as a person reads it."""
    if not stream.cursor:
        return "whole", "all of it"
    return "what changed", duration_text(stream.overlap) if stream.overlap else "nothing"


def _streams(connector: type[Source]) -> Sequence[Stream] | None:
    """The streams of a connection without settings; mostly they are the same for all."""
    try:
        return tuple(connector.model_construct().streams()) or None
    except Exception:  # noqa: BLE001 - a stranger's code may raise anything where a setting is missing
        return None


def _writing(connector: type[Destination]) -> DestinationInfo:
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
    """The tables that a model's fields may be, and theirs, each once."""
    for field in model.model_fields.values():
        for inner in _inner(field.annotation):
            if inner not in found:
                found[inner] = Table(inner.__name__, _about(inner), tuple(_settings(inner)))
                _tables(inner, found)
    return found


def _inner(annotation: Any) -> list[type]:
    """The models in what a field may be."""
    types = (each for each in _types(annotation) if isinstance(each, type))
    return [each for each in dict.fromkeys(types) if hasattr(each, "model_fields")]


def _types(annotation: Any) -> Iterator[Any]:
    """What a field may be, and what that is made of."""
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
