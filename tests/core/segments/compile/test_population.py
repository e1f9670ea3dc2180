"""Thresholds that are relative to the population."""

import pytest

from tests.core.segments.cases import basket, line, order, people
from tests.core.segments.conftest import Given


def test_a_threshold_may_be_relative_to_the_population(given: Given) -> None:
    records = [
        order(1, "a", 5, 100),
        order(2, "b", 5, 200),
        order(3, "c", 5, 300),
        order(4, None, 5, 200),
        order(5, "c", 400, 1000),
        *people("nobody"),
    ]
    given(records).expect("""
        # In 12 months: 100, 200, 300 and nobody's 200 make 200; one and a half of it is 300.
        { orders = "count", where = { total = { at_least = "150% of average" } }, within = "12
          months", at_least = 1 } -> c
        { orders = "count", where = { total = { over = "150% of average" } }, within = "12 months",
          at_least = 1 } ->
        # Ever: 1,800 over five orders.
        { orders = "count", where = { total = { at_least = "150% of average" } }, at_least = 1 } ->
          c
        { orders = "count", where = { total = { at_least = "100% of average" } }, within = "12
          months", baseline_within = "ever", at_least = 1 } ->
        # Persons with an order: 100, 200, 1,300; on average 533.33, in the middle 200.
        { orders = "total", over = "100% of average" } -> c
        { orders = "total", at_least = "100% of median" } -> b c
        { orders = "total", over = "100% of median" } -> c
        { orders = "total", under = "100% of median" } -> a nobody
        { orders = "total", at_least = "top 34%" } -> b c
        { orders = "total", at_least = { top = "33%" } } -> c
        { orders = "total", over = { above = "20%", of = "average" } } -> c
        { orders = "count", at_least = "100% of average" } -> c
        { orders = "largest", at_least = "100% of median", within = "12 months" } -> b c ? nobody
    """)


def test_everybody_who_ties_with_the_last_of_the_top_is_in_it(given: Given) -> None:
    records = [order(n, f"p{n}", 5, 100 if n < 4 else 50) for n in range(10)]
    given(records).expect("""
        { orders = "total", at_least = "top 10%" } -> p0 p1 p2 p3
    """)


def test_buyers_before_the_window_are_not_in_its_population(given: Given) -> None:
    records = [order(1, "ann", 5), order(2, "bob", 5), order(3, "bob", 5), order(4, "cat", 100)]
    given(records).expect("""
        { orders = "count", within = "10 days", at_least = "100% of average" } -> bob
    """)


def test_buyers_of_items_of_no_quantity_are_in_the_population(given: Given) -> None:
    records = [basket(1, "ann", 5, line(1, "p", 0)), basket(2, "bob", 5, line(1, "p", 4))]
    # The average of 0 and 4 is 2.
    given(records).expect("""
        { items = "count", over = "190% of average" } -> bob
    """)


def test_a_baseline_of_nobody_is_unknown(given: Given) -> None:
    given(people("ann")).expect("""
        { orders = "total", over = "110% of average" } -> ? ann
        { orders = "count", where = { total = { over = "110% of average" } }, at_least = 1 } ->
    """)


def test_orders_are_not_compared_with_a_baseline_of_nobody(given: Given) -> None:
    given([order(1, "ann", 5), *people("bob")]).expect("""
        { orders = "count", where = { total = { at_least = "120% of average" } }, baseline_within =
          "1 day", under = 1 } -> bob ? ann
    """)


@pytest.mark.parametrize("statistic", ["average", "median"])
def test_a_population_of_one_is_its_own_figure(given: Given, statistic: str) -> None:
    table = """
        { orders = "total", at_least = "100% of FIGURE" }     -> ann
        { orders = "total", at_least = "99.9999% of FIGURE" } -> ann
        { orders = "total", at_least = "120% of FIGURE" }     ->
        { orders = "total", over = "99.9999% of FIGURE" }     -> ann
        { orders = "total", over = "100% of FIGURE" }         ->
        { orders = "total", over = "120% of FIGURE" }         ->
        { orders = "total", at_most = "100% of FIGURE" }      -> ann bob
        { orders = "total", at_most = "120% of FIGURE" }      -> ann bob
        { orders = "total", at_most = "99.9999% of FIGURE" }  -> bob
        { orders = "total", under = "120% of FIGURE" }        -> ann bob
        { orders = "total", under = "100% of FIGURE" }        -> bob
        { orders = "total", under = "99.9999% of FIGURE" }    -> bob
        { orders = "total", at_least = "top 1%" }             -> ann
        { orders = "count", where = { total = { at_least = { above = "0%", of = "FIGURE" } } },
          at_least = 1 } -> ann
    """
    given([order(1, "ann", 5), *people("bob")]).expect(table.replace("FIGURE", statistic))


def test_a_baseline_without_purchases_in_its_window_is_unknown(given: Given) -> None:
    given([order(1, "ann", 100), *people("bob")]).expect("""
        { orders = "total", at_least = "100% of average", baseline_within = "1 week" } -> ? ann bob
        { not = { orders = "total", at_least = "100% of average", baseline_within = "1 week" } }
          -> ? ann bob
        # People without orders have none of any size.
        { orders = "count", where = { total = { at_least = "100% of average" } },
          baseline_within = "1 week", at_least = 1 } -> ? ann
        { orders = "count", where = { total = { at_least = "100% of average" } },
          baseline_within = "1 week", under = 1 } -> bob ? ann
    """)


def test_the_top_is_rounded_up_and_ties_are_in(given: Given) -> None:
    amounts = {"a": 10, "b": 20, "c": 20, "d": 30, "e": 40}
    given([order(n, who, 5, amount) for n, (who, amount) in enumerate(amounts.items())]).expect("""
        { orders = "total", at_least = "top 10%" }  -> e
        { orders = "total", at_least = "top 20%" }  -> e
        { orders = "total", at_least = "top 21%" }  -> d e
        { orders = "total", at_least = "top 40%" }  -> d e
        { orders = "total", at_least = "top 41%" }  -> b c d e
        { orders = "total", at_least = "top 100%" } -> a b c d e
    """)
