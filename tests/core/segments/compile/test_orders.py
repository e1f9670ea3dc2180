"""Rules about orders and coupons."""

from decimal import Decimal

import pytest

from core.records import Discount, OrderDiscount, Rate, Refund
from tests.core.segments.cases import ago, order, people
from tests.core.segments.conftest import Given


def test_counts_totals_and_days_over_no_orders_are_zero(given: Given) -> None:
    records = [
        *people("ann bob cat"),
        order(1, "ann", 5),
        order(2, "ann", 5),
        order(3, "bob", 40, 0),
    ]
    given(records).expect("""
        { orders = "count", is = 0 }                -> cat
        { orders = "count", at_least = 2 }          -> ann
        { orders = "days", is = 1 }                 -> ann bob
        { orders = "total", at_most = 0 }           -> bob cat
        { orders = "total", between = [200, 200] }  -> ann
        { orders = "count", in = [1, 2] }           -> ann bob
        { orders = "count", not_in = [1, 2] }       -> cat
        { orders = "count", is_not = 0 }            -> ann bob
        { orders = "largest", over = 0 }            -> ann ? cat
        { orders = "average", is = 100 }            -> ann ? cat
        { not = { orders = "average", over = 50 } } -> bob ? cat
    """)


def test_only_valid_orders_count(given: Given) -> None:
    records = [
        order(1, "paid", 5),
        order(2, "done", 5, status="fulfilled"),
        order(3, "gone", 5, status="cancelled"),
        order(4, "draft", 5, status="draft"),
        order(5, "odd", 5, status="teleported"),
        order(6, "back", 5),
        Refund(id="r", order="6", at=ago(1), total=Decimal(100)),
        order(7, "half", 5),
        Refund(id="h", order="7", at=ago(1), total=Decimal(60)),
    ]
    given(records).expect("""
        { orders = "count", at_least = 1 }      -> done half odd paid
        { orders = "total", is = 40 }           -> half
        { refunds = "count", at_least = 1 }     -> back half
        { refunds = "total", over = "99.99" }   -> back
        { refunds = "last", within = "7 days" } -> back half
    """)


def test_an_order_tells_where_it_was_sent_and_what_led_to_it(given: Given) -> None:
    records = [
        order(1, "ann", 5, ship_country="Sweden", source="Google", campaign="Spring"),
        order(2, "ann", 4, subscription="first", gift_card_paid=Decimal(20)),
        order(3, "bob", 5, ship_country="dk", subscription="renewal", gift_card_paid=Decimal(0)),
        order(4, "cat", 5),
        Discount(id="d", contact="dan", at=ago(5), code="x"),
        order(5, "ann", 3, source="google", discounts=(OrderDiscount(code="X", kind="coupon"),)),
        order(6, "bob", 3, discounts=(OrderDiscount(code="x", kind="loyalty"),)),
    ]
    given(records).expect("""
        { orders = "count", where = { ship_country = "SE" }, is = 1 }         -> ann ? cat
        { orders = "count", where = { ship_country = ["dk", "SE"] }, is = 1 } -> ann bob ? cat
        { orders = "count", where = { source = "GOOGLE" }, is = 2 }           -> ann ? bob cat
        { orders = "count", where = { campaign = { contains = "pr" } }, is = 1 } -> ann ? bob cat
        { orders = "count", where = { subscription = "renewal" }, is = 1 }    -> bob ? cat
        { orders = "count", where = { gift_card = true }, is = 1 }            -> ann ? cat
        { orders = "count", where = { gift_card = false }, is = 1 }           -> bob ? cat
        # Only a code that the customer brought is a coupon.
        { orders = "count", where = { coupon = true }, is = 1 }               -> ann dan
        { orders = "count", where = { coupon = "x", source = "google" }, is = 1 }
          -> ann ? bob cat dan
    """)


def test_a_refund_needs_no_order_where_a_person_is_named(given: Given) -> None:
    records = [
        order(1, "ann", 9, store="aarhus", channel="pos"),
        Refund(id="1", order="1", at=ago(5), total=Decimal(10), reason="Too small"),
        Refund(id="2", order="1", at=ago(4), total=Decimal(20), store="odense", channel="web"),
        Refund(
            id="3", contact="bob", at=ago(3), total=Decimal(30), reason="Broken", store="odense"
        ),
        Refund(id="4", contact="cat", at=ago(2), total=Decimal(4), currency="EUR"),
        Refund(id="5", at=ago(1), total=Decimal(50)),
        Refund(id="6", order="nowhere", contact="bob", at=ago(1), total=Decimal(60)),
        Rate(currency="EUR", day=ago(2).date(), rate=Decimal("7.5")),
        *people("dan"),
    ]
    given(records).expect("""
        { refunds = "count", at_least = 1 }  -> ann bob cat
        { refunds = "total", is = 30 }       -> ann bob cat
        { refunds = "last", within = "4 days" } -> bob cat
        { refunds = "count", where = { reason = "too small" }, at_least = 1 } -> ann ? cat
        # The order's store and channel, where the refund states none.
        { refunds = "count", where = { store = "Aarhus" }, is = 1 }   -> ann ? cat
        { refunds = "total", where = { store = "odense" }, is = 20 }  -> ann ? cat
        { refunds = "count", where = { channel = "pos" }, is = 1 }    -> ann ? bob cat
        { refunds = "count", where = { channel = "web" }, is = 1 }    -> ann ? bob cat
    """)


def test_more_than_one_and_a_half_orders_are_two(given: Given) -> None:
    records = [order(1, "ann", 5), order(2, "bob", 5), order(3, "bob", 5)]
    given(records).expect("""
        { orders = "count", at_least = 1.5 } -> bob
        { orders = "count", over = 1.5 }     -> bob
    """)


def test_the_typical_gap_is_the_median_between_purchase_days(given: Given) -> None:
    records = [
        *(order(n, "ann", days) for n, days in enumerate((100, 90, 60, 60))),
        *(order(10 + n, "bob", days) for n, days in enumerate((100, 90, 80, 10))),
        order(20, "cat", 5),
    ]
    given(records).expect("""
        { orders = "gap", is = 20 }      -> ann ? cat
        { orders = "gap", at_most = 10 } -> bob ? cat
    """)


def test_a_gap_is_between_the_days_of_its_window(given: Given) -> None:
    records = [order(n, "ann", days) for n, days in enumerate((100, 5, 3))]
    given(records).expect("""
        { orders = "gap", within = "30 days", is = 2 } -> ann
    """)


def test_coupons_count_with_their_order_or_by_themselves(given: Given) -> None:
    coupon = (OrderDiscount(code="SUMMER"),)
    records = [
        order(1, "with", 5, discounts=coupon),
        order(2, "plain", 5),
        order(3, "auto", 5, discounts=(OrderDiscount(amount=Decimal(5)),)),
        Discount(id="d1", contact="alone", code="Winter", at=ago(5)),
        Discount(id="d2", contact="alone", code="winter", at=ago(4)),
        order(4, "gone", 5, status="cancelled", discounts=coupon),
    ]
    given(records).expect("""
        { orders = "count", where = { coupon = true }, at_least = 1 } -> alone with
        { orders = "count", where = { coupon = "winter" }, at_least = 2 } -> alone
        { orders = "count", where = { coupon = ["summer", "WINTER"] }, at_least = 1 } -> alone with
        { orders = "count", where = { coupon = { starts_with = "win" } }, at_least = 1 } -> alone
        { orders = "count", where = { coupon = false }, at_least = 1 } -> auto plain
        { orders = "count", at_least = 1 } -> auto plain with
        { orders = "last", where = { coupon = true }, within = "5 days" } -> alone
    """)


def test_an_order_with_two_coupons_is_one_coupon_order(given: Given) -> None:
    codes = (OrderDiscount(code="SPRING"), OrderDiscount(code="SUMMER"))
    given([order(1, "ann", 5, discounts=codes)]).expect("""
        { orders = "count", where = { coupon = true }, is = 1 } -> ann
    """)


@pytest.mark.parametrize("noun", ["Order", "Discount"])
def test_coupons_are_known_where_orders_or_discounts_are_delivered(given: Given, noun: str) -> None:
    given(people("ann"), delivered=frozenset({"Contact", noun})).expect("""
        { orders = "count", where = { coupon = true }, is = 0 } -> ann
    """)


def test_a_sequence_of_coupons_rests_on_orders(given: Given) -> None:
    given(people("ann"), delivered=frozenset({"Contact", "Discount"})).expect("""
        { orders = "count", where = { coupon = true }, then_no = "orders", is = 0 } -> ? ann
    """)
