"""Findings: what reads lose is told until a good read lifts it."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from core.contract import Loss, Page, Reject
from core.records import Contact, Line, Order
from core.store import checkpoints, findings
from core.store.connections import connection_id
from core.store.database import Database
from core.store.findings import Finding
from core.store.ingest import save
from core.store.shop import Shop

SHOP = Shop(zone=ZoneInfo("Europe/Copenhagen"), currency="DKK", country="DK")
FIRST = datetime(2026, 3, 1, 6, tzinfo=UTC)
PHONE, JUNK = "+45 20 30 40 50", "20-3x"


def read(
    database: Database, day: int, *pages: Page, narrowed: bool = False, missing: int = 0
) -> list[Finding]:
    """Read a stream of people on some day; the findings for which the read is not good."""
    now = FIRST + timedelta(days=day)
    with database.transaction() as transaction:
        number = connection_id(transaction, "shop", "test")
        reading = checkpoints.begin(transaction, number, "people", now, accepted=not narrowed)
        for page in pages:
            save(transaction, SHOP, reading, page, now)
        cursor = now if narrowed else None
        rows = sum(len(page.records) for page in pages)
        full = not narrowed
        checkpoints.advance(transaction, reading, FIRST)
        checkpoints.complete(transaction, reading, now, rows=rows, full=full, cursor=cursor)
        return findings.conclude(
            transaction, number, "people", reading.tally, now, full=full, missing=missing
        )


def told(database: Database) -> list[tuple[str, str, int, int, int, str, bool]]:
    """Kind, column, number, earlier number, total, shape, and whether it makes the read bad."""
    with database.read() as transaction:
        found = [each.finding for each in findings.stored(transaction)]
    return [
        (each.kind, each.path, each.number, each.earlier, each.total, each.shape, each.fails)
        for each in found
    ]


def people(*phones: str | None) -> Page:
    return Page([Contact(id=str(number), phone=phone) for number, phone in enumerate(phones)])


@pytest.mark.parametrize(
    ("phones", "bad"),
    [
        ([JUNK], False),
        ([JUNK, JUNK], True),
        ([JUNK, JUNK, PHONE], True),
        ([JUNK, JUNK, PHONE, PHONE], False),
        ([JUNK, JUNK, None, None, None], True),
    ],
)
def test_a_read_that_loses_most_values_of_a_column_is_bad(
    database: Database, phones: list[str | None], bad: bool
) -> None:
    lost, given = phones.count(JUNK), len(phones) - phones.count(None)
    assert len(read(database, 0, people(*phones))) == bad
    assert told(database) == [("emptied", "phone", lost, 0, given, "99-9a", bad)]


def test_values_of_earlier_pages_count(database: Database) -> None:
    assert not read(database, 0, people(PHONE, PHONE, PHONE), people(JUNK, JUNK))
    assert told(database) == [("emptied", "phone", 2, 0, 5, "99-9a", False)]


def test_a_read_of_a_part_needs_more_values_to_be_bad_and_adds_to_the_earlier_ones(
    database: Database,
) -> None:
    assert read(database, 0, people(JUNK, JUNK))
    assert not read(database, 1, people(JUNK, JUNK), narrowed=True)
    assert told(database) == [("emptied", "phone", 2, 2, 2, "99-9a", False)]
    assert not read(database, 2, people(PHONE), narrowed=True)
    assert told(database) == [("emptied", "phone", 2, 2, 2, "99-9a", False)]
    assert not read(database, 3, people(PHONE))
    assert told(database) == []


def test_a_read_that_shows_nothing_lifts_nothing(database: Database) -> None:
    read(database, 0, people(JUNK, JUNK))
    before = told(database)
    assert not read(database, 1, narrowed=True)
    assert told(database) == before


def test_what_a_record_and_its_lines_empty_is_told_by_its_path(database: Database) -> None:
    line = Line(id="1", quantity=1, total=1, on_sale="9.999,99 kr.")
    order = Order(id="1", placed_at=FIRST, lines=(line,))
    read(database, 0, Page([order, Contact(id="1", email="Kim at home", gender="Dame")]))
    found = {path: shape for _, path, _, _, _, shape, _ in told(database)}
    assert found == {"lines.on_sale": "9.999,99 aa.", "email": "Aaa aa aaaa", "gender": "Aaaa"}


def test_a_country_that_nobody_knows_is_told(database: Database) -> None:
    read(database, 0, Page([Contact(id="1", country="Narnia")]))
    assert told(database) == [("unknown", "country", 1, 0, 0, "Aaaaaa", False)]


@pytest.mark.parametrize("kind", ["ambiguous", "spoilt"])
def test_an_id_that_is_none_makes_the_read_bad_until_its_file_is_read_without(
    database: Database, kind: str
) -> None:
    loss = Loss(kind, "nr", place="a.csv:3")  # type: ignore[arg-type]
    whole = {"origin": "a.csv", "whole": True}
    (found,) = read(database, 0, Page([Contact(id="1")], losses=[loss, loss], **whole))  # type: ignore[arg-type]
    assert (found.kind, found.number, found.example) == (kind, 2, "a.csv:3")
    read(database, 1, narrowed=True)
    read(database, 2, Page([Contact(id="2")], origin="b.csv", whole=True), narrowed=True)
    assert [each[0] for each in told(database)] == [kind]
    read(database, 3, Page([Contact(id="1")], **whole), narrowed=True)  # type: ignore[arg-type]
    assert told(database) == []


@pytest.mark.parametrize(("good", "rejected", "bad"), [(1, 1, False), (1, 2, True), (0, 1, True)])
def test_a_read_of_which_most_goes_to_quarantine_is_bad_until_one_is_good(
    database: Database, good: int, rejected: int, bad: bool
) -> None:
    rejects = [Reject(f"/people#{number}", "id", "is missing") for number in range(rejected)]
    page = Page([Contact(id=str(number)) for number in range(good)], rejects)
    assert len(read(database, 0, page, narrowed=True)) == bad
    assert [(each[2], each[4]) for each in told(database)] == [(rejected, good + rejected)] * bad
    read(database, 1, people(PHONE), narrowed=True)
    assert told(database) == []


def test_rows_that_a_vendor_hides_are_told_with_the_number_of_the_read_before(
    database: Database,
) -> None:
    read(database, 0, people(PHONE), missing=2)
    read(database, 1, people(PHONE), missing=2)
    assert told(database) == [("unlisted", "", 2, 2, 3, "", False)]
    read(database, 2, people(PHONE))
    assert told(database) == []
