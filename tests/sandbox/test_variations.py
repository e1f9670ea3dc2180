"""Sizes of the variations, and that the APIs tell what the facts count."""

from collections import Counter, defaultdict
from datetime import UTC, date, datetime

import httpx
import pytest

from sandbox import Clock, Facts, Sandbox, World, variations
from sandbox.world.facts import birthday_in, completed_years, months_before
from tests.sandbox.reading import every_page

STARTS = [
    (datetime(2026, 3, 2, 7, 30, tzinfo=UTC), 1),
    (datetime(2024, 2, 29, 7, 30, tzinfo=UTC), 2),
    (datetime(2026, 12, 31, 22, 45, tzinfo=UTC), 3),
]


@pytest.mark.parametrize(("start", "seed"), STARTS)
def test_no_variation_is_empty_and_none_is_everyone(start: datetime, seed: int) -> None:
    world = World(Clock(start), seed=seed)
    for shop_notes in (True, False):
        facts = Facts(world, shop_notes=shop_notes)
        found = variations(facts)
        assert len(found) > 100
        sizes = {name: len(members) for name, members in found.items()}
        everybody = len(facts.everybody)
        assert everybody >= 2000
        assert {name: n for name, n in sizes.items() if not 3 <= n <= everybody * 9 // 10} == {}
        world.pass_time(7)


def test_every_recipe_of_the_twenty_has_its_variations(whole: Sandbox) -> None:
    recipes = Counter(name.split(" ")[0] for name in variations(Facts(whole.world)))
    assert set(recipes) == {
        "recent_buyers", "lapsed_buyers", "frequent_buyers", "coupon_lovers",
        "category_customers", "big_spenders", "vip", "deal_hunters", "one_time_buyers",
        "brand_fans", "gender", "store_customers", "age_group", "birthday", "interested_in",
        "parents", "new_members", "old_members", "inactive", "active_clickers",
        "opened_recently", "clicked_recently",
    }  # fmt: skip
    assert recipes["birthday"] == 14


def test_what_the_shop_tells_gives_the_same_regulars(
    whole: Sandbox, whole_shop: httpx.Client
) -> None:
    emails = {each["id"]: each["email"] for each in every_page(whole_shop, "/customers?role=all")}
    counts: Counter[str] = Counter()
    spent: defaultdict[str, float] = defaultdict(float)
    for order in every_page(whole_shop, "/orders?status=processing,completed"):
        who = emails.get(order["customer_id"]) or order["billing"]["email"]
        if who and order["date_created"][:10] > "2025-03-02":
            counts[who.lower()] += 1
        back = sum(float(refund["total"]) for refund in order["refunds"])
        shipping = float(order["shipping_total"]) + float(order["shipping_tax"])
        if who:
            spent[who.lower()] += float(order["total"]) - shipping + back
    facts = Facts(whole.world)
    regulars = {who for who, number in counts.items() if number >= 5}
    assert variations(facts)["frequent_buyers 5 within 12 months"] == regulars
    told = {who: round(amount * 100) for who, amount in spent.items()}
    assert told == {p.email: p.spent for p in facts.everybody.values() if p.orders}


def test_ages_and_windows_end_months_where_they_are_short() -> None:
    assert months_before(date(2026, 8, 31), 6) == date(2026, 2, 28)
    assert months_before(date(2026, 1, 15), 12) == date(2025, 1, 15)
    assert completed_years(date(2000, 2, 29), date(2026, 2, 27)) == 25
    assert completed_years(date(2000, 2, 29), date(2026, 2, 28)) == 26
    assert birthday_in(2024, (2, 29)) == date(2024, 2, 29)
