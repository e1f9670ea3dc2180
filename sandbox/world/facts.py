"""Everything that all systems together know about each person, in plain Python.

People are keyed by their email in lower case; what no system was given is unknown.
"""

import calendar
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache

from sandbox.world.mailing import Member
from sandbox.world.people import Child, Person
from sandbox.world.simulation import ZONE
from sandbox.world.trade import Order
from sandbox.world.world import World

MATURE = timedelta(hours=24)
"""Age at which a message counts in rates and among the last five."""
FEWEST_MESSAGES = 5

Since = Callable[[date], date]
"""Day of the evaluation -> last day before the window."""


@dataclass
class ReceivedMessage:
    """One message delivered to one person."""

    sent_at: datetime
    opens: Sequence[datetime]
    clicks: Sequence[datetime]

    @property
    def opened(self) -> bool:
        """Whether it was opened; a click is an open."""
        return bool(self.opens or self.clicks)


@dataclass
class KnownPerson:
    """Everything that all systems together know about one email."""

    email: str
    orders: list[Order] = field(default_factory=list)
    letters: list[ReceivedMessage] = field(default_factory=list)
    member: Member | None = None
    """Membership of the newsletter's list."""
    in_club: Member | None = None
    gender: str | None = None
    born: date | None = None
    birthday: tuple[int, int] | None = None
    """Month and day."""
    store: str | None = None
    """The chosen one."""
    place: tuple[str, str] | None = None
    """Country and postcode."""
    children: tuple[Child, ...] = ()
    topics: frozenset[str] = frozenset()

    @property
    def spent(self) -> int:
        """Net of all valid orders, in øre."""
        return sum(order.net for order in self.orders)


def local_day(instant: datetime) -> date:
    """The shop-local date of an instant."""
    return instant.astimezone(ZONE).date()


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


@cache
def days(count: int) -> Since:
    """A window of days, today included."""
    return cache(lambda day: day - timedelta(days=count))


def completed_years(born: date, day: date) -> int:
    """Age in years; a birthday on 29 February is on the 28th in common years."""
    birthday = birthday_in(day.year, (born.month, born.day))
    return day.year - born.year - (day < birthday)


def birthday_in(year: int, birthday: tuple[int, int]) -> date:
    """The birthday in a year."""
    month, day = birthday
    return date(year, month, min(day, calendar.monthrange(year, month)[1]))


class Facts:
    """The world on one local day."""

    def __init__(
        self,
        world: World,
        as_of: date | None = None,
        *,
        shop_notes: bool = False,
        days_alone: bool = True,
    ) -> None:
        """Collect everything up to the end of `as_of`; None: the clock's day.

        `shop_notes`: gender and birthday in the meta data of the shop's accounts count too.
        `days_alone`: so do the list's birthdays without a year.
        """
        self.day = as_of or local_day(world.clock.now())
        self.end = midnight(self.day + timedelta(days=1))
        self._begins: dict[date, datetime] = {}
        self._everybody: dict[str, KnownPerson] = {}
        valid = [
            each for each in world.orders.values() if each.valid and self._is_past(each.placed_at)
        ]
        self.valid_orders: Sequence[Order] = valid
        for customer in world.customers.values():
            self._add_account(customer.person, customer.meta if shop_notes else {})
        for order in world.orders.values():
            if order.person:
                somebody = self._somebody(order.person.email)
                somebody.place = (order.person.country, order.person.postcode)
                if order.valid and self._is_past(order.placed_at):
                    somebody.orders.append(order)
        for member in world.list.members.values():
            self._add_member(member, days_alone=days_alone)
        for member in world.club.members.values():
            self._add_club_member(member)
        self._add_messages(world)

    @property
    def everybody(self) -> Mapping[str, KnownPerson]:
        """People whom at least one of the systems knows, by email."""
        return self._everybody

    def who(self, holds: Callable[[KnownPerson], bool]) -> frozenset[str]:
        """Emails of the people who pass a test."""
        return frozenset(each.email for each in self._everybody.values() if holds(each))

    def _is_past(self, instant: datetime) -> bool:
        return instant < self.end

    def within(self, instant: datetime, since: Since) -> bool:
        """Whether an instant is in the window that ends with this day."""
        too_old = since(self.day)
        if too_old not in self._begins:
            self._begins[too_old] = midnight(too_old + timedelta(days=1))
        return self._begins[too_old] <= instant < self.end

    def _somebody(self, email: str) -> KnownPerson:
        return self._everybody.setdefault(email.lower(), KnownPerson(email.lower()))

    def _add_account(self, person: Person, meta: Mapping[str, object]) -> None:
        somebody = self._somebody(person.email)
        somebody.place = (person.country, person.postcode)
        if "gender" in meta:
            somebody.gender = person.gender
        if "birthday" in meta and person.born:
            somebody.born = person.born
            somebody.birthday = (person.born.month, person.born.day)

    def _add_member(self, member: Member, *, days_alone: bool) -> None:
        person, somebody = member.person, self._somebody(member.email)
        somebody.member = member
        somebody.place = (person.country, person.postcode)
        somebody.gender = person.gender
        somebody.store, somebody.topics = person.store, person.topics
        somebody.children = person.children or ()
        if person.born and (person.tells_year or days_alone):
            somebody.birthday = (person.born.month, person.born.day)
        if person.born and person.tells_year:
            somebody.born = person.born

    def _add_club_member(self, member: Member) -> None:
        """The club's list has less: no children, only whole birthdays, and two genders."""
        person, somebody = member.person, self._somebody(member.email)
        somebody.in_club = member
        somebody.place = (person.country, person.postcode)
        somebody.store, somebody.topics = person.store, person.topics
        if person.gender in ("female", "male"):
            somebody.gender = person.gender
        if person.born and person.tells_year:
            somebody.born = person.born
            somebody.birthday = (person.born.month, person.born.day)

    def _add_messages(self, world: World) -> None:
        now = world.clock.now()
        for campaign in world.list.campaigns:
            if campaign.sent_at is None or not self._is_past(campaign.sent_at):
                continue
            for delivery in campaign.deliveries:
                if delivery.result == "sent":
                    letter = ReceivedMessage(
                        campaign.sent_at,
                        [at for at in delivery.opens if at <= now and self._is_past(at)],
                        [at for at, _ in delivery.clicks if at <= now and self._is_past(at)],
                    )
                    self._somebody(delivery.member.email).letters.append(letter)


def stay(person: KnownPerson) -> datetime | None:
    """Start of the present stay on a list, of several the earliest."""
    member, in_club = person.member, person.in_club
    stays: list[datetime] = []
    if member and member.status == "subscribed" and member.opted_in_at:
        stays.append(member.opted_in_at)
    if in_club and in_club.status == "subscribed":
        # Heyloyalty does not distinguish members who came back from those who never left.
        stays.append(in_club.signed_up_at)
    return min(stays, default=None)
