"""Tables of rules over a small shop, each rule with the members that were counted by hand.

    # A note.
    { orders = "count", at_least = 2 } -> ann bob ? cat

A rule is written as in a config. Behind the arrow stand the ids of its members, and behind the
question mark those of whom nothing is known; all others are not members. A long line goes on in
the next one. The hub and the reference evaluator must both come to the answer in the table.
"""

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from core.records import NOUNS, Contact, Line, MessageEvent, Order, Postcode, Record
from core.segments.compile.sql.clock import Clock
from core.segments.compile.sql.context import EvaluationContext
from core.store.shop import Shop
from core.store.tables import CONTACTS
from tests.laws.random_shops import save_page
from tests.laws.verdicts import differences, hub_verdicts, reference, spelt_out

ZONE = ZoneInfo("Europe/Copenhagen")
SHOP = Shop(zone=ZONE, currency="DKK", country="DK", brand_aliases={"lego a/s": "Lego"})
TODAY = date(2026, 3, 31)
NOW = datetime(2026, 3, 31, 12, tzinfo=ZONE).astimezone(UTC)


@dataclass(frozen=True)
class Case:
    """A rule, its members, the people of whom nothing is known, and the note above it."""

    rule: dict[str, Any]
    members: tuple[str, ...]
    unknown: tuple[str, ...]
    note: str = ""


def cases(table: str) -> Iterator[Case]:
    """The cases of a table."""
    rule, note, is_complete = "", "", False
    for line in (*table.strip().splitlines(), "{"):
        text = line.strip()
        if is_complete and text.startswith(("{", "#")):
            written, _, found = rule.partition("->")
            members, _, unknown = found.partition("?")
            read = tomllib.loads(f"rule = {written}")["rule"]
            yield Case(read, _sorted(members), _sorted(unknown), note)
            rule, note, is_complete = "", "", False
        if text.startswith("#"):
            note = f"{note} {text.removeprefix('#').strip()}".strip()
        elif text:
            rule = f"{rule} {text}"
            is_complete = is_complete or "->" in text


def _sorted(ids: str) -> tuple[str, ...]:
    return tuple(sorted(ids.split()))


def evaluated(
    transaction: sa.Connection,
    records: Sequence[Record],
    rules: Sequence[dict[str, Any]],
    *,
    delivered: frozenset[str] = frozenset(NOUNS),
    as_of: datetime | date = NOW,
    shop: Shop = SHOP,
) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Members and unknown people of each rule, on which hub and reference evaluator agree."""
    number = save_page(transaction, shop, "shop", records)
    context = EvaluationContext(shop, Clock.at(as_of, shop.zone), {"shop": number}, delivered)
    tables = {f"rule_{place}": rule for place, rule in enumerate(rules)}
    hub = hub_verdicts(transaction, context, tables)
    expected = reference(transaction, context, as_of).verdicts(spelt_out(tables))
    assert differences(hub, expected) == []
    rows = transaction.execute(sa.select(CONTACTS.c.profile_id, CONTACTS.c.external_id)).all()

    def those(name: str, wanted: object) -> tuple[str, ...]:
        return tuple(sorted(contact for person, contact in rows if hub[name][person] is wanted))

    return [(those(name, True), those(name, None)) for name in tables]


def ago(days: float) -> datetime:
    """An instant that many days before noon of today."""
    return NOW - timedelta(days=days)


def order(
    number: int, who: str | None, days: float, total: Decimal | str | int = 100,
    currency: str = "DKK", **more: Any,
) -> Order:  # fmt: skip
    """A paid order without lines."""
    return Order(
        id=str(number), contact=who, placed_at=ago(days), total=Decimal(total),
        currency=currency, **more,
    )  # fmt: skip


def basket(number: int, who: str, days: float, *lines: Line, **more: Any) -> Order:
    """A paid order with lines."""
    return Order(
        id=str(number), contact=who, placed_at=ago(days), currency="DKK", lines=lines, **more
    )


def line(number: int, product: str, quantity: int = 1, total: int = 10, **more: Any) -> Line:
    """One line of a basket."""
    return Line(
        id=str(number), product=product, quantity=Decimal(quantity), total=Decimal(total), **more
    )


def event(message: str, who: str, kind: Any, days: float, evidence: Any = "probable") -> Record:
    """Something that happened to a message."""
    return MessageEvent(message=message, contact=who, kind=kind, at=ago(days), evidence=evidence)


def people(names: str) -> list[Contact]:
    """People of whom only the id is known."""
    return [Contact(id=name) for name in names.split()]


def place(
    postcode: str, latitude: str = "56.15", country: str = "DK", city: str | None = None
) -> Postcode:
    """A postcode on the tenth meridian, where 0.01 degrees are 1.11 km."""
    where = {"latitude": Decimal(latitude), "longitude": Decimal(10)}
    return Postcode(country=country, postcode=postcode, city=city, **where)
