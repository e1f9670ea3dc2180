"""The world: the same each time, and changed on purpose."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sandbox import Clock, World
from sandbox.woocommerce.order_payloads import order_payload
from sandbox.world.catalogue import COUPONS
from sandbox.world.people import Person
from sandbox.world.trade import vat_within

START = datetime(2026, 3, 2, 7, 30, tzinfo=UTC)


def small(seed: int = 1, start: datetime = START) -> World:
    return World(Clock(start), seed=seed, people=150)


def snapshot(world: World) -> list[Any]:
    """Everything that a vendor could show."""
    now = world.clock.now()
    return [
        list(world.people),
        [order_payload(order, "") for order in world.orders.values()],
        [(m.email, m.status, m.opted_in_at, m.merge_fields) for m in world.list.members.values()],
        [(m.email, m.status, m.opted_in_at) for m in world.club.members.values()],
        [
            (c.id, c.sent_at, [(d.member.email, d.result, d.opens, d.clicks) for d in c.deliveries])
            for c in world.list.campaigns
        ],
        now,
    ]


def somebody(world: World, holds: Callable[[Person], bool] = lambda _: True) -> Person:
    return next(person for person in world.people if holds(person))


def test_the_same_seed_and_start_give_the_same_world() -> None:
    one, other = small(), small()
    assert snapshot(one) == snapshot(other)
    one.pass_time(7)
    other.pass_time(7)
    assert snapshot(one) == snapshot(other)


def test_another_seed_gives_another_world() -> None:
    assert snapshot(small(seed=2)) != snapshot(small())


def test_days_that_pass_one_by_one_are_the_days_that_pass_at_once() -> None:
    slow, fast = small(), small()
    for _ in range(7):
        slow.pass_time(1)
    fast.pass_time(7)
    assert snapshot(slow) == snapshot(fast)


def test_one_persons_actions_change_nobody_else() -> None:
    left, untouched = small(), small()
    member = next(m for m in left.list.members.values() if m.status == "subscribed")
    left.unsubscribe(member.email)
    left.pass_time(20)
    untouched.pass_time(20)

    def others(world: World) -> list[Any]:
        return [
            (campaign.sent_at, delivery.member.email, delivery.opens, delivery.clicks)
            for campaign in world.list.campaigns
            for delivery in campaign.deliveries
            if delivery.member.id != member.id
        ]

    assert others(left) == others(untouched)
    assert len(left.list.campaigns[-1].deliveries) < len(untouched.list.campaigns[-1].deliveries)


def test_at_least_two_thousand_people_live_in_the_whole_world() -> None:
    world = World(Clock(START))
    addresses = {person.email for person in world.people}
    assert len(addresses) == len(world.people) >= 2000
    buyers = {order.person.email for order in world.orders.values() if order.person}
    readers = {member.person.email for member in world.list.members.values()}
    accounts = {account.person.email for account in world.customers.values()}
    assert buyers & readers
    assert buyers - readers
    assert buyers - accounts
    assert readers - buyers - accounts
    assert {order.status for order in world.orders.values()} >= {
        "completed", "processing", "refunded", "cancelled", "failed", "pending", "on-hold",
    }  # fmt: skip
    assert any(order.person is None for order in world.orders.values())
    for audience in (world.list, world.club):
        statuses = {member.status for member in audience.members.values()}
        assert statuses == {"subscribed", "unsubscribed", "cleaned", "pending"}
        assert any(member.complained_at for member in audience.members.values())


def test_people_are_on_both_lists_and_leave_one_without_the_other() -> None:
    world = World(Clock(START))
    both = world.list.members.keys() & world.club.members.keys()
    standing = {(world.list.members[each].status, world.club.members[each].status) for each in both}
    assert {
        ("subscribed", "subscribed"),
        ("subscribed", "unsubscribed"), ("unsubscribed", "subscribed"),
        ("subscribed", "cleaned"), ("cleaned", "subscribed"),
    } <= standing  # fmt: skip
    assert world.list.members.keys() - both
    assert world.club.members.keys() - both


def test_leaving_or_complaining_on_one_list_keeps_the_other() -> None:
    world = small()
    both = [
        member.email
        for member in world.list.members.values()
        if member.status == "subscribed"
        and member.id in world.club.members
        and world.member(member.email, world.club).status == "subscribed"
    ]
    ann, bo = both[:2]
    world.unsubscribe(ann)
    world.complain(bo, world.club)
    assert world.member(ann, world.club).status == "subscribed"
    assert world.member(bo).status == "subscribed"
    complaint = world.member(bo, world.club)
    assert (complaint.status, complaint.complained_at) == ("unsubscribed", START)
    world.subscribe(world.person(ann))
    world.bounce(ann, world.club)
    world.forget(bo, world.club)
    assert world.member(ann).status == "subscribed"
    with pytest.raises(KeyError, match="Kundeklub"):
        world.member(bo, world.club)


def test_phone_numbers_belong_to_one_person_each() -> None:
    numbers = [person.phone for person in World(Clock(START)).people if person.phone]
    assert len(numbers) == len(set(numbers)) > 50


def test_a_week_brings_orders_and_a_newsletter() -> None:
    world = small()
    orders, campaigns = len(world.orders), len(world.list.campaigns)
    assert world.pass_time(7) == START + timedelta(days=7)
    assert len(world.orders) > orders
    assert len(world.list.campaigns) == campaigns + 1
    assert all(order.changed_at <= world.clock.now() for order in world.orders.values())


def test_an_order_is_placed_now_at_present_prices() -> None:
    world = small()
    lamp = world.products[0]
    world.change_price(lamp, 20000, 15000)
    order = world.place_order(world.people[0], [(lamp, 2)], coupon=COUPONS[0])
    world.change_price(lamp, 99900)
    assert order.placed_at == START
    assert order.lines[0].subtotal == 30000
    assert order.lines[0].on_sale
    assert order.goods == order.net == 27000
    assert order.shipping == 3900
    assert order.used_coupon


def test_a_partial_refund_keeps_the_order_and_a_whole_one_ends_it() -> None:
    world = small()
    order = world.place_order(world.people[0], [(world.products[0], 3), (world.products[1], 1)])
    first, second = order.lines
    world.refund(order, {first.id: 1})
    assert order.valid
    assert first.kept == 2
    assert order.net == order.goods - first.unit_price
    rest = world.refund(order)
    assert order.status == "refunded"
    assert order.net == 0
    assert rest.amount == first.unit_price * 2 + second.unit_price + order.shipping
    with pytest.raises(ValueError, match="0 units left"):
        world.refund(order, {first.id: 1})


def test_an_order_needs_something_in_it() -> None:
    world = small()
    with pytest.raises(ValueError, match="at least one"):
        world.place_order(None, [])


def test_a_welcomed_person_never_acts_alone() -> None:
    world = small()
    model = somebody(world)
    made = replace(model, email="vera@mail.example", registered=True, on_list=True)
    vera = world.welcome(made)
    assert world.member("VERA@mail.example").status == "subscribed"
    with pytest.raises(ValueError, match="has that address"):
        world.welcome(made)
    world.pass_time(60)
    assert not [order for order in world.orders.values() if order.person == vera]
    assert world.place_order(vera, [(world.products[0], 1)]).customer_id
    assert world.place_order(vera, [(world.products[0], 1)], as_guest=True).customer_id == 0


def test_members_leave_come_back_bounce_and_are_forgotten() -> None:
    world = small()
    member = next(m for m in world.list.members.values() if m.status == "subscribed")
    world.unsubscribe(member.email)
    assert (member.status, member.unsubscribed_at) == ("unsubscribed", START)
    world.clock.advance(days=1)
    world.subscribe(member.person)
    assert (member.status, member.opted_in_at) == ("subscribed", START + timedelta(days=1))
    world.bounce(member.email)
    assert member.status == "cleaned"
    world.forget(member.email)
    with pytest.raises(KeyError):
        world.member(member.email)


@pytest.mark.parametrize(
    ("amount", "vat"), [(12500, 2500), (100, 20), (99, 20), (-99, -20), (3, 1), (2, 0), (0, 0)]
)
def test_vat_is_a_fifth_of_what_is_paid(amount: int, vat: int) -> None:
    assert vat_within(amount) == vat
