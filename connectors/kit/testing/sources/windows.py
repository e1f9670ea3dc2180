"""Standard tests of windows, cursors and full scans."""

from datetime import UTC, datetime, timedelta

import httpx

from connectors.kit.rest import RestSource
from connectors.kit.testing.fake import FakeApi, parameters
from connectors.kit.testing.reading import EVERYTHING, LONG_AGO
from connectors.kit.testing.sources.given import SourceSuite
from core.contract import Window


class ReadsWindows(SourceSuite):
    """Windows, cursors and full scans."""

    def test_the_window_is_sent(self, source: RestSource, api: FakeApi) -> None:
        """The vendor narrows as far as it can; the hub's window has its overlap in it."""
        window = Window(
            until=datetime(2024, 5, 2, tzinfo=UTC), since=datetime(2024, 5, 1, 10, tzinfo=UTC)
        )
        for name, declared in source.declared().items():
            if declared.cursor is None or "{" in declared.path:
                continue
            api.requests.clear()
            list(source.read(name, window))
            path = httpx.URL(source.address).path.rstrip("/") + declared.path
            # Lists beside it may lie at the same address.
            asked = [parameters(each) for each in api.requests if each.url.path == path]
            bounds = declared.cursor.bounds(window).items()
            assert any(bounds <= each.items() for each in asked), asked

    def test_what_shows_up_late_is_read_again(self, source: RestSource) -> None:
        """No vendor shows every row the moment that it changes."""
        assert [each.name for each in source.streams() if each.cursor and not each.overlap] == []

    def test_rows_outside_the_window_are_left_out(self, source: RestSource) -> None:
        """Vendors ignore filters in silence; this server does too."""
        for stream in source.streams():
            if stream.cursor:
                pages = list(source.read(stream.name, LONG_AGO))
                assert [record for page in pages for record in page.records] == []

    def test_the_cursor_of_a_sorted_list_advances_and_no_other(self, source: RestSource) -> None:
        """A checkpoint that follows an unsorted list jumps over rows; a naive one means nothing."""
        for stream in source.streams():
            pages = list(source.read(stream.name, EVERYTHING))
            told = [page.cursor for page in pages if page.cursor is not None]
            if not stream.ordered:
                assert told == []
                continue
            assert {each.utcoffset() for each in told} == {timedelta(0)}
            assert told == sorted(told)
            assert EVERYTHING.since is not None
            assert told[-1] > EVERYTHING.since, f"the samples of {stream.name} are not sorted"

    def test_only_a_full_scan_tells_who_is_gone(self, source: RestSource) -> None:
        """A window shows some rows; the others are not gone."""
        for stream in source.streams():
            *before, last = source.read(stream.name, EVERYTHING)
            assert last.whole is not stream.cursor, (
                f"{stream.name}: a window must not be whole"
                if stream.cursor
                else f"{stream.name} is never read whole, so nobody who is gone is noticed; give "
                "its pager the vendor's count (total_path, total_header), or watched=True where "
                "nothing is counted"
            )
            assert not any(page.whole for page in before)
