"""A year of the demonstration's shop, day by day: nobody is asked about what buying and time do."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from core.records import Contact, Line, Order, OrderDiscount, Record, Refund
from core.store.database import Database
from sandbox.clock import Clock
from sandbox.world import trade
from sandbox.world.people import Person
from sandbox.world.world import World
from tests.sync.brake.losing_shop import BEGIN, LosingShop

RULES: dict[str, dict[str, Any]] = {
    "recent": {"recipe": "recent_buyers"},
    "recent_month": {"recipe": "recent_buyers", "within": "30 days"},
    "lapsed": {"recipe": "lapsed_buyers", "after": "6 months"},
    "loyal": {"recipe": "frequent_buyers", "orders": 3, "within": "6 months"},
    "month_top": {"recipe": "frequent_buyers", "orders": 2, "within": "30 days"},
    "coupons_month": {"recipe": "coupon_lovers", "within": "30 days"},
    "one_time": {"recipe": "one_time_buyers"},
    "one_time_half": {"recipe": "one_time_buyers", "within": "6 months", "scope": "window"},
    "big_20": {"recipe": "big_spenders", "over": "20%"},
    "vip": {"recipe": "vip"},
    "birthday": {"recipe": "birthday"},
    "birthday_soon": {"recipe": "birthday", "within_next": "14 days"},
    "twenties": {"recipe": "age_group", "between": [20, 29]},
}
WORDS = {"processing": "paid", "completed": "fulfilled", "on-hold": "pending"}


def contact(person: Person) -> Record:
    """A person as the shop shows them."""
    return Contact(
        id=str(person.number), email=person.email, gender=person.gender,
        birthday=person.born if person.tells_year else None, city=person.city,
    )  # fmt: skip


def bought(order: trade.Order) -> Iterator[Record]:
    """An order and its refunds as the shop shows them."""
    if order.person is None:
        return
    yield Order(
        id=str(order.id), contact=str(order.person.number), placed_at=order.placed_at,
        updated_at=order.changed_at, status=WORDS.get(order.status, order.status), currency="DKK",
        discounts=(OrderDiscount(code=order.coupon.code),) if order.coupon else (),
        lines=[
            Line(id=str(line.id), total=Decimal(line.total) / 100, quantity=line.quantity)
            for line in order.lines
        ],
    )  # fmt: skip
    for each in order.refunds:
        yield Refund(
            id=str(each.id), order=str(order.id), at=each.at, total=Decimal(each.amount) / 100
        )


@pytest.mark.nightly
def test_what_buying_and_time_do_in_a_year_is_never_held(database: Database) -> None:
    clock = Clock(BEGIN)
    world = World(clock, people=900)
    shop = LosingShop(database, RULES, people=0)
    shop.tool._people = {str(number) for number in range(10_000)}
    known, seen = 0, BEGIN - timedelta(days=10_000)
    held: list[str] = []
    for day in range(366):
        arrived = world.people[known:]
        orders = [each for each in world.orders.values() if each.changed_at > seen]
        known, seen = len(world.people), clock.now()
        shop.now = clock.now()
        shop.read([*map(contact, arrived), *(row for each in orders for row in bought(each))])
        shop.evaluate()
        held += [f"day {day}, {each.target.name}: {each.reason}" for each in shop.push()]
        world.pass_time(days=1)
    assert held == []
