"""Rules about carts."""

from decimal import Decimal

from core.records import Cart, CartLine
from tests.core.segments.cases import ago, order, people
from tests.core.segments.conftest import Given


def test_a_cart_that_became_an_order_is_ordered_whenever_that_was_placed(given: Given) -> None:
    records = [
        Cart(id="1", contact="ann", at=ago(9), order="1"),
        order(1, "ann", 3),
        # Such a cart was changed after it had been ordered.
        Cart(id="2", contact="bob", at=ago(3), order="2"),
        order(2, "bob", 9),
        Cart(id="3", contact="cat", at=ago(3), order="never delivered"),
        Cart(id="4", contact="dan", at=ago(3), order="4", status="open"),
        order(4, "dan", 9),
    ]
    given(records).expect("""
        { carts = "count", where = { status = "ordered" }, is = 1 } -> ann bob cat
        { carts = "count", where = { status = "open" }, is = 1 }    -> dan
        { carts = "count", at_least = 1, then = "orders" }          -> ann
        { carts = "count", at_least = 1, then_no = "orders" }       -> bob cat dan
    """)


def test_carts_count_whatever_became_of_them(given: Given) -> None:
    yarn, shoes = CartLine(category="Yarn", brand="lego"), CartLine(category="Shoes", product="P1")
    records = [
        Cart(id="1", contact="ann", at=ago(2), total=Decimal(100), lines=(yarn, shoes)),
        Cart(id="2", contact="ann", at=ago(9), total=Decimal(50), order="7", url="https://x/c/2"),
        Cart(id="3", contact="bob", at=ago(2), status="expired", lines=(yarn, yarn)),
        Cart(id="4", contact="cat", at=ago(2), total=Decimal(10), currency="EUR", lines=(shoes,)),
        Cart(id="5", contact="dan", at=ago(-1), total=Decimal(10)),
        # Cat bought before she began her cart, bob after it.
        order(7, "cat", 3),
        order(8, "bob", 1),
        *people("eve"),
    ]
    given(records).expect("""
        { carts = "count", at_least = 1 }                                    -> ann bob cat
        { carts = "count", where = { status = "open" }, is = 1 }             -> ann cat
        { carts = "count", where = { status = "ordered" }, is = 1 }          -> ann
        { carts = "count", at_least = 1, then_no = "orders" }                -> ann cat
        { carts = "count", where = { category = "yarn" }, is = 1 }           -> ann bob
        { carts = "count", where = { category = { not_in = ["yarn"] } }, is = 1 } -> cat
        # Each condition is about some line, not all about the same one.
        { carts = "count", where = { category = "yarn", product = "p1" }, is = 1 } -> ann ? bob
        { carts = "count", where = { brand = "LEGO A/S" }, is = 1 }          -> ann bob ? cat
        { carts = "count", where = { url = { contains = "/C/" } }, is = 1 }  -> ann ? bob cat
        { carts = "total", at_least = 150 }                                  -> ann ? bob cat
        { carts = "total", within = "7 days", under = 150 }
          -> ann dan eve ? bob cat
        { carts = "last", within = "7 days" }                                -> ann bob cat
    """)
