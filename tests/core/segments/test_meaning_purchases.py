"""What rules about orders, items, refunds and coupons mean."""

from decimal import Decimal

from core.records import (
    Category,
    Discount,
    OrderDiscount,
    Product,
    Refund,
    RefundLine,
    Store,
)
from core.store.database import Database
from tests.core.segments.counted import Case, ago, agree, basket, line, order, people


def test_counts_totals_and_days_over_no_orders_are_zero(database: Database) -> None:
    records = [
        *people("ann bob cat"),
        order(1, "ann", 5),
        order(2, "ann", 5),
        order(3, "bob", 40, 0),
    ]
    agree(
        database,
        records,
        [
            Case({"orders": "count", "is": 0}, "cat"),
            Case({"orders": "count", "at_least": 2}, "ann"),
            Case({"orders": "days", "is": 1}, "ann bob"),
            Case({"orders": "total", "at_most": 0}, "bob cat"),
            Case({"orders": "total", "between": [200, 200]}, "ann"),
            Case({"orders": "count", "in": [1, 2]}, "ann bob"),
            Case({"orders": "count", "not_in": [1, 2]}, "cat"),
            Case({"orders": "count", "is_not": 0}, "ann bob"),
            Case({"orders": "largest", "over": 0}, "ann", "cat"),
            Case({"orders": "average", "is": 100}, "ann", "cat"),
            Case({"not": {"orders": "average", "over": 50}}, "bob", "cat"),
        ],
    )


def test_only_valid_orders_count(database: Database) -> None:
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
    agree(
        database,
        records,
        [
            Case({"orders": "count", "at_least": 1}, "done half paid"),
            Case({"orders": "total", "is": 40}, "half"),
            Case({"refunds": "count", "at_least": 1}, "back half"),
            Case({"refunds": "total", "over": "99.99"}, "back"),
            Case({"refunds": "last", "within": "7 days"}, "back half"),
        ],
    )


def test_a_threshold_may_be_relative_to_the_population(database: Database) -> None:
    records = [
        order(1, "a", 5, 100),
        order(2, "b", 5, 200),
        order(3, "c", 5, 300),
        order(4, None, 5, 200),
        order(5, "c", 400, 1000),
        *people("nobody"),
    ]
    average = {"total": {"at_least": "150% of average"}}
    agree(
        database,
        records,
        [
            # In 12 months: 100, 200, 300 and nobody's 200 make 200; one and a half of it is 300.
            Case({"orders": "count", "where": average, "within": "12 months", "at_least": 1}, "c"),
            Case(
                {
                    "orders": "count",
                    "where": {"total": {"over": "150% of average"}},
                    "within": "12 months",
                    "at_least": 1,
                }
            ),
            # Ever: 1,800 over five orders.
            Case({"orders": "count", "where": average, "at_least": 1}, "c"),
            Case(
                {
                    "orders": "count",
                    "where": {"total": {"at_least": "100% of average"}},
                    "within": "12 months",
                    "baseline_within": "ever",
                    "at_least": 1,
                }
            ),
            # Persons with an order: 100, 200, 1,300; on average 533.33, in the middle 200.
            Case({"orders": "total", "over": "100% of average"}, "c"),
            Case({"orders": "total", "at_least": "100% of median"}, "b c"),
            Case({"orders": "total", "over": "100% of median"}, "c"),
            Case({"orders": "total", "under": "100% of median"}, "a nobody"),
            Case({"orders": "total", "at_least": "top 34%"}, "b c"),
            Case({"orders": "total", "at_least": {"top": "33%"}}, "c"),
            Case({"orders": "total", "over": {"above": "20%", "of": "average"}}, "c"),
            Case({"orders": "count", "at_least": "100% of average"}, "c"),
            Case(
                {"orders": "largest", "at_least": "100% of median", "within": "12 months"},
                "b c",
                "nobody",
            ),
        ],
    )


def test_everybody_who_ties_with_the_last_of_the_top_is_in_it(database: Database) -> None:
    records = [order(n, f"p{n}", 5, 100 if n < 4 else 50) for n in range(10)]
    agree(
        database,
        records,
        [Case({"orders": "total", "at_least": "top 10%"}, "p0 p1 p2 p3")],
    )


def test_who_bought_before_the_window_is_not_in_its_population(database: Database) -> None:
    rule = {"orders": "count", "within": "10 days", "at_least": "100% of average"}
    records = [order(1, "ann", 5), order(2, "bob", 5), order(3, "bob", 5), order(4, "cat", 100)]
    agree(database, records, [Case(rule, "bob")])


def test_a_baseline_of_nobody_is_unknown(database: Database) -> None:
    agree(
        database,
        people("ann"),
        [
            Case({"orders": "total", "over": "110% of average"}, unknown="ann"),
            Case(
                {"orders": "count", "where": {"total": {"over": "110% of average"}}, "at_least": 1}
            ),
        ],
    )


def test_coupons_count_with_their_order_or_by_themselves(database: Database) -> None:
    coupon = (OrderDiscount(code="SUMMER"),)
    records = [
        order(1, "with", 5, discounts=coupon),
        order(2, "plain", 5),
        order(3, "auto", 5, discounts=(OrderDiscount(amount=Decimal(5)),)),
        Discount(id="d1", contact="alone", code="Winter", at=ago(5)),
        Discount(id="d2", contact="alone", code="winter", at=ago(4)),
        order(4, "gone", 5, status="cancelled", discounts=coupon),
    ]
    agree(
        database,
        records,
        [
            Case({"orders": "count", "where": {"coupon": True}, "at_least": 1}, "alone with"),
            Case({"orders": "count", "where": {"coupon": "winter"}, "at_least": 2}, "alone"),
            Case(
                {"orders": "count", "where": {"coupon": ["summer", "WINTER"]}, "at_least": 1},
                "alone with",
            ),
            Case(
                {"orders": "count", "where": {"coupon": {"starts_with": "win"}}, "at_least": 1},
                "alone",
            ),
            Case({"orders": "count", "where": {"coupon": False}, "at_least": 1}, "auto plain"),
            Case({"orders": "count", "at_least": 1}, "auto plain with"),
            Case({"orders": "last", "where": {"coupon": True}, "within": "5 days"}, "alone"),
        ],
    )


def test_items_are_asked_by_category_brand_price_and_sale(database: Database) -> None:
    records = [
        Category(id="toys", title="Toys"),
        Category(id="bricks", title="Bricks", parent="toys"),
        Product(
            id="set",
            categories=("bricks", "toys"),
            brand="LEGO A/S",
            sku="S-1",
            list_price=Decimal(20),
        ),
        Product(id="doll", category="toys", brand="Mattel"),
        Product(id="plain"),
        basket(1, "ann", 5, line(1, "set", 2, 20), line(2, "doll")),
        basket(2, "bob", 5, line(3, "doll", 3, 30, list_price=Decimal(10))),
        basket(3, "cat", 5, line(4, "plain")),
        basket(4, "dan", 5, line(5, "set", 5, 100), channel="pos", store="s1"),
        Refund(
            id="r",
            order="4",
            at=ago(1),
            lines=(RefundLine(line="5", quantity=Decimal(4), total=Decimal(80)),),
        ),
        Store(id="s1", title="Aarhus"),
    ]
    agree(
        database,
        records,
        [
            Case(
                {"items": "count", "where": {"category": "toys"}, "at_least": 3}, "ann bob", "cat"
            ),
            Case({"items": "lines", "where": {"category": "TOYS"}, "is": 2}, "ann", "cat"),
            Case(
                {"items": "count", "where": {"category": ["bricks", "toys"]}, "is": 3},
                "ann bob",
                "cat",
            ),
            Case(
                {"items": "orders", "where": {"category": "bricks"}, "at_least": 1},
                "ann dan",
                "cat",
            ),
            Case(
                {"items": "lines", "where": {"category": {"not_in": ["bricks"]}}, "at_least": 1},
                "ann bob",
                "cat",
            ),
            Case({"items": "count", "where": {"brand": "lego"}, "is": 2}, "ann", "cat"),
            Case({"items": "count", "where": {"brand": "lego"}, "is": 1}, "dan", "cat"),
            Case({"items": "share", "where": {"brand": "lego"}, "over": "60%"}, "ann dan", "cat"),
            Case(
                {"items": "share", "where": {"brand": "lego"}, "at_least": "66.67%"}, "dan", "cat"
            ),
            Case({"items": "count", "where": {"on_sale": True}, "at_least": 1}, "ann", "cat"),
            Case({"items": "count", "where": {"on_sale": False}, "at_least": 1}, "bob dan", "cat"),
            Case(
                {"items": "count", "where": {"markdown": {"at_least": "50%"}}, "at_least": 1},
                "ann",
                "cat",
            ),
            Case({"items": "count", "where": {"price": {"over": 10}}, "at_least": 1}, "dan"),
            Case({"items": "count", "where": {"sku": "S-1"}, "at_least": 1}, "ann dan", "bob cat"),
            Case({"items": "count", "where": {"product": "doll"}, "at_least": 1}, "ann bob"),
            Case(
                {"items": "count", "where": {"channel": "pos"}, "at_least": 1}, "dan", "ann bob cat"
            ),
            Case(
                {"items": "count", "where": {"store": "aarhus"}, "at_least": 1},
                "dan",
                "ann bob cat",
            ),
            Case(
                {"items": "count", "where": {"connection": "shop"}, "at_least": 1},
                "ann bob cat dan",
            ),
            Case({"items": "total", "where": {"brand": "mattel"}, "is": 30}, "bob", "cat"),
            Case(
                {"items": "last", "where": {"brand": "mattel"}, "within": "7 days"},
                "ann bob",
                "cat",
            ),
        ],
    )
