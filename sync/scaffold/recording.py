"""Samples from a live system: a few pages of a connection, of which nobody can be told."""

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
"""Of one list."""
FIRST_ROWS: Final = 3
"""Are kept whatever they hold; later ones, where they show what no row before has shown."""

List = tuple[str, tuple[tuple[str, str], ...]]
"""A list: its path, and what fills the `{names}` in it."""


@dataclass(frozen=True)
class Samples:
    """What was recorded, scrubbed."""

    lists: Mapping[str, Sequence[Any]]
    """Raws by the path of their list below the base address, as the contract suite reads them."""
    settings: Mapping[str, str]
    """What a test must write for settings that are part of a path."""
    empty: Sequence[str]
    """Streams of which nothing came."""

    def text(self) -> str:
        """The file."""
        return json.dumps(self.lists, indent=1, ensure_ascii=False) + "\n"


def record(
    hub: Hub,
    name: str,
    *,
    pages: int = 1,
    keep: Iterable[str] = (),
    progress: Progress = lambda *_: None,
) -> Samples:
    """Read the first pages of every list of a connection; nothing is stored.

    Raises Misconfigured for a connection whose rows do not come in the kit's lists.
    """
    source = hub.source(name)
    source.check()
    witness = Recorder(pages)
    source.through(Network(hub.config.hub.allow_local, witness.look))
    window = Window(until=hub.now(), zone=hub.config.hub.timezone)
    empty = []
    for stream in source.streams():
        rows = 0
        witness.begin()
        with closing(pages_of(name, source, stream, window)) as read:
            for page in read:
                rows += len(page.records)
                progress(name, stream.name, rows)
        if not rows:
            empty.append(stream.name)
    if not witness.read:
        raise Misconfigured(
            f"{name} showed nothing to record: it is empty, or {source.kind} does not read its "
            "rows with the streams of connectors.kit; then write its samples by hand"
        )
    scrubber = Scrubber(keep=keep, hidden=_secrets(source))
    return Samples(
        lists=_lists(witness.read, scrubber),
        settings=_settings(witness.read, source, scrubber),
        empty=empty,
    )


@dataclass
class Recorder:
    """Looks on while lists are read, and lets a few rows through that show what there is."""

    pages: int
    """Of one list, while one stream is read."""
    read: dict[List, dict[str, Any]] = field(default_factory=dict)
    """The rows of each list that are kept, by what tells them apart."""
    _shown: dict[str, set[object]] = field(default_factory=lambda: defaultdict(set))
    _seen: Counter[List] = field(default_factory=Counter)

    def begin(self) -> None:
        """Another stream, which may read the same lists again."""
        self._seen.clear()

    def look(
        self, path: str, values: Mapping[str, str], raws: Sequence[Any]
    ) -> tuple[Sequence[Any], bool]:
        """Keep some rows of a page; only they are read on, so that all that follows is theirs."""
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
    # The kit reads decimals as such; JSON writes them as it writes any number.
    return json.loads(json.dumps(raw, default=float))


def _identity(raw: Any) -> str:
    known = raw["id"] if isinstance(raw, Mapping) and raw.get("id") else raw
    return json.dumps(known, sort_keys=True, default=str)


def _features(value: Any, place: tuple[str, ...] = ()) -> Iterator[object]:
    """What a row shows: which fields are there, which of them hold anything, and which words."""
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
    """Every secret of a connection, also in tables within."""
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        if isinstance(value, Secret):
            yield value.get_secret_value()
        elif hasattr(type(value), "model_fields"):
            yield from _secrets(value)


def _lists(read: Mapping[List, Mapping[str, Any]], scrubber: Scrubber) -> dict[str, list[Any]]:
    kept = [(path, list(rows.values())) for (path, _), rows in read.items()]
    return {
        path.format(**{name: scrubber.id(value) for name, value in filled}): rows
        for (path, filled), rows in zip(read, scrubber.scrubbed(kept), strict=True)
        if rows
    }


def _settings(read: Iterable[List], source: Source, scrubber: Scrubber) -> dict[str, str]:
    fields = type(source).model_fields
    return {
        name: scrubber.id(value) for _, filled in read for name, value in filled if name in fields
    }
