"""Standard tests of lists that move, hide rows, or cannot be read in one place."""

from typing import Any

import httpx
import pytest

from connectors.kit.rest import RestSource
from connectors.kit.streams import parent_of
from connectors.kit.testing.fake import FakeApi
from connectors.kit.testing.reading import EVERYTHING, names, small_pages
from connectors.kit.testing.samples import Samples, lists_of
from connectors.kit.testing.sources.given import SourceSuite
from core.errors import HubError


class TellsWhatIsMissing(SourceSuite):
    """Completeness: nothing is taken for gone that was not shown."""

    @pytest.mark.parametrize("body", [{"errors": [{"message": "no"}]}, {"error": "no"}], ids=repr)
    def test_an_error_inside_a_good_answer_is_no_empty_list(
        self, source: RestSource, api: FakeApi, body: Any
    ) -> None:
        """Vendors say 200 and mean no."""
        api.outage = httpx.Response(200, json=body)
        for stream in source.streams():
            with pytest.raises(HubError):
                list(source.read(stream.name, EVERYTHING))

    def test_a_read_from_a_state_is_never_whole(self, source: RestSource, api: FakeApi) -> None:
        """Rows before the state were not shown, and are not gone."""
        for name, declared in source.declared().items():
            first = list(source.read(name, EVERYTHING))
            state = next((page.state for page in reversed(first) if page.state is not None), None)
            if state is None:
                assert declared.marker is None, f"{name} kept no state of its marker"
                continue
            api.requests.clear()
            assert not any(page.whole for page in source.read(name, EVERYTHING, state))
            if declared.marker is not None:
                assert declared.marker.since in api.asked()

    def test_a_list_that_moves_is_read_on(
        self,
        source: RestSource,
        raws: dict[str, list[Any]],
        api: FakeApi,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """A row that vanishes between two pages stops nothing, and hides nothing unsaid."""
        small_pages(source, monkeypatch)
        for name, declared in source.declared().items():
            rows = _first_list(source, name, raws)
            if len(rows) < 2:
                continue
            first = rows[0]
            api.after_next_page(rows, lambda moving: moving.pop(0))
            pages = list(source.read(name, EVERYTHING))
            shown = {str(each) for page in pages for each in page.records}
            left = {str(each) for page in source.read(name, EVERYTHING) for each in page.records}
            rows.insert(0, first)
            whole = declared.cursor is None and any(page.whole for page in pages)
            assert left <= shown or not whole

    def test_rows_that_are_counted_and_not_listed_are_told(
        self, source: RestSource, raws: dict[str, list[Any]], api: FakeApi
    ) -> None:
        """Fewer rows than the vendor counts: nothing is gone, and the number is told."""
        for name, declared in source.declared().items():
            if not api.counts(declared) or declared.each is not None:
                continue
            rows = _first_list(source, name, raws)
            api.hidden = rows[-1]
            pages = list(source.read(name, EVERYTHING))
            api.hidden = None
            assert sum(page.missing for page in pages) == 1
            assert not any(page.whole for page in pages)

    def test_a_list_below_another_that_cannot_be_read_is_one_reject(
        self, source: RestSource, raws: Samples, api: FakeApi
    ) -> None:
        """The others are loaded, and the reject names the parent."""
        for name in self.mapped_by_row(source):
            declared = source.declared()[name]
            if declared.each is None:
                continue
            good = names(source, name)
            parent, path = next(each for each in lists_of(source, name, raws) if raws.get(each[1]))
            assert parent is not None
            api.broken[path] = httpx.Response(404, json={"code": "gone", "message": "gone"})
            pages = list(source.read(name, EVERYTHING))
            del api.broken[path]
            (reject,) = [reject for page in pages for reject in page.rejects]
            id_ = parent_of(declared, type(source)).id
            assert reject.id.endswith(f"#{parent[id_]}")
            assert sum(len(page.records) for page in pages) < len(good)
            assert not any(page.whole for page in pages)


def _first_list(source: RestSource, name: str, raws: Samples) -> Any:
    return next(raws[path] for _, path in lists_of(source, name, raws) if raws.get(path))
