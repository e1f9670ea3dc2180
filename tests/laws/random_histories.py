"""Random histories of a hub: pages in any order, edits, and a clock that moves.

A `History` is the same for the same seed; `live` lets a store live through it.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from core.records import NOUNS, Contact, Deleted, Record
from core.segments.compile.sql.clock import Clock
from core.segments.compile.sql.context import EvaluationContext
from core.store.people.reassign import split
from core.store.people.suppression import contact_name, suppress
from core.store.rederive import apply_settings
from core.store.tables import CONTACTS, IDENTIFIERS
from tests.laws.full_evaluation import evaluate_and_compare
from tests.laws.generators.for_each import drawn_families
from tests.laws.generators.vocabulary import ZONES
from tests.laws.random_rules import random_rule, random_segments
from tests.laws.random_shops import SAVED_AT, later_pages, random_shop, save_page
from tests.laws.verdicts import segments

PEOPLE = 5
"""Contacts of each connection."""
_TICKS = (
    timedelta(), timedelta(minutes=20), timedelta(hours=1), timedelta(hours=7),
    timedelta(hours=24), timedelta(days=1), timedelta(days=2), timedelta(days=9),
    timedelta(days=31), timedelta(days=200), timedelta(days=370), timedelta(hours=-3),
    timedelta(days=-40),
)  # fmt: skip
_NEVER_DELETED = frozenset({"Rate", "Postcode", "Consent"})
_EDITS = 0.4
"""How often rules, settings or persons are changed by hand between two evaluations."""
_CRASHES = 0.1


@dataclass
class RandomHistory:
    """One random history of a hub, as far as it has been lived through."""

    seed: int
    transaction: sa.Connection
    rules: int = 10
    families: int = 1
    steps: int = 7
    log: list[str] = field(default_factory=list)
    """Log of the history, shown with a failure."""

    def __post_init__(self) -> None:
        """Draw the shop, its segments and every page that will arrive."""
        self.draw = random.Random(self.seed)
        self.drawn = random_shop(self.draw.randrange(2**32), people=PEOPLE)
        self.pages = list(self._pages())
        day = self.drawn.calendar.day
        self.tables = random_segments(self.draw.randrange(2**32), day, self.rules)
        self.tables |= drawn_families(self.seed, day, self.families)
        self.shop = self.drawn.shop
        self.configured = list(self.drawn.configured)
        self.delivered = self.drawn.delivered
        self.clock = self.drawn.calendar.now - timedelta(days=self.draw.choice((0, 1, 3)))
        self.numbers: dict[str, int] = {}

    def live(self) -> None:
        """Live through it; at every step incremental and full evaluation must be equal."""
        for _ in self.drawn.configured:
            self._tell()
        for _ in range(self.steps):
            for _ in range(self.draw.choice((0, 1, 1, 2, 4))):
                self._tell()
            if self.draw.random() < _EDITS:
                self.draw.choice(self._edits())()
            self.clock += self.draw.choice(_TICKS)
            self._evaluate()

    def _tell(self) -> None:
        if not self.pages:
            return
        connection, page = self.pages.pop()
        self._note(f"{connection} tells {[_named(each) for each in page]}")

        renews = self.draw.random() < 0.5

        def take() -> None:
            if renews:
                # As whoever pulls does; else the evaluation must.
                apply_settings(self.transaction, self.shop)
            self.numbers[connection] = save_page(self.transaction, self.shop, connection, page)

        self._perhaps_crash(take)
        take()

    def _evaluate(self) -> None:
        as_of: datetime | date = self.clock
        if self.draw.random() < 0.15:
            as_of = self.clock.astimezone(self.shop.zone).date()
        world = EvaluationContext(
            self.shop,
            Clock.at(as_of, self.shop.zone),
            {name: self.numbers[name] for name in self.configured},
            self.delivered,
            stale=len(self.numbers) > len(self.configured),
        )
        every = segments(self.tables)
        self._note(f"evaluated as of {as_of}")
        self._perhaps_crash(lambda: evaluate_and_compare(self.transaction, world, every, SAVED_AT))
        found = evaluate_and_compare(self.transaction, world, every, SAVED_AT)
        self._note(f"looked at {found.looked_at} {found.full_because}")

    def _perhaps_crash(self, act: Callable[[], object]) -> None:
        """Now and then act in a transaction that is rolled back."""
        if self.draw.random() < _CRASHES:
            trial = self.transaction.begin_nested()
            act()
            trial.rollback()

    def _edits(self) -> list[Callable[[], None]]:
        return [
            self._redefine, self._redefine, self._alias, self._prefer, self._configure,
            self._split, self._deliver, self._erase, self._erase, self._move, self._reprice,
        ]  # fmt: skip

    def _redefine(self) -> None:
        name = self.draw.choice(list(self.tables))
        earlier = list(self.tables)[: list(self.tables).index(name)]
        others = [each for each in earlier if "for_each" not in self.tables[each]]
        day = self.drawn.calendar.day
        self.tables[name] = random_rule(self.draw, day, self.draw.choice((0, 2)), others)
        self._note(f"{name} means {self.tables[name]}")

    def _alias(self) -> None:
        aliases = self.draw.choice(({}, {"acme": "Lego"}))
        self.shop = replace(self.shop, brand_aliases=aliases)
        self._note(f"aliases are {aliases}")

    def _prefer(self) -> None:
        precedence = tuple(self.draw.sample(self.shop.precedence, len(self.shop.precedence)))
        self.shop = replace(self.shop, precedence=precedence)
        self._note(f"precedence is {precedence}")

    def _configure(self) -> None:
        names = list(self.drawn.configured)
        self.configured = self.draw.sample(names, self.draw.choice((len(names) - 1, len(names))))
        self._note(f"configured are {self.configured}")

    def _split(self) -> None:
        contact = self.draw.choice(
            self.transaction.execute(sa.select(CONTACTS.c.id)).scalars().all()
        )
        split(self.transaction, self.shop, contact, SAVED_AT)
        self._note(f"contact {contact} is split off")

    def _erase(self) -> None:
        """Somebody must never come back: nothing of them stays, and nothing comes in again."""
        contacts = sa.select(CONTACTS.c.id, CONTACTS.c.connection_id, CONTACTS.c.external_id)
        every = self.transaction.execute(contacts.order_by(CONTACTS.c.id)).all()
        if not every:
            return
        contact = self.draw.choice(every)
        names = {number: name for name, number in self.numbers.items()}
        connection = names[contact.connection_id]
        query = sa.select(IDENTIFIERS.c.kind, IDENTIFIERS.c.value)
        mine = self.transaction.execute(query.where(IDENTIFIERS.c.contact_id == contact.id))
        known = {
            contact_name(contact.connection_id, contact.external_id),
            *map(tuple, mine),
        }
        suppress(self.transaction, known, "erased", SAVED_AT)
        page = [Contact(id=contact.external_id)]
        self._note(f"{connection} {contact.external_id} is erased")
        save_page(self.transaction, self.shop, connection, page)

    def _move(self) -> None:
        self.shop = replace(self.shop, zone=ZoneInfo(self.draw.choice(ZONES)))
        self._note(f"zone is {self.shop.zone}")

    def _reprice(self) -> None:
        self.shop = replace(self.shop, currency=self.draw.choice(("DKK", "EUR", "JPY")))
        self._note(f"currency is {self.shop.currency}")

    def _deliver(self) -> None:
        missing = self.draw.choice(sorted(NOUNS))
        self.delivered = frozenset(NOUNS) - {missing}
        self._note(f"delivered is everything but {missing}")

    def _pages(self) -> Iterator[tuple[str, list[Record]]]:
        """Small pages: what the shop tells, what it tells later of the same, and deletions.

        The last of them hold half of everything, for the beginning.
        """
        every = [(n, list(page)) for n, page in self.drawn.pages if n in self.drawn.configured]
        every += later_pages(self.drawn, self.draw.randrange(2**32), people=PEOPLE)
        pieces = [piece for name, page in every for piece in self._cut(name, page)]
        self.draw.shuffle(pieces)
        half = len(pieces) // 2
        yield from pieces[half:]
        for name in self.drawn.configured:
            yield name, [each for other, page in pieces[:half] if other == name for each in page]

    def _cut(self, connection: str, page: list[Record]) -> Iterator[tuple[str, list[Record]]]:
        start = 0
        while start < len(page):
            size = self.draw.choice((1, 2, 5, 40))
            yield connection, page[start : start + size]
            start += size
        for each in self.draw.sample(page, min(len(page), 4)):
            noun, name = type(each).__name__, getattr(each, "id", None)
            if name and noun not in _NEVER_DELETED:
                yield connection, [Deleted(noun=noun, id=name)]

    def _note(self, what: str) -> None:
        self.log.append(what)


def _named(record: Record) -> str:
    return f"{type(record).__name__} {getattr(record, 'id', '')}"
