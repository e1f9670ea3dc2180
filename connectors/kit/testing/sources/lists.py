"""Standard tests of rows: each is read once, and mapped by itself."""

import copy
from random import Random
from typing import Any

import httpx
import pytest

from connectors.kit.lists.tracking import RawPage
from connectors.kit.reading import Reading
from connectors.kit.rest import RestSource
from connectors.kit.testing.fake import FakeApi
from connectors.kit.testing.reading import EVERYTHING, names, records, small_pages
from connectors.kit.testing.samples import Samples, lists_of, mapped
from connectors.kit.testing.sources.given import SourceSuite
from connectors.kit.testing.sources.poison import poisoned
from connectors.kit.testing.system import leaves
from core.records import NOUNS, Record

POISONED_ROWS = 60


class ReadsLists(SourceSuite):
    """Lists, their rows, and the records that these become."""

    def test_every_stream_names_the_nouns_that_it_yields(self, source: RestSource) -> None:
        """The hub asks for streams by their nouns."""
        for stream in source.streams():
            yielded = {type(each).__name__ for each in records(source, stream.name)}
            assert stream.nouns
            assert yielded <= set(stream.nouns) <= set(NOUNS)

    def test_every_stream_reads_its_samples_once_and_stops(
        self, source: RestSource, api: FakeApi
    ) -> None:
        """Nothing is rejected, every sample is asked for, and nothing twice."""
        asked: list[httpx.Request] = []
        for stream in source.streams():
            api.requests.clear()
            assert records(source, stream.name), f"{stream.name} has no samples"
            once = {(each.method, each.url, each.content) for each in api.requests}
            assert len(once) == len(api.requests), f"{stream.name} asks for the same twice"
            asked += api.requests
        assert set(api.samples) <= {api.place(each) for each in asked}

    def test_pages_of_one_row_give_the_same(
        self, source: RestSource, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Paging loses nothing and doubles nothing."""
        whole = [names(source, stream.name) for stream in source.streams()]
        small_pages(source, monkeypatch)
        assert [names(source, stream.name) for stream in source.streams()] == whole

    def test_an_empty_system_gives_nothing(self, source: RestSource, api: FakeApi) -> None:
        """A shop on its first day."""
        api.samples = {}
        for stream in source.streams():
            assert records(source, stream.name) == []

    def test_a_replay_gives_equal_records(self, source: RestSource) -> None:
        """Reading twice is the same as reading once."""
        for stream in source.streams():
            assert records(source, stream.name) == records(source, stream.name)

    def test_a_row_is_mapped_by_itself(self, source: RestSource, raws: Samples) -> None:
        """Rows mapped before make no difference: pages come in any order."""
        for name in self.mapped_by_row(source):
            forwards = [records for _, records in mapped(source, name, raws)]
            other_way = {path: rows[::-1] for path, rows in raws.items()}
            backwards = [records for _, records in mapped(source, name, other_way)]
            assert sorted(map(repr, forwards)) == sorted(map(repr, backwards))

    def test_mapping_leaves_its_input_as_it_was(self, source: RestSource, raws: Samples) -> None:
        """A raw may be looked at again."""
        for name in self.mapped_by_row(source):
            rows = [raw for _, path in lists_of(source, name, raws) for raw in raws.get(path, ())]
            assert [raw for raw, _ in mapped(source, name, raws)] == rows

    def test_ids_are_unique_and_not_empty(self, source: RestSource) -> None:
        """Two rows never share an id; the same person may come with several rows."""
        for stream in source.streams():
            seen: set[tuple[type[Record], str]] = set()
            for record in records(source, stream.name):
                id_ = getattr(record, "id", None)
                assert id_ != ""
                if id_ is not None and type(record).__name__ == stream.nouns[-1]:
                    assert (type(record), id_) not in seen
                    seen.add((type(record), id_))

    def test_a_broken_row_leaves_the_good_ones(
        self, source: RestSource, raws: dict[str, list[Any]]
    ) -> None:
        """The row becomes a reject that tells where, and not whose."""
        for name in self.mapped_by_row(source):
            rows = next(raws[path] for _, path in lists_of(source, name, raws) if raws.get(path))
            good = names(source, name)
            rows.insert(0, {})
            pages = list(source.read(name, EVERYTHING))
            rows.pop(0)
            loaded = [record for page in pages for record in page.records]
            assert len(loaded) == len(good)
            (reject,) = [reject for page in pages for reject in page.rejects]
            assert reject.path
            assert reject.reason
            assert not any(page.whole for page in pages)

    def test_whatever_a_row_holds_it_is_loaded_or_rejected(
        self, source: RestSource, raws: Samples
    ) -> None:
        """A value that nobody agreed upon costs its own row and no other."""
        chance = Random(7)  # noqa: S311 - the same rows every time, guards nothing
        for name in self.mapped_by_row(source):
            lists = lists_of(source, name, raws)
            parent, rows = next((parent, raws[path]) for parent, path in lists if raws.get(path))
            reading = Reading(source, name, EVERYTHING)
            addresses = {text for text in leaves(rows) if "@" in text}
            for _ in range(POISONED_ROWS):
                read = copy.deepcopy([poisoned(chance.choice(rows), chance), rows[0]])
                page = reading.page(RawPage(read), parent=parent)
                assert len(page.rejects) <= 1
                assert all(each.path for each in page.rejects)
                assert not any(text in repr(page.rejects) for text in addresses)
