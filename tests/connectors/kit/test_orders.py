"""One builder makes an order out of a vendor's table and a raw."""

from decimal import Decimal
from typing import Any

import pytest

from connectors.kit import Line, Order, OrderTable, Taxed, Unreadable, minor_units, utc

SHOP = OrderTable(
    statuses={"afsendt": "fulfilled"},
    tax_included="taxed",
    order={
        "id": "id",
        "placed_at": lambda raw: utc(raw["at"]),
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
