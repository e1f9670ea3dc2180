"""Pages touch the people whom they concern, also those whom they do not name."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from core.records import (
    Category,
    Company,
    Consent,
    Contact,
    Deal,
    Deleted,
    Discount,
    Line,
    Message,
    MessageEvent,
    Order,
    Product,
    Rate,
    Record,
    Refund,
    Store,
    Visit,
)
from core.store.database import Database
from tests.core.segments.cases import place
from tests.core.segments.small_hub import SmallHub, noon, ordered


@dataclass(frozen=True)
class After:
    """The members after a page: of each segment, in the order of the rules, separated by `|`."""

    members: str
    page: tuple[Record, ...]
    looked_at: int | None = None


def after(members: str, *page: Record, looked_at: int | None = None) -> After:
    return After(members, page, looked_at)


BOUGHT = {"bought": {"orders": "count", "at_least": 1}}
SPRING = {"spring": {"messages": "opened", "where": {"campaign": "Spring"}, "at_least": 1}}
LAZY = {"lazy": {"messages": "opened", "is": 0}}
TOYS = {"toys": {"items": "count", "where": {"category": "Toys"}, "at_least": 1}}
LEGO = {"brand": {"items": "count", "where": {"brand": "Lego"}, "at_least": 1}}


def sold(number: int, who: str | None, product: str) -> Order:
    lines = (Line(id="1", product=product, total=Decimal(10)),)
    return Order(id=str(number), contact=who, placed_at=noon(1), currency="DKK", lines=lines)


def used(order: str) -> Discount:
    return Discount(id="d", order=order, code="SUMMER", at=noon(1))


def refund(order: str, total: int = 50) -> Refund:
    return Refund(id="r", order=order, at=noon(2), total=Decimal(total))


def opened(message: str, who: str) -> MessageEvent:
    return MessageEvent(message=message, contact=who, kind="opened", at=noon(1))


RATE = Rate(currency="EUR", day=date(2026, 3, 1), rate=Decimal("7.46"))
SAVED = {"saved": {"orders": "count", "where": {"coupon": "summer"}, "at_least": 1}}
RETAIL = {
    "retail": {"field": "company.industry", "is": "retail"},
    "known": {"field": "company.industry", "known": True},
}
BUSY = {"busy": {"orders": "count", "of": "company", "at_least": 2}}
VISITED = {"visits": "count", "at_least": 1}
VISIT = Visit(id="v", contact="ann", at=noon(1))
BRICKS = Product(id="p", brand="LEGO A/S", category="bricks", category_parent="7")
STAFF = [Contact(id=each, company="k") for each in ("ann", "bob")]
ANN, BOB = Contact(id="ann"), Contact(id="bob")
STORIES: list[tuple[str, dict[str, Any], list[After]]] = [
    ("facts of the past", BOUGHT | {"men": {"field": "gender", "is": "male"}}, [
        after(" | ", ANN, Contact(id="bob", gender="female")),
        after("ann | ", ordered(1, "ann"), looked_at=1),
        after("ann | bob", ordered(2, "ann"), Contact(id="bob", gender="male"), looked_at=2),
    ]),
    ("losing an order to somebody else", BOUGHT, [
        after("ann", ANN, BOB, ordered(1, "ann")),
        after("bob", ordered(1, "bob"), looked_at=2),
    ]),
    ("a coupon that comes, moves and goes alone", SAVED, [
        after("", ordered(1, "ann"), ordered(2, "bob")),
        after("ann", used("1")),
        after("bob", used("2")),
        after("", Deleted(noun="Discount", id="d")),
    ]),
    ("a store that comes and goes", {"here": {"lives": "in_area", "store": "s"}}, [
        after("", Contact(id="ann", postcode="8000", country="DK")),
        after("ann", Store(id="s", postcodes=("8000",))),
        after("", Deleted(noun="Store", id="s")),
    ]),
    ("a postcode that is put on the map", {"near": {"lives": "near", "store": "s", "km": 20}}, [
        after("", Store(id="s", postcode="8000", country="DK")),
        after("", Contact(id="ann", postcode="8200", country="DK")),
        after("ann", place("8000"), place("8200", "56.20")),
    ]),
    ("a company that changes and goes", RETAIL, [
        after("ann | ann", Company(id="c", industry="Retail"), Contact(id="ann", company="c")),
        after(" | ann", Company(id="c", industry="Wood")),
        after(" | ", Deleted(noun="Company", id="c")),
    ]),
    ("an event whose message comes later", SPRING, [
        after("", opened("m-ann", "ann"), opened("m-bob", "bob")),
        after("ann", Message(id="m-ann", title="Spring"), looked_at=1),
        after("", Message(id="m-ann", title="Spring", kind="transactional")),
    ]),
    ("a message that is deleted", SPRING, [
        after("ann", Message(id="m", title="Spring"), opened("m", "ann")),
        after("", Deleted(noun="Message", id="m")),
    ]),
    ("tracking that a person without an address refuses", LAZY, [
        after("ann bob", ANN, BOB, opened("m", "cat")),
        after("bob", Consent(contact="ann", channel="tracking", granted=False, at=noon(1)),
              looked_at=1),
        after("ann bob", Consent(contact="ann", channel="tracking", granted=True, at=noon(2)),
              looked_at=1),
    ]),
    ("a line whose product and category come later", LEGO | TOYS, [
        after(" | ", sold(1, "ann", "p"), sold(2, "bob", "q"), Product(id="q", category="x")),
        after("ann | ", BRICKS, looked_at=1),
        after("ann | ann", Category(id="7", title="Toys")),
        after("ann | ann bob", Category(id="x", title="Other", parent="7")),
        after("ann | ", Category(id="7", title="Games")),
    ]),
    # An order of nobody marks nobody.
    ("a category that is put under another", TOYS, [
        after("", Category(id="bricks"), Category(id="7", title="Toys")),
        after("", Product(id="p", category="bricks"), sold(1, "ann", "p"), sold(2, None, "p"),
              looked_at=1),
        after("ann", Category(id="bricks", parent="7")),
    ]),
    ("a rate that a deal waits for", {"rich": {"deals": "total", "at_least": 700}}, [
        after("", Deal(id="d", contact="ann", at=noon(1), amount=Decimal(100), currency="EUR")),
        after("ann", RATE),
    ]),
    ("a rate that an order waits for", {"rich": {"orders": "total", "at_least": 700}}, [
        after("", ordered(1, "ann", currency="EUR"), ordered(2, "bob")),
        after("ann", RATE, looked_at=1),
    ]),
    ("a refund whose order comes later", BOUGHT | {"back": {"refunds": "count", "at_least": 1}}, [
        after("ann | ", ordered(1, "ann"), refund("2", 100)),
        after("ann | bob", ordered(2, "bob"), looked_at=1),
    ]),
    ("a refund that moves and goes", {"rich": {"orders": "total", "at_least": 100}}, [
        after("bob", ordered(1, "ann"), ordered(2, "bob"), refund("1")),
        after("ann", refund("2")),
        after("ann bob", Deleted(noun="Refund", id="r")),
    ]),
    ("rows that are deleted at their source", BOUGHT | {"looks": VISITED}, [
        after("ann bob | ann", ANN, ordered(1, "ann"), ordered(2, "bob"), VISIT),
        after("ann bob | ", Deleted(noun="Visit", id="v")),
        after("bob | ", Deleted(noun="Order", id="1"), looked_at=1),
    ]),
    ("a colleague who vanishes takes rows along", BUSY, [
        after("ann bob", Company(id="k"), *STAFF, ordered(1, "ann"), ordered(2, "bob")),
        after("", Deleted(noun="Order", id="2"), Deleted(noun="Contact", id="bob")),
    ]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("rules", "pages"), [story[1:] for story in STORIES], ids=[story[0] for story in STORIES]
)
def test_a_page_touches_the_people_whom_it_concerns(
    sqlite: Database, rules: dict[str, Any], pages: list[After]
) -> None:
    hub = SmallHub(sqlite, rules)
    for each in pages:
        hub.tell(*each.page)
        assert list(hub.members(noon(4)).values()) == [
            members.strip() for members in each.members.split("|")
        ]
        assert each.looked_at is None or hub.looked_at == each.looked_at
