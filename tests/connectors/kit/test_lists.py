"""Small pages are handed on together, and nothing waits or is lost for it."""

from collections.abc import Iterator

import pytest

from connectors.kit import Contact, Page, Reject, Unavailable
from connectors.kit.lists.tracking import ROWS_AT_ONCE, SECONDS_AT_ONCE, gathered
from connectors.kit.testing import FakeClock


def pages(*sizes: int) -> Iterator[Page]:
    """Pages with so many records each, numbered through."""
    shown = 0
    for place, size in enumerate(sizes, start=1):
        records = [Contact(id=number) for number in range(shown, shown + size)]
        yield Page(records, whole=place == len(sizes), state=str(place))
        shown += size


def ids(*of: Page) -> list[str]:
    return [record.id for page in of for record in page.records if isinstance(record, Contact)]


def test_small_pages_become_large_ones_and_the_last_says_where_they_lead() -> None:
    size = ROWS_AT_ONCE // 2 - 1
    got = list(gathered(pages(size, size, size, size, 10), FakeClock()))
    assert [len(each.records) for each in got] == [3 * size, size + 10]
    assert ids(*got) == [str(number) for number in range(4 * size + 10)]
    assert [(each.whole, each.state) for each in got] == [(False, "3"), (True, "5")]


def test_a_large_page_waits_for_no_other() -> None:
    sizes = [ROWS_AT_ONCE, ROWS_AT_ONCE + 1, 3]
    assert [len(each.records) for each in gathered(pages(*sizes), FakeClock())] == sizes


def test_an_empty_list_is_one_page() -> None:
    (only,) = gathered(pages(0), FakeClock())
    assert not only.records
    assert only.whole


def test_rejects_are_rows_and_notes_are_counted_together() -> None:
    bad = Page([], rejects=[Reject("/people[0]", "id", "is missing")], notes={"odd": 1})
    (joined,) = gathered(iter([bad, bad, next(pages(1))]), FakeClock())
    assert (len(joined.records), len(joined.rejects), joined.notes) == (1, 2, {"odd": 2})
    enough = [bad] * ROWS_AT_ONCE
    assert len(list(gathered(iter([*enough, *enough]), FakeClock()))) == 2


def test_rows_of_a_slow_list_do_not_wait_for_each_other() -> None:
    clock = FakeClock()

    def slowly() -> Iterator[Page]:
        for page in pages(1, 1, 1):
            clock.sleep(SECONDS_AT_ONCE)
            yield page

    assert [ids(each) for each in gathered(slowly(), clock)] == [["0"], ["1"], ["2"]]


def test_what_came_before_an_error_comes_before_it() -> None:
    def breaking() -> Iterator[Page]:
        yield from pages(1)
        yield Page([Contact(id=1)])
        raise Unavailable("no answer")

    several = gathered(breaking(), FakeClock())
    assert ids(next(several)) == ["0", "1"]
    with pytest.raises(Unavailable):
        next(several)
