"""A hub from a config template and segments, pulled and evaluated as the commands do it."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from string import Template

from sync.evaluation import evaluate
from sync.hub import Hub, open_hub
from sync.pull import pull
from sync.runs import running


def written(value: object) -> str:
    """A value as TOML writes it."""
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{key} = {written(each)}' for key, each in value.items())} }}"
    if isinstance(value, list):
        return f"[{', '.join(map(written, value))}]"
    return value.isoformat() if isinstance(value, date) else json.dumps(value, ensure_ascii=False)


def config(
    folder: Path,
    template: Path,
    database: str,
    data: Path,
    segments: Mapping[str, Mapping[str, object]],
    **places: object,
) -> Path:
    """Write a config from a template with this database and these segments.

    `places` fill the template's other placeholders.
    """
    filled = Template(template.read_text()).substitute(database=database, data=data, **places)
    stanzas = [
        "\n".join([f"[segments.{name}]", *(f"{key} = {written(it)}" for key, it in table.items())])
        for name, table in segments.items()
    ]
    file = folder / template.name
    file.write_text("\n\n".join([filled, *stanzas]) + "\n")
    return file


@contextmanager
def pulled(file: Path, now: Callable[[], datetime] | None = None) -> Iterator[Hub]:
    """The hub of a config, all its connections pulled without losing a row."""
    with open_hub(file, now) if now else open_hub(file) as hub:
        with running(hub, "pull") as run:
            pull(run, hub.sources())
        assert [(step.stream, step.result, step.message) for step in run.steps] == [
            (step.stream, "complete", "") for step in run.steps
        ]
        for step in run.steps:
            counts = step.counts
            taken_in = counts["inserted"] + counts["updated"] + counts["unchanged"]
            assert 0 < counts["fetched"] == taken_in, step
        yield hub


def evaluated(hub: Hub, as_of: date) -> None:
    """Evaluate all segments as of a date, as the command does."""
    with running(hub, "evaluate") as run:
        evaluate(run, as_of)
    assert not run.errors


def sha256(ids: Sequence[str]) -> str:
    """The fingerprint of a list of ids: each followed by a line's end."""
    return hashlib.sha256("".join(f"{each}\n" for each in ids).encode()).hexdigest()
