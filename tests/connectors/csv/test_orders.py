"""Orders and refunds, whose rows may stand anywhere in their files."""

import random
from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.kit import Buyer, Line, Loss, Order, Refund, RefundLine, Reject
from tests.connectors.csv.delimited import Folder

ORDERS = """
[orders]
files = ["*.csv"]
id = "order"
contact = "who"
placed_at = "at"
shipping = "freight"
discounts = { code = "coupon" }
[orders.lines]
id = "line"
product = "product"
quantity = "quantity"
total = "sum"
"""
HEADER = "order,who,at,freight,coupon,line,product,quantity,sum\n"


def test_the_buyer_of_an_order_is_the_first_value_of_each_of_its_columns(folder: Folder) -> None:
    folder.write(
        "a.csv",
        "order,at,sum,mail,call,first\n"
        "A,2024-01-02,10,,20304050,\nA,2024-01-02,10,ida@x.dk,,Ida\nB,2024-01-02,10,bad,,\n",
    )
    seen = folder.read(
        """
        [orders]
        files = ["*.csv"]
        id = "order"
        placed_at = "at"
        total = "sum"
        buyer = { email = "mail", phone = "call", first_name = "first" }
        """
    )
    orders = seen.by_id()
    assert orders["A"].buyer == Buyer(email="ida@x.dk", phone="20304050", first_name="Ida")
    assert (orders["A"].contact, orders["B"].buyer.emptied) == (None, ("email",))


def test_the_lines_of_one_order_may_stand_anywhere_in_its_files(folder: Folder) -> None:
    folder.write("a.csv", HEADER + "A,7,2024-01-02,,,1,p1,2,10\nB,8,2024-01-03,,,1,p2,1,5\n")
    folder.write("b.csv", HEADER + "A,7,2024-01-02,,,2,p2,1,5.50\n")
    seen = folder.read(ORDERS)
    orders = seen.by_id()
    assert orders["A"] == Order(
        id="A",
        contact="7",
        placed_at=date(2024, 1, 2),
        lines=(
            Line(id="1", product="p1", quantity=Decimal(2), total=Decimal(10)),
            Line(id="2", product="p2", quantity=Decimal(1), total=Decimal("5.50")),
        ),
    )
    assert set(orders) == {"A", "B"}
    assert seen.whole == [""]
    assert not seen.notes


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(
    lines=st.lists(st.tuples(st.integers(0, 8), st.integers(1, 99)), min_size=1, max_size=40),
    cuts=st.lists(st.integers(0, 40), max_size=3),
    seed=st.integers(),
)
def test_any_order_of_rows_gives_the_same_orders(
    folder: Folder, lines: list[tuple[int, int]], cuts: list[int], seed: int
) -> None:
    rows = [
        f"{order},7,2024-01-02,,,{number},p,{quantity},1\n"
        for number, (order, quantity) in enumerate(lines)
    ]
    expected = {
        str(order): {(str(nr), Decimal(q)) for nr, (o, q) in enumerate(lines) if o == order}
        for order, _ in lines
    }
    random.Random(seed).shuffle(rows)
    edges = [0, *sorted(min(cut, len(rows)) for cut in cuts), len(rows)]
    for old in folder.path.iterdir():
        old.unlink()
    for number, (start, end) in enumerate(pairwise(edges)):
        folder.write(f"{number}.csv", HEADER + "".join(rows[start:end]))
    found = {
        each.id: {(line.id, line.quantity) for line in each.lines}
        for each in folder.read(ORDERS).records
    }
    assert found == expected


def test_fields_that_differ_are_the_earliest_date_and_else_the_first_row(folder: Folder) -> None:
    folder.write(
        "a.csv",
        HEADER
        + "A,,2024-01-03,4,,1,p,1,1\n"
        + "A,7,2024-01-02,,,2,p,1,1\n"
        + "A,8,2024-01-04,4,,3,p,1,1\n"
        + "B,9,2024-01-05,,,1,p,1,1\n",
    )
    seen = folder.read(ORDERS)
    order = seen.by_id()["A"]
    assert (order.placed_at, order.contact, order.shipping) == (date(2024, 1, 2), "7", Decimal(4))
    assert seen.notes == {
        "at differs between rows of one id": 1,
        "who differs between rows of one id": 1,
    }
    assert seen.losses == [Loss("ambiguous", "who", place="a.csv:2")]


def test_dates_and_instants_of_one_order_are_compared_in_the_shops_zone(folder: Folder) -> None:
    folder.write(
        "a.csv",
        HEADER + "A,7,2024-01-02T23:30:00+00:00,,,1,p,1,1\nA,7,2024-01-03,,,2,p,1,1\n",
    )
    assert folder.read(ORDERS).records[0].placed_at == date(2024, 1, 3)


def test_a_code_that_is_repeated_on_every_line_is_one_discount(folder: Folder) -> None:
    folder.write(
        "a.csv",
        HEADER
        + "A,7,2024-01-02,,MAY,1,p,1,1\n"
        + "A,7,2024-01-02,,MAY,2,p,1,1\n"
        + "A,7,2024-01-02,,,3,p,1,1\n"
        + "A,7,2024-01-02,,VIP,4,p,1,1\n"
        + "B,7,2024-01-02,,,1,p,1,1\n",
    )
    orders = folder.read(ORDERS).by_id()
    assert [each.code for each in orders["A"].discounts] == ["MAY", "VIP"]
    assert orders["B"].discounts == ()


def test_a_row_without_any_value_of_a_line_is_no_line(folder: Folder) -> None:
    folder.write("a.csv", HEADER + "A,7,2024-01-02,,,1,p,1,1\nA,7,2024-01-02,4,,,,,\n")
    (order,) = folder.read(ORDERS).records
    assert [line.id for line in order.lines] == ["1"]
    assert order.shipping == Decimal(4)


def test_a_line_may_be_named_by_its_row(folder: Folder) -> None:
    folder.write("a.csv", HEADER + "A,7,2024-01-02,,,,p,1,1\nA,7,2024-01-02,,,,p,1,1\n")
    stanza = ORDERS.replace('id = "line"', "id = { row = true }")
    (order,) = folder.read(stanza).records
    assert [line.id for line in order.lines] == ["a.csv:2", "a.csv:3"]


def test_a_line_that_is_there_twice_counts_once(folder: Folder) -> None:
    folder.write("a.csv", HEADER + "A,7,2024-01-02,,,1,p,1,1\n")
    folder.write("b.csv", HEADER + "A,7,2024-01-02,,,1,p,1,1\n")
    seen = folder.read(ORDERS)
    assert len(seen.records[0].lines) == 1
    assert seen.notes == {"lines that are there twice": 1}


@pytest.mark.parametrize(
    ("row", "reject"),
    [
        ("A,7,2024-01-02,,,2,p,many,1", Reject("b.csv:2", "quantity", "is no number")),
        ("A,7,2024-01-02,,,,p,1,1", Reject("b.csv:2", "line", "is missing")),
        ("A,7,soon,,,2,p,1,1", Reject("b.csv:2", "at", "")),
        ("A,7,2024-01-02,free,,2,p,1,1", Reject("b.csv:2", "freight", "")),
        ("A,7,2024-01-02,,,2", Reject("b.csv:2", "product", "6 fields where there should be 9")),
        ("A,7,2024-01-02,,,2,\udcff,1,1", Reject("b.csv:2", "product", "")),
        ("A,7,2024-01-02,,,1,other,1,1", Reject("b.csv:2", "line", "")),
    ],
)
def test_a_broken_row_refuses_its_whole_order_and_no_other(
    folder: Folder, row: str, reject: Reject
) -> None:
    folder.write("a.csv", HEADER + "A,7,2024-01-02,,,1,p,1,1\nB,7,2024-01-02,,,1,p,1,1\n")
    folder.write("b.csv", f"{HEADER}{row}\n".encode(errors="surrogateescape"))
    seen = folder.read(ORDERS)
    assert [each.id for each in seen.records] == ["B"]
    (found,) = seen.rejects
    assert (found.id, found.path) == (reject.id, reject.path)
    assert found.reason.startswith(reject.reason)


def test_a_row_without_an_id_belongs_to_no_order(folder: Folder) -> None:
    folder.write("a.csv", HEADER + ",7,2024-01-02,,,1,p,1,1\nB,7,2024-01-02,,,1,p,1,1\n")
    seen = folder.read(ORDERS)
    assert [each.id for each in seen.records] == ["B"]
    assert seen.rejects == [Reject("a.csv:2", "order", "is missing")]


def test_a_column_that_is_no_order_number_is_told_and_does_not_fill_the_memory(
    folder: Folder,
) -> None:
    rows = "".join(f"web,7,2024-01-02,,,{number},p,1,1\n" for number in range(10_001))
    folder.write("a.csv", f"{HEADER}{rows}B,7,2024-01-02,,,1,p,1,1\n")
    seen = folder.read(ORDERS)
    assert [each.id for each in seen.records] == ["B"]
    assert seen.rejects == [Reject("a.csv:2", "order", "more than 10000 rows share this id")]


def test_amounts_of_an_order_without_lines_are_added_up(folder: Folder) -> None:
    folder.write("a.txt", "who day sum\n1 20240102 5.10\n2 20240102 1\n1 20240102 5.10\n")
    seen = folder.read(
        """
        [orders]
        files = ["a.txt"]
        delimiter = "whitespace"
        id = { columns = ["who", "day"] }
        contact = "who"
        placed_at = { column = "day", format = "%Y%m%d" }
        total = "sum"
        """
    )
    assert {each.id: each.total for each in seen.records} == {
        "1 20240102": Decimal("10.20"),
        "2 20240102": Decimal(1),
    }
    assert not seen.notes


def test_one_row_may_be_one_order_with_one_line(folder: Folder) -> None:
    folder.write("a.csv", "who,at,sku\n1,2024-01-02,x\n1,2024-01-02,x\n")
    seen = folder.read(
        """
        [orders]
        files = ["a.csv"]
        id = { row = true }
        contact = "who"
        placed_at = "at"
        lines = { id = { row = true }, sku = "sku" }
        """
    )
    assert [(each.id, [line.sku for line in each.lines]) for each in seen.records] == [
        ("a.csv:2", ["x"]),
        ("a.csv:3", ["x"]),
    ]
    assert seen.whole == ["a.csv"]


def test_refunds_are_grouped_like_orders(folder: Folder) -> None:
    folder.write("r.csv", "nr,order,at,line,sum\nR,A,2024-02-01,1,5\nR,A,2024-02-01,2,3\n")
    seen = folder.read(
        """
        [refunds]
        files = ["r.csv"]
        id = "nr"
        order = "order"
        at = "at"
        lines = { line = "line", total = "sum" }
        """
    )
    assert seen.records == [
        Refund(
            id="R",
            order="A",
            at=date(2024, 2, 1),
            lines=(
                RefundLine(line="1", total=Decimal(5)),
                RefundLine(line="2", total=Decimal(3)),
            ),
        )
    ]


def test_words_of_a_status_mean_what_the_config_says_and_are_read_again_when_it_changes(
    folder: Folder,
) -> None:
    folder.write("o.csv", "nr,at,state\n1,2024-01-01,Afsendt\n2,2024-01-01,pending\n")
    stanza = '[orders]\nfiles = ["o.csv"]\nid = "nr"\nplaced_at = "at"\nstatus = "state"\n'
    before = folder.read(stanza)
    assert [each.status for each in before.records] == ["Afsendt", "pending"]
    after = folder.read(f'statuses = {{ afsendt = "fulfilled" }}\n{stanza}', state=before.state)
    assert [each.status for each in after.records] == ["fulfilled", "pending"]
