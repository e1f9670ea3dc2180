"""Segments 4, 7 and 9: what lies in people's baskets."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from core.records import Category, Line, Order, OrderDiscount, Product, Refund, RefundLine
from tests.core.segments.recipes.records import (
    CURRENCY,
    RecipeTable,
    bought,
    coupon,
    gathered,
    moment,
)


def goods(
    person: str, days: str, *products: str, quantity: str = "1", **more: Any
) -> Iterator[Order]:
    """One order on each day, with a line of 50 a unit for each product."""
    for day in days.split():
        yield Order(
            id=f"{person} {day}",
            contact=person,
            placed_at=moment(day),
            currency=CURRENCY,
            lines=tuple(
                Line(
                    id=product,
                    product=product,
                    quantity=Decimal(quantity),
                    total=50 * Decimal(quantity),
                    **more,
                )
                for product in products
            ),
        )


def returned(person: str, day: str, product: str) -> Refund:
    """One unit of a product of an order given back."""
    line = RefundLine(line=product, quantity=Decimal(1), total=Decimal(50))
    return Refund(id=f"{person} {day}", order=f"{person} {day}", at=moment(day), lines=(line,))


CATEGORY = RecipeTable(
    4,
    gathered(
        Category(id="10", title="Shoes"),
        Category(id="11", title="Boots", parent="10"),
        Category(id="12", title="Hats"),
        Product(id="shoe", category="10"),
        Product(id="boot", category="11"),
        Product(id="hat", category="12"),
        goods("five", "2025-04-01 2025-05-01 2025-06-01 2025-07-01 2025-08-01", "shoe"),
        goods("five-boots", "2025-04-01 2025-05-01 2025-06-01 2025-07-01 2025-08-01", "boot"),
        goods("five-hats", "2025-04-01 2025-05-01 2025-06-01 2025-07-01 2025-08-01", "hat"),
        goods("one-too-old", "2025-03-31 2025-05-01 2025-06-01 2025-07-01 2025-08-01", "shoe"),
        goods("five-at-once", "2025-05-01", "shoe", quantity="5"),
        goods("three", "2025-10-01 2025-11-01 2025-12-01", "shoe"),
        goods("three-one-too-old", "2025-09-30 2025-11-01 2025-12-01", "shoe"),
        goods("two", "2026-03-02 2026-03-31", "boot", "hat"),
        goods("two-one-too-old", "2026-03-01 2026-03-31", "shoe"),
        goods("two-in-one-order", "2026-03-20", "shoe", "boot"),
        goods("gave-one-back", "2026-03-20 2026-03-21", "shoe", "hat"),
        returned("gave-one-back", "2026-03-21", "shoe"),
    ),
    """
    # Regelmæssige kunder: Har købt i kategorien mindst fem gange inden for de sidste 12 måneder
    { recipe = "category_customers", category = "Shoes", orders = 5, within = "12 months" } -> five
      five-boots
    # Loyale kunder: Har købt i kategorien mindst tre gange inden for de sidste 6 måneder
    { recipe = "category_customers", category = "Shoes", orders = 3, within = "6 months" }  -> three
    # Top månedskunder: Har købt i kategorien mindst to gange inden for de sidste 30 dage
    { recipe = "category_customers", category = "Shoes", orders = 2, within = "30 days" }   -> two
    { recipe = "category_customers", category = "shoes", orders = 5, within = "12 months", count_by
      = "units" } -> five five-boots five-at-once
    { recipe = "category_customers", category = "Shoes", orders = 2, within = "30 days", count_by =
      "lines" } -> two two-in-one-order
    """,
)


def sale(person: str, day: str, units: int, each: str, **more: Any) -> Order:
    """An order of one line, whose units cost 100 by the list."""
    line = Line(
        id="1",
        quantity=Decimal(units),
        total=units * Decimal(each),
        list_price=Decimal(100),
        coupon_discount=more.pop("coupon_discount", None),
    )
    return Order(
        id=f"{person} {day}",
        contact=person,
        placed_at=moment(day),
        currency=CURRENCY,
        lines=(line,),
        **more,
    )


DEALS = RecipeTable(
    7,
    gathered(
        sale("five", "2020-01-01", 5, "90"),
        sale("four", "2026-01-01", 4, "90"),
        sale("ten", "2020-01-01", 6, "90"),
        sale("ten", "2026-01-01", 4, "60"),
        sale("nine", "2026-01-01", 9, "90"),
        sale("fifteen", "2026-01-01", 15, "90"),
        sale("fourteen", "2026-01-01", 14, "90"),
        sale("full-price", "2026-01-01", 20, "100"),
        sale("half-a-percent", "2026-01-01", 20, "99.5"),
        sale("one-percent", "2026-01-01", 5, "99"),
        sale("mixed", "2026-01-01", 5, "90"),
        sale("mixed", "2026-01-02", 10, "100"),
        sale("gave-one-back", "2026-01-01", 5, "90"),
        Refund(
            id="back",
            order="gave-one-back 2026-01-01",
            at=moment("2026-01-05"),
            lines=(RefundLine(line="1", quantity=Decimal(1), total=Decimal(90)),),
        ),
        sale(
            "by-coupon-only",
            "2026-01-01",
            5,
            "90",
            coupon_discount=Decimal(50),
            discounts=(OrderDiscount(code="WELCOME", amount=Decimal(50)),),
        ),
        bought("coupon-twice", "2020-01-01 2026-01-01", **coupon()),
        bought("coupon-once", "2026-01-01", **coupon()),
    ),
    """
    # Har købt 5 tilbudsprodukter
    { recipe = "deal_hunters", items = 5 } -> five ten nine fifteen fourteen one-percent mixed
    # Har købt 10 tilbudsprodukter
    { recipe = "deal_hunters", items = 10 } -> ten fifteen fourteen
    # Har købt 15 tilbudsprodukter
    { recipe = "deal_hunters", items = 15 } -> fifteen
    # Har brugt rabat kupon mere end én gang
    { recipe = "deal_hunters", coupon_orders = 2 } -> coupon-twice
    { recipe = "deal_hunters" } -> five ten nine fifteen fourteen one-percent mixed coupon-twice
    { recipe = "deal_hunters", items = 5, share = "50%" } -> five ten nine fifteen fourteen
      one-percent
    { recipe = "deal_hunters", items = 5, markdown = "10%" } -> five ten nine fifteen fourteen mixed
    { recipe = "deal_hunters", items = 2, count_by = "lines" } -> ten
    """,
)

BRAND = RecipeTable(
    9,
    gathered(
        Product(id="a", brand="Adidas"),
        Product(id="n", brand="Nike"),
        goods("three", "2025-04-01 2026-03-30 2026-03-31", "a"),
        goods("two", "2026-03-30 2026-03-31", "a"),
        goods("one-too-old", "2025-03-31 2026-03-30 2026-03-31", "a"),
        goods("three-at-once", "2026-01-01", "a", quantity="3"),
        goods("other-brand", "2026-01-01", "n", quantity="3"),
        goods("spelt-big", "2026-01-01", "loose", quantity="3", brand="ADIDAS"),
        goods("mostly-other", "2026-01-01", "a", quantity="3"),
        goods("mostly-other", "2026-01-02", "n", quantity="7"),
        goods("gave-one-back", "2026-01-01", "a", quantity="3"),
        returned("gave-one-back", "2026-01-01", "a"),
    ),
    """
    # Har købt x produkter inden for y brand
    { recipe = "brand_fans", brand = "Adidas", items = 3 } -> three three-at-once spelt-big
      mostly-other
    { recipe = "brand_fans", brand = "Adidas", items = 3, share = "31%" } -> three three-at-once
      spelt-big
    { recipe = "brand_fans", brand = "Adidas", items = 3, count_by = "lines" } -> three
    """,
)

TABLES = (CATEGORY, DEALS, BRAND)
