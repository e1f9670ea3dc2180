"""How a page comes into the store: versions, deletions, sweeps, quarantine, checkpoints."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from pydantic import ValidationError

from core import records as r
from core.contract import Page, Reject
from core.errors import Unavailable
from core.store import checkpoints
from core.store.database import Database
from core.store.ingest import save
from core.store.keys import external_id
from core.store.tables import behaviour
from core.store.tables.behaviour import Visit
from core.store.tables.operations import Checkpoint, Quarantine, Tombstone
from core.store.tables.people import Contact
from tests.core.store.filled_store import NOW, SHOP, FilledStore

ONE = datetime(2024, 1, 1, tzinfo=UTC)


def visit(name: str, day: int | None = None, url: str = "/") -> r.Visit:
    updated = None if day is None else ONE + timedelta(days=day)
    return r.Visit(id=name, at=ONE, url=url, updated_at=updated)


def names(hub: FilledStore) -> list[str]:
    return sorted(row["external_id"] for row in hub.rows(Visit))


def test_an_older_version_does_not_win_and_an_equal_one_does(hub: FilledStore) -> None:
    assert hub.take(visit("v", 2, "/two"))["inserted"] == 1
    assert hub.take(visit("v", 1, "/one"))["unchanged"] == 1
    assert hub.take(visit("v", 2, "/two"))["unchanged"] == 1
    assert hub.take(visit("v", 2, "/also two"))["updated"] == 1
    assert hub.take(visit("v", None, "/later"))["updated"] == 1
    assert hub.row(Visit)["url"] == "/later"


def test_several_versions_on_one_page_are_one_row(hub: FilledStore) -> None:
    counts = hub.take(visit("v", 1), visit("v", 3, "/three"), visit("v", 2, "/two"))
    assert (counts["inserted"], counts["unchanged"]) == (1, 2)
    assert hub.row(Visit)["url"] == "/three"


def test_fields_that_a_record_does_not_state_stay(hub: FilledStore) -> None:
    hub.take(r.Contact(id="1", email="a@x.dk", custom={"a": "1"}))
    hub.take(r.Contact(id="1", phone="20304050", custom={"b": "2"}))
    stated = hub.row(Contact)["stated"]
    assert all(each in stated for each in ("a@x.dk", "20304050", "custom.a", "custom.b"))
    hub.take(r.Contact(id="1", email=None))
    assert "a@x.dk" not in hub.row(Contact)["stated"]


def test_a_place_in_a_group_and_a_loyalty_account_are_named_by_what_they_are(
    hub: FilledStore,
) -> None:
    hub.take(
        r.GroupMember(contact="1", group="VIP", title="Gode kunder", since=ONE),
        r.GroupMember(contact="1", group="staff"),
        r.Loyalty(contact="1", programme="Club", points=Decimal("12.5"), tier="Gold", since=ONE),
    )
    hub.take(
        r.GroupMember(contact="1", group="VIP", title="Faste kunder"),
        r.Loyalty(contact="1", programme="Club", points=Decimal(20)),
    )
    vip, staff = hub.rows(behaviour.GroupMember)
    assert (vip["group_key"], vip["title"], vip["title_key"], vip["at"], vip["day"]) == (
        "vip", "Faste kunder", "faste kunder", ONE, ONE.toordinal(),
    )  # fmt: skip
    assert (staff["group"], staff["title"], staff["at"]) == ("staff", "staff", None)
    account = hub.row(behaviour.Loyalty)
    assert (account["programme"], account["points"]) == ("club", 200_000)
    assert (account["tier"], account["tier_key"], account["at"]) == ("Gold", "gold", ONE)
    hub.take(r.Deleted(noun="GroupMember", id=external_id(r.GroupMember(contact="1", group="VIP"))))
    assert [row["group"] for row in hub.rows(behaviour.GroupMember)] == ["staff"]


def test_an_older_copy_of_what_was_deleted_does_not_come_back(hub: FilledStore) -> None:
    hub.take(visit("v", 1))
    counts = hub.take(r.Deleted(noun="Visit", id="v", at=ONE + timedelta(days=2)))
    assert (counts["updated"], counts["deleted"], names(hub)) == (1, 1, [])
    assert hub.take(visit("v", 1))["unchanged"] == 1
    assert names(hub) == []
    assert hub.take(visit("v", 3))["inserted"] == 1
    assert hub.rows(Tombstone) == []


def test_a_deletion_older_than_the_row_is_unchanged(hub: FilledStore) -> None:
    hub.take(visit("v", 3))
    counts = hub.take(r.Deleted(noun="Visit", id="v", at=ONE + timedelta(days=2)))
    assert (counts["unchanged"], names(hub)) == (1, ["v"])


@pytest.mark.parametrize(
    ("page", "left"),
    [
        ([visit("v"), r.Deleted(noun="Visit", id="v")], []),
        ([r.Deleted(noun="Visit", id="v"), visit("v")], ["v"]),
        ([visit("v", 9), r.Deleted(noun="Visit", id="v", at=ONE)], ["v"]),
        # Changed and deleted at the same instant: deleted.
        ([visit("v", 2), r.Deleted(noun="Visit", id="v", at=visit("v", 2).updated_at)], []),
    ],
)
def test_a_page_is_read_from_first_to_last(
    hub: FilledStore, page: list[r.Record], left: list[str]
) -> None:
    counts = hub.take(*page)
    assert names(hub) == left
    assert counts["fetched"] == counts["inserted"] + counts["updated"] + counts["unchanged"]


def test_a_deletion_that_is_impossible_is_noted(hub: FilledStore) -> None:
    counts = hub.take(r.Deleted(noun="Rate", id="EUR"))
    assert (counts["unchanged"], counts["deleted Rate is not kept"]) == (1, 1)


def test_rows_that_a_whole_file_no_longer_shows_are_gone(hub: FilledStore) -> None:
    every = [visit(str(number)) for number in range(10)]
    hub.take(*every, origin="a.csv", whole=True)
    hub.take(visit("b"), origin="b.csv", whole=True)
    hub.begin()
    hub.take(*every[:3], origin="a.csv")
    counts = hub.take(*every[3:5], visit("new"), origin="a.csv", whole=True)
    assert counts["deleted"] == 5
    assert names(hub) == ["0", "1", "2", "3", "4", "b", "new"]
    hub.begin()
    hub.take(*every, origin="a.csv", whole=True)
    assert len(names(hub)) == 11


def test_a_file_that_shrank_suspiciously_removes_nothing(hub: FilledStore) -> None:
    every = [visit(str(number)) for number in range(10)]
    hub.take(*every, origin="a.csv", whole=True)
    reading = hub.begin()
    counts = hub.take(*every[:4], origin="a.csv", whole=True)
    assert (counts["deleted"], counts["not swept"], len(names(hub))) == (0, 6, 10)
    assert "6 of 10 rows of a.csv" in hub.row(Checkpoint)["suspect"]
    doubt = checkpoints.complete(hub.transaction, reading, NOW, rows=4, full=False)
    assert "6 of 10" in doubt
    reading = hub.begin()
    hub.take(*every, origin="a.csv", whole=True)
    assert checkpoints.complete(hub.transaction, reading, NOW, rows=10, full=True) == ""
    assert hub.row(Checkpoint)["suspect"] == ""


def test_a_reject_that_comes_again_is_one_row_with_its_attempts(hub: FilledStore) -> None:
    reject = Reject("a.csv:7", "total", "is no number\x00")
    counts = hub.save(Page([visit("v")], [reject]))
    assert (counts["fetched"], counts["quarantined"], counts["inserted"]) == (2, 1, 1)
    hub.save(Page([], [reject]))
    row = hub.row(Quarantine)
    assert (row["row"], row["path"], row["reason"]) == ("a.csv:7", "total", "is no number")
    assert row["attempts"] == 2


def test_a_row_that_a_whole_file_repaired_leaves_quarantine(hub: FilledStore) -> None:
    hub.save(Page([], [Reject("a.csv:7", "id", "missing"), Reject("b.csv:1", "id", "missing")]))
    connection, stream = hub.reading().connection_id, "all"
    later = checkpoints.begin(hub.transaction, connection, stream, NOW + timedelta(hours=1))
    page = Page([visit("v")], origin="a.csv", whole=True)
    save(hub.transaction, SHOP, later, page, NOW + timedelta(hours=1))
    assert [row["row"] for row in hub.rows(Quarantine)] == ["b.csv:1"]


def test_a_row_that_loads_later_leaves_quarantine(hub: FilledStore) -> None:
    hub.save(Page([], [Reject("/visits#v", "at", "is missing", "v"), Reject("[3]", "id", "none")]))
    hub.take(visit("other"))
    assert len(hub.rows(Quarantine)) == 2
    connection = hub.reading().connection_id
    for hour, key in enumerate(("w", "v"), 1):
        now = NOW + timedelta(hours=hour)
        later = checkpoints.begin(hub.transaction, connection, "all", now)
        again = [Reject("/visits#v", "at", "is missing", "v")] if key == "w" else []
        save(hub.transaction, SHOP, later, Page([visit(key), visit("v")], again), now)
        assert len(hub.rows(Quarantine)) == (2 if key == "w" else 1)


def test_quarantine_never_shows_an_address(hub: FilledStore) -> None:
    broken = r.Order(id="kim@x.dk", contact="kim@x.dk", placed_at=ONE)
    hub.take(broken, r.Consent(channel="sms", phone="12", granted=True, at=ONE))
    assert all("kim" not in str(row) and "12" not in row["row"][:2]
               for row in hub.rows(Quarantine))  # fmt: skip
    assert len(hub.rows(Quarantine)) == 2


def test_text_that_no_database_stores_is_refused_or_dropped(hub: FilledStore) -> None:
    with pytest.raises(ValidationError):
        r.Visit(id="a\x00b", at=ONE)
    assert r.Contact(id="1", first_name="a\x00").emptied == ("first_name",)
    counts = hub.take(r.Contact(id="1", custom={"a\x00b": "1", "c": "2"}))
    assert counts["emptied custom field with an unprintable name"] == 1
    assert "custom.c" in hub.row(Contact)["stated"]


def test_a_naive_instant_is_refused(hub: FilledStore) -> None:
    with pytest.raises(ValidationError, match="zone"):
        r.Visit(id="v", at=datetime(2024, 1, 1))  # noqa: DTZ001
    with pytest.raises(ValueError, match="zone"):
        save(hub.transaction, SHOP, hub.reading(), Page([]), datetime(2024, 1, 1))  # noqa: DTZ001


def test_a_date_beyond_the_calendar_is_quarantined(hub: FilledStore) -> None:
    east = datetime.fromisoformat("0001-01-01T00:00:00+10:00")
    counts = hub.take(r.Visit(id="v", at=east), visit("w"))
    assert (counts["quarantined"], names(hub)) == (1, ["w"])


def test_an_optional_date_beyond_the_calendar_is_left_empty_and_counted(hub: FilledStore) -> None:
    last = datetime.fromisoformat("9999-12-31T23:59:59-10:00")
    counts = hub.take(r.Deal(id="d", at=ONE, closed_at=last, expected_at=date(9999, 12, 31)))
    row = hub.row(behaviour.Deal)
    assert (row["closed_at"], row["closed_day"]) == (None, None)
    assert row["expected_day"] == date.max.toordinal()
    assert (counts["inserted"], counts["quarantined"], counts["emptied closed_at"]) == (1, 0, 1)


def test_position_and_rows_are_stored_together_or_not_at_all(database: Database) -> None:
    with database.transaction() as transaction:
        reading = FilledStore(transaction).reading()

    def stop() -> None:
        with database.transaction() as transaction:
            page = Page([visit("v")], cursor=ONE, state="page 2")
            save(transaction, SHOP, reading, page, NOW)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stop()
    with database.transaction() as transaction:
        hub = FilledStore(transaction)
        assert names(hub) == []
        assert hub.row(Checkpoint)["state"] is None
        save(transaction, SHOP, reading, Page([visit("v")], cursor=ONE, state="page 2"), NOW)
    with database.transaction() as transaction:
        hub = FilledStore(transaction)
        assert names(hub) == ["v"]
        again = hub.begin()
        assert (again.cursor, again.state, again.number) == (ONE, "page 2", 2)


def test_a_reader_who_was_overtaken_stores_nothing_more(hub: FilledStore) -> None:
    first = hub.reading()
    hub.begin()
    with pytest.raises(Unavailable, match="another run"):
        save(hub.transaction, SHOP, first, Page([visit("v")]), NOW)
    assert names(hub) == []


@pytest.mark.parametrize(
    ("rows", "full", "doubt"),
    [
        (0, True, "came back empty"), (40, True, "shrank from 100 rows to 40"), (60, True, ""),
        (0, False, ""),
    ],
)  # fmt: skip
def test_a_stream_that_shrinks_against_its_own_history_is_suspect(
    hub: FilledStore, rows: int, full: bool, doubt: str
) -> None:
    checkpoints.complete(hub.transaction, hub.reading(), NOW, rows=100, full=True)
    found = checkpoints.complete(hub.transaction, hub.begin(), NOW, rows=rows, full=full)
    assert found.startswith(doubt)
    assert bool(found) is bool(doubt)
    again = checkpoints.complete(hub.transaction, hub.begin(), NOW, rows=0, full=True)
    assert again.startswith("came back empty")


def test_a_gap_keeps_the_checkpoint_until_the_same_gap_comes_again(hub: FilledStore) -> None:
    def complete(missing: int) -> bool:
        """Whether the checkpoint moved."""
        reading = hub.begin()
        until = (reading.cursor or ONE) + timedelta(hours=1)
        checkpoints.complete(
            hub.transaction, reading, NOW, rows=5, full=False, cursor=until, missing=missing
        )
        return hub.begin().cursor == until

    assert [complete(missing) for missing in (0, 3, 2, 2, 0)] == [True, False, False, True, True]


def test_a_stream_counts_as_delivered_once_it_was_read_to_its_end(hub: FilledStore) -> None:
    reading = hub.reading()
    nouns = {reading.connection_id: {"all": ["Order", "Refund"]}, 99: {"all": ["Visit"]}}
    assert checkpoints.delivered(hub.transaction, nouns) == frozenset()
    checkpoints.complete(hub.transaction, reading, NOW, rows=0, full=True, cursor=ONE)
    assert checkpoints.delivered(hub.transaction, nouns) == {"Order", "Refund"}
    assert hub.begin().cursor is None
    checkpoints.complete(hub.transaction, hub.begin(), NOW, rows=1, full=True, cursor=ONE)
    assert hub.begin().cursor == ONE
