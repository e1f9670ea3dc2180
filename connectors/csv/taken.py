"""Files of a folder, and the memory of those that were read, so that the next read skips them."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from connectors.csv.files import digest
from connectors.csv.stanzas import Stanza
from connectors.csv.values import Context
from connectors.kit import Broken, Unavailable

MEANING = 2
"""Raised where the same stanza comes to mean something else: everything is read again."""
_SETTLED = timedelta(seconds=5)
"""A file that was written this recently may be written once more within one tick of its clock."""


@dataclass(frozen=True)
class Print:
    """State of a file when it was read."""

    size: int
    written: int | None
    """Nanoseconds; None where its age alone proves nothing."""
    sha256: str

    @classmethod
    def of(cls, path: Path, until: datetime, known: "Print | None") -> "Print":
        """Look at a file; its bytes are read only where size and age leave a doubt."""
        stat = path.stat()
        if known is not None and (known.size, known.written) == (stat.st_size, stat.st_mtime_ns):
            return known
        settled = stat.st_mtime < (until - _SETTLED).timestamp()
        return cls(stat.st_size, stat.st_mtime_ns if settled else None, digest(path))

    def check(self, path: Path, name: str) -> None:
        """Raise Unavailable where the file changed while it was read."""
        stat = path.stat()
        if (
            self.size != stat.st_size
            or self.written not in (None, stat.st_mtime_ns)
            or (self.written is None and digest(path) != self.sha256)
        ):
            raise Unavailable(f"{name} was written while it was read; the next run reads it")


@dataclass
class Taken:
    """The state of one stream."""

    mapping: str
    """Fingerprint of the stanza and of what else its records depend on."""
    files: dict[str, Print] = field(default_factory=dict)
    origins: list[str] = field(default_factory=list)
    """Parts of the stream that were delivered and not taken back."""

    @classmethod
    def read(cls, state: str | None) -> "Taken":
        """The state as it was saved; an empty one where there is none that can be read."""
        try:
            saved: Mapping[str, Any] = json.loads(state or "{}")
            files = {name: Print(*each) for name, each in saved.get("files", {}).items()}
            return cls(str(saved.get("mapping", "")), files, list(saved.get("origins", ())))
        except (ValueError, TypeError, AttributeError):
            return cls("")

    def saved(self) -> str:
        """The state as text."""
        files = {
            name: [each.size, each.written, each.sha256]
            for name, each in sorted(self.files.items())
        }
        return json.dumps({"mapping": self.mapping, "files": files, "origins": self.origins})


def fingerprint(stanza: Stanza, context: Context) -> str:
    """Fingerprint of everything else that a stanza's records depend on; raises OSError."""
    lookups = {each.file for value in stanza.values() for each in value.lookups}
    said = {
        "meaning": MEANING,
        "stanza": stanza.model_dump(mode="json"),
        "zone": str(context.zone),
        "lookups": {name: digest(context.folder / name) for name in sorted(lookups)},
        "statuses": dict(context.statuses),
    }
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


class Absent(Exception):
    """A pattern that no file in the folder answers to."""


def found(folder: Path, patterns: Sequence[str]) -> dict[str, Path]:
    """Files by their name in the folder, in the order of the patterns; raises Absent."""
    files: dict[str, Path] = {}
    for pattern in patterns:
        exact = folder / pattern
        paths = [exact] if exact.is_file() else sorted(filter(Path.is_file, folder.glob(pattern)))
        if not paths:
            raise Absent(f"there is no file {exact}")
        for path in paths:
            _check_inside(folder, path)
        files.update((path.relative_to(folder).as_posix(), path) for path in paths)
    return files


def _check_inside(folder: Path, path: Path) -> None:
    """Raise Broken for a link out of the folder, where no config says what may be read."""
    steps = [path, *path.parents][: len(path.relative_to(folder).parts)]
    outside = not path.resolve().is_relative_to(folder.resolve())
    if outside and any(step.is_symlink() for step in steps):
        raise Broken(f"{path} is a link to a file outside {folder}; copy the file into the folder")
