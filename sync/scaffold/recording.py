"""Record samples of a live system: a few pages of a connection, without personal data."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, Final

from core.contract import Network, Secret, Source, Window
from core.errors import Misconfigured
from sync.hub import Hub
from sync.pull import Progress, pages_of
from sync.scaffold.field_names import is_enumeration
from sync.scaffold.scrubbing import Scrubber

MOST_ROWS: Final = 25
"""Rows of one list."""
FIRST_ROWS: Final = 3
"""First rows of a list that are always kept; later ones are kept if they have new features."""

List = tuple[str, tuple[tuple[str, str], ...]]
"""A list: its path, and the values that fill its `{names}`."""


@dataclass(frozen=True)
class Samples:
    """Recorded and scrubbed rows."""

    lists: Mapping[str, Sequence[Any]]
    """Rows by the path of their list below the base address, as the contract suite reads them."""
    settings: Mapping[str, str]
    """Settings that are part of a path -> their pseudonyms, for the test."""
    empty: Sequence[str]
    """Streams without rows."""

    def text(self) -> str:
        """The content of the file."""
        return json.dumps(self.lists, indent=1, ensure_ascii=False) + "\n"


def record(
    hub: Hub,
    name: str,
    *,
    pages: int = 1,
    keep: Iterable[str] = (),
    progress: Progress = lambda *_: None,
) -> Samples:
    """Read the first pages of every list of a connection; stores nothing.

    Raises Misconfigured for a connection that does not read with the lists of the kit.
    """
    source = hub.source(name)
    source.check()
    recorder = Recorder(pages)
    source.through(Network(hub.config.hub.allow_local, witness=recorder.record_page))
    window = Window(until=hub.now(), zone=hub.config.hub.timezone)
    empty = []
    for stream in source.streams():
        rows = 0
        recorder.start_stream()
        with closing(pages_of(name, source, stream, window)) as read:
            for page in read:
                rows += len(page.records)
                progress(name, stream.name, rows)
        if not rows:
            empty.append(stream.name)
    if not recorder.read:
        raise Misconfigured(
            f"there was nothing to record from {name}: it is empty, or {source.kind} does not read "
            "with the streams of connectors.kit; then write its samples by hand"
        )
    scrubber = Scrubber(keep=keep, hidden=_secrets(source))
    return Samples(
        lists=_lists(recorder.read, scrubber),
        settings=_settings(recorder.read, source, scrubber),
        empty=empty,
    )


@dataclass
class Recorder:
    """Records lists while they are read, keeping a few rows that show all features."""

    pages: int
    """Pages of one list that are read for one stream."""
    read: dict[List, dict[str, Any]] = field(default_factory=dict)
    """List -> the rows that are kept, by their identity."""
    _shown: dict[str, set[object]] = field(default_factory=lambda: defaultdict(set))
    _seen: Counter[List] = field(default_factory=Counter)

    def start_stream(self) -> None:
        """Start another stream, which may read the same lists again."""
        self._seen.clear()

    def record_page(
        self, path: str, values: Mapping[str, str], raws: Sequence[Any]
    ) -> tuple[Sequence[Any], bool]:
        """Keep some rows of a page; only these are read on, so that all that follows is theirs."""
        place = (path, tuple(sorted(values.items())))
        self._seen[place] += 1
        kept = self.read.setdefault(place, {})
        passed = []
        for raw in raws:
            identity = _identity(raw)
            features = set(_features(raw))
            new = not features <= self._shown[path]
            room = len(kept) < FIRST_ROWS or (new and len(kept) < MOST_ROWS)
            if identity not in kept and room:
                kept[identity] = _plain(raw)
                self._shown[path] |= features
            if identity in kept:
                passed.append(raw)
        return passed, self._seen[place] < self.pages


def _plain(raw: Any) -> Any:
    # The kit reads numbers as decimals, which JSON cannot write.
    return json.loads(json.dumps(raw, default=float))


def _identity(raw: Any) -> str:
    known = raw["id"] if isinstance(raw, Mapping) and raw.get("id") else raw
    return json.dumps(known, sort_keys=True, default=str)


def _features(value: Any, place: tuple[str, ...] = ()) -> Iterator[object]:
    """The features of a row: fields, whether they have values, and fixed words."""
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from _features(each, (*place, key))
    elif isinstance(value, list):
        yield place, bool(value)
        for each in value:
            yield from _features(each, place)
    else:
        is_word = bool(place) and is_enumeration(place[-1])
        yield place, value if is_word else bool(value)


def _secrets(settings: Any) -> Iterator[str]:
    """The secrets of a connection, including those in nested tables."""
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        if isinstance(value, Secret):
            yield value.get_secret_value()
        elif hasattr(type(value), "model_fields"):
            yield from _secrets(value)


def _lists(read: Mapping[List, Mapping[str, Any]], scrubber: Scrubber) -> dict[str, list[Any]]:
    kept = [(path, list(rows.values())) for (path, _), rows in read.items()]
    return {
        _filled(place, scrubber): rows
        for place, rows in zip(read, scrubber.scrubbed(kept), strict=True)
        if rows
    }


def _filled(place: List, scrubber: Scrubber) -> str:
    path, filled = place
    for name, value in filled:
        path = path.replace(f"{{{name}}}", scrubber.id(value))
    return path


def _settings(read: Iterable[List], source: Source, scrubber: Scrubber) -> dict[str, str]:
    fields = type(source).model_fields
    return {
        name: scrubber.id(value) for _, filled in read for name, value in filled if name in fields
    }
