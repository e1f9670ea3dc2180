"""The silence of an incremental stream is asked about, and what it hid is read afterwards."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import PrivateAttr

from core.config import HubConfig as HubConfig
from core.contract import Page, Reject, Window
from core.store import history
from core.store.database import Database
from sync.pull import pull
from sync.runs import running
from tests.sync.dated_source import DatedSource, checkpoint, order, stored
from tests.sync.schedule.hubs import HubGroup

BEGIN = datetime(2026, 3, 2, 4, tzinfo=UTC)
DAY = timedelta(days=1)


class Moody(DatedSource):
    """A shop whose lists may forget what they are asked for.

    Its moods are `deaf` (it answers questions about changes with nothing), `blank` (it answers
    everything with nothing), `broken` (no row can be loaded) and `unsorted` (it cannot be asked
    for its newest order).
    """

    _moods: set[str] = PrivateAttr(default_factory=set)
    _asked: list[datetime] = PrivateAttr(default_factory=list)

    def read(self, stream: str, window: Window, state: str | None = None) -> Iterator[Page]:
        """Orders of the window, as its mood is."""
        is_deaf = "deaf" in self._moods and window.since is not None
        if stream == "orders" and (is_deaf or "blank" in self._moods):
            yield Page((), cursor=window.until)
            return
        for page in super().read(stream, window, state):
            if stream == "orders" and "broken" in self._moods:
                rejects = [
                    Reject(str(getattr(each, "id", "")), "total", "no number")
                    for each in page.records
                ]
                yield replace(page, records=(), rejects=rejects)
            else:
                yield page

    def newest(self, stream: str, window: Window) -> Page | None:
        """The order that was placed last."""
        if "unsorted" in self._moods or stream != "orders":
            return None
        self._asked.append(window.until)
        there = sorted((at, id_) for id_, at in self._orders.items() if at < window.until)
        return Page([] if "blank" in self._moods else [order(id_, at) for at, id_ in there[-1:]])

    def turns(self, *moods: str) -> None:
        """Change its mood."""
        self._moods.clear()
        self._moods.update(moods)

    @property
    def asked(self) -> Sequence[datetime]:
        """When it was asked for its newest order."""
        return self._asked


@dataclass
class Story:
    """A shop and its hub, day by day."""

    database: Database
    shop: Moody
    now: datetime = BEGIN
    sold: list[datetime] = field(default_factory=list)

    def sells(self, a_day: int, days: int, *, every: int = 1) -> "Story":
        """Sell so much on each of so many days, or every so many days, without a look at it."""
        for day in range(0, days, every):
            hours = (
                self.now + day * DAY + timedelta(hours=4 + n * 12 / a_day) for n in range(a_day)
            )
            self.sold += hours
        self.shop.knows(*self.sold)
        return self

    def waits(self, days: int) -> "Story":
        """Let days go by, and read on the one after."""
        self.now += days * DAY
        assert self.pulls(1) == [""]
        return self

    def pulls(self, days: int) -> list[str]:
        """Pull once a day; returns the reasons for suspicion, "" where there was none."""
        reasons = []
        for _ in range(days):
            self.now += DAY
            hub = HubGroup(self.database, {"shop": self.shop}, now=self.now).hub()
            with running(hub, "pull") as run:
                pull(run)
            with self.database.read() as transaction:
                found = history.checkpoints(transaction)
            reasons += [each.suspect for each in found if each.stream == "orders"]
        return reasons


@pytest.fixture
def story(database: Database) -> Story:
    """Eight weeks of ten orders a day, read at their end."""
    return Story(database, Moody()).sells(10, 56).waits(55)


def test_a_source_that_forgets_what_changed_is_suspect_and_read_again_from_before(
    story: Story, database: Database
) -> None:
    story.sells(10, 6)
    story.shop.turns("deaf")
    reasons = story.pulls(3)
    assert all("newer rows" in each for each in reasons)
    story.shop.turns()
    assert story.pulls(3) == ["", "", ""]
    assert len(stored(database)) == 62 * 10


def test_a_source_that_shows_nothing_at_all_is_suspect(story: Story) -> None:
    story.shop.turns("blank")
    assert all("not even the rows that it had" in each for each in story.pulls(3))


def test_a_silence_is_believed_where_a_source_that_cannot_be_asked_shows_what_it_had(
    story: Story,
) -> None:
    story.shop.turns("unsorted")
    assert set(story.pulls(5)) == {""}


def test_a_silence_is_believed_where_the_newest_row_is_a_known_one(story: Story) -> None:
    assert set(story.pulls(9)) == {""}
    assert 0 < len(story.shop.asked) <= 9


def test_a_source_that_cannot_be_asked_is_suspect_when_too_much_stays_away(
    story: Story, database: Database
) -> None:
    story.sells(10, 8)
    story.shop.turns("deaf", "unsorted")
    reasons = story.pulls(5)
    assert reasons[0] == ""
    assert "rows were to be expected" in reasons[-1]
    assert "segmenthub pull shop --accept" in reasons[-1]
    story.shop.turns()
    assert story.pulls(3)[-1] == ""
    assert len(stored(database)) == 64 * 10


@pytest.mark.parametrize("moods", [(), ("unsorted",)])
def test_one_order_a_week_and_three_weeks_of_holiday_raise_no_alarm(
    database: Database, moods: Sequence[str]
) -> None:
    it = Story(database, Moody())
    it.shop.turns(*moods)
    it.sells(1, 70, every=7).waits(69)
    assert set(it.pulls(21)) == {""}
    it.sells(1, 14, every=7)
    assert set(it.pulls(8)) == {""}
    assert len(stored(database)) == 12


@pytest.mark.parametrize("mood", ["blank", "broken"])
def test_a_first_read_of_nothing_moves_no_checkpoint(database: Database, mood: str) -> None:
    it = Story(database, Moody())
    it.sells(2, 30)
    it.now += 30 * DAY
    it.shop.turns(mood)
    it.pulls(1)
    assert checkpoint(database)["cursor"] is None
    it.shop.turns()
    it.pulls(1)
    assert len(stored(database)) == 60
