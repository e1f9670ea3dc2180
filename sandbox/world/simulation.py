"""Simulated people, who arrive, buy, return, read and leave.

Each has random numbers of their own, so that one person's actions never change another's.
"""

import heapq
import itertools
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from sandbox.world.catalogue import COUPONS, STORES
from sandbox.world.mailing import Campaign, MailingList, Member, member_id
from sandbox.world.people import NEVER, ONCE, Person, happens, make_person
from sandbox.world.shop import Shop
from sandbox.world.trade import Item, Order

ZONE = ZoneInfo("Europe/Copenhagen")
NEWSLETTERS = timedelta(days=400)
"""Age of the first newsletter."""
BETWEEN_NEWSLETTERS = timedelta(days=14)
FATES = {"completed": 950, "cancelled": 25, "failed": 10, "pending": 8, "on-hold": 7}
"""Final statuses of a thousand orders."""
RETURNED, WHOLLY_RETURNED = 0.04, 0.015
"""Shares of the orders."""
COMPLAINS = 0.15
"""Share of spam reports among those who unsubscribe because of a newsletter."""
CLUB_STORIES = {"stays": 800, "leaves": 110, "comes back": 45, "bounces": 30, "complains": 15}
"""Outcomes of a thousand club memberships."""
LONGEST_BEFORE = 500
"""Longest stay in the club of those who leave it, in days."""

Action = Callable[[datetime], None]


class Simulation:
    """The future events, in order of time."""

    def __init__(
        self,
        seed: int,
        shop: Shop,
        mailing_list: MailingList,
        club: MailingList,
        start: datetime,
        arrivals: timedelta,
    ) -> None:
        """Plan the first arrival and the first newsletter; `start` is the world's present."""
        self.people: list[Person] = []
        self._seed = seed
        self._shop = shop
        self._list = mailing_list
        self._club = club
        self._between_arrivals = arrivals
        self._arrived = 0
        self._dice: dict[int, Random] = {}
        self._events: list[tuple[datetime, int, Action]] = []
        self._numbers = itertools.count()
        self._at(mailing_list.opened_at, self._somebody_arrives)
        self._at(first_newsletter(start), self._newsletter_day)

    def until(self, instant: datetime) -> None:
        """Execute every event up to and including `instant`."""
        while self._events and self._events[0][0] <= instant:
            now, _, action = heapq.heappop(self._events)
            action(now)

    def arrive(self, person: Person, now: datetime) -> None:
        """Add a person and plan their first actions."""
        self.people.append(person)
        dice = self._dice[person.number] = Random(f"{self._seed}:life:{person.number}")
        if person.registered:
            self._shop.open_account(person, now)
        delay, confirms = dice.expovariate(1 / 6), happens(dice, 0.96)
        if person.on_list:
            # A person without an account or order signs up on arrival.
            known = person.registered or person.buying is not NEVER
            self._at(
                now + timedelta(days=delay if known else 0),
                lambda at: self._sign_up(person, at, confirmed=confirms),
            )
        if person.buying is not NEVER:
            soon = now + timedelta(days=dice.random() * 3)
            self._at(max(now, by_day(soon, dice)), lambda at: self._buy(person, at))
        if person.in_club:
            later = now + timedelta(days=dice_of_club(self._seed, person).expovariate(1 / 40))
            self._at(later, lambda at: self._join_club(person, at))

    def send_newsletter(self, now: datetime) -> Campaign:
        """Send a newsletter to every subscriber, and plan the unsubscribes that follow from it."""
        campaign = self._list.send(len(self._list.campaigns) + 1, now)
        for delivery in campaign.deliveries:
            member = delivery.member
            if delivery.result == "hard":
                self._list.bounce(member, now)
            leaves, returns = happens(member.dice, 0.008), happens(member.dice, 0.15)
            if delivery.opens and leaves:
                after = delivery.opens[0] + timedelta(minutes=1)
                self._at(after, self._leaving(member, campaign, returns=returns))
        return campaign

    def _at(self, instant: datetime, action: Action) -> None:
        # Vendors write whole seconds, and their answers must be exact.
        heapq.heappush(self._events, (instant.replace(microsecond=0), next(self._numbers), action))

    def _somebody_arrives(self, now: datetime) -> None:
        self._at(now + self._between_arrivals, self._somebody_arrives)
        self.arrive(make_person(self._seed, self._arrived, now), now)
        self._arrived += 1

    def _sign_up(self, person: Person, now: datetime, *, confirmed: bool) -> None:
        if member_id(person.email) in self._list.members:
            return
        # Some people write their email with capitals, for the same mailbox.
        typed = person.email.title() if person.number % 17 == 0 else person.email
        self._list.sign_up(person, now, typed, confirmed=confirmed)

    def _join_club(self, person: Person, now: datetime) -> None:
        club, dice = self._club, dice_of_club(self._seed, person, "stay")
        if member_id(person.email) in club.members:
            return
        typed = person.email.upper() if person.number % 13 == 0 else person.email
        member = club.sign_up(person, now, typed, confirmed=happens(dice, 0.96))
        story = dice.choices(list(CLUB_STORIES), list(CLUB_STORIES.values()))[0]
        end = now + timedelta(days=dice.uniform(5, LONGEST_BEFORE))
        if member.status == "subscribed" and story != "stays":
            self._at(end, self._club_ending(member, story))

    def _club_ending(self, member: Member, story: str) -> Action:
        club = self._club

        def end(now: datetime) -> None:
            if member.status != "subscribed":
                return
            if story == "bounces":
                club.bounce(member, now)
            elif story == "complains":
                club.complain(member, now)
            else:
                club.leave(member, now)
                if story == "comes back":
                    self._at(now + timedelta(days=60), come_back)

        def come_back(now: datetime) -> None:
            if member.status == "unsubscribed":
                club.come_back(member, now)

        return end

    def _buy(self, person: Person, now: datetime) -> None:
        dice = self._dice[person.number]
        stores = [each.name for each in STORES if each.city == person.city]
        store = stores[0] if stores and happens(dice, 0.35) else None
        says_nothing = store is not None and happens(dice, 0.08)
        coupon = dice.choice(COUPONS) if happens(dice, person.coupon_chance) else None
        as_guest, fate = happens(dice, 0.1), dice.choices(list(FATES), list(FATES.values()))[0]
        order = self._shop.place(
            now,
            None if says_nothing else person,
            self._basket(person, dice),
            coupon=coupon,
            store=store,
            as_guest=as_guest,
            status="processing" if fate == "completed" else fate,
        )
        if fate == "completed":
            packing = timedelta(days=0 if store else 1.6)
            self._at(now + packing, lambda at: self._shop.complete(at, order))
        self._perhaps_return(order, dice, now)
        self._plan_next_order(person, dice, now)

    def _basket(self, person: Person, dice: Random) -> Sequence[Item]:
        basket: dict[int, Item] = {}
        for _ in range(dice.choice((1, 1, 2, 3))):
            shelf = list(self._shop.products)
            if happens(dice, 0.6):
                favourite = person.favourite_category
                shelf = [each for each in shelf if favourite in {c.id for c in each.categories}]
            if happens(dice, 0.3):
                shelf = [each for each in shelf if each.brand.id == person.favourite_brand] or shelf
            if happens(dice, person.sale_chance):
                shelf = [each for each in shelf if each.sale_price is not None] or shelf
            product = dice.choice(shelf)
            basket[product.id] = (product, dice.randint(1, person.largest_quantity))
        return list(basket.values())

    def _plan_next_order(self, person: Person, dice: Random, now: datetime) -> None:
        buying = person.buying
        if buying is ONCE or buying.days_between is None:
            return
        later = now + timedelta(days=1 + dice.expovariate(1 / buying.days_between))
        ends = buying.stops_after_days
        if ends is None or later < person.arrived_at + timedelta(days=ends):
            self._at(by_day(later, dice), lambda at: self._buy(person, at))

    def _perhaps_return(self, order: Order, dice: Random, now: datetime) -> None:
        luck, after = dice.random(), timedelta(days=dice.uniform(3, 20))
        if luck > RETURNED or not order.valid:
            return
        first = order.lines[0]
        part = {first.id: max(1, first.quantity // 2)}
        quantities = None if luck < WHOLLY_RETURNED else part
        self._at(now + after, lambda at: self._return(order, quantities, at))

    def _return(self, order: Order, quantities: Mapping[int, int] | None, now: datetime) -> None:
        if order.valid and not order.refunds:
            self._shop.refund(now, order, quantities, "Fortrydelsesret")

    def _newsletter_day(self, now: datetime) -> None:
        following = now.astimezone(ZONE).date() + BETWEEN_NEWSLETTERS
        self._at(datetime.combine(following, time(9), ZONE).astimezone(UTC), self._newsletter_day)
        self.send_newsletter(now)

    def _leaving(self, member: Member, campaign: Campaign, *, returns: bool) -> Action:
        luck = Random(f"{self._seed}:complaint:{campaign.number}:{member.person.number}")
        complains = happens(luck, COMPLAINS)

        def leave(now: datetime) -> None:
            if member.status == "subscribed":
                self._list.leave(member, now, campaign)
                if complains:
                    self._list.complain(member, now)
                elif returns:
                    self._at(now + timedelta(days=45), come_back)

        def come_back(now: datetime) -> None:
            if member.status == "unsubscribed":
                self._list.come_back(member, now)

        return leave


def dice_of_club(seed: int, person: Person, what: str = "joins") -> Random:
    """Random numbers for the club, so that it never changes a person's other actions."""
    return Random(f"{seed}:club {what}:{person.number}")


def by_day(instant: datetime, dice: Random) -> datetime:
    """A time within that local day's opening hours."""
    local = instant.astimezone(ZONE)
    return local.replace(hour=dice.randint(8, 20)).astimezone(UTC)


def first_newsletter(start: datetime) -> datetime:
    """Instant of the first newsletter, so that another one follows three days after the start."""
    upcoming = (start + timedelta(days=3)).astimezone(ZONE).date()
    first = upcoming - BETWEEN_NEWSLETTERS * (NEWSLETTERS // BETWEEN_NEWSLETTERS)
    return datetime.combine(first, time(9), ZONE).astimezone(UTC)
