"""The words and moments that random shops and random rules share, so that they often meet.

Few values, much on edges: amounts just under and just over each other, dates on both sides of
where windows begin, spellings that differ in case, blanks and composition only.
"""

import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

ZONES = (
    "Europe/Copenhagen", "Europe/London", "Atlantic/Azores", "America/New_York",
    "America/St_Johns", "America/Sao_Paulo", "Asia/Kolkata", "Asia/Kathmandu",
    "Australia/Lord_Howe", "Pacific/Chatham", "Pacific/Kiritimati", "Pacific/Pago_Pago",
)  # fmt: skip
"""Twelve zones: whole, half and quarter hours, both hemispheres, both sides of the date line."""
DAYS = (
    date(2026, 3, 31), date(2026, 8, 31), date(2024, 2, 29), date(2024, 2, 28), date(2025, 2, 28),
    date(2025, 3, 1), date(2026, 3, 29), date(2026, 10, 25), date(2026, 1, 1), date(2025, 12, 31),
    date(2026, 5, 30), date(2026, 11, 1), date(2026, 3, 8), date(2026, 4, 5), date(2026, 7, 14),
)  # fmt: skip
"""Month ends, leap days, nights on which clocks change, the turn of the year."""
DURATIONS = (
    "1 day", "7 days", "30 days", "2 weeks", "1 month", "6 months", "12 months", "1 year",
    "2 years", "90 days",
)  # fmt: skip
HOURS = ("1 hour", "24 hours", "36 hours", "72 hours")
CONNECTIONS = ("shop", "till", "news")
"""Configured ones."""
FORMER = "former"
"""A connection that the config no longer names."""
CURRENCIES = ("DKK", "EUR", "JPY", "KWD", "CLF")
"""2, 2, 0, 3 and 4 decimals."""
AMOUNTS = tuple(
    map(Decimal, ("0", "49.99", "50", "50.01", "99.9999", "100", "100.0001", "120", "200", "500"))
)
BRANDS = ("Acme", "ACME", "acme  ltd", "Straße", "Nordlys", "LEGO A/S", "Lego")
ALIASES = {"lego a/s": "Lego", "acme ltd": "Acme"}
CATEGORIES = {
    "all": None, "clothes": "all", "shoes": "clothes", "boots": "shoes", "toys": "all",
    "bricks": "toys", "Æbler": None,
}  # fmt: skip
"""A forest: each with its parent. The title of a category is its id in capitals."""
VARIANTS = ("v1", "V1", "v2")
PRODUCTS = tuple(f"p{number}" for number in range(9))
STORES = ("Aarhus", "Odense", "S-3")
CODES = ("SPRING", "spring ", "Hello10", "50%_off", "x")
TOPICS = ("Boots", "BOOTS", "Crime", "Poésie", "50%")
KINDS = ("view", "search", "cart", "checkout", "event")
ACTIONS = ("Played Video", "rated")
URLS = ("/fitness/yoga", "/Fitness", "/sale_50%", "/a\\b", "/")
QUERIES = ("sydenferie", "Sydenferie til Rhodos", "æble", "50% off_", "")
CAMPAIGNS = ("m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8")
LINKS = ("https://x.dk/sale", "https://x.dk/SALE?a=1", "https://x.dk/new")
LISTS = ("L1", "L2")
GROUPS = ("G1", "g2", "G3")
TIERS = ("Gold", "silver")
QUESTIONS = ("Size", "Colour")
ANSWERS = ("L", "l ", "XL", "red")
STATUSES = ("open", "won", "Lost")
CITIES = ("Aarhus", "Odense", "ÅLBORG")
POSTCODES = ("8000", "5000", "9000", "2100")
WORDS = ("gold", "Gold", "silver", "50%_\\")


@dataclass(frozen=True)
class Calendar:
    """The clock of a random shop, and moments around what its rules ask about."""

    zone: ZoneInfo
    as_of: datetime | date

    @property
    def day(self) -> date:
        """The local date of the clock."""
        if isinstance(self.as_of, datetime):
            return self.as_of.astimezone(self.zone).date()
        return self.as_of

    @property
    def now(self) -> datetime:
        """An instant on that day: the clock's own where it has one."""
        if isinstance(self.as_of, datetime):
            return self.as_of
        return datetime.combine(self.as_of, time(20), self.zone).astimezone(UTC)

    def moment(self, draw: random.Random) -> datetime | date:
        """A moment, most likely beside an edge of some window, now and then in the future."""
        match draw.randrange(9):
            case 0 | 1:
                near = draw.choice((-1, 0, 1))
                return self.now - timedelta(
                    hours=int(draw.choice(HOURS).split()[0]), microseconds=near
                )
            case 2:
                return self.now - timedelta(minutes=draw.randrange(-2000, 4000))
            case 3:
                return self.near(draw)
            case _:
                return self.instant(draw, self.near(draw))

    def near(self, draw: random.Random) -> date:
        """A date, most likely beside an edge."""
        if draw.random() < 0.3:
            return self.day - timedelta(days=draw.randrange(-20, 800))
        count, unit = draw.choice(DURATIONS).split()
        name = unit.rstrip("s") + "s"
        length = relativedelta(**{name: int(count)})  # type: ignore[arg-type]  # the table names the units
        return self.day - length + timedelta(days=draw.choice((-1, 0, 0, 1)))

    def instant(self, draw: random.Random, day: date) -> datetime:
        """An instant on a local date, now and then its first or last."""
        wall = draw.choice((time(), time(2, 30), time(10), time(12, 0, 1), time(23, 59, 59)))
        return datetime.combine(day, wall, self.zone).astimezone(UTC)


def drawn_calendar(draw: random.Random) -> Calendar:
    """A clock in one of the zones, on one of the days; as an instant or as a date."""
    zone = ZoneInfo(draw.choice(ZONES))
    day = draw.choice(DAYS)
    if draw.random() < 0.4:
        return Calendar(zone, day)
    wall = draw.choice((time(), time(2, 30), time(6), time(12), time(23, 59, 59, 999_999)))
    return Calendar(zone, datetime.combine(day, wall, zone).astimezone(UTC))
