"""A folder with delimited files, and a source that reads it, for tests of the csv connector."""

import tomllib
from collections import Counter
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from connectors.csv import Csv
from connectors.kit import Loss, Page, Record, Reject, Source, Window

COPENHAGEN = ZoneInfo("Europe/Copenhagen")


@dataclass(frozen=True)
class Seen:
    """Result of one read."""

    pages: Sequence[Page]

    @property
    def records(self) -> list[Any]:
        """All records."""
        return [record for page in self.pages for record in page.records]

    @property
    def rejects(self) -> list[Reject]:
        """All rejects."""
        return [reject for page in self.pages for reject in page.rejects]

    @property
    def losses(self) -> list[Loss]:
        """All losses."""
        return [loss for page in self.pages for loss in page.losses]

    @property
    def notes(self) -> Counter[str]:
        """All notes, added up."""
        total: Counter[str] = Counter()
        for page in self.pages:
            total.update(page.notes)
        return total

    @property
    def whole(self) -> list[str]:
        """The origins that were shown from first row to last."""
        return [page.origin for page in self.pages if page.whole]

    @property
    def state(self) -> str | None:
        """State for the next read."""
        states = [page.state for page in self.pages if page.state is not None]
        return states[-1] if states else None

    def by_id(self) -> Mapping[str, Any]:
        """Records by their id."""
        return {record.id: record for record in self.records}


def pages_of(
    source: Source, stream: str = "", state: str | None = None
) -> Generator[Page, None, None]:
    """The pages of one stream, as they come; without a name, of the first."""
    # Later than any file is written, so that their age counts.
    until = datetime.now(UTC) + timedelta(hours=1)
    name = stream or source.streams()[0].name
    yield from source.read(name, Window(until, zone=COPENHAGEN), state)


class Folder:
    """A folder of files, read with stanzas written as TOML."""

    def __init__(self, path: Path) -> None:
        """Take an empty folder."""
        self.path = path

    def write(self, name: str, content: str | bytes) -> Path:
        """Write a file; text is stripped of the indentation's first newline."""
        path = self.path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def source(self, stanzas: str) -> Source:
        """The connector with these stanzas."""
        return Csv.model_validate({**tomllib.loads(stanzas), "folder": self.path})

    def read(self, stanzas: str, stream: str = "", state: str | None = None) -> Seen:
        """Read one stream; without a name, the only one."""
        return Seen(list(pages_of(self.source(stanzas), stream, state)))

    def one(self, stanzas: str) -> Any:
        """The only record of the only stream."""
        (record,) = self.read(stanzas).records
        assert isinstance(record, Record)
        return record
