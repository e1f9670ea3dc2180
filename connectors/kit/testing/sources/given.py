"""Fixtures of the standard tests of a source."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

import pytest
import respx

from connectors.kit.rest import RestSource
from connectors.kit.testing.clock import FakeClock
from connectors.kit.testing.fake import FakeApi
from connectors.kit.testing.samples import Samples, load
from connectors.kit.testing.suite import Suite


@pytest.mark.usefixtures("api")
class SourceSuite(Suite):
    """A source, its samples, and the fake server that serves them."""

    connector: ClassVar[type[RestSource]]
    settings: ClassVar[Mapping[str, Any]]
    samples: ClassVar[Path]
    fake: ClassVar[type[FakeApi]] = FakeApi
    spread: ClassVar[Mapping[str, str]] = {}
    """Streams whose rows `read` puts together before they are mapped, and why it does."""

    def mapped_by_row(self, source: RestSource) -> list[str]:
        """The streams whose raws are mapped one by one, as they came."""
        return [name for name in source.declared() if not self.spread.get(name, "").strip()]

    @pytest.fixture
    def source(self) -> RestSource:
        """The connector, configured."""
        source = self.connector(**self.settings)
        source._clock = FakeClock()  # noqa: SLF001 - the one place where time is replaced
        assert source.streams(), "a source has streams"
        return source

    @pytest.fixture
    def raws(self, source: RestSource) -> dict[str, list[Any]]:
        """The samples by the paths of their lists, anew for every test."""
        return load(self.samples, source)

    @pytest.fixture
    def api(self, source: RestSource, raws: Samples) -> Iterator[FakeApi]:
        """The fake server, in place of the network."""
        clock = source._clock  # noqa: SLF001
        assert isinstance(clock, FakeClock)
        fake = self.fake(source, raws, clock)
        with respx.mock(assert_all_called=False) as router:
            router.route().mock(side_effect=fake)
            yield fake
