"""A random shop of some 200 people from a seed, with many facts on windows' edges."""

import random
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta

from tests.oracles.small.world import (
    CATEGORIES,
    CITIES,
    DAYS,
    EARLIER,
    STORES,
    TODAY,
    Child,
    Event,
    Line,
    Message,
    Order,
    Person,
    World,
    back,
)

PEOPLE = 200
BRANDS = ("Acme", "ACME", "Nordlys", "")
TOPICS = ("Crime", "Poetry", "History")


def edges() -> list[date]:
    """Days on both sides of every window's edge."""
    found = []
    for today in DAYS:
        starts = [today - timedelta(n) for n in (0, 1, 5, 14, 30, 70, 90)]
        starts += [back(today, months) for months in (6, 12, 24)]
        found += [start + timedelta(n) for start in starts for n in (-1, 0, 1)]
    return [day for day in found if day <= TODAY]


def drawn(seed: int) -> World:
    """The world of a seed."""
    draw = random.Random(seed)
    world = World()
    world.products = {
        f"product{n}": (draw.choice(list(CATEGORIES)), draw.choice(BRANDS)) for n in range(16)
    }
    world.people = list(_people(draw))
    ids = [name for person in world.people for name in (person.id, person.also) if name]
    world.orders = list(_orders(draw, ids, list(world.products)))
    world.coupons = list(_coupons(draw, ids, world.orders))
    world.stays = [
        (
            person.id,
            name,
            draw.choices(("subscribed", "unsubscribed", "cleaned"), (8, 2, 1))[0],
            _day(draw, 900),
        )
        for person in world.people[8:]
        for name in draw.sample(("news", "club"), draw.choice((0, 1, 1, 2)))
    ]
    world.messages = list(_messages(draw))
    exact, others = world.people[:4], world.people[4:]
    world.stays += [(person.id, "weekly", "subscribed", date(2023, 1, 1)) for person in exact]
    edge = [back(today, 6) + timedelta(n) for today in DAYS for n in (-1, 0)]
    world.stays += [
        (person.id, "weekly", "subscribed", day)
        for person, day in zip(others[:4], edge, strict=True)
    ]
    world.events = [*_at_rates(exact, world.messages), *_events(draw, others, world.messages)]
    world.interests = [
        (person.id, topic, draw.choice(("stated", "stated", "inferred")))
        for person in world.people
        for topic in draw.choice(([], [""], draw.sample(TOPICS, draw.randint(1, 3))))
    ]
    world.children = list(_children(draw, world.people))
    return world


def _day(draw: random.Random, days: int) -> date:
    if draw.random() < 0.4:
        return draw.choice(edges())
    return TODAY - timedelta(draw.randrange(days))


def _birthday(draw: random.Random, first: int, last: int) -> date | None:
    if draw.random() < 0.15:
        return None
    year = draw.randint(first, last)
    if draw.random() < 0.1:
        return date(year - year % 4, 2, 29)
    today = draw.choice(DAYS)
    near = date(year, today.month, 28) + timedelta(draw.randint(-3, 18))
    return near if draw.random() < 0.4 else date(year, 1, 1) + timedelta(draw.randrange(365))


def _people(draw: random.Random) -> Iterator[Person]:
    for number in range(PEOPLE):
        yield Person(
            f"p{number:03}",
            f"q{number:03}" if draw.random() < 0.1 else None,
            draw.choice(("female", "male", "other", "")),
            _birthday(draw, 1970, 2008),
            draw.choice((*STORES, "")),
            draw.choice((*CITIES, "")),
        )


def _orders(draw: random.Random, ids: Sequence[str], products: Sequence[str]) -> Iterator[Order]:
    for number in range(1400):
        minute = draw.choice((0, 12 * 60, 24 * 60 - 1))
        # The first few buy much, and some orders are nobody's, those the larger ones.
        contact = draw.choice((draw.choice(ids), draw.choice(ids[:30]), ""))
        yield Order(
            f"o{number}",
            contact,
            datetime.combine(_day(draw, 900), time(minute // 60, minute % 60)),
            draw.choices(("", "paid", "fulfilled", "cancelled", "pending"), (3, 3, 3, 1, 1))[0],
            draw.choice(("web", "pos")),
            draw.choice((*STORES, "")),
            draw.choice(("", "", "SPRING")),
            [
                _line(draw, f"l{place}", draw.choice(products))
                for place in range(draw.choice((1, 1, 2, 3) if contact else (5, 6)))
            ],
        )


def _line(draw: random.Random, name: str, product: str) -> Line:
    quantity = draw.choice((0, 1, 1, 1, 2, 3))
    price = draw.choice((0, 999, 9_900, 25_050, 79_900))
    line = Line(name, product, quantity, price * quantity)
    match draw.choice(("nothing", "full price", "sale", "hardly", "automatic")):
        case "full price":
            line.list_price = price
        case "sale":
            line.list_price = price * 2
        case "hardly":
            # Just under and just at one per cent off.
            line.list_price = price + draw.choice((99, 100) if price == 9_900 else (1, 9))
        case "automatic":
            line.automatic = draw.choice((0, 500))
    if quantity and draw.random() < 0.15:
        line.returned = draw.randint(1, quantity)
        line.given_back = price * line.returned
    elif draw.random() < 0.03:
        # It was broken, and nobody wanted it back.
        line.given_back = line.total
    return line


def _coupons(
    draw: random.Random, ids: Sequence[str], orders: Sequence[Order]
) -> Iterator[tuple[str, str, str, date]]:
    for number in range(60):
        if draw.random() < 0.5:
            order = draw.choice(orders)
            yield f"c{number}", order.contact, order.id, order.day
        else:
            yield f"c{number}", draw.choice(ids), "", _day(draw, 900)


def _messages(draw: random.Random) -> Iterator[Message]:
    days = sorted({*edges(), *(TODAY - timedelta(draw.randrange(700)) for _ in range(60))})
    for number, day in enumerate(days):
        kind = draw.choices(("campaign", "automation", "transactional"), (6, 2, 2))[0]
        yield Message(f"m{number}", kind, datetime.combine(day, time(12)))


def _events(
    draw: random.Random, people: Iterable[Person], messages: Sequence[Message]
) -> Iterator[Event]:
    for person in people:
        opens, clicks = draw.choice(((0, 0), (0.02, 0), (0.3, 0.08), (0.8, 0.6)))
        share = draw.choice((0, 0.05, 0.5, 0.9))
        for message in messages:
            reached = draw.random() < share
            if reached:
                yield Event(message.id, person.id, "delivered", message.sent)
            later = message.sent + timedelta(days=draw.choice((0, 0, 1, 20)), hours=2)
            if draw.random() < opens and (reached or draw.random() < 0.02):
                grade = draw.choice(("human", "probable", "machine"))
                yield Event(message.id, person.id, "opened", later, grade)
            if draw.random() < clicks and reached:
                grade = draw.choice(("human", "probable", "machine"))
                yield Event(message.id, person.id, "clicked", later + timedelta(hours=1), grade)


def _at_rates(people: Iterable[Person], messages: Sequence[Message]) -> Iterator[Event]:
    """20 messages each, of which one was opened or two were clicked: exactly 5 and 10 %."""
    told = [
        each for each in messages
        if each.kind == "campaign" and back(TODAY, 11) < each.sent.date() < back(EARLIER, 1)
    ]  # fmt: skip
    for number, person in enumerate(people):
        for place, message in enumerate(told[:20]):
            yield Event(message.id, person.id, "delivered", message.sent)
            later = message.sent + timedelta(hours=3)
            if place < number:
                yield Event(message.id, person.id, "clicked", later)
            elif place == 0:
                yield Event(message.id, person.id, "opened", later, "machine")


def _children(draw: random.Random, people: Iterable[Person]) -> Iterator[Child]:
    for person in people:
        number = draw.choice((0, 0, 1, 2, 3))
        for place in range(number):
            gender = draw.choice(("female", "male", ""))
            born = _birthday(draw, 2006, 2026)
            yield Child(f"{person.id}-{place}", person.id, gender, born)
        if not number and draw.random() < 0.3:
            yield Child(f"{person.id}-none", person.id, none=True)
