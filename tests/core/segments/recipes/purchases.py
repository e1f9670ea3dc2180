"""Segments 1, 2, 3, 5, 6 and 8: when, how often and for how much people buy."""

from decimal import Decimal
from typing import Any

from core.records import Discount, OrderDiscount
from tests.core.segments.recipes.records import (
    RecipeTable,
    bought,
    coupon,
    gathered,
    moment,
    persons,
)

GIVEN_BACK: dict[str, Any] = {"status": "refunded", "refunded": Decimal(100)}

RECENT = RecipeTable(
    1,
    gathered(
        persons("never"),
        bought("year-in", "2025-03-31T22:30:00+00:00"),  # half past midnight of 1 April there
        bought("year-out", "2025-03-31T21:59:59+00:00"),
        bought("half-in", "2025-10-01"),
        bought("half-out", "2025-09-30"),
        bought("thirty-in", "2026-03-02"),
        bought("thirty-out", "2026-03-01"),
        bought("tonight", "2026-03-31T21:59:59+00:00"),
        bought("tomorrow", "2026-03-31T22:00:00+00:00"),
        bought("came-back", "2024-01-01 2026-03-20"),
        bought("till", "2026-03-15", channel="pos"),
        bought("cancelled", "2026-03-20", status="cancelled"),
        bought("gave-all-back", "2026-03-20", **GIVEN_BACK),
    ),
    """
    # Har handlet inden for det sidste år: Sidste købsdato er for mindre end 12 måneder siden
    { recipe = "recent_buyers", within = "12 months" } -> year-in half-in half-out thirty-in
      thirty-out tonight came-back till
    # Har handlet inden for det sidste halve år: Sidste købsdato er for mindre end 6 måneder siden
    { recipe = "recent_buyers", within = "6 months" } -> half-in thirty-in thirty-out tonight
      came-back till
    # Har handlet inden for de sidste 30 dage: Sidste købsdato er inden for de sidste 30 dage
    { recipe = "recent_buyers", within = "30 days" } -> thirty-in tonight came-back till
    # de kunder, der ikke har handlet inden for de sidste 6 måneder
    { recipe = "lapsed_buyers", after = "6 months" } -> year-in year-out half-out
    { recipe = "recent_buyers", from = "2025-09-30", to = "2025-10-01" } -> half-in half-out
    { recipe = "recent_buyers", within = "30 days", channel = "pos" } -> till
    { recipe = "recent_buyers", within = "12 months", band = true } -> year-in half-out
    { recipe = "recent_buyers", within = "6 months", band = true } -> half-in thirty-out
    """,
)

FREQUENT = RecipeTable(
    2,
    gathered(
        bought("five", "2025-04-01 2025-05-01 2025-06-01 2025-07-01 2025-08-01"),
        bought("five-one-too-old", "2025-03-31 2025-05-01 2025-06-01 2025-07-01 2025-08-01"),
        bought("four", "2025-05-01 2025-06-01 2025-07-01 2025-08-01"),
        bought("three", "2025-10-01 2025-11-01 2025-12-01"),
        bought("three-one-too-old", "2025-09-30 2025-11-01 2025-12-01"),
        bought("two", "2026-03-02 2026-03-31"),
        bought("two-one-too-old", "2026-03-01 2026-03-31"),
        bought("two-in-a-day", "2026-03-20T10:00:00+00:00 2026-03-20T10:05:00+00:00"),
        bought("all", "2025-04-01 2025-10-01 2026-01-01 2026-03-02 2026-03-03"),
        bought("one-cancelled", "2026-03-20"),
        bought("one-cancelled", "2026-03-21", status="cancelled"),
    ),
    """
    # Regelmæssige kunder: Har købt mindst fem gange inden for de sidste 12 måneder
    { recipe = "frequent_buyers", orders = 5, within = "12 months" } -> five all
    # Loyale kunder: Har købt mindst tre gange inden for de sidste 6 måneder
    { recipe = "frequent_buyers", orders = 3, within = "6 months" } -> three all
    # Top månedskunder: Har købt mindst to gange inden for de sidste 30 dage
    { recipe = "frequent_buyers", orders = 2, within = "30 days" } -> two two-in-a-day all
    { recipe = "frequent_buyers", orders = 2, within = "30 days", count_by = "days" } -> two all
    { recipe = "frequent_buyers", orders = 5, within = "12 months", band = true } -> five
    """,
)

COUPONS = RecipeTable(
    3,
    gathered(
        bought("year-in", "2025-04-01", **coupon()),
        bought("year-out", "2025-03-31", **coupon()),
        bought("half-in", "2025-10-01", **coupon()),
        bought("half-out", "2025-09-30", **coupon()),
        bought("thirty-in", "2026-03-02", **coupon()),
        bought("thirty-out", "2026-03-01", **coupon()),
        bought("twice", "2024-01-01 2026-02-01", **coupon()),
        bought("automatic", "2026-03-20", discounts=(OrderDiscount(amount=Decimal(10)),)),
        bought("without", "2026-03-20"),
        bought("gave-all-back", "2026-03-20", **GIVEN_BACK, **coupon()),
        bought("coupon-long-ago", "2025-03-01", **coupon()),
        bought("coupon-long-ago", "2026-03-20"),
        Discount(id="slip", contact="paper-coupon", code="SLIP", at=moment("2026-03-10")),
        bought("told-apart", "2026-03-15"),
        Discount(
            id="apart",
            contact="told-apart",
            order="told-apart 100 2026-03-15 1",
            code="APART",
            at=moment("2026-03-15"),
        ),
    ),
    """
    # Sidste købsdato med rabatkupon er for mindre end 12 måneder siden
    { recipe = "coupon_lovers", within = "12 months" } -> year-in half-in half-out thirty-in
      thirty-out twice paper-coupon told-apart
    # Sidste købsdato med rabatkupon er for mindre end 6 måneder siden
    { recipe = "coupon_lovers", within = "6 months" } -> half-in thirty-in thirty-out twice
      paper-coupon told-apart
    # Sidste købsdato med rabatkupon er inden for de sidste 30 dage
    { recipe = "coupon_lovers", within = "30 days" } -> thirty-in paper-coupon told-apart
    { recipe = "coupon_lovers", orders = 2, within = "12 months" } -> twice
    """,
)


# Ten orders of the last 12 months amount to 1,000: the average is 100 and the levels are
# 120, 140 and 180. The median lies between 119.99 and 120: 20 % above it is 143.994.
BIG = RecipeTable(
    5,
    gathered(
        bought("at-20", "2025-04-01", "120"),
        bought("under-20", "2025-04-01", "119.99", shipping=Decimal(50)),
        bought("at-40", "2026-03-31", "140"),
        bought("under-40", "2026-03-31", "139.99"),
        bought("at-80", "2026-01-01", "180"),
        bought("under-80", "2026-01-01", "179.99"),
        bought("small", "2026-01-01 2026-01-02", "50"),
        bought(None, "2026-01-01", "20.03"),
        bought("free", "2026-01-01", "0"),
        bought("too-old", "2025-03-31", "500"),
        bought("cancelled", "2026-03-01", "900", status="cancelled"),
    ),
    """
    # Har x antal ordre 20 % over gennemsnitsordren
    { recipe = "big_spenders", over = "20%" } -> at-20 at-40 under-40 at-80 under-80
    # Har x antal ordre 40 % over gennemsnitsordren
    { recipe = "big_spenders", over = "40%" } -> at-40 at-80 under-80
    # Har x antal ordre 80 % over gennemsnitsordren
    { recipe = "big_spenders", over = "80%" } -> at-80
    { recipe = "big_spenders", over = "20%", baseline = "median" } -> at-80 under-80
    { recipe = "big_spenders", over = "20%", band = true } -> at-20 under-40
    """,
)

# Eight persons are worth 8,000 together: 1,000 each, and the levels are 1,050, 1,100 and 1,150.
VIP = RecipeTable(
    6,
    gathered(
        persons("never"),
        bought("at-5", "2026-01-01", "1050"),
        bought("over-5", "2026-01-01", "1050.01"),
        bought("at-10", "2026-01-01", "1100"),
        bought("over-10", "2026-01-01", "1100.01"),
        bought("at-15", "2026-01-01", "1200", refunded=Decimal(50)),
        bought("over-15", "2019-01-01", "1000"),
        bought("over-15", "2026-01-01", "150.01"),
        bought("small", "2026-01-01", "700"),
        bought("small", "2026-04-01", "9000"),
        bought("smaller", "2026-01-01", "699.97"),
        bought(None, "2026-01-01", "5000"),
    ),
    """
    # CLV der overstiger gennemsnittet med 5 %
    { recipe = "vip", over = "5%" }              -> over-5 at-10 over-10 at-15 over-15
    # CLV der overstiger gennemsnittet med 10 %
    { recipe = "vip", over = "10%" }             -> over-10 at-15 over-15
    # CLV der overstiger gennemsnittet med 15 %
    { recipe = "vip", over = "15%" }             -> over-15
    { recipe = "vip", at_least = 1100 }          -> at-10 over-10 at-15 over-15
    { recipe = "vip", top = "25%" }              -> at-15 over-15
    { recipe = "vip", top = "26%" }              -> over-10 at-15 over-15
    { recipe = "vip", over = "5%", band = true } -> over-5 at-10
    """,
)


ONCE = RecipeTable(
    8,
    gathered(
        persons("never"),
        bought("year-in", "2025-04-01"),
        bought("year-out", "2025-03-31"),
        bought("half-in", "2025-10-01"),
        bought("half-out", "2025-09-30"),
        bought("twice", "2026-03-01 2026-03-02"),
        bought("long-ago-too", "2020-01-01 2026-03-01"),
        bought("one-cancelled", "2026-03-01"),
        bought("one-cancelled", "2026-03-05", status="cancelled"),
    ),
    """
    # Har købt én gang inden for de sidste 12 måneder
    { recipe = "one_time_buyers", within = "12 months" } -> year-in half-in half-out one-cancelled
    # Har købt én gang inden for de sidste 6 måneder
    { recipe = "one_time_buyers", within = "6 months" } -> half-in one-cancelled
    { recipe = "one_time_buyers", within = "12 months", scope = "window" } -> year-in half-in
      half-out one-cancelled long-ago-too
    { recipe = "one_time_buyers", within = "12 months", band = true } -> year-in half-out
    """,
)

TABLES = (RECENT, FREQUENT, COUPONS, BIG, VIP, ONCE)
