"""How delimited files are read, and what a broken row or file costs."""

import gzip
import tempfile
import tracemalloc
from pathlib import Path

import pytest

from connectors.csv import files
from connectors.kit import Broken, Page, Reject
from tests.connectors.csv.delimited import Folder, pages_of

PRODUCTS = '[products]\nfiles = ["p.csv"]\nid = "nr"\ntitle = "name"\n'


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("", "nr,name\n1,Bord\n"),
        ("", "nr,name\r\n1,Bord\r\n"),
        ("", "nr,name\r1,Bord"),
        ("", '\ufeff"nr","name"\n"1","Bord"'),
        ("", " nr , name \n1, Bord \n"),
        ("", "\nnr,name\n\n,\n1,Bord\n\n"),
        ("", "nr,name\n1,Bord,,\n"),
        ("", "\ufeff\ufeffnr,name\n1,Bord\n"),
        ("", "sep=;\nnr;name\n1;Bord\n"),
        ("", '\ufeff"SEP=\t"\r\nnr\tname\r\n1\tBord\r\n'),
        ('columns = ["nr", "name"]', "sep=;\n1;Bord\n"),
        ('delimiter = ";"', "sep=;\nnr;name\n1;Bord\n"),
        ('delimiter = ";"', "sep=,\nnr;name\n1;Bord\n"),
        ('delimiter = ";"', "nr;name\n1;Bord\n"),
        ('delimiter = "tab"', "nr\tname\n1\tBord\n"),
        ('delimiter = "x"', "nrxname\n1xBord\n"),
        ('delimiter = "whitespace"', "  nr   name\n 1\tBord \n\n"),
        ('quote = "\'"', "nr,name\n1,'Bord'\n"),
        ('columns = ["nr", "name"]', "1,Bord\n"),
        ('columns = ["x", "nr", "name"]\ndelimiter = "whitespace"', "0 1 Bord"),
    ],
)
def test_every_usual_way_to_write_a_table_is_read(folder: Folder, said: str, text: str) -> None:
    folder.write("p.csv", text)
    product = folder.one(PRODUCTS + said)
    assert (product.id, product.title) == ("1", "Bord")


def test_rows_below_a_sep_line_keep_the_numbers_of_their_lines(folder: Folder) -> None:
    folder.write("p.csv", "sep=;\nnr;name\n1;Bord\n;Stol\n")
    assert folder.read(PRODUCTS).rejects == [Reject("p.csv:4", "nr", "is missing")]


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "latin-1", "utf-16", "utf-16-le", "cp865"])
def test_letters_are_read_in_the_encoding_that_is_said(folder: Folder, encoding: str) -> None:
    folder.write("p.csv", "nr,name\n1,Smørrebrød på æbler\n".encode(encoding))
    product = folder.one(f'{PRODUCTS}encoding = "{encoding}"')
    assert product.title == "Smørrebrød på æbler"


def test_a_field_may_hold_delimiters_quotes_and_line_ends(folder: Folder) -> None:
    folder.write("p.csv", 'nr,name\n1,"a, ""b""\nc"\n2,d\n')
    seen = folder.read(PRODUCTS + "sku = { row = true }")
    assert [(each.title, each.sku) for each in seen.records] == [
        ('a, "b"\nc', "p.csv:2"),
        ("d", "p.csv:4"),
    ]


@pytest.mark.parametrize("name", ["p.csv", "p.csv.gz"])
def test_a_gzipped_file_is_known_by_its_bytes(folder: Folder, name: str) -> None:
    folder.write(name, gzip.compress(b"nr,name\n1,Bord\n"))
    assert folder.one(PRODUCTS.replace("p.csv", name)).title == "Bord"


def test_two_gzip_files_in_one_are_read_to_the_end(folder: Folder) -> None:
    folder.write("p.csv", gzip.compress(b"nr,name\n1,Bord\n") + gzip.compress(b"2,Stol\n"))
    assert [each.id for each in folder.read(PRODUCTS).records] == ["1", "2"]


@pytest.mark.parametrize("stanza", ["products", "orders"])
def test_bytes_after_the_end_of_a_gzip_file_are_skipped_and_noted(
    folder: Folder, stanza: str
) -> None:
    folder.write("p.csv", gzip.compress(b"nr,name\n1,2024-01-01\n") + b"\n<!-- end -->")
    field = "title" if stanza == "products" else "placed_at"
    seen = folder.read(f'[{stanza}]\nfiles = ["p.csv"]\nid = "nr"\n{field} = "name"\n')
    assert [each.id for each in seen.records] == ["1"]
    assert seen.notes == {"files with bytes after the end of their gzip data, skipped": 1}


def test_zeros_after_the_end_of_a_gzip_file_are_padding(folder: Folder) -> None:
    folder.write("p.csv", gzip.compress(b"nr,name\n1,Bord\n") + bytes(512))
    assert not folder.read(PRODUCTS).notes


def test_a_gzip_file_may_not_fill_the_disk_with_its_content(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "LARGEST", 1_000)
    folder.write("p.csv", gzip.compress(b"nr,name\n1,Bord\n" + b"\n" * 100_000))
    with pytest.raises(Broken, match="more than 100 times its size"):
        folder.read(PRODUCTS)


def test_a_link_out_of_the_folder_is_not_followed(folder: Folder, tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("nr,name\n1,Bord\n")
    folder.write("real.csv", "nr,name\n2,Stol\n")
    (folder.path / "p.csv").symlink_to("real.csv")
    assert folder.one(PRODUCTS).id == "2"
    (folder.path / "p.csv").unlink()
    (folder.path / "p.csv").symlink_to(secret)
    for pattern in ("p.csv", "*.csv"):
        with pytest.raises(Broken, match=r"p\.csv is a link to a file outside"):
            folder.read(PRODUCTS.replace("p.csv", pattern))


@pytest.mark.parametrize("cut", [1, 4, 8, 9, 20, 500])
def test_a_gzip_file_that_is_cut_off_stops_the_stream(folder: Folder, cut: int) -> None:
    rows = "".join(f"{number},Bord {number * 7919 % 10007}\n" for number in range(3_000))
    folder.write("p.csv", gzip.compress(f"nr,name\n{rows}".encode())[:-cut])
    source = folder.source(PRODUCTS)
    pages: list[Page] = []
    with pytest.raises(Broken, match=r"p\.csv is cut off or damaged"):
        pages.extend(pages_of(source))
    assert not any(page.whole for page in pages)


def test_a_gzip_file_with_a_flipped_byte_stops_the_stream(folder: Folder) -> None:
    packed = bytearray(gzip.compress(b"nr,name\n" + b"1,Bord\n" * 1000, mtime=0))
    packed[-6] ^= 1
    folder.write("p.csv", bytes(packed))
    with pytest.raises(Broken, match="damaged"):
        folder.read(PRODUCTS)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"\n\n", "empty"),
        (b"nr,nam\n1,Bord\n", 'no column "name"; nearest: "nam"'),
        (b"nr,name,name\n1,a,b\n", 'more than one column "name"'),
        (b"nr,name,\xff\n1,a,b\n", "header line"),
        (b"nr," + b"a" * 2**20 + b"\n1,b\n", "header line"),
    ],
)
def test_a_file_that_is_no_such_table_stops_the_stream(
    folder: Folder, content: bytes, said: str
) -> None:
    folder.write("p.csv", content)
    with pytest.raises(Broken, match=said):
        folder.read(PRODUCTS)


def test_a_file_called_gz_that_is_none_stops_the_stream(folder: Folder) -> None:
    folder.write("p.csv.gz", "nr,name\n1,Bord\n")
    with pytest.raises(Broken, match="is no gzip file"):
        folder.read(PRODUCTS.replace("p.csv", "p.csv.gz"))


def test_a_headerless_file_may_be_empty(folder: Folder) -> None:
    folder.write("p.csv", "")
    seen = folder.read(PRODUCTS + 'columns = ["nr", "name"]')
    assert not seen.records
    assert seen.whole == ["p.csv"]


@pytest.mark.parametrize(
    ("row", "reject"),
    [
        (b"2", Reject("p.csv:3", "name", "1 fields where there should be 2")),
        (b"2,b,c", Reject("p.csv:3", "name", "3 fields where there should be 2")),
        (b"2,\xff\xfe", Reject("p.csv:3", "name", "holds bytes that are no utf-8")),
        (b"\xe6,b", Reject("p.csv:3", "nr", "holds bytes that are no utf-8")),
        (b" ,b", Reject("p.csv:3", "nr", "is missing")),
        (
            b"2," + b"a" * 3 * 2**20,
            Reject("p.csv:3", "nr", "the line is longer than 1,048,576 letters"),
        ),
        (b"2," + b"a" * 200_000, Reject("p.csv:3", "name", "a field is too long")),
        (b'2,"b"c', Reject("p.csv:3", "name", "the quotes do not match")),
        (b'2,"b', Reject("p.csv:3", "name", "a quote is opened and not closed")),
        (b'"2,b', Reject("p.csv:3", "name", "a quote is opened and not closed")),
        (
            b"2\x00,b",
            Reject("p.csv:3", "nr", "holds characters that cannot be stored"),
        ),
    ],
)
def test_a_broken_row_is_quarantined_and_the_good_ones_load(
    folder: Folder, row: bytes, reject: Reject
) -> None:
    folder.write("p.csv", b"nr,name\n1,a\n" + row + b"\n3,c\n4,d\n")
    seen = folder.read(PRODUCTS)
    assert [each.id for each in seen.records] == ["1", "3", "4"]
    assert seen.rejects == [reject]
    assert seen.whole == ["p.csv"]


def test_a_quote_that_is_never_closed_costs_one_row_even_in_a_long_file(folder: Folder) -> None:
    rows = "".join(f"{number},row {number}\n" for number in range(10, 30_000))
    folder.write("p.csv", f'nr,name\n1,"open\n{rows}')
    seen = folder.read(PRODUCTS)
    assert len(seen.records) == 29_990
    assert [each.id for each in seen.rejects] == ["p.csv:2"]


def test_a_file_without_one_readable_row_takes_nothing_back(folder: Folder) -> None:
    folder.write("v.csv", "nr,at\n1,soon\n2,later\n")
    seen = folder.read('[visits]\nfiles = ["v.csv"]\nid = "nr"\nat = "at"')
    assert len(seen.rejects) == 2
    assert seen.whole == []


def test_no_reject_holds_what_the_row_said(folder: Folder) -> None:
    secret = "astrid@example.com"
    folder.write("v.csv", f"nr,at\n1,{secret}\n{secret}\n2,2024-01-01\n")
    seen = folder.read('[visits]\nfiles = ["v.csv"]\nid = "nr"\nat = "at"')
    assert len(seen.rejects) == 2
    assert not any(secret in str(reject) for reject in seen.rejects)


def test_patterns_are_read_in_order_and_each_file_once(folder: Folder) -> None:
    for name in ("b.csv", "a_2.csv", "a_10.csv", "deep/a_3.csv"):
        folder.write(name, f"nr,name\n{name},x\n")
    seen = folder.read(PRODUCTS.replace('"p.csv"', '"b.csv", "a_*.csv", "**/a_3.csv", "*.csv"'))
    names = ["b.csv", "a_10.csv", "a_2.csv", "deep/a_3.csv"]
    assert [each.id for each in seen.records] == names
    assert seen.whole == names


def test_files_may_name_their_columns_in_another_order(folder: Folder) -> None:
    folder.write("a.csv", "nr,name\n1,Bord\n")
    folder.write("b.csv", "extra,name,nr\nx,Stol,2\n")
    seen = folder.read(PRODUCTS.replace("p.csv", "*.csv"))
    assert [(each.id, each.title) for each in seen.records] == [("1", "Bord"), ("2", "Stol")]


def test_a_missing_file_stops_the_stream_and_is_named(folder: Folder) -> None:
    with pytest.raises(Broken, match=r"there is no file .*/files/p\.csv"):
        folder.read(PRODUCTS)


def test_pages_are_small(folder: Folder) -> None:
    rows = "".join(f"{number},x\n" for number in range(2_500))
    folder.write("p.csv", f"nr,name\n{rows}")
    assert [len(page.records) for page in folder.read(PRODUCTS).pages] == [1000, 1000, 500]


@pytest.mark.parametrize(
    "by_row",
    [
        pytest.param(True, id="row by row"),
        pytest.param(False, id="grouped", marks=pytest.mark.thorough),
    ],
)
def test_memory_does_not_grow_with_the_file(folder: Folder, *, by_row: bool) -> None:
    identity = "{ row = true }" if by_row else '"nr"'
    stanza = f'[orders]\nfiles = ["o.csv"]\nid = {identity}\nplaced_at = "at"\ntotal = "sum"'

    def peak(rows: int) -> int:
        with (folder.path / "o.csv").open("w") as file:
            file.write("nr,at,sum\n")
            file.writelines(
                f"order {number % (rows // 2)},2024-01-01,5\n" for number in range(rows)
            )
        source = folder.source(stanza)
        tracemalloc.start()
        count = sum(len(page.records) for page in pages_of(source))
        highest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert count == (rows if by_row else rows // 2)
        return highest

    peak(2_000)  # what is loaded once
    assert peak(40_000) < peak(4_000) + 1_000_000


def test_rows_put_away_never_have_a_name_so_that_a_killed_reader_leaves_nothing(
    folder: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    monkeypatch.setenv("SQLITE_TMPDIR", str(scratch))
    rows = "".join(f"{number},2024-01-01\n" for number in range(3_000))
    folder.write("o.csv", f"nr,at\n{rows}")
    pages = pages_of(folder.source('[orders]\nfiles = ["o.csv"]\nid = "nr"\nplaced_at = "at"'))
    next(pages)
    assert not list(scratch.iterdir())
    assert not [file for file in folder.path.iterdir() if file.name != "o.csv"]
    pages.close()
