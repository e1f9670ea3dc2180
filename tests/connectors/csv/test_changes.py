"""Changed files are read again, others are not, and vanished rows are taken back."""

import os
from datetime import UTC, datetime

import pytest

from connectors.kit import Broken, Unavailable, Window
from tests.connectors.csv.delimited import COPENHAGEN, Folder, pages_of

PRODUCTS = '[products]\nfiles = ["*.csv"]\nid = "nr"\ntitle = "name"\n'
ORDERS = '[orders]\nfiles = ["*.csv"]\nid = "nr"\nplaced_at = "at"\n'


def test_a_file_taken_in_unchanged_is_not_read_again(folder: Folder) -> None:
    folder.write("a.csv", "nr,name\n1,Bord\n")
    first = folder.read(PRODUCTS)
    assert first.whole == ["a.csv"]
    assert not folder.read(PRODUCTS, state=first.state).pages


def test_a_file_that_was_only_touched_is_not_read_again(folder: Folder) -> None:
    path = folder.write("a.csv", "nr,name\n1,Bord\n")
    first = folder.read(PRODUCTS)
    os.utime(path, (1, 1))
    second = folder.read(PRODUCTS, state=first.state)
    assert not second.records
    assert not second.whole
    assert not folder.read(PRODUCTS, state=second.state).pages


def test_a_file_just_written_is_known_by_its_content_and_not_by_its_age(folder: Folder) -> None:
    path = folder.write("a.csv", "nr,name\n1,Bord\n")
    written = path.stat().st_mtime_ns
    source = folder.source(PRODUCTS)
    at_once = Window(datetime.fromtimestamp(written / 1e9, UTC), zone=COPENHAGEN)
    (page,) = source.read("products", at_once)
    folder.write("a.csv", "nr,name\n1,Stol\n")
    os.utime(path, ns=(written, written))
    (again,) = source.read("products", at_once, page.state)
    assert [getattr(each, "title", "") for each in again.records] == ["Stol"]


def test_a_changed_file_is_shown_whole_and_the_others_are_left(folder: Folder) -> None:
    folder.write("a.csv", "nr,name\n1,Bord\n2,Stol\n")
    folder.write("b.csv", "nr,name\n3,Lampe\n")
    first = folder.read(PRODUCTS)
    folder.write("a.csv", "nr,name\n2,Stol\n")
    second = folder.read(PRODUCTS, state=first.state)
    assert [each.id for each in second.records] == ["2"]
    assert second.whole == ["a.csv"]
    assert not folder.read(PRODUCTS, state=second.state).pages


def test_a_new_file_is_read_beside_the_known_ones(folder: Folder) -> None:
    folder.write("a.csv", "nr,name\n1,Bord\n")
    first = folder.read(PRODUCTS)
    folder.write("b.csv", "nr,name\n2,Stol\n")
    assert [each.id for each in folder.read(PRODUCTS, state=first.state).records] == ["2"]


def test_a_vanished_file_is_taken_back(folder: Folder) -> None:
    folder.write("a.csv", "nr,name\n1,Bord\n")
    path = folder.write("b.csv", "nr,name\n2,Stol\n")
    first = folder.read(PRODUCTS)
    path.unlink()
    second = folder.read(PRODUCTS, state=first.state)
    assert not second.records
    assert second.whole == ["b.csv"]
    assert not folder.read(PRODUCTS, state=second.state).pages


def test_when_all_files_vanish_the_stream_stops_and_nothing_is_taken_back(folder: Folder) -> None:
    path = folder.write("a.csv", "nr,name\n1,Bord\n")
    first = folder.read(PRODUCTS)
    path.unlink()
    with pytest.raises(Broken, match="there is no file"):
        folder.read(PRODUCTS, state=first.state)


def test_a_changed_mapping_reads_everything_again(folder: Folder) -> None:
    folder.write("a.csv", "nr,name\n1,Bord\n")
    first = folder.read(PRODUCTS)
    second = folder.read(PRODUCTS + 'sku = "nr"', state=first.state)
    assert [each.sku for each in second.records] == ["1"]


def test_a_changed_lookup_reads_everything_again(folder: Folder) -> None:
    folder.write("a.csv", "nr,name\n1,b\n")
    folder.write("names.txt", "key,value\nb,Bord\n")
    stanza = PRODUCTS.replace(
        '"name"',
        '{ column = "name", lookup = { file = "names.txt", key = "key", value = "value" } }',
    )
    first = folder.read(stanza)
    assert not folder.read(stanza, state=first.state).pages
    folder.write("names.txt", "key,value\nb,Table\n")
    assert [each.title for each in folder.read(stanza, state=first.state).records] == ["Table"]


def test_a_state_that_cannot_be_read_reads_everything_again(folder: Folder) -> None:
    folder.write("a.csv", "nr,name\n1,Bord\n")
    for state in ("", "{", "[]", '{"files": 7}', '{"files": {"a.csv": [1]}}'):
        assert len(folder.read(PRODUCTS, state=state).records) == 1


def test_grouped_files_are_one_part_and_read_together(folder: Folder) -> None:
    folder.write("a.csv", "nr,at\nA,2024-01-01\n")
    path = folder.write("b.csv", "nr,at\nB,2024-01-01\n")
    first = folder.read(ORDERS)
    assert first.whole == [""]
    assert not folder.read(ORDERS, state=first.state).pages
    path.unlink()
    second = folder.read(ORDERS, state=first.state)
    assert [each.id for each in second.records] == ["A"]
    assert second.whole == [""]
    assert not folder.read(ORDERS, state=second.state).pages


def test_orders_that_come_to_be_grouped_leave_their_files(folder: Folder) -> None:
    folder.write("a.csv", "nr,at\nA,2024-01-01\n")
    by_row = folder.read(ORDERS.replace('"nr"', "{ row = true }"))
    assert by_row.whole == ["a.csv"]
    grouped = folder.read(ORDERS, state=by_row.state)
    assert grouped.whole == ["", "a.csv"]
    assert folder.read(ORDERS.replace('"nr"', "{ row = true }"), state=grouped.state).whole == [
        "a.csv",
        "",
    ]


def test_a_read_that_stops_midway_goes_on_with_the_file_where_it_stopped(folder: Folder) -> None:
    folder.write("a.csv", "nr,name\n1,Bord\n")
    folder.write("b.csv", "nr,nam\n2,Stol\n")
    pages = pages_of(folder.source(PRODUCTS))
    state = next(pages).state
    with pytest.raises(Broken):
        next(pages)
    folder.write("b.csv", "nr,name\n2,Stol\n")
    assert [each.id for each in folder.read(PRODUCTS, state=state).records] == ["2"]


def test_pages_before_the_last_one_save_no_state(folder: Folder) -> None:
    rows = "".join(f"{number},x\n" for number in range(1_500))
    folder.write("a.csv", f"nr,name\n{rows}")
    pages = folder.read(PRODUCTS).pages
    assert [(page.whole, page.state is None, page.origin) for page in pages] == [
        (False, True, "a.csv"),
        (True, False, "a.csv"),
    ]


def test_a_file_that_is_written_while_it_is_read_is_not_believed(folder: Folder) -> None:
    rows = "".join(f"{number},x\n" for number in range(1_500))
    path = folder.write("a.csv", f"nr,name\n{rows}")
    pages = pages_of(folder.source(PRODUCTS))
    next(pages)
    with path.open("a") as file:
        file.write("9999,y\n")
    with pytest.raises(Unavailable, match=r"a\.csv was written while it was read"):
        list(pages)
