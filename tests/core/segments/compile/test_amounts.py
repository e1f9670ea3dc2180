"""Amounts at, just under and just over a threshold, in any currency."""

from dataclasses import replace
from decimal import Decimal

import pytest

from core.records import Rate
from tests.core.segments.cases import SHOP, ago, order
from tests.core.segments.conftest import Given

DECIMALS = {"JPY": 0, "DKK": 2, "EUR": 2, "KWD": 3, "CLF": 4}


@pytest.mark.parametrize("currency", DECIMALS)
@pytest.mark.parametrize("edge", ["1234", "0", "7000000"])
def test_thresholds_are_exact_to_the_smallest_unit(given: Given, currency: str, edge: str) -> None:
    step, at = Decimal(1).scaleb(-DECIMALS[currency]), Decimal(edge)
    amounts = {"under": at - step, "at": at, "over": at + step}
    records = [order(n, who, 5, amounts[who], currency) for n, who in enumerate(amounts)]
    comparisons = {
        f'at_least = "{at}"': "at over",
        f'over = "{at}"': "over",
        f'at_most = "{at}"': "at under",
        f'under = "{at}"': "under",
        f'is = "{at}"': "at",
        f'is_not = "{at}"': "over under",
        f'between = ["{at}", "{at + step}"]': "at over",
        f'over = "{at - step / 10_000}"': "at over",
    }
    table = ""
    for comparison, members in comparisons.items():
        for measure in ("total", "average", "largest"):
            table += f'{{ orders = "{measure}", {comparison} }} -> {members}\n'
        where = f"{{ total = {{ {comparison} }} }}"
        table += f'{{ orders = "count", where = {where}, at_least = 1 }} -> {members}\n'
    given(records, shop=replace(SHOP, currency=currency)).expect(table)


def test_amounts_of_several_currencies_add_up_in_the_hubs(given: Given) -> None:
    rates = {"EUR": "7.4601", "JPY": "0.0475", "KWD": "22.5", "CLF": "270.1234"}
    day = ago(5).date()
    records = [
        *(Rate(currency=each, day=day, rate=Decimal(rate)) for each, rate in rates.items()),
        order(1, "ann", 5, "10.01", "EUR"),
        order(2, "ann", 5, "1000", "JPY"),
        order(3, "ann", 5, "1.001", "KWD"),
        order(4, "ann", 5, "0.0001", "CLF"),
        order(5, "ann", 5, "0.5"),
        order(6, "bob", 5, "5", "USD"),
        order(7, "cat", 5, "5", "USD"),
        order(8, "cat", 5, "9"),
    ]
    given(records).expect("""
        # Each is rounded to a ten-thousandth: 74.6756, 47.5, 22.5225, 0.0270 and 0.5.
        { orders = "total", is = "145.2251" }                      -> ann ? bob cat
        { orders = "total", over = "145.2250" }                    -> ann ? bob cat
        { orders = "total", over = "145.2251" }                    -> ? bob cat
        { orders = "total", known = true }                         -> ann
        # What is known of a total may reach a threshold by itself, and then decides it.
        { orders = "total", at_least = 9 }                         -> ann cat ? bob
        { orders = "total", over = 9 }                             -> ann ? bob cat
        { orders = "total", under = 9 }                            -> ? bob
        { orders = "total", at_most = 9 }                          -> ? bob cat
        { orders = "total", between = [5, 200] }                   -> ann ? bob cat
        { orders = "total", is_not = 5 }                           -> ann ? bob cat
        { orders = "total", over = "5% of average" }               -> ann cat ? bob
        { orders = "total", over = "10% of average" }              -> ann ? bob cat
        { orders = "total", at_least = "top 50%" }                 -> ann ? bob cat
        { orders = "average", is = 9 }                             -> ? bob cat
        { orders = "largest", at_least = 9 }                       -> ann ? bob cat
        { orders = "largest", at_least = "top 50%" }               -> ann ? bob cat
        { orders = "count", where = { currency = "EUR" }, is = 1 } -> ann
    """)
