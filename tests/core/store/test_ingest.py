"""How a page comes into the store: versions, deletions, sweeps, quarantine, checkpoints."""

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from core import records as r
from core.contract import Page, Reject
from core.errors import Unavailable
from core.store import checkpoints
from core.store.database import Database
from core.store.ingest import save
from core.store.tables.behaviour import Visit
from core.store.tables.operations import Checkpoint, Quarantine, Tombstone
from core.store.tables.people import Contact
from tests.core.store.floor import NOW, SHOP, Floor

ONE = datetime(2024, 1, 1, tzinfo=UTC)


def visit(name: str, day: int | None = None, url: str = "/") -> r.Visit:
    updated = None if day is None else ONE + timedelta(days=day)
    return r.Visit(id=name, at=ONE, url=url, updated_at=updated)


def names(floor: Floor) -> list[str]:
    return sorted(row["external_id"] for row in floor.rows(Visit))


def test_an_older_version_does_not_win_and_an_equal_one_does(floor: Floor) -> None:
    assert floor.take(visit("v", 2, "/two"))["inserted"] == 1
    assert floor.take(visit("v", 1, "/one"))["unchanged"] == 1
    assert floor.take(visit("v", 2, "/two"))["unchanged"] == 1
    assert floor.take(visit("v", 2, "/also two"))["updated"] == 1
    assert floor.take(visit("v", None, "/later"))["updated"] == 1
    assert floor.row(Visit)["url"] == "/later"


def test_several_versions_on_one_page_are_one_row(floor: Floor) -> None:
    counts = floor.take(visit("v", 1), visit("v", 3, "/three"), visit("v", 2, "/two"))
    assert (counts["inserted"], counts["unchanged"]) == (1, 2)
    assert floor.row(Visit)["url"] == "/three"


def test_what_a_record_does_not_say_stays_as_it_is(floor: Floor) -> None:
    floor.take(r.Contact(id="1", email="a@x.dk", custom={"a": "1"}))
    floor.take(r.Contact(id="1", phone="20304050", custom={"b": "2"}))
    stated = floor.row(Contact)["stated"]
    assert all(each in stated for each in ("a@x.dk", "20304050", "custom.a", "custom.b"))
    floor.take(r.Contact(id="1", email=None))
    assert "a@x.dk" not in floor.row(Contact)["stated"]


def test_an_older_copy_of_what_was_deleted_does_not_come_back(floor: Floor) -> None:
    floor.take(visit("v", 1))
    counts = floor.take(r.Deleted(noun="Visit", id="v", at=ONE + timedelta(days=2)))
    assert (counts["updated"], counts["deleted"], names(floor)) == (1, 1, [])
    assert floor.take(visit("v", 1))["unchanged"] == 1
    assert names(floor) == []
    assert floor.take(visit("v", 3))["inserted"] == 1
    assert floor.rows(Tombstone) == []


def test_a_deletion_older_than_the_row_is_unchanged(floor: Floor) -> None:
    floor.take(visit("v", 3))
    counts = floor.take(r.Deleted(noun="Visit", id="v", at=ONE + timedelta(days=2)))
    assert (counts["unchanged"], names(floor)) == (1, ["v"])


@pytest.mark.parametrize(
    ("page", "left"),
    [
        ([visit("v"), r.Deleted(noun="Visit", id="v")], []),
        ([r.Deleted(noun="Visit", id="v"), visit("v")], ["v"]),
        ([visit("v", 9), r.Deleted(noun="Visit", id="v", at=ONE)], ["v"]),
    ],
)
def test_a_page_is_read_from_first_to_last(
    floor: Floor, page: list[r.Record], left: list[str]
) -> None:
    counts = floor.take(*page)
    assert names(floor) == left
    assert counts["fetched"] == counts["inserted"] + counts["updated"] + counts["unchanged"]


def test_what_cannot_be_deleted_is_noted(floor: Floor) -> None:
    counts = floor.take(r.Deleted(noun="Rate", id="EUR"))
    assert (counts["unchanged"], counts["deleted Rate is not kept"]) == (1, 1)


def test_rows_that_a_whole_file_no_longer_shows_are_gone(floor: Floor) -> None:
    every = [visit(str(number)) for number in range(10)]
    floor.take(*every, origin="a.csv", whole=True)
    floor.take(visit("b"), origin="b.csv", whole=True)
    floor.begin()
    floor.take(*every[:3], origin="a.csv")
    counts = floor.take(*every[3:5], visit("new"), origin="a.csv", whole=True)
    assert counts["deleted"] == 5
    assert names(floor) == ["0", "1", "2", "3", "4", "b", "new"]
    floor.begin()
    floor.take(*every, origin="a.csv", whole=True)
    assert len(names(floor)) == 11


def test_a_file_that_shrank_suspiciously_removes_nothing(floor: Floor) -> None:
    every = [visit(str(number)) for number in range(10)]
    floor.take(*every, origin="a.csv", whole=True)
    reading = floor.begin()
    counts = floor.take(*every[:4], origin="a.csv", whole=True)
    assert (counts["deleted"], counts["not swept"], len(names(floor))) == (0, 6, 10)
    assert "6 of 10 rows of a.csv" in floor.row(Checkpoint)["suspect"]
    told = checkpoints.complete(floor.transaction, reading, NOW, rows=4, full=False)
    assert "6 of 10" in told
    reading = floor.begin()
    floor.take(*every, origin="a.csv", whole=True)
    assert checkpoints.complete(floor.transaction, reading, NOW, rows=10, full=True) == ""
    assert floor.row(Checkpoint)["suspect"] == ""


def test_a_handful_may_always_go(floor: Floor) -> None:
    floor.take(*(visit(str(number)) for number in range(4)), whole=True)
    floor.begin()
    floor.take(whole=True)
    assert names(floor) == []


def test_a_reject_that_comes_again_is_one_row_with_its_attempts(floor: Floor) -> None:
    reject = Reject("a.csv:7", "total", "is no number\x00")
    counts = floor.save(Page([visit("v")], [reject]))
    assert (counts["fetched"], counts["quarantined"], counts["inserted"]) == (2, 1, 1)
    floor.save(Page([], [reject]))
    row = floor.row(Quarantine)
    assert (row["row"], row["path"], row["reason"]) == ("a.csv:7", "total", "is no number")
    assert row["attempts"] == 2


def test_a_row_that_a_whole_file_repaired_leaves_quarantine(floor: Floor) -> None:
    floor.save(Page([], [Reject("a.csv:7", "id", "missing"), Reject("b.csv:1", "id", "missing")]))
    connection, stream = floor.reading().connection_id, "all"
    later = checkpoints.begin(floor.transaction, connection, stream, NOW + timedelta(hours=1))
    page = Page([visit("v")], origin="a.csv", whole=True)
    save(floor.transaction, SHOP, later, page, NOW + timedelta(hours=1))
    assert [row["row"] for row in floor.rows(Quarantine)] == ["b.csv:1"]


def test_quarantine_never_shows_an_address(floor: Floor) -> None:
    broken = r.Order(id="kim@x.dk", contact="kim@x.dk", placed_at=ONE)
    floor.take(broken, r.Consent(channel="sms", phone="12", granted=True, at=ONE))
    assert all("kim" not in str(row) and "12" not in row["row"][:2]
               for row in floor.rows(Quarantine))  # fmt: skip
    assert len(floor.rows(Quarantine)) == 2


def test_what_no_database_keeps_is_refused_or_dropped(floor: Floor) -> None:
    with pytest.raises(ValidationError):
        r.Visit(id="a\x00b", at=ONE)
    assert r.Contact(id="1", first_name="a\x00").emptied == ("first_name",)
    counts = floor.take(r.Contact(id="1", custom={"a\x00b": "1", "c": "2"}))
    assert counts["emptied custom field with an unprintable name"] == 1
    assert "custom.c" in floor.row(Contact)["stated"]


def test_a_naive_instant_is_refused(floor: Floor) -> None:
    with pytest.raises(ValidationError, match="zone"):
        r.Visit(id="v", at=datetime(2024, 1, 1))  # noqa: DTZ001
    with pytest.raises(ValueError, match="zone"):
        save(floor.transaction, SHOP, floor.reading(), Page([]), datetime(2024, 1, 1))  # noqa: DTZ001


def test_a_date_beyond_the_calendar_is_quarantined(floor: Floor) -> None:
    east = datetime.fromisoformat("0001-01-01T00:00:00+10:00")
    counts = floor.take(r.Visit(id="v", at=east), visit("w"))
    assert (counts["quarantined"], names(floor)) == (1, ["w"])


def test_position_and_rows_are_kept_together_or_not_at_all(database: Database) -> None:
    with database.transaction() as transaction:
        reading = Floor(transaction).reading()

    def stop() -> None:
        with database.transaction() as transaction:
            page = Page([visit("v")], cursor=ONE, state="page 2")
            save(transaction, SHOP, reading, page, NOW)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stop()
    with database.transaction() as transaction:
        floor = Floor(transaction)
        assert names(floor) == []
        assert floor.row(Checkpoint)["state"] is None
        save(transaction, SHOP, reading, Page([visit("v")], cursor=ONE, state="page 2"), NOW)
    with database.transaction() as transaction:
        floor = Floor(transaction)
        assert names(floor) == ["v"]
        again = floor.begin()
        assert (again.cursor, again.state, again.number) == (ONE, "page 2", 2)


def test_a_reader_who_was_overtaken_stores_nothing_more(floor: Floor) -> None:
    first = floor.reading()
    floor.begin()
    with pytest.raises(Unavailable, match="another run"):
        save(floor.transaction, SHOP, first, Page([visit("v")]), NOW)
    assert names(floor) == []


@pytest.mark.parametrize(
    ("rows", "full", "told"),
    [
        (0, True, "came back empty"), (40, True, "shrank from 100 rows to 40"), (60, True, ""),
        (0, False, ""),
    ],
)  # fmt: skip
def test_a_stream_that_shrinks_against_its_own_history_is_suspect(
    floor: Floor, rows: int, full: bool, told: str
) -> None:
    checkpoints.complete(floor.transaction, floor.reading(), NOW, rows=100, full=True)
    found = checkpoints.complete(floor.transaction, floor.begin(), NOW, rows=rows, full=full)
    assert found.startswith(told)
    assert bool(found) is bool(told)
    again = checkpoints.complete(floor.transaction, floor.begin(), NOW, rows=0, full=True)
    assert again.startswith("came back empty")


def test_a_stream_counts_as_delivered_once_it_was_read_to_its_end(floor: Floor) -> None:
    reading = floor.reading()
    nouns = {reading.connection_id: {"all": ["Order", "Refund"]}, 99: {"all": ["Visit"]}}
    assert checkpoints.delivered(floor.transaction, nouns) == frozenset()
    checkpoints.complete(floor.transaction, reading, NOW, rows=0, full=True, cursor=ONE)
    assert checkpoints.delivered(floor.transaction, nouns) == {"Order", "Refund"}
    assert floor.begin().cursor == ONE
