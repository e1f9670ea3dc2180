"""Random small shops: a dozen people in several connections, and everything they did.

`random_shop(seed)` is the same shop for the same seed; `SHOPS` gives them to hypothesis.
`save_shop(transaction, shop)` saves its pages through the real ingest, and
`shop.world(numbers)` is the frame in which segments over it are evaluated.
Everything that a rule can ask about occurs, most of it beside the edges of the windows that
`tests.laws.random_rules` draws; some attributes are missing, some rows lie in the future, some
orders belong to nobody, a connection may no longer be configured, and some nouns come from nobody.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

import sqlalchemy as sa
from hypothesis import strategies as st

from core import records as r
from core.contract import Page
from core.records import NOUNS, Record
from core.segments.compile.sql.clock import Clock
from core.segments.compile.sql.context import EvaluationContext
from core.store import checkpoints
from core.store.connections import connection_id
from core.store.ingest import save
from core.store.shop import Shop
from tests.laws.generators import behaviour, trade
from tests.laws.generators.vocabulary import (
    ALIASES,
    CITIES,
    CONNECTIONS,
    FORMER,
    POSTCODES,
    STORES,
    WORDS,
    Calendar,
    drawn_calendar,
)

SAVED_AT = datetime(2026, 11, 1, tzinfo=UTC)
"""When pages were taken in; no rule asks for it."""
_WITHHELD = (
    "Order", "Refund", "Discount", "Visit", "Cart", "MessageEvent", "ListMember", "Child",
    "Interest", "Answer", "Deal", "Support", "GroupMember", "Loyalty",
)  # fmt: skip


@dataclass(frozen=True)
class RandomShop:
    """A random shop: its settings, its clock, and the pages that its connections deliver."""

    seed: int
    shop: Shop
    calendar: Calendar
    pages: tuple[tuple[str, tuple[Record, ...]], ...]
    """Name of a connection and the records of one page, in an order that ingest may meet."""
    configured: tuple[str, ...]
    """Connections that the config still names."""
    delivered: frozenset[str]
    """Nouns that some configured connection has delivered."""

    def world(
        self, numbers: Mapping[str, int], as_of: datetime | date | None = None
    ) -> EvaluationContext:
        """The frame of an evaluation, at the shop's own clock or another one."""
        clock = Clock.at(self.calendar.as_of if as_of is None else as_of, self.shop.zone)
        return EvaluationContext(
            self.shop,
            clock,
            {name: numbers[name] for name in self.configured},
            self.delivered,
            stale=len(numbers) > len(self.configured),
        )


def random_shop(seed: int, *, people: int = 9) -> RandomShop:
    """The random shop of a seed, with some `people` contacts in each connection."""
    draw = random.Random(seed)
    calendar = drawn_calendar(draw)
    withheld = {name for name in _WITHHELD if draw.random() < 0.06}
    former = (FORMER,) if draw.random() < 0.3 else ()
    pages: list[tuple[str, tuple[Record, ...]]] = []
    for connection in (*CONNECTIONS, *former):
        every = [
            each
            for each in _records(draw, calendar, connection, people)
            if type(each).__name__ not in withheld
        ]
        half = len(every) // 2
        pages += [(connection, tuple(every[:half])), (connection, tuple(every[half:]))]
    draw.shuffle(pages)
    shop = Shop(
        zone=calendar.zone,
        currency="DKK",
        country="DK",
        brand_aliases=ALIASES,
        precedence=CONNECTIONS,
    )
    return RandomShop(
        seed, shop, calendar, tuple(pages), CONNECTIONS, frozenset(NOUNS) - frozenset(withheld)
    )


def later_pages(drawn: RandomShop, seed: int, *, people: int = 9) -> list[tuple[str, list[Record]]]:
    """Pages that the connections may deliver later: the same ids, with other facts."""
    draw = random.Random(seed)
    return [
        (connection, list(_records(draw, drawn.calendar, connection, people)))
        for connection in CONNECTIONS
    ]


SHOPS = st.integers(0, 2**32 - 1).map(random_shop)
"""Random shops for hypothesis; a shop says its seed, so that it can be had again."""


def save_shop(transaction: sa.Connection, drawn: RandomShop) -> dict[str, int]:
    """Save all pages of a shop; gives the numbers of its connections by name."""
    numbers: dict[str, int] = {}
    for connection, page in drawn.pages:
        numbers[connection] = save_page(transaction, drawn.shop, connection, page)
    return numbers


@contextmanager
def rolled_back(transaction: sa.Connection) -> Iterator[None]:
    """Roll back whatever is done inside."""
    savepoint = transaction.begin_nested()
    yield
    savepoint.rollback()


def save_page(
    transaction: sa.Connection, shop: Shop, connection: str, page: Sequence[Record]
) -> int:
    """Save one page of a connection; gives the connection's number."""
    number = connection_id(transaction, connection, "made up")
    reading = checkpoints.begin(transaction, number, "everything", SAVED_AT)
    counts = save(transaction, shop, reading, Page(page), SAVED_AT)
    assert not counts["quarantined"], counts
    return number


def _records(
    draw: random.Random, calendar: Calendar, connection: str, people: int
) -> Iterator[Record]:
    """Everything that one connection tells, in no order that matters."""
    contacts = list(_contacts(draw, calendar, connection, people))
    who = [each.id for each in contacts]
    # Some are known by what they did only.
    named = [*who, f"{connection}-bare"]
    yield from contacts
    yield from _companies(draw)
    if connection == "shop":
        yield from trade.places()
        yield from trade.rates(draw, calendar)
    if connection != "news":
        yield from trade.goods(draw)
        yield from trade.orders(draw, calendar, named, f"{connection}-o")
        yield from trade.discounts(draw, calendar, named, f"{connection}-o")
    if connection != "till":
        yield from behaviour.messages(draw, calendar, named)
        yield from behaviour.memberships(draw, calendar, who)
    yield from behaviour.visits(draw, calendar, named, f"{connection}-v")
    yield from behaviour.consents(draw, calendar, named)
    yield from behaviour.groups(draw, calendar, who)
    yield from behaviour.statements(draw, calendar, who, connection)
    yield from behaviour.cases(draw, calendar, named, connection)


def _contacts(
    draw: random.Random, calendar: Calendar, connection: str, people: int
) -> Iterator[r.Contact]:
    """Contacts; a small pool of addresses and phones makes persons of several."""
    for number in range(people):
        born = trade.birthday(draw, calendar, range(16, 60))
        known = draw.choice(("birthday", "birthday", "birth_year", "birth_day", None))
        yield r.Contact.model_validate(
            {
                "id": f"{connection}-{number}",
                "updated_at": calendar.now,
                "created": draw.choice((None, calendar.moment(draw))),
                "email": draw.choice((None, f"p{draw.randrange(16)}@x.dk", f"{number}@y.dk")),
                "emails": draw.choice(((), (), (f"p{draw.randrange(16)}@x.dk",))),
                "phone": draw.choice((None, None, f"2030405{draw.randrange(10)}")),
                "merged_into": draw.choice((*[None] * 7, f"{connection}-{draw.randrange(people)}")),
                "gender": draw.choice((None, "female", "male", "other")),
                "birthday": born if known == "birthday" else None,
                "birth_year": born.year if known == "birth_year" else None,
                "birth_day": f"{born:%m-%d}" if known == "birth_day" else None,
                "language": draw.choice((None, "da", "en-GB")),
                "country": draw.choice((None, None, "DK", "se")),
                "city": draw.choice((None, None, *CITIES)),
                "postcode": draw.choice((None, *POSTCODES, "DK-8000")),
                "store": draw.choice((None, *STORES)),
                "income": draw.choice((None, "high")),
                "company": draw.choice((None, None, "k1", "k2", "k3")),
                "job_role": draw.choice((None, "Owner")),
                "custom": _custom(draw, calendar),
            }
        )


def _custom(draw: random.Random, calendar: Calendar) -> dict[str, object]:
    """Custom fields: a word or several, a number, a date, a yes or no."""
    values: dict[str, object] = {
        "level": draw.choice((*WORDS, tuple(draw.sample(WORDS, 2)))),
        "points": draw.choice((Decimal(5), Decimal("5.50"), Decimal(10))),
        "since": calendar.near(draw),
        "insider": draw.choice((True, False)),
    }
    return {name: value for name, value in values.items() if draw.random() < 0.6}


def _companies(draw: random.Random) -> Iterator[r.Record]:
    """Two companies; the third that contacts name is never delivered."""
    for name in ("k1", "k2"):
        yield r.Company(
            id=name,
            name=name.upper(),
            industry=draw.choice((None, "Fishing", "FISHING", "Trade")),
            size=draw.choice((None, "1-9", "10-49")),
            country=draw.choice((None, "DK", "SE")),
            employees=draw.choice((None, 5, 9, 50)),
            revenue=draw.choice((None, Decimal("99.5"), Decimal(10))),
            founded=draw.choice((None, 1990, 2001)),
            city=draw.choice((None, *CITIES)),
            postcode=draw.choice((None, *POSTCODES)),
            custom=trade.own_fields(draw),
        )
