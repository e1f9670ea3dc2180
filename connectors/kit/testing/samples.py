"""Samples of a source: raws by the stream that they belong to."""

import copy
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from connectors.kit.reading import Reading
from connectors.kit.rest import RestSource
from connectors.kit.streams import Declared, Raw, filled_from, parent_of
from connectors.kit.testing.reading import EVERYTHING
from core.records import Record

Samples = Mapping[str, Sequence[Any]]
"""Raws by the path of their list below the base address, filled."""


def load(file: Path, source: RestSource) -> dict[str, list[Any]]:
    """Read a file of samples, keyed by stream or by path.

    The samples of a stream below another are keyed by their parent's id:
    `{"groups": [{"id": 7}], "members": {"7": [{"id": 1}]}}`.
    """
    return located(json.loads(file.read_text("utf-8")), source)


def located(raws: Mapping[str, Any], source: RestSource) -> dict[str, list[Any]]:
    """Return samples by the paths of their lists."""
    found: dict[str, list[Any]] = {}
    for name, rows in raws.items():
        declared = source.declared().get(name)
        if declared is None:
            found[name] = rows
        elif declared.each is None:
            found[source.path_of(declared)] = rows
        else:
            parents = parent_of(declared, type(source))
            for parent in raws[parents_name(declared, source)]:
                fill = filled_from(declared, parent) or {}
                key = str(parent.get(parents.id))
                if key in rows:
                    found[source.path_of(declared, fill)] = rows[key]
    return found


def parents_name(declared: Declared, source: RestSource) -> str:
    """Return the key of the parents' samples: the stream's name, else the list's path."""
    if isinstance(declared.each, str):
        return declared.each
    return source.path_of(parent_of(declared, type(source)))


def lists_of(source: RestSource, name: str, raws: Samples) -> list[tuple[Raw | None, str]]:
    """Return a stream's lists that samples may lie at: the parent's raw, and the filled path."""
    declared = source.declared()[name]
    if declared.each is None:
        return [(None, source.path_of(declared))]
    parents = parent_of(declared, type(source))
    return [
        (parent, source.path_of(declared, fill))
        for parent in raws.get(source.path_of(parents), ())
        if (fill := filled_from(declared, parent)) is not None
    ]


def mapped(source: RestSource, name: str, raws: Samples) -> Iterator[tuple[Any, list[Record]]]:
    """Yield every sample of a stream with its records, each mapped by itself."""
    mapper = Reading(source, name, EVERYTHING).mapped
    lists = lists_of(source, name, raws)
    samples = [(raw, parent) for parent, path in lists for raw in raws.get(path, ())]
    assert samples, f"{name} has no samples"
    for raw, parent in samples:
        own = copy.deepcopy(raw)
        yield own, list(mapper(own) if parent is None else mapper(own, parent))
