"""Invented people of Denmark, Norway and Sweden, each with habits of buying and reading."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import Literal

from sandbox.world.catalogue import BRANDS, STORES, TOPICS, leaves

Gender = Literal["female", "male", "other"]


@dataclass(frozen=True)
class Buying:
    """A buying habit: typical days between orders, and when it ends."""

    name: str
    share: int
    days_between: float | None = None
    """None: no order, or one."""
    stops_after_days: float | None = None


@dataclass(frozen=True)
class Reading:
    """A reading habit: chances of opening, and of clicking in an opened newsletter."""

    name: str
    share: int
    opens: float
    clicks: float
    stops_after_days: float | None = None


@dataclass(frozen=True)
class Country:
    """A country's cities and names."""

    code: str
    share: int
    women: Sequence[str]
    men: Sequence[str]
    families: Sequence[str]
    places: Sequence[tuple[str, str]]
    streets: Sequence[str]


@dataclass(frozen=True)
class Child:
    """A child as declared by its parent."""

    born: date
    gender: Literal["female", "male"]


@dataclass(frozen=True)
class Person:
    """An invented person. Undisclosed values are None."""

    number: int
    arrived_at: datetime
    first_name: str
    last_name: str
    email: str
    phone: str
    country: str
    city: str
    postcode: str
    street: str
    gender: Gender | None
    born: date | None
    tells_year: bool
    children: tuple[Child, ...] | None
    """None: not disclosed; empty: declared to have none."""
    store: str | None
    topics: frozenset[str]
    registered: bool
    on_list: bool
    tells_shop: bool
    buying: Buying
    reading: Reading
    favourite_category: int
    favourite_brand: int
    coupon_chance: float
    sale_chance: float
    largest_quantity: int
    in_club: bool = False


ONCE = Buying("once", 22)
NEVER = Buying("never", 24)
BUYING: Sequence[Buying] = (
    Buying("devoted", 6, 19),
    Buying("regular", 14, 60),
    Buying("occasional", 22, 190),
    ONCE,
    Buying("faded", 12, 70, stops_after_days=260),
    NEVER,
)
SILENT = Reading("silent", 14, 0.0, 0.0)
READING: Sequence[Reading] = (
    Reading("keen", 20, 0.9, 0.4),
    Reading("steady", 32, 0.55, 0.1),
    Reading("glancing", 19, 0.3, 0.0),
    Reading("faded", 15, 0.5, 0.1, stops_after_days=220),
    SILENT,
)
COUNTRIES: Sequence[Country] = (
    Country(
        "DK",
        60,
        ("Anna", "Freja", "Ida", "Karen", "Mette", "Sofie", "Astrid", "Signe", "Lærke", "Birthe"),
        ("Anders", "Jens", "Lars", "Mads", "Søren", "Emil", "Niels", "Rasmus", "Åge", "Viggo"),
        ("Holm", "Krogh", "Lund", "Bæk", "Skov", "Dam", "Kjær", "Østergaard", "Bang", "Friis"),
        (
            ("1050", "København"), ("1620", "København"), ("2100", "København"),
            ("2200", "København"), ("2300", "København"), ("8000", "Aarhus"),
            ("8200", "Aarhus"), ("8210", "Aarhus"), ("5000", "Odense"), ("9000", "Aalborg"),
            ("6700", "Esbjerg"), ("4000", "Roskilde"), ("3700", "Rønne"),
        ),
        ("Skovvej", "Engvej", "Strandvej", "Møllevej", "Bakkegade"),
    ),
    Country(
        "NO",
        22,
        ("Ingrid", "Kari", "Nora", "Solveig", "Marit", "Silje", "Tuva", "Eline"),
        ("Ola", "Bjørn", "Håkon", "Sindre", "Eirik", "Knut", "Torstein", "Magnus"),
        ("Berg", "Haugen", "Dahl", "Moen", "Solberg", "Lien", "Bakken", "Nygård"),
        (
            ("0150", "Oslo"), ("0250", "Oslo"), ("0550", "Oslo"), ("5003", "Bergen"),
            ("7010", "Trondheim"), ("4006", "Stavanger"), ("9008", "Tromsø"),
        ),
        ("Fjordveien", "Kirkegata", "Lia", "Sjøgata"),
    ),
    Country(
        "SE",
        18,
        ("Elsa", "Astrid", "Maja", "Linnéa", "Karin", "Åsa", "Ebba", "Saga"),
        ("Erik", "Nils", "Björn", "Gustav", "Axel", "Oskar", "Sven", "Åke"),
        ("Lindqvist", "Sjögren", "Ekström", "Nyström", "Öberg", "Åkesson", "Wallin", "Dahlgren"),
        (
            ("211 22", "Malmö"), ("214 32", "Malmö"), ("222 21", "Lund"), ("411 03", "Göteborg"),
            ("111 20", "Stockholm"), ("753 10", "Uppsala"),
        ),
        ("Storgatan", "Ängsvägen", "Björkvägen", "Hamngatan"),
    ),
)  # fmt: skip
_LETTERS = str.maketrans({"æ": "ae", "ø": "oe", "å": "aa", "ä": "a", "ö": "o", "é": "e"})
_DOMAINS = ("mail.example", "post.example", "brev.example")
_FICTIONAL: Sequence[str] = [
    f"{series}{last}"
    for series, first in (
        ("+46701740", 605),
        ("+46313900", 600),
        ("+46406280", 400),
        ("+46846500", 400),
        ("+46980319", 200),
    )
    for last in range(first, first - first % 100 + 100)
]
"""One for each person, by number."""


def plain(name: str) -> str:
    """A name in ASCII letters, for emails and user names."""
    return name.lower().translate(_LETTERS)


def happens(dice: Random, chance: float) -> bool:
    """Draw an event of the given probability."""
    return dice.random() < chance


def make_person(seed: int, number: int, arrived_at: datetime) -> Person:
    """Make the person of a number; always the same for a seed."""
    dice = Random(f"{seed}:person:{number}")
    country = dice.choices(COUNTRIES, [each.share for each in COUNTRIES])[0]
    lives_as = dice.choices(("female", "male", "other"), (55, 41, 4))[0]
    names = {"female": country.women, "male": country.men}.get(
        lives_as, [*country.women, *country.men]
    )
    first_name, last_name = dice.choice(names), dice.choice(country.families)
    postcode, city = dice.choice(country.places)
    buying = dice.choices(BUYING, [each.share for each in BUYING])[0]
    registered = happens(dice, 0.6)
    on_list = happens(dice, 0.72) or (buying is NEVER and not registered)
    return Person(
        number=number,
        arrived_at=arrived_at,
        first_name=first_name,
        last_name=last_name,
        email=f"{plain(first_name)}.{plain(last_name)}{number}@{dice.choice(_DOMAINS)}",
        phone=_phone(country, number),
        country=country.code,
        city=city,
        postcode=postcode,
        street=f"{dice.choice(country.streets)} {dice.randint(1, 120)}",
        gender=_gender(lives_as, disclosed=happens(dice, 0.85)),
        born=_born(dice, arrived_at.date()) if happens(dice, 0.8) else None,
        tells_year=happens(dice, 0.85),
        children=_children(dice, arrived_at.date()),
        store=_store(dice, city),
        topics=frozenset(topic for topic in TOPICS if happens(dice, 0.35)),
        registered=registered,
        on_list=on_list,
        tells_shop=registered and happens(dice, 0.4),
        buying=buying,
        reading=dice.choices(READING, [each.share for each in READING])[0],
        favourite_category=dice.choice(leaves()).id,
        favourite_brand=dice.choice(BRANDS).id,
        coupon_chance=dice.choice((0.0, 0.02, 0.1, 0.5)),
        sale_chance=dice.choice((0.0, 0.1, 0.3, 0.8)),
        largest_quantity=dice.choice((1, 1, 2, 4)),
        in_club=happens(Random(f"{seed}:club:{number}"), 0.45),
    )


def _gender(lives_as: str, *, disclosed: bool) -> Gender | None:
    words: dict[str, Gender] = {"female": "female", "male": "male", "other": "other"}
    return words[lives_as] if disclosed else None


def _born(dice: Random, today: date) -> date:
    if happens(dice, 0.01):
        return date(dice.choice((1976, 1980, 1984, 1988, 1992)), 2, 29)
    return today - timedelta(days=dice.randint(18 * 366, 78 * 365))


def _children(dice: Random, today: date) -> tuple[Child, ...] | None:
    count = dice.choices((None, 0, 1, 2), (45, 15, 22, 18))[0]
    if count is None:
        return None
    return tuple(
        Child(
            born=today - timedelta(days=dice.randint(20, 16 * 365)),
            gender=dice.choice(("female", "male")),
        )
        for _ in range(count)
    )


def _store(dice: Random, city: str) -> str | None:
    near = [store.name for store in STORES if store.city == city]
    if near and happens(dice, 0.7):
        return near[0]
    return dice.choice(STORES).name if happens(dice, 0.15) else None


def _phone(country: Country, number: int) -> str:
    # Only Sweden reserves numbers for fiction; people elsewhere have none.
    known = country.code == "SE" and 0 <= number < len(_FICTIONAL)
    return _FICTIONAL[number] if known else ""
