"""A Nordic shop with its customers, its newsletter and its club, living by the sandbox's clock.

The same seed and the same start give the same world, and the same world after the same steps.
"""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sandbox.clock import Clock
from sandbox.world.catalogue import Coupon, Product
from sandbox.world.life import Life
from sandbox.world.mailing import Campaign, MailingList, Member, member_id
from sandbox.world.people import NEVER, SILENT, Person
from sandbox.world.shop import Shop
from sandbox.world.trade import Customer, Item, Order, Refund

HISTORY = timedelta(days=3 * 365)
BY_HAND = "Fødselsdagsklub"
"""A tag, an option and a note that the shop's own people give, which nobody else may take."""
FIRST_WELCOMED = 1_000_000
"""People of a test's own making are numbered from here, so that arrivals keep their numbers."""


class World:
    """Everything that is true in the sandbox; its services tell it in the vendors' words.

    Whatever a test or a demonstration changes, it changes here, at the clock's present.
    """

    def __init__(self, clock: Clock, *, seed: int = 1, people: int = 2400) -> None:
        """Live three years of the shop up to the clock's present; `people` arrive evenly."""
        self.clock = clock
        self.seed = seed
        self.lock = threading.RLock()
        self.started_at = clock.now()
        opened_at = self.started_at - HISTORY
        self.shop = Shop(seed, opened_at)
        self.list = MailingList(seed, opened_at, "list", "Nyhedsbrev")
        self.club = MailingList(seed, opened_at, "club", "Kundeklub")
        self._life = Life(seed, self.shop, self.list, self.club, self.started_at, HISTORY / people)
        self._life.until(self.started_at)
        self._welcomed = 0
        self._tag_by_hand()

    @property
    def people(self) -> Sequence[Person]:
        """Everybody who has arrived."""
        return self._life.people

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
        """What the shop sells."""
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
        """Let that many days happen: people arrive, buy, return, read and leave."""
        with self.lock:
            until = self.clock.now() + timedelta(days=days)
            self._life.until(until)
            return self.clock.turn_to(until)

    def welcome(self, person: Person) -> Person:
        """Add a person of one's own making, who does nothing unless told.

        Make one with `dataclasses.replace(somebody, email=…)`; their `registered`, `on_list` and
        `in_club` say where they appear.
        """
        with self.lock:
            if any(each.email.lower() == person.email.lower() for each in self.people):
                raise ValueError("somebody in the sandbox has that address; give another one")
            now = self.clock.now()
            number = FIRST_WELCOMED + self._welcomed
            self._welcomed += 1
            quiet = replace(person, number=number, arrived_at=now, buying=NEVER, reading=SILENT)
            self._life.arrive(replace(quiet, on_list=False, in_club=False), now)
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
        """Somebody buys now: in the webshop, or at the till of a store."""
        with self.lock:
            return self.shop.place(
                self.clock.now(), person, items,
                coupon=coupon, store=store, as_guest=as_guest, status=status,
            )  # fmt: skip

    def set_status(self, order: Order, status: str) -> None:
        """Move an order to another WooCommerce status."""
        with self.lock:
            order.status, order.changed_at = status, self.clock.now()

    def refund(
        self, order: Order, quantities: Mapping[int, int] | None = None, reason: str = ""
    ) -> Refund:
        """Give back units by line id; None: everything that is left."""
        with self.lock:
            return self.shop.refund(self.clock.now(), order, quantities, reason)

    def change_price(self, product: Product, regular: int, sale: int | None = None) -> None:
        """Give a product other prices, in øre with VAT."""
        with self.lock:
            self.shop.change_price(self.clock.now(), product, regular, sale)

    def subscribe(self, person: Person, audience: MailingList | None = None) -> Member:
        """The person asks to be on the newsletter or another list, for the first time or again."""
        with self.lock:
            audience, now = audience or self.list, self.clock.now()
            member = audience.members.get(member_id(person.email))
            if member is None:
                return audience.sign_up(person, now, person.email)
            audience.come_back(member, now)
            return member

    def unsubscribe(self, email: str, audience: MailingList | None = None) -> Member:
        """The person leaves the newsletter, or another list."""
        with self.lock:
            member = self.member(email, audience)
            (audience or self.list).leave(member, self.clock.now())
            return member

    def complain(self, email: str, audience: MailingList | None = None) -> Member:
        """The person reports a letter as spam; the vendor takes them off its list."""
        with self.lock:
            member = self.member(email, audience)
            (audience or self.list).complain(member, self.clock.now())
            return member

    def bounce(self, email: str, audience: MailingList | None = None) -> Member:
        """The mailbox is gone: the vendor marks the member as cleaned."""
        with self.lock:
            member = self.member(email, audience)
            (audience or self.list).bounce(member, self.clock.now())
            return member

    def put_in_compliance_state(self, email: str) -> Member:
        """The vendor refuses every further change of this member."""
        with self.lock:
            member = self.member(email)
            member.in_compliance = True
            return member

    def forget(self, email: str, audience: MailingList | None = None) -> None:
        """The member is deleted for good."""
        with self.lock:
            (audience or self.list).forget(self.member(email, audience))

    def send_newsletter(self) -> Campaign:
        """Send one now, beside the fortnightly ones."""
        with self.lock:
            return self._life.send_newsletter(self.clock.now())

    def _tag_by_hand(self) -> None:
        """What the shop's own people give to members and accounts, and nobody else may touch."""
        for audience in (self.list, self.club):
            members = [each for each in audience.members.values() if each.status == "subscribed"]
            audience.create_tag(BY_HAND, audience.opened_at, members[::40])
        subscribed = [each for each in self.list.members.values() if each.status == "subscribed"]
        self.list.create_tag("VIP", self.list.opened_at, subscribed[:5])
        for customer in list(self.customers.values())[::40]:
            customer.meta[BY_HAND] = "yes"
