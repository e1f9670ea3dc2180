"""Settings of a column in a stanza, kind by kind."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.kit import Loss, Product
from tests.connectors.csv.delimited import Folder


def test_a_column_name_is_enough(folder: Folder) -> None:
    folder.write("p.csv", "nr,name\n7,Chair\n")
    product = folder.one('[products]\nfiles = ["p.csv"]\nid = "nr"\ntitle = "name"')
    assert product == Product(id="7", title="Chair")


def test_ids_keep_their_zeros_and_lose_their_blanks(folder: Folder) -> None:
    folder.write("p.csv", "nr\n  00071 \n")
    assert folder.one('[products]\nfiles = ["p.csv"]\nid = "nr"').id == "00071"


def test_columns_are_joined_by_the_joiner_and_empty_ones_left_out(folder: Folder) -> None:
    folder.write("p.csv", "nr,make,model\n1,Volvo,240\n2,,240\n")
    seen = folder.read(
        """
        [products]
        files = ["p.csv"]
        id = "nr"
        title = { columns = ["make", "model"], joiner = " / " }
        """
    )
    assert [each.title for each in seen.records] == ["Volvo / 240", "240"]


def test_joined_ids_are_never_the_same_for_different_parts(folder: Folder) -> None:
    folder.write("p.csv", "a,b\nx,y z\nx y,z\nx\\ y,z\n")
    seen = folder.read('[products]\nfiles = ["p.csv"]\nid = { columns = ["a", "b"] }')
    ids = [each.id for each in seen.records]
    assert ids[0] == "x y\\ z"
    assert len(set(ids)) == 3


def test_a_joined_id_without_one_of_its_parts_is_no_id(folder: Folder) -> None:
    folder.write("p.csv", "a,b\nx,\n,x\nx,x\n")
    seen = folder.read('[products]\nfiles = ["p.csv"]\nid = { columns = ["a", "b"] }')
    assert [each.id for each in seen.records] == ["x x"]
    assert [(each.id, each.path, each.reason) for each in seen.rejects] == [
        ("p.csv:2", "a + b", "is missing"),
        ("p.csv:3", "a + b", "is missing"),
    ]


def test_a_constant_is_the_same_for_every_row(folder: Folder) -> None:
    folder.write("c.csv", "who,when\n1,2024-05-01\n2,2024-05-02\n")
    seen = folder.read(
        """
        [consents]
        files = ["c.csv"]
        contact = "who"
        channel = { value = "email" }
        granted = { value = true }
        at = "when"
        """
    )
    assert [(each.channel, each.granted) for each in seen.records] == [("email", True)] * 2


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("12.5", Decimal("12.5")),
        ("3", Decimal(3)),
        ('"3.50"', Decimal("3.50")),
    ],
)
def test_a_constant_amount_is_an_exact_number(folder: Folder, written: str, read: Decimal) -> None:
    folder.write("p.csv", "nr\n1\n")
    product = folder.one(
        f'[products]\nfiles = ["p.csv"]\nid = "nr"\nprice = {{ value = {written} }}'
    )
    assert product.price == read


def test_a_row_can_be_its_own_id(folder: Folder) -> None:
    folder.write("p.csv", "name\nChair\n\nTable\n")
    seen = folder.read('[products]\nfiles = ["p.csv"]\nid = { row = true }\ntitle = "name"')
    assert [each.id for each in seen.records] == ["p.csv:2", "p.csv:4"]


def test_a_map_translates_and_leaves_other_words_as_they_are(folder: Folder) -> None:
    folder.write("c.csv", "nr,sex,state\n1,K,gift\n2,X,ugift\n3,-,\n")
    seen = folder.read(
        """
        [contacts]
        files = ["c.csv"]
        id = "nr"
        gender = { column = "sex", map = { K = "female", "-" = "" } }
        marital_status = { column = "state", map = { gift = "married" } }
        """
    )
    assert [(each.gender, each.marital_status, each.emptied) for each in seen.records] == [
        ("female", "married", ()),
        (None, "ugift", ("gender",)),
        (None, None, ()),
    ]


def test_a_map_may_give_a_word_to_empty_cells_and_truths_to_words(folder: Folder) -> None:
    folder.write("c.csv", "nr,yes\n1,ja\n2,nej\n3,\n")
    seen = folder.read(
        """
        [children]
        files = ["c.csv"]
        id = { row = true }
        contact = "nr"
        none = { column = "yes", map = { ja = true, nej = false, "" = true } }
        """
    )
    assert [each.none for each in seen.records] == [True, False, True]


def test_a_lookup_may_go_through_several_files(folder: Folder) -> None:
    folder.write("p.csv", "nr,sub\n1,11\n2,12\n3,99\n4,\n")
    folder.write("sub.csv", "key,cat\n11,5\n12,6\n11,6\n")
    folder.write("cat.txt", "5;Bikes\n6;Clothing\n")
    seen = folder.read(
        """
        [products]
        files = ["p.csv"]
        id = "nr"
        category = { column = "sub", lookup = [
          { file = "sub.csv", key = "key", value = "cat" },
          { file = "cat.txt", key = "k", value = "v", delimiter = ";", columns = ["k", "v"] },
        ] }
        """
    )
    assert [each.category for each in seen.records] == ["Bikes", "Clothing", None, None]
    assert seen.notes == {"not in sub.csv: key": 1}


@pytest.mark.parametrize(
    ("cell", "layout", "read"),
    [
        ("2024-05-01", "", date(2024, 5, 1)),
        ("20240501", "", date(2024, 5, 1)),
        ("1.5.2024", "%d.%m.%Y", date(2024, 5, 1)),
        ("2024-05-01T23:30:00+02:00", "", datetime(2024, 5, 1, 21, 30, tzinfo=UTC)),
        ("2024-05-01T21:30:00Z", "", datetime(2024, 5, 1, 21, 30, tzinfo=UTC)),
        ("2024-05-01 23:30", "", datetime(2024, 5, 1, 21, 30, tzinfo=UTC)),
        ("1.5.2024 23:30", "%d.%m.%Y %H:%M", datetime(2024, 5, 1, 21, 30, tzinfo=UTC)),
        ("1.5.2024 23:30 -0400", "%d.%m.%Y %H:%M %z", datetime(2024, 5, 2, 3, 30, tzinfo=UTC)),
    ],
)
def test_a_date_stays_a_date_and_an_instant_becomes_aware(
    folder: Folder, cell: str, layout: str, read: date
) -> None:
    folder.write("o.csv", f"nr,at\n1,{cell}\n")
    value = f'{{ column = "at", format = "{layout}" }}' if layout else '"at"'
    order = folder.one(f'[orders]\nfiles = ["o.csv"]\nid = "nr"\nplaced_at = {value}')
    assert order.placed_at == read
    assert type(order.placed_at) is type(read)


def test_a_stanza_may_have_a_zone_of_its_own(folder: Folder) -> None:
    folder.write("o.csv", "nr,at\n1,2024-05-01 23:30\n")
    order = folder.one(
        '[orders]\nfiles = ["o.csv"]\nid = "nr"\nplaced_at = "at"\ntimezone = "America/New_York"'
    )
    assert order.placed_at == datetime(2024, 5, 2, 3, 30, tzinfo=UTC)


def test_a_birthday_without_a_year_may_be_the_29th_of_february(folder: Folder) -> None:
    folder.write("c.csv", "nr,day\n1,29/2\n2,30/2\n")
    seen = folder.read(
        '[contacts]\nfiles = ["c.csv"]\nid = "nr"\nbirth_day = { column = "day", format = "%d/%m" }'
    )
    assert [(each.birth_day, each.emptied) for each in seen.records] == [
        ("02-29", ()),
        (None, ("birth_day",)),
    ]


def test_a_date_that_cannot_be_read_is_emptied_and_not_guessed(folder: Folder) -> None:
    folder.write("c.csv", "nr,born\n1,1980-13-01\n2,631152000\n3,1980-02-03\n")
    seen = folder.read('[contacts]\nfiles = ["c.csv"]\nid = "nr"\nbirthday = "born"')
    assert [(each.birthday, each.emptied) for each in seen.records] == [
        (None, ("birthday",)),
        (None, ("birthday",)),
        (date(1980, 2, 3), ()),
    ]


@pytest.mark.parametrize(
    ("cell", "mark", "read"),
    [
        ("1234.5", "", "1234.5"),
        ("-7", "", "-7"),
        ("1e3", "", "1000"),
        (".5", "", "0.5"),
        ('"1.234,50"', ",", "1234.50"),
        ('"1 234,5"', ",", "1234.5"),
        ("1234", ",", "1234"),
        ('"1,234.50"', ".", "1234.50"),
        ("0.99", ".", "0.99"),
    ],
)
def test_a_number_is_read_as_it_is_written(folder: Folder, cell: str, mark: str, read: str) -> None:
    folder.write("p.csv", f"nr,price\n1,{cell}\n")
    said = f'\ndecimal = "{mark}"' if mark else ""
    product = folder.one(f'[products]\nfiles = ["p.csv"]\nid = "nr"\nprice = "price"{said}')
    assert product.price == Decimal(read)


@pytest.mark.parametrize(
    ("cell", "mark"),
    [
        ('"1,5"', ""), ("1_000", ""), ("٣", ""), ("NaN", ""), ("Infinity", ""), ("0x10", ""),
        ("1.5", ","), ('"1,5"', "."), ('"12,34,567"', "."), ("9" * 40, ""), ("twelve", ""),
    ],
)  # fmt: skip
def test_an_order_whose_amount_is_no_number_is_quarantined(
    folder: Folder, cell: str, mark: str
) -> None:
    folder.write("o.csv", f"nr,at,sum\n1,2024-01-01,{cell}\n2,2024-01-01,5\n")
    said = f'\ndecimal = "{mark}"' if mark else ""
    seen = folder.read(
        f'[orders]\nfiles = ["o.csv"]\nid = "nr"\nplaced_at = "at"\ntotal = "sum"{said}'
    )
    assert [each.id for each in seen.records] == ["2"]
    assert [(each.id, each.path, each.reason) for each in seen.rejects] == [
        ("o.csv:2", "sum", "is no number")
    ]


def test_custom_values_are_texts_unless_they_are_said_to_be_more(folder: Folder) -> None:
    folder.write("c.csv", "nr,kids,size,since\n1,02,44.5,1.2.2020\n2,,many,never\n")
    seen = folder.read(
        """
        [contacts]
        files = ["c.csv"]
        id = "nr"
        [contacts.custom]
        kids = "kids"
        size = { column = "size", number = true }
        since = { column = "since", format = "%d.%m.%Y" }
        likes = { column = "kids", split = "0" }
        """
    )
    assert [each.custom for each in seen.records] == [
        {"kids": "02", "size": Decimal("44.5"), "since": date(2020, 2, 1), "likes": ("2",)},
        {"kids": None, "likes": None},
    ]
    lost = [(each.kind, each.path, each.shape, each.place) for each in seen.losses]
    assert lost == [
        ("emptied", "custom.size", "aaaa", "c.csv:3"),
        ("emptied", "custom.since", "aaaaa", "c.csv:3"),
    ]


def test_orders_with_their_lines_products_and_companies_have_custom_values(folder: Folder) -> None:
    folder.write("o.csv", "nr,gift,note,who\n1,,a,ida\n1,yes,b,\n")
    folder.write("p.csv", "nr,tags\n1,soft|red\n")
    [order] = folder.read(
        """
        [orders]
        files = ["o.csv"]
        id = "nr"
        placed_at = { value = "2024-01-01" }
        custom = { gift = "gift", who = "who" }
        [orders.lines]
        id = { row = true }
        total = { value = "5" }
        custom = { note = "note" }
        """
    ).records
    assert order.custom == {"gift": "yes", "who": "ida"}
    assert [line.custom for line in order.lines] == [{"note": "a"}, {"note": "b"}]
    for stanza in ("products", "companies"):
        [record] = folder.read(
            f'[{stanza}]\nfiles = ["p.csv"]\nid = "nr"\n'
            'custom = { tags = { column = "tags", split = "|" } }'
        ).records
        assert record.custom == {"tags": ("soft", "red")}


def test_what_custom_fields_hold_is_known_before_anything_is_read(folder: Folder) -> None:
    source = folder.source(
        """
        [contacts]
        files = ["c.csv"]
        id = "nr"
        [contacts.custom]
        a = "a"
        b = { column = "b", number = true }
        c = { column = "c", format = "%Y" }
        """
    )
    assert source.custom_fields() == {"a": "text", "b": "number", "c": "date"}


def test_one_column_may_hold_several_values(folder: Folder) -> None:
    folder.write("s.csv", "nr,zips\n1,8000; 8200;\n2,\n")
    seen = folder.read(
        '[stores]\nfiles = ["s.csv"]\nid = "nr"\npostcodes = { column = "zips", split = ";" }'
    )
    assert [each.postcodes for each in seen.records] == [("8000", "8200"), ()]


def test_several_columns_may_hold_one_value_each(folder: Folder) -> None:
    folder.write("p.csv", "nr,c1,c2\n1,Bikes,\n2,Bikes,Sale\n")
    seen = folder.read(
        '[products]\nfiles = ["p.csv"]\nid = "nr"\ncategories = { columns = ["c1", "c2"] }'
    )
    assert [each.categories for each in seen.records] == [("Bikes",), ("Bikes", "Sale")]


def test_an_empty_cell_says_that_there_is_no_value(folder: Folder) -> None:
    folder.write("c.csv", "nr,first,last\n1,  ,Holm\n")
    contact = folder.one('[contacts]\nfiles = ["c.csv"]\nid = "nr"\nfirst_name = "first"')
    assert contact.first_name is None
    assert "first_name" in contact.model_fields_set, "so that it clears a former value"
    assert "last_name" not in contact.model_fields_set


def test_an_empty_cell_of_a_field_with_a_usual_value_is_the_usual_value(folder: Folder) -> None:
    folder.write("m.csv", "nr,kind\n1,\n2,automation\n")
    seen = folder.read('[messages]\nfiles = ["m.csv"]\nid = "nr"\nkind = "kind"')
    assert [(each.kind, each.emptied) for each in seen.records] == [
        ("campaign", ()),
        ("automation", ()),
    ]


def test_a_required_word_that_nobody_knows_is_quarantined_without_the_word(folder: Folder) -> None:
    folder.write("l.csv", "who,list,state\n1,news,unheard-of\n2,news,subscribed\n")
    seen = folder.read(
        '[list_members]\nfiles = ["l.csv"]\ncontact = "who"\nlist = "list"\nstatus = "state"'
    )
    assert [each.contact for each in seen.records] == ["2"]
    (reject,) = seen.rejects
    assert (reject.id, reject.path) == ("l.csv:2", "state")
    assert "subscribed" in reject.reason
    assert "unheard-of" not in reject.reason


def test_of_rows_that_repeat_an_id_the_first_counts(folder: Folder) -> None:
    folder.write("c.csv", "nr,name\n1,Ann\n2,Bo\n1,Eve\n")
    seen = folder.read('[contacts]\nfiles = ["c.csv"]\nid = "nr"\nfirst_name = "name"')
    assert [each.first_name for each in seen.records] == ["Ann", "Bo"]
    assert seen.notes == {"rows that repeat an id": 1}


def test_rows_that_say_when_they_were_changed_are_all_handed_on(folder: Folder) -> None:
    folder.write("c.csv", "nr,at\n1,2024-01-01\n1,2024-01-02\n")
    seen = folder.read('[contacts]\nfiles = ["c.csv"]\nid = "nr"\nupdated_at = "at"')
    assert [each.updated_at for each in seen.records] == [date(2024, 1, 1), date(2024, 1, 2)]


OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m)))
CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=20)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    max_examples=60,
)
@given(
    titles=st.lists(CELLS, max_size=20),
    delimiter=st.sampled_from(",;\t|"),
    end=st.sampled_from(["\n", "\r\n"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_a_written_table_is_read_back(
    folder: Folder, titles: list[str], delimiter: str, end: str, encoding: str
) -> None:
    rows = [["nr", "title"], *([str(nr), title] for nr, title in enumerate(titles))]
    text = "".join(
        delimiter.join('"' + cell.replace('"', '""') + '"' for cell in row) + end for row in rows
    )
    folder.write("p.csv", text.encode(encoding))
    named = "tab" if delimiter == "\t" else delimiter
    seen = folder.read(
        f'[products]\nfiles = ["p.csv"]\nid = "nr"\ntitle = "title"\n'
        f'delimiter = "{named}"\nencoding = "{encoding}"'
    )
    assert not seen.rejects
    read = {record.id: record.title for record in seen.records}
    assert read == {str(nr): title.strip() or None for nr, title in enumerate(titles)}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(moment=st.datetimes(timezones=OFFSETS))
def test_an_instant_with_an_offset_is_taken_as_it_is(folder: Folder, moment: datetime) -> None:
    folder.write("v.csv", f"nr,at\n1,{moment.isoformat()}\n")
    assert folder.one('[visits]\nfiles = ["v.csv"]\nid = "nr"\nat = "at"').at == moment


@pytest.mark.parametrize("number", ["4.57015E+12", "4,57015E+12", "5e+15", "4.57015E+12 "])
@pytest.mark.parametrize("column", ["id", "phone", "loyalty"])
def test_a_number_that_a_spreadsheet_spoilt_rejects_its_row_and_the_read_says_so(
    folder: Folder, column: str, number: str
) -> None:
    rows = {"id": "1", "phone": "20304050", "loyalty": "77"}
    spoilt = {**rows, "id": "2", column: number}
    text = "\n".join(";".join(each) for each in (rows, rows.values(), spoilt.values()))
    folder.write("c.csv", text)
    stanza = '[contacts]\nfiles = ["c.csv"]\ndelimiter = ";"\n'
    stanza += "".join(f'{each} = "{each}"\n' for each in rows)
    seen = folder.read(stanza)
    assert [each.id for each in seen.records] == ["1"]
    assert seen.losses == [Loss("spoilt", column, place="c.csv:3")]
    assert [(each.id, each.path) for each in seen.rejects] == [("c.csv:3", column)]
    assert "spreadsheet" in seen.rejects[0].reason


def test_a_spoilt_number_of_an_order_rejects_its_line(folder: Folder) -> None:
    folder.write("o.csv", "nr,at\n1,2024-01-01\n4.57015E+12,2024-01-01\n")
    seen = folder.read('[orders]\nfiles = ["o.csv"]\nid = "nr"\nplaced_at = "at"')
    assert [each.id for each in seen.records] == ["1"]
    assert [each.path for each in seen.rejects] == ["nr"]
    assert [each.kind for each in seen.losses] == ["spoilt"]


@pytest.mark.parametrize(
    ("rows", "ambiguous"),
    [
        ("7,ann@x.dk,Ann\n7,bo@x.dk,Bo\n", 1),
        ("7,ann@x.dk,Ann\n7,ANN@x.dk,Anna\n", 0),
        ("7,,Ann\n7,,Bo\n", 1),
        ("7,,Ann\n7,,\n", 0),
        ("7,,\n7,,Bo\n", 0),
    ],
)
def test_one_id_of_two_people_is_told_and_the_first_one_loads(
    folder: Folder, rows: str, ambiguous: int
) -> None:
    folder.write("c.csv", f"nr,mail,name\n{rows}")
    seen = folder.read(
        '[contacts]\nfiles = ["c.csv"]\nid = "nr"\nemail = "mail"\nfirst_name = "name"'
    )
    assert [each.id for each in seen.records] == ["7"]
    assert seen.losses == [Loss("ambiguous", "nr", place="c.csv:3")] * ambiguous


@pytest.mark.parametrize(
    ("field", "shape", "line"),
    [
        ("birthday", "99-99-9999", 'birthday = { column = "born", format = "%d-%m-%Y" }'),
        ("born", "99-99-9999", 'birthday = { column = "born", format = "%d-%m-%Y" }'),
        ("birthday", "99.9.99", 'birthday = { column = "born", format = "%d.%m.%y" }'),
        ("birthday", "9999/99/99", 'birthday = { column = "born", format = "%Y/%m/%d" }'),
        ("created", "99-99-9999 99:99", 'created = { column = "at", format = "%d-%m-%Y %H:%M" }'),
        ("birthday", "aaaaa", ""),
        ("custom.spent", "9.999,99", 'decimal = ","'),
        ("custom.spent", "9.999,99 aa.", ""),
        ("first_name", "99", ""),
        ("gender", "a", ""),
    ],
)
def test_the_line_that_would_read_a_value_is_known_by_its_shape(
    folder: Folder, field: str, shape: str, line: str
) -> None:
    source = folder.source(
        """
        [contacts]
        files = ["c.csv"]
        id = "nr"
        birthday = "born"
        created = "at"
        gender = "sex"
        [contacts.custom]
        spent = { column = "spent", number = true }
        """
    )
    assert source.remedy("contacts", field, shape) == line


@pytest.mark.parametrize("number", ["4E+10", "E+12", "A4.5E+12", "4.57E-12", "12E+123"])
def test_ids_that_only_look_like_a_spoilt_number_are_ids(folder: Folder, number: str) -> None:
    folder.write("c.csv", f"id\n{number}\n")
    assert folder.one('[contacts]\nfiles = ["c.csv"]\nid = "id"').id == number
