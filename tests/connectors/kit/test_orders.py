"""One builder makes an order out of a vendor's table and a raw."""

from decimal import Decimal
from typing import Any

import pytest

from connectors.kit import (
    Line,
    Minor,
    Order,
    OrderTable,
    Refund,
    Taxed,
    Unreadable,
    distributed,
    minor_units,
    refund_of,
)

SHOP = OrderTable(
    statuses={"afsendt": "fulfilled"},
    tax_included="taxed",
    order={
        "id": "id",
        "placed_at": "at",
        "status": "status?",
        "currency": "money.currency",
    },
    lines="rows",
    line={
        "id": "id",
        "sku": "sku?",
        "subtotal": Taxed("before", "tax_before"),
        "total": Taxed("total", "tax"),
    },
    discounts="codes",
    discount={"code": "code"},
)
ROW = {"id": 1, "before": "100", "tax_before": "25", "total": "80", "tax": "20"}


def order(**changes: Any) -> Order:
    raw = {"id": 7, "at": "2024-05-01T10:00:00Z", "money": {"currency": "DKK"}, "taxed": True,
           "rows": [ROW], "codes": [{"code": "MAY"}], "status": "afsendt"}  # fmt: skip
    return SHOP.build({**raw, **changes})


def line(**changes: Any) -> Line:
    (found,) = order(**changes).lines
    return found


def test_an_order_is_built_in_our_words() -> None:
    built = order()
    assert (built.id, built.status, built.currency) == ("7", "fulfilled", "DKK")
    assert [each.code for each in built.discounts] == ["MAY"]


@pytest.mark.parametrize("word", ["packed", None])
def test_a_status_that_is_not_in_the_table_stays(word: str | None) -> None:
    assert order(status=word).status == word


@pytest.mark.parametrize(("taxed", "total", "off"), [(True, 100, 25), (False, 80, 20)])
def test_amounts_are_stated_as_the_orders_prices_are(taxed: bool, total: int, off: int) -> None:
    built = line(taxed=taxed)
    assert [built.total, built.coupon_discount] == [total, off]
    assert order(taxed=taxed).tax_included is taxed


def test_what_no_coupon_took_off_is_a_markdown() -> None:
    built = line(codes=[])
    assert [built.coupon_discount, built.discount] == [None, 25]


def test_a_field_that_may_be_absent_is_told_by_its_question_mark() -> None:
    assert line().sku is None
    with pytest.raises(LookupError):
        order(rows=[{"total": "1"}])


@pytest.mark.parametrize(
    ("amount", "currency", "units"),
    [(1250, "DKK", "12.5"), ("1250", "JPY", "1250"), (1250, "KWD", "1.25"), (None, "DKK", None)],
)
def test_minor_units_have_their_currencys_decimals(
    amount: Any, currency: str, units: str | None
) -> None:
    assert minor_units(amount, currency) == (None if units is None else Decimal(units))


def test_the_decimals_of_an_unknown_currency_are_not_guessed() -> None:
    with pytest.raises(Unreadable):
        minor_units(1, "XXX")


TILL = OrderTable(
    order={"id": "id", "placed_at": "at", "status": "status?", "shipping": Minor("freight")},
    lines="rows",
    line={
        "id": "id",
        "sku": ("sku?", "code"),
        "total": Minor("cents"),
        "on_sale": lambda row, order: row["id"] in order.get("reduced", ()),
    },
    role=lambda row, order: "sold" if row["cents"] >= 0 else order.get("role", "returned"),
    returned_of="of",
)


def receipt(*cents: int, **changes: Any) -> dict[str, Any]:
    rows = [{"id": number, "code": "C", "cents": each} for number, each in enumerate(cents)]
    return {"id": 7, "at": "2024-05-01", "currency": "DKK", "rows": rows, **changes}


def test_a_line_is_read_with_the_order_that_it_belongs_to() -> None:
    first, second = TILL.build(receipt(1250, 100, reduced=[1], freight=39)).lines
    assert [first.total, first.on_sale, second.on_sale] == [Decimal("12.5"), False, True]


def test_of_several_names_the_first_that_holds_something_is_taken() -> None:
    rows = [{"id": 1, "cents": 1, "code": "C", "sku": sku} for sku in ("S", "", None)]
    assert [each.sku for each in TILL.build(receipt(rows=rows)).lines] == ["S", "C", "C"]
    with pytest.raises(LookupError):
        TILL.build(receipt(rows=[{"id": 1, "cents": 1}]))


@pytest.mark.parametrize(
    ("cents", "status", "nouns"),
    [
        ([500], None, ["Order"]),
        ([], None, ["Order"]),
        ([500, -200], "paid", ["Order", "Refund"]),
        ([-200], "fulfilled", ["Refund"]),
        ([-200], "cancelled", ["Deleted"]),
        ([-200], "draft", []),
    ],
)
def test_returned_rows_are_a_refund_once_it_is_paid(
    cents: list[int], status: str | None, nouns: list[str]
) -> None:
    found = list(TILL.records(receipt(*cents, status=status, of=6)))
    assert [type(each).__name__ for each in found] == nouns
    refunds = [(each.order, each.total) for each in found if isinstance(each, Refund)]
    assert refunds == [("6", Decimal(2))] * nouns.count("Refund")


@pytest.mark.parametrize(("role", "discount"), [("deducted", 2), ("void", None)])
def test_a_row_of_another_role_is_a_discount_of_the_order_or_nothing(
    role: str, discount: int | None
) -> None:
    (found,) = TILL.records(receipt(500, -200, role=role))
    assert isinstance(found, Order)
    assert (len(found.lines), found.discount) == (1, discount)


@pytest.mark.parametrize(("cents", "goods"), [([1250, 50], None), ([], Decimal(0))])
def test_a_receipt_of_returned_goods_is_a_refund(cents: list[int], goods: Decimal | None) -> None:
    found = refund_of(TILL.build(receipt(*cents, freight=39)), None)
    assert (found.order, found.goods) == ("7", goods)
    assert found.total == Decimal(sum(cents) + 39) / 100
    assert [each.total for each in found.lines] == [Decimal(each) / 100 for each in cents]


@pytest.mark.parametrize(
    ("whole", "over", "parts"),
    [
        (100, [1, 1, 1], [33, 34, 33]),
        (1, [1, 1, 1, 1], [0, 1, 0, 0]),
        (-7, [3, 4], [-3, -4]),
        (5, [0, 5], [0, 5]),
        (5, [0, 0], [0, 0]),
        (5, [], []),
    ],
)
def test_an_amount_is_distributed_to_the_last_cent(
    whole: int, over: list[int], parts: list[int]
) -> None:
    assert distributed(Decimal(whole), [Decimal(each) for each in over]) == parts
