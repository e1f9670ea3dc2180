"""One order's walk: from a page of the webshop to a tag in the email tool, and back again."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from core.contract import Change, Outcome
from sync import push
from tests.walk.seeded_shop import TAG, SeededShop, seeded_shop


@pytest.fixture
def home(tmp_path: Path) -> Iterator[SeededShop]:
    """A shop, its newsletter and a hub; whatever was sent and never may be fails the test."""
    with seeded_shop(tmp_path) as built:
        yield built


def test_an_order_becomes_a_tag_and_ninety_days_later_the_tag_is_gone(home: SeededShop) -> None:
    """Mette buys a lamp, and the hub tags her."""
    home.somebody_reads_the_newsletter("mette")
    home.buys("mette")

    # Her order arrives on a page of the shop, her address on a page of the newsletter.
    read = home.pull()
    assert read.errors == []
    orders = next(step for step in read.steps if step.stream == "orders")
    assert orders.counts["inserted"] > 0
    assert orders.counts["quarantined"] == 0
    assert home.is_one_person("mette")

    # The segment is worked out, and she is in it.
    assert home.evaluate().errors == []
    assert home.is_in_the_segment("mette")

    # What would be written can be looked at; so far nothing has been.
    plan = home.plan()
    assert (plan.enter > 0, plan.leave, plan.held) == (True, 0, ())
    assert not home.carries_the_tag("mette")

    # It is written, and written once.
    written = home.push()
    assert written.errors == []
    assert written.steps[-1].counts["applied"] == plan.enter
    assert home.carries_the_tag("mette")
    assert home.requests_of_another_push() == 0

    # She buys nothing more. Ninety days later the tag is taken back, because it is no longer true.
    home.days_pass(90)
    home.goes_once_around()
    assert not home.is_in_the_segment("mette")
    assert not home.carries_the_tag("mette")
    assert home.requests_of_another_push() == 0


def test_an_unsubscribed_member_is_no_longer_written_to(home: SeededShop) -> None:
    """Ole buys and gets the tag, then leaves; ninety days later not even the tag is taken back."""
    home.somebody_reads_the_newsletter("ole")
    home.buys("ole")
    home.goes_once_around()
    assert home.carries_the_tag("ole")
    so_far = home.writes_about("ole")

    home.leaves_the_newsletter("ole")
    home.days_pass(90)
    home.goes_once_around()

    assert not home.is_in_the_segment("ole")
    assert home.carries_the_tag("ole")
    assert home.writes_about("ole") == so_far
    assert home.requests_of_another_push() == 0


def test_a_member_who_left_before_buying_is_never_written_to(home: SeededShop) -> None:
    home.somebody_reads_the_newsletter("eva")
    home.leaves_the_newsletter("eva")
    home.buys("eva")
    home.goes_once_around()
    assert home.is_in_the_segment("eva")
    assert not home.carries_the_tag("eva")
    assert home.writes_about("eva") == 0


class Crash(BaseException):
    """The machine loses power."""


def test_a_crash_after_the_tag_was_written_changes_nothing_in_the_end(
    home: SeededShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The newsletter has the tag, the ledger does not; the next push repairs it."""

    def power_fails(_: object, _asked: object, answers: Iterable[Outcome]) -> set[Change]:
        list(answers)
        raise Crash

    home.somebody_reads_the_newsletter("mette")
    home.buys("mette")
    home.pull()
    home.evaluate()
    with monkeypatch.context() as night:
        night.setattr(push._Delivery, "_record", power_fails)
        with pytest.raises(Crash):
            home.push()
    assert home.carries_the_tag("mette")

    home.goes_once_around()
    assert home.carries_the_tag("mette")
    assert [tag.name for tag in home.sandbox.world.list.tags.values()].count(TAG) == 1
    assert home.requests_of_another_push() == 0


def test_a_crash_between_two_pages_loses_nothing_and_doubles_nothing(home: SeededShop) -> None:
    """Stored rows stay, and the next pull goes on."""
    pages = iter(range(100))

    def power_fails(_connection: str, _stream: str, _rows: int) -> None:
        if next(pages) == 3:
            raise Crash

    home.somebody_reads_the_newsletter("mette")
    home.buys("mette")
    with pytest.raises(Crash):
        home.pull(power_fails)

    home.goes_once_around()
    assert home.carries_the_tag("mette")
    assert home.orders_in_the_hub() == len(home.sandbox.world.orders)
    assert home.requests_of_another_push() == 0
