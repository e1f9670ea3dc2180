"""Everything that all systems together know about each person, in plain Python.

People are keyed by their email in lower case; what no system was given is None.
"""

import calendar
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache

from sandbox.world.mailing import Member
from sandbox.world.people import Person
from sandbox.world.simulation import ZONE
from sandbox.world.trade import Order
from sandbox.world.world import World

Since = Callable[[date], date]
"""Day of the evaluation -> last day before the window."""


@dataclass
class KnownPerson:
    """Everything that all systems together know about one email."""

    email: str
    orders: list[Order] = field(default_factory=list)
    """Valid ones."""
    member: Member | None = None
    """Membership of the newsletter's list."""
    in_club: Member | None = None
    gender: str | None = None
    born: date | None = None
    store: str | None = None
    """The chosen one."""
    place: tuple[str, str] | None = None
    """Country and postcode."""

    @property
    def spent(self) -> int:
        """Net of all valid orders, in øre."""
        return sum(order.net for order in self.orders)


def midnight(day: date) -> datetime:
    """The instant at which a shop-local day begins."""
    return datetime.combine(day, time(0), ZONE).astimezone(UTC)


def months_before(day: date, months: int) -> date:
    """The same day of an earlier month, or that month's last day."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


@cache
def months(count: int) -> Since:
    """A window of months."""
    return cache(lambda day: months_before(day, count))


class Facts:
    """The world on the clock's local day."""

    def __init__(self, world: World, *, shop_notes: bool = False) -> None:
        """Collect everything.

        `shop_notes`: gender and birthday in the meta data of the shop's accounts count too.
        """
        self._day = world.clock.now().astimezone(ZONE).date()
        self._everybody: dict[str, KnownPerson] = {}
        for customer in world.customers.values():
            self._add_account(customer.person, customer.meta if shop_notes else {})
        for order in world.orders.values():
            if order.person:
                known = self._known(order.person)
                if order.valid:
                    known.orders.append(order)
        for member in world.list.members.values():
            known = self._add_member(member)
            known.member, known.gender = member, member.person.gender
        for member in world.club.members.values():
            known = self._add_member(member)
            known.in_club = member
            # The club's form offers two genders.
            if member.person.gender in ("female", "male"):
                known.gender = member.person.gender

    @property
    def everybody(self) -> Mapping[str, KnownPerson]:
        """People whom at least one of the systems knows, by email."""
        return self._everybody

    def who(self, holds: Callable[[KnownPerson], bool]) -> frozenset[str]:
        """Emails of the people who pass a test."""
        return frozenset(each.email for each in self._everybody.values() if holds(each))

    def within(self, instant: datetime, since: Since) -> bool:
        """Whether an instant is in the window that ends with this day."""
        day = timedelta(days=1)
        return midnight(since(self._day) + day) <= instant < midnight(self._day + day)

    def _known(self, person: Person) -> KnownPerson:
        email = person.email.lower()
        known = self._everybody.setdefault(email, KnownPerson(email))
        known.place = (person.country, person.postcode)
        return known

    def _add_account(self, person: Person, meta: Mapping[str, object]) -> None:
        known = self._known(person)
        if "gender" in meta:
            known.gender = person.gender
        if "birthday" in meta and person.born:
            known.born = person.born

    def _add_member(self, member: Member) -> KnownPerson:
        person, known = member.person, self._known(member.person)
        known.store = person.store
        if person.born and person.tells_year:
            known.born = person.born
        return known
