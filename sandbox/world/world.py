"""A Nordic shop with its customers, newsletter and club, simulated up to the sandbox's clock.

The same seed and the same start give the same world, and the same world after the same steps.
"""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sandbox.clock import Clock
from sandbox.world.catalogue import Coupon, Product
from sandbox.world.mailing import Campaign, MailingList, Member, member_id
from sandbox.world.people import NEVER, SILENT, Person
from sandbox.world.shop import Shop
from sandbox.world.simulation import Simulation
from sandbox.world.trade import Customer, Item, Order, Refund

HISTORY = timedelta(days=3 * 365)
BY_HAND = "Fødselsdagsklub"
"""Tag, option and meta data key that the shop's staff set; the hub may never remove them."""
FIRST_WELCOMED = 1_000_000
"""First number of people made by tests, so that arrivals keep their numbers."""


class World:
    """The state of the sandbox, which its services expose in the vendors' formats.

    Tests and the demonstration make their changes here, at the clock's present.
    """

    def __init__(self, clock: Clock, *, seed: int = 1, people: int = 2400) -> None:
        """Simulate three years up to the clock's present; `people` arrive evenly."""
        self.clock = clock
        self.seed = seed
        self.lock = threading.RLock()
        self.started_at = clock.now()
        opened_at = self.started_at - HISTORY
        self.shop = Shop(seed, opened_at)
        self.list = MailingList(seed, opened_at, "list", "Nyhedsbrev")
        self.club = MailingList(seed, opened_at, "club", "Kundeklub")
        self._simulation = Simulation(
            seed, self.shop, self.list, self.club, self.started_at, HISTORY / people
        )
        self._simulation.until(self.started_at)
        self._welcomed = 0
        self.saves_per_request = 0
        """So many orders are placed, and so many saved again, at each request to the shop."""
        self._tag_by_hand()

    @property
    def people(self) -> Sequence[Person]:
        """People who have arrived."""
        return self._simulation.people

    @property
    def customers(self) -> Mapping[int, Customer]:
        """Accounts of the shop, staff too, by id."""
        return self.shop.customers

    @property
    def orders(self) -> Mapping[int, Order]:
        """Orders by id."""
        return self.shop.orders

    @property
    def products(self) -> Sequence[Product]:
        """Products of the shop."""
        return self.shop.products

    def person(self, email: str) -> Person:
        """The person with that address."""
        for person in self.people:
            if person.email.lower() == email.lower():
                return person
        raise KeyError(f"nobody in the sandbox has the address {email!r}")

    def member(self, email: str, audience: MailingList | None = None) -> Member:
        """The member with that address: of the newsletter, or of the list that is named."""
        audience = audience or self.list
        member = audience.members.get(member_id(email))
        if member is None:
            raise KeyError(f"{email!r} is not on the sandbox's list {audience.name}")
        return member

    def product(self, name: str) -> Product:
        """The product of that name or SKU."""
        for product in self.products:
            if name in (product.name, product.sku):
                return product
        raise KeyError(f"the sandbox sells no {name!r}")

    def pass_time(self, days: float) -> datetime:
        """Simulate a number of days: people arrive, buy, return, read and leave."""
        with self.lock:
            until = self.clock.now() + timedelta(days=days)
            self._simulation.until(until)
            return self.clock.turn_to(until)

    def welcome(self, person: Person) -> Person:
        """Add a person who never acts by themselves.

        Make one with `dataclasses.replace(person, email=…)`; `registered`, `on_list` and `in_club`
        decide where they appear.
        """
        with self.lock:
            if any(each.email.lower() == person.email.lower() for each in self.people):
                raise ValueError("somebody in the sandbox has that address; give another one")
            now = self.clock.now()
            number = FIRST_WELCOMED + self._welcomed
            self._welcomed += 1
            quiet = replace(person, number=number, arrived_at=now, buying=NEVER, reading=SILENT)
            self._simulation.arrive(replace(quiet, on_list=False, in_club=False), now)
            for wanted, audience in ((quiet.on_list, self.list), (quiet.in_club, self.club)):
                if wanted:
                    audience.sign_up(quiet, now, quiet.email)
            return quiet

    def place_order(
        self,
        person: Person | None,
        items: Sequence[Item],
        *,
        coupon: Coupon | None = None,
        store: str | None = None,
        as_guest: bool = False,
        status: str = "processing",
    ) -> Order:
        """Place an order now, in the webshop or at the till of a store."""
        with self.lock:
            return self.shop.place(
                self.clock.now(), person, items,
                coupon=coupon, store=store, as_guest=as_guest, status=status,
            )  # fmt: skip

    def set_status(self, order: Order, status: str) -> None:
        """Move an order to another WooCommerce status."""
        with self.lock:
            order.status, order.changed_at = status, self.clock.now()

    def save_orders(self) -> None:
        """Place orders and save the longest unchanged ones again, a second after the last."""
        for _ in range(self.saves_per_request):
            now = self.clock.advance(seconds=1)
            self.shop.place(now, self.people[0], [(self.products[0], 1)])
            min(self.orders.values(), key=lambda order: order.changed_at).changed_at = now

    def delete_order(self, order: Order, *, trash: bool = True) -> None:
        """Move an order to the trash, else delete it for ever; neither changes a date."""
        with self.lock:
            if trash:
                order.status = "trash"
            else:
                del self.shop.orders[order.id]

    def delete_refund(self, order: Order, refund: Refund) -> None:
        """Delete a refund; it changes no date."""
        with self.lock:
            order.refunds.remove(refund)

    def refund(
        self, order: Order, quantities: Mapping[int, int] | None = None, reason: str = ""
    ) -> Refund:
        """Refund units by line id; None: everything that is left."""
        with self.lock:
            return self.shop.refund(self.clock.now(), order, quantities, reason)

    def change_price(self, product: Product, regular: int, sale: int | None = None) -> None:
        """Change a product's prices, in øre with VAT."""
        with self.lock:
            self.shop.change_price(self.clock.now(), product, regular, sale)

    def subscribe(self, person: Person, audience: MailingList | None = None) -> Member:
        """Subscribe a person to the newsletter or another list, for the first time or again."""
        with self.lock:
            audience, now = audience or self.list, self.clock.now()
            member = audience.members.get(member_id(person.email))
            if member is None:
                return audience.sign_up(person, now, person.email)
            audience.come_back(member, now)
            return member

    def unsubscribe(self, email: str, audience: MailingList | None = None) -> Member:
        """Unsubscribe a person from the newsletter or another list."""
        with self.lock:
            member = self.member(email, audience)
            (audience or self.list).leave(member, self.clock.now())
            return member

    def complain(self, email: str, audience: MailingList | None = None) -> Member:
        """Report a newsletter as spam; the vendor unsubscribes the person."""
        with self.lock:
            member = self.member(email, audience)
            (audience or self.list).complain(member, self.clock.now())
            return member

    def bounce(self, email: str, audience: MailingList | None = None) -> Member:
        """Clean a member whose mailbox is gone."""
        with self.lock:
            member = self.member(email, audience)
            (audience or self.list).bounce(member, self.clock.now())
            return member

    def put_in_compliance_state(self, email: str) -> Member:
        """Make the vendor refuse every further change of a member."""
        with self.lock:
            member = self.member(email)
            member.in_compliance = True
            return member

    def forget(self, email: str, audience: MailingList | None = None) -> None:
        """Delete a member permanently."""
        with self.lock:
            (audience or self.list).forget(self.member(email, audience))

    def send_newsletter(self) -> Campaign:
        """Send a newsletter now, in addition to the fortnightly ones."""
        with self.lock:
            return self._simulation.send_newsletter(self.clock.now())

    def _tag_by_hand(self) -> None:
        """Set the tags and meta data that only the shop's staff may remove."""
        for audience in (self.list, self.club):
            members = [each for each in audience.members.values() if each.status == "subscribed"]
            audience.create_tag(BY_HAND, audience.opened_at, members[::40])
        subscribed = [each for each in self.list.members.values() if each.status == "subscribed"]
        self.list.create_tag("VIP", self.list.opened_at, subscribed[:5])
        for customer in list(self.customers.values())[::40]:
            customer.meta[BY_HAND] = "yes"
