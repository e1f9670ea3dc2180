"""Purchases of the made-up shop, by plain loops over its orders."""

from collections import defaultdict
from datetime import date, datetime, time
from functools import cache
from statistics import median

from tests.oracles.small.reckoning import (
    counted,
    distance,
    gone,
    inside,
    is_share,
    is_valid,
    net,
    off,
    per_cent,
)
from tests.oracles.small.world import CATEGORIES, CITIES, STORES, Event, Line, Order, Person, World


class Purchases:
    """The shop's orders as of the end of a day: one method per recipe, true for a member."""

    def __init__(self, world: World, today: date) -> None:
        self.world = world
        self.today = today
        self.end = datetime.combine(today, time.max)
        self.valid = [o for o in world.orders if is_valid(o) and o.day <= today]
        kinds = {message.id: message.kind for message in world.messages}
        self.orders_of: dict[str, list[Order]] = defaultdict(list)
        for order in self.valid:
            self.orders_of[order.contact].append(order)
        self.events_of: dict[str, list[Event]] = defaultdict(list)
        for event in world.events:
            if event.at <= self.end and kinds[event.message] != "transactional":
                self.events_of[event.contact].append(event)

    def orders(self, person: Person, window: str = "ever", channel: str = "") -> list[Order]:
        return [
            order for name in (person.id, person.also) if name
            for order in self.orders_of.get(name, ())
            if inside(order.day, window, self.today) and channel in ("", order.channel)
        ]  # fmt: skip

    def lines(self, person: Person, window: str) -> list[tuple[Order, Line]]:
        return [
            (order, line)
            for order in self.orders(person, window)
            for line in order.lines
            if not gone(line)
        ]

    def coupon_days(self, person: Person) -> list[date]:
        """The day of each order with a coupon, and of each coupon without an order."""
        told = {order for _, _, order, _ in self.world.coupons}
        days = [o.day for o in self.orders(person) if o.coupon or o.id in told]
        return days + [
            day for _, contact, order, day in self.world.coupons
            if not order and contact in (person.id, person.also) and day <= self.today
        ]  # fmt: skip

    def recent_buyers(
        self, person: Person, within: str = "12 months", channel: str = "",
        **between: date,
    ) -> bool:  # fmt: skip
        if between:
            return any(between["from"] <= o.day <= between["to"] for o in self.orders(person))
        return bool(self.orders(person, within, channel))

    def lapsed_buyers(self, person: Person, after: str = "6 months") -> bool:
        return bool(self.orders(person)) and not self.orders(person, after)

    def frequent_buyers(
        self, person: Person, orders: int = 3, within: str = "6 months", count_by: str = "orders"
    ) -> bool:
        found = self.orders(person, within)
        return len({o.day if count_by == "days" else o.id for o in found}) >= orders

    def coupon_lovers(self, person: Person, within: str = "12 months", orders: int = 1) -> bool:
        days = self.coupon_days(person)
        return len(days) >= orders and inside(max(days), within, self.today)

    def category_customers(
        self, person: Person, category: str, orders: int = 3, within: str = "6 months",
        count_by: str = "orders",
    ) -> bool:  # fmt: skip
        found = [
            (order, line) for order, line in self.lines(person, within)
            if self.under(self.world.products[line.product][0], category)
        ]  # fmt: skip
        return counted(found, count_by) >= orders

    def under(self, category: str, wanted: str) -> bool:
        above: str | None = category
        while above is not None and above != wanted:
            above = CATEGORIES[above]
        return above == wanted

    def big_spenders(
        self, person: Person, over: str = "20%", orders: int = 1, within: str = "12 months",
        baseline: str = "average",
    ) -> bool:  # fmt: skip
        every = self.told_orders(within)
        if not every:
            return False
        if baseline == "median":
            bound, of = int(2 * median(every)), 2
        else:
            bound, of = sum(every), len(every)
        high = [
            o for o in self.orders(person, within)
            if net(o) * of * 100 >= bound * (100 + per_cent(over))
        ]  # fmt: skip
        return len(high) >= orders

    def vip(
        self, person: Person, over: str = "10%", at_least: int | None = None, top: str = ""
    ) -> bool:
        if not (own := self.orders(person)):
            return False
        worth = sum(map(net, own))
        if at_least is not None:
            return worth >= at_least * 100
        totals = self.totals()
        if top:
            return worth >= totals[-(-len(totals) * per_cent(top) // 100) - 1]
        return worth * len(totals) * 100 > sum(totals) * (100 + per_cent(over))

    @cache  # noqa: B019 - there is one shop per day
    def totals(self) -> list[int]:
        """Amount spent by each buyer, in descending order."""
        buyers = [found for each in self.world.people if (found := self.orders(each))]
        return sorted((sum(map(net, found)) for found in buyers), reverse=True)

    @cache  # noqa: B019 - the same
    def told_orders(self, window: str) -> list[int]:
        """Net of each order of a window, orders without a contact included."""
        return [net(o) for o in self.valid if inside(o.day, window, self.today)]

    def deal_hunters(
        self, person: Person, items: int | None = None, coupon_orders: int | None = None,
        within: str = "ever", share: str = "", count_by: str = "units",
    ) -> bool:  # fmt: skip
        if items is None and coupon_orders is None:
            items, coupon_orders = 5, 2
        every = self.lines(person, within)
        sale = [each for each in every if (o := off(each[1])) and o[0] * 100 >= o[1]]
        if items is not None and counted(sale, count_by) >= items and is_share(sale, every, share):
            return True
        used = [day for day in self.coupon_days(person) if inside(day, within, self.today)]
        return coupon_orders is not None and len(used) >= coupon_orders

    def one_time_buyers(
        self, person: Person, within: str = "12 months", scope: str = "lifetime"
    ) -> bool:
        recent = len(self.orders(person, within))
        return recent == 1 and (scope == "window" or len(self.orders(person)) == 1)

    def brand_fans(
        self, person: Person, brand: str, items: int = 3, within: str = "12 months",
        share: str = "", count_by: str = "units",
    ) -> bool:  # fmt: skip
        every = self.lines(person, within)
        own = [
            each for each in every
            if self.world.products[each[1].product][1].lower() == brand.lower()
        ]  # fmt: skip
        return counted(own, count_by) >= items and is_share(own, every, share)

    def store_customers(
        self, person: Person, store: str, by: str = "bought", orders: int = 1,
        within: str = "24 months", channel: str = "", km: int = 20,
    ) -> bool:  # fmt: skip
        if by == "bought":
            there = [o for o in self.orders(person, within, channel) if o.store == store]
            return len(there) >= orders
        if by == "chosen":
            return person.store == store
        city, postcode, own = STORES[store]
        if not person.postcode:
            return False
        area = person.postcode in own if own else CITIES[person.postcode] == city
        return area or distance(person.postcode, postcode) <= km
