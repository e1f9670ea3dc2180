"""The standard tests of any source, also of one that reads files or a database."""

from collections.abc import Mapping
from typing import Any, ClassVar

import pytest

from connectors.kit.testing.reading import EVERYTHING, secrets
from connectors.kit.testing.suite import Suite
from core.contract import Page, Source
from core.records import NOUNS


class ReadsAnything(Suite):
    """Standard tests of a source whose rows do not come from lists behind paths."""

    connector: ClassVar[type[Source]]
    settings: ClassVar[Mapping[str, Any]]

    @pytest.fixture
    def source(self) -> Source:
        """The connector, configured, with something to read; override it to lay that down."""
        source = self.connector(**self.settings)
        assert source.streams(), "a source has streams"
        return source

    def test_every_stream_yields_the_nouns_that_it_names(self, source: Source) -> None:
        """The hub asks for streams by their nouns."""
        for stream in source.streams():
            pages = list(source.read(stream.name, EVERYTHING))
            yielded = {type(record).__name__ for page in pages for record in page.records}
            assert yielded, f"{stream.name} has nothing to read"
            assert yielded <= set(stream.nouns) <= set(NOUNS)
            assert [page.rejects for page in pages if page.rejects] == []

    def test_a_replay_gives_equal_records(self, source: Source) -> None:
        """Reading twice is the same as reading once."""
        for stream in source.streams():
            once, again = (list(source.read(stream.name, EVERYTHING)) for _ in range(2))
            assert _records(once) == _records(again)

    def test_only_a_full_scan_tells_what_is_gone(self, source: Source) -> None:
        """A window shows some rows; the others are not gone."""
        for stream in source.streams():
            pages = list(source.read(stream.name, EVERYTHING))
            assert not (stream.cursor and any(page.whole for page in pages))

    def test_a_read_from_a_state_is_never_whole(self, source: Source) -> None:
        """Rows before the state were not shown, and are not gone."""
        for stream in source.streams():
            if not stream.by_state:
                continue
            first = list(source.read(stream.name, EVERYTHING))
            states = [page.state for page in first if page.state is not None]
            assert states, f"{stream.name} kept no state"
            assert not any(page.whole for page in source.read(stream.name, EVERYTHING, states[-1]))

    def test_no_secret_is_printed(self, source: Source) -> None:
        """A connection may stand in a log."""
        told = [repr(source), str(source)]
        assert [text for text in told for secret in secrets(source) if secret in text] == []


def _records(pages: list[Page]) -> list[Any]:
    return [record for page in pages for record in page.records]
