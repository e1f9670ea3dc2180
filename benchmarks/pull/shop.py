"""A WooCommerce shop of any size, in the payloads of the sandbox."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from sandbox.woocommerce.order_payloads import order_payload, refund_payload
from sandbox.woocommerce.payloads import customer_payload
from sandbox.woocommerce.product_payloads import (
    category_payload,
    product_payload,
    variation_payload,
)
from sandbox.world.catalogue import CATEGORIES, COUPONS
from sandbox.world.people import Person, make_person
from sandbox.world.shop import Shop

OPENED = datetime(2023, 1, 2, 8, tzinfo=UTC)
SITE = "http://shop.example"
ORDERS_PER_PERSON = 5
SHARE_OF_GUESTS = 0.2
SHARE_WITH_COUPON = 0.15
SHARE_GIVEN_BACK = 0.01
ITEMS = (1, 1, 2, 2, 3, 3)
"""Lines of an order: two on average."""
# Order attribution, as present shops record it.
NOTED = (
    ("_wc_order_attribution_source_type", "organic"),
    ("_wc_order_attribution_referrer", "https://www.google.example/"),
    ("_wc_order_attribution_utm_source", "google"),
    ("_wc_order_attribution_utm_medium", "organic"),
    ("_wc_order_attribution_session_entry", "https://shop.example/vare/uldplaid-lille/"),
    ("_wc_order_attribution_session_start_time", "2025-11-03 19:02:11"),
    ("_wc_order_attribution_session_pages", "7"),
    ("_wc_order_attribution_session_count", "2"),
    ("_wc_order_attribution_user_agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0"),
    ("_wc_order_attribution_device_type", "Desktop"),
    ("is_vat_exempt", "no"),
)

Rows = Sequence[dict[str, Any]]


def lists(orders: int, seed: int = 1) -> dict[str, Rows]:
    """Path -> list of a shop with that many orders."""
    shop, dice = Shop(seed, OPENED), Random(seed)
    people = [make_person(seed, number, OPENED) for number in range(orders // ORDERS_PER_PERSON)]
    guests = {each.number for each in people if dice.random() < SHARE_OF_GUESTS}
    for person in people:
        if person.number not in guests:
            shop.open_account(person, OPENED)
    for number in range(orders):
        _buy(shop, dice, dice.choice(people), OPENED + timedelta(minutes=17 * number))
    placed = list(shop.orders.values())
    return {
        "/products/categories": [category_payload(each, 0, SITE) for each in CATEGORIES],
        "/products": [product_payload(each, 0, SITE, brands=True) for each in shop.products],
        "/variations": [
            variation_payload(size, each, SITE)
            for each in shop.products
            for size in each.variations
        ],
        "/customers": [
            customer_payload(each, SITE, paying=True) for each in shop.customers.values()
        ],
        "/orders": [{**order_payload(each, SITE), "meta_data": _noted(each.id)} for each in placed],
        "/refunds": [
            {**refund_payload(each, one, SITE), "parent_id": each.id}
            for each in placed
            for one in each.refunds
        ],
    }


def _buy(shop: Shop, dice: Random, person: Person, now: datetime) -> None:
    count = dice.choice(ITEMS)
    items = [(dice.choice(shop.products), dice.choice((1, 1, 1, 2))) for _ in range(count)]
    coupon = dice.choice(COUPONS) if dice.random() < SHARE_WITH_COUPON else None
    order = shop.place(now, person, items, coupon=coupon)
    shop.complete(now + timedelta(days=2), order)
    if dice.random() < SHARE_GIVEN_BACK:
        back = order.lines[0]
        shop.refund(now + timedelta(days=9), order, {back.id: back.quantity}, "")


def _noted(order: int) -> Rows:
    return [
        {"id": order * 100 + place, "key": key, "value": value}
        for place, (key, value) in enumerate(NOTED)
    ]
