"""The made-up shop's types, and the days of the evaluations."""

import calendar
from dataclasses import dataclass, field
from datetime import date, datetime

TODAY = date(2026, 3, 31)
EARLIER = date(2026, 2, 28)
"""The birthday of people born on 29 February."""
DAYS = (EARLIER, TODAY)
CATEGORIES = {"Sport": None, "Shoes": "Sport", "Boots": "Shoes", "Toys": None, "Books": None}
"""Category -> the one above it."""
CITIES = {"8000": "Aarhus", "8270": "Højbjerg", "8600": "Silkeborg", "9000": "Aalborg"}
PLACES = {
    "8000": (56.1572, 10.2107),
    "8270": (56.1119, 10.1972),
    "8600": (56.1697, 9.5451),
    "9000": (57.0488, 9.9217),
}
"""Postcode -> latitude and longitude."""
STORES = {
    "s1": ("Aarhus", "8000", ("8000", "8600")),
    "s2": ("Silkeborg", "8600", ()),
    "s3": ("Aalborg", "9000", ()),
}
"""Store -> city, postcode, and the postcodes that it calls its own."""


@dataclass
class Person:
    """One person; some are known by two ids, joined by their address."""

    id: str
    also: str | None = None
    gender: str = ""
    birthday: date | None = None
    store: str = ""
    postcode: str = ""


@dataclass
class Line:
    """Amounts are cents."""

    id: str
    product: str
    quantity: int
    total: int
    list_price: int | None = None
    """Of one unit."""
    automatic: int = 0
    """Discount that the total carries, where there is no list price."""
    returned: int = 0
    given_back: int = 0

    @property
    def is_refunded(self) -> bool:
        """Whether units or money of it went back."""
        return bool(self.returned or self.given_back)


@dataclass
class Order:
    id: str
    contact: str
    placed: datetime
    status: str
    channel: str
    store: str
    coupon: str
    lines: list[Line]

    @property
    def day(self) -> date:
        return self.placed.date()


@dataclass
class Message:
    id: str
    kind: str
    sent: datetime


@dataclass
class Event:
    message: str
    contact: str
    kind: str
    at: datetime
    evidence: str = "probable"


@dataclass
class Child:
    id: str
    contact: str
    gender: str = ""
    birthday: date | None = None
    none: bool = False


@dataclass
class World:
    """Everything there is."""

    people: list[Person] = field(default_factory=list)
    products: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Product -> category, brand."""
    orders: list[Order] = field(default_factory=list)
    coupons: list[tuple[str, str, str, date]] = field(default_factory=list)
    """Coupons apart from orders: id, contact, order or None, date."""
    stays: list[tuple[str, str, str, date]] = field(default_factory=list)
    """Contact, list, status, since."""
    messages: list[Message] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    interests: list[tuple[str, str, str]] = field(default_factory=list)
    """Contact, topic or nothing, source."""
    children: list[Child] = field(default_factory=list)


def back(day: date, months: int) -> date:
    """The same day so many months before, or that month's last."""
    years, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(years, month + 1, min(day.day, calendar.monthrange(years, month + 1)[1]))
