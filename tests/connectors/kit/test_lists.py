"""Small pages are handed on together, and nothing waits or is lost for it."""

from collections.abc import Iterator

import pytest

from connectors.kit import Unavailable
from connectors.kit.lists import SECONDS_AT_ONCE, Listed, gathered
from connectors.kit.testing import FakeClock


def pages(*sizes: int) -> Iterator[Listed]:
    """Pages with so many rows each, numbered through."""
    shown = 0
    for place, size in enumerate(sizes, start=1):
        is_last = place == len(sizes)
        yield Listed(range(shown, shown + size), last=is_last, whole=is_last)
        shown += size


def test_small_pages_become_large_ones_and_the_last_says_so() -> None:
    got = list(gathered(pages(200, 200, 200, 200, 10), FakeClock()))
    assert [len(each.items) for each in got] == [600, 210]
    assert [row for each in got for row in each.items] == list(range(810))
    assert [(each.last, each.whole) for each in got] == [(False, False), (True, True)]


def test_a_large_page_waits_for_no_other() -> None:
    assert [len(each.items) for each in gathered(pages(500, 900, 3), FakeClock())] == [500, 900, 3]


def test_an_empty_list_is_one_page() -> None:
    (only,) = gathered(pages(0), FakeClock())
    assert not only.items
    assert only.whole


def test_rows_of_a_slow_list_do_not_wait_for_each_other() -> None:
    clock = FakeClock()

    def slowly() -> Iterator[Listed]:
        for page in pages(1, 1, 1):
            clock.sleep(SECONDS_AT_ONCE)
            yield page

    assert [list(each.items) for each in gathered(slowly(), clock)] == [[0], [1], [2]]


def test_what_came_before_an_error_comes_before_it() -> None:
    def breaking() -> Iterator[Listed]:
        yield Listed([1])
        yield Listed([2])
        raise Unavailable("no answer")

    several = gathered(breaking(), FakeClock())
    before = next(several)
    assert list(before.items) == [1, 2]
    assert not before.last
    with pytest.raises(Unavailable):
        next(several)
