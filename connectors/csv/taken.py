"""Memory of the files that were read, so that the next read skips them."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from connectors.csv.files import digest
from connectors.csv.stanzas import Stanza
from connectors.csv.values import Context
from connectors.kit import Unavailable

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
