"""Reading a connector against its samples, and the values that its records tell."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import respx

from connectors.kit import Page, RestSource, Window
from connectors.kit.testing import FakeApi, FakeClock
from connectors.kit.testing.samples import load

NOON = datetime(2026, 8, 2, 12, tzinfo=UTC)
"""An instant after everything that the samples tell."""


@contextmanager
def serving(source: RestSource, samples: Path, fake: type[FakeApi] = FakeApi) -> Iterator[FakeApi]:
    """Serve a file of samples in the place of the network."""
    source._clock = FakeClock()
    api = fake(source, load(samples, source), FakeClock())
    with respx.mock(assert_all_called=False) as router:
        router.route().mock(side_effect=api)
        yield api


def pages(
    source: RestSource, stream: str, until: datetime = NOON, state: str | None = None
) -> list[Page]:
    """The pages of a stream as they are until an instant."""
    return list(source.read(stream, Window(until=until, live=True), state))


def told(pages: list[Page], kind: str, *names: str) -> list[Any]:
    """The values of these names, of every record of a kind."""
    found = [each for page in pages for each in page.records if type(each).__name__ == kind]
    return [tuple(getattr(each, name) for name in names) for each in found]
