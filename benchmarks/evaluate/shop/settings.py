"""Settings of every made-up shop: products, categories, stores, messages and the clock."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from core import records
from core.store.shop import Shop

SHOP = Shop(
    zone=ZoneInfo("Europe/Copenhagen"), currency="DKK", country="DK", precedence=("shop", "news")
)
CONNECTIONS = {"shop": 1, "news": 2}
DELIVERED = frozenset(
    {"Contact", "Order", "Refund", "Product", "Category", "Store", "Discount"}
    | {"ListMember", "Message", "MessageEvent", "Interest", "Child"}
)
TODAY = date(2026, 3, 10)
NOW = datetime.combine(TODAY, time(8), tzinfo=UTC)
"""Nothing of a shop's history is later."""
A_MINUTE = timedelta(minutes=1)
AN_HOUR = timedelta(hours=1)
A_DAY = timedelta(days=1)

PRODUCTS = 2_000
BRANDS = 500
SHELVES = 5
SHELVES_BELOW = 5
STORES = 12
POSTCODES = 60
CAMPAIGNS = 180
_DAYS_BETWEEN = 4
_TOPICS = ("news", "sale", "tips")


def products() -> Iterator[records.Record]:
    """Shelves with shelves below them, and products that stand on one or two of these."""
    for shelf in range(1, SHELVES + 1):
        yield records.Category(id=f"S{shelf}", title=f"Shelf {shelf}")
        for below in range(1, SHELVES_BELOW + 1):
            name = f"S{shelf}-{below}"
            yield records.Category(id=name, title=f"Shelf {shelf} part {below}", parent=f"S{shelf}")
    for number in range(1, PRODUCTS + 1):
        two = (number, number * 7) if number % 5 == 0 else (number,)
        yield records.Product(
            id=f"P{number:05}",
            sku=f"SKU{number:05}",
            title=f"Product {number}",
            brand=f"Brand {number % BRANDS + 1}",
            list_price=Decimal(40 + number * 37 % 760),
            categories=tuple(dict.fromkeys(_shelf(each) for each in two)),
        )


def _shelf(number: int) -> str:
    shelf = number % SHELVES + 1
    below = number // SHELVES % (SHELVES_BELOW + 1)
    return f"S{shelf}-{below}" if below else f"S{shelf}"


def stores() -> Iterator[records.Record]:
    """Stores, some with an area of their own, and where postcodes lie."""
    for number in range(1, STORES + 1):
        area = (f"{1000 + number}", f"{1000 + number + STORES}") if number % 2 else ()
        yield records.Store(
            id=f"store-{number}",
            title=f"Store {number}",
            city=f"Town {number}",
            postcode=f"{1000 + number}",
            country="DK",
            postcodes=area,
        )
    for number in range(1, POSTCODES + 1):
        yield records.Postcode(
            country="DK",
            postcode=f"{1000 + number}",
            latitude=Decimal(55) + Decimal(number % 10) / 5,
            longitude=Decimal(9) + Decimal(number // 10) / 2,
        )


def messages() -> Iterator[records.Record]:
    """One message every few days; one in twenty is an automation, one in twenty a receipt."""
    for number in range(1, CAMPAIGNS + 1):
        yield message(f"M{number:04}", sent_at(number), number)


def message(name: str, at: datetime, number: int) -> records.Message:
    """One message; its kind and topic follow from its number."""
    kinds = {1: "automation", 2: "transactional"}
    return records.Message(
        id=name,
        title=f"Message {number}",
        kind=kinds.get(number % 20, "campaign"),
        topic=_TOPICS[number % len(_TOPICS)],
        sent_at=at,
    )


def sent_at(number: int) -> datetime:
    """When a message of the history was sent: at half past five in the morning."""
    day = TODAY - timedelta(days=_DAYS_BETWEEN * (CAMPAIGNS - number))
    return datetime.combine(day, time(5, 30), tzinfo=UTC)
