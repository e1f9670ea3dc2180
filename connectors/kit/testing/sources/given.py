"""What every standard test of a source is given."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

import pytest
import respx

from connectors.kit.rest import RestSource
from connectors.kit.testing.clock import FakeClock
from connectors.kit.testing.fake import FakeApi, Samples
from connectors.kit.testing.suite import Suite


@pytest.mark.usefixtures("api")
class SourceSuite(Suite):
    """A source, its samples, and the fake server that serves them."""

    connector: ClassVar[type[RestSource]]
    settings: ClassVar[Mapping[str, Any]]
    samples: ClassVar[Path]
    fake: ClassVar[type[FakeApi]] = FakeApi

    @pytest.fixture
    def source(self) -> RestSource:
        """The connector, configured."""
        source = self.connector(**self.settings)
        source._clock = FakeClock()  # noqa: SLF001 - the one place where time is replaced
        return source

    @pytest.fixture
    def raws(self) -> dict[str, list[Any]]:
        """The samples, anew for every test."""
        raws: dict[str, list[Any]] = json.loads(self.samples.read_text("utf-8"))
        return raws

    @pytest.fixture
    def api(self, source: RestSource, raws: Samples) -> Iterator[FakeApi]:
        """The fake server, in place of the network."""
        clock = source._clock  # noqa: SLF001
        assert isinstance(clock, FakeClock)
        fake = self.fake(source, raws, clock)
        with respx.mock(assert_all_called=False) as router:
            router.route().mock(side_effect=fake)
            yield fake
