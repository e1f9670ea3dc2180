"""Facts about people agree with the shop's API, and windows are shop-local."""

from collections import Counter, defaultdict
from datetime import date

import httpx

from sandbox import Facts, Sandbox
from sandbox.world.facts import months, months_before
from tests.sandbox.reading import every_page


def test_the_shop_shows_the_same_frequent_buyers_and_amounts(
    whole: Sandbox, whole_shop: httpx.Client
) -> None:
    emails = {each["id"]: each["email"] for each in every_page(whole_shop, "/customers?role=all")}
    counts: Counter[str] = Counter()
    spent: defaultdict[str, float] = defaultdict(float)
    for order in every_page(whole_shop, "/orders?status=processing,completed"):
        email = (emails.get(order["customer_id"]) or order["billing"]["email"]).lower()
        if email and order["date_created"][:10] > "2025-03-02":
            counts[email] += 1
        refunded = sum(float(refund["total"]) for refund in order["refunds"])
        shipping = float(order["shipping_total"]) + float(order["shipping_tax"])
        if email:
            spent[email] += float(order["total"]) - shipping + refunded
    facts = Facts(whole.world)
    assert len(facts.everybody) >= 2000
    regulars = {email for email, number in counts.items() if number >= 5}
    assert regulars == facts.who(
        lambda each: sum(facts.within(o.placed_at, months(12)) for o in each.orders) >= 5
    )
    shown = {email: round(amount * 100) for email, amount in spent.items()}
    assert shown == {p.email: p.spent for p in facts.everybody.values() if p.orders}


def test_a_month_before_ends_where_the_month_is_short() -> None:
    assert months_before(date(2026, 8, 31), 6) == date(2026, 2, 28)
    assert months_before(date(2026, 1, 15), 12) == date(2025, 1, 15)
