"""Records at the edges of windows, for the tables of the twenty segments.

Every table holds as of the end of 31 March 2026 in Copenhagen. The edges are then:

    12 months   after 2025-03-31, first day in: 2025-04-01
    24 months   after 2024-03-31, first day in: 2024-04-01
     6 months   after 2025-09-30 (September has no 31st), first day in: 2025-10-01
    30 days     after 2026-03-01, first day in: 2026-03-02
    70 days     2026-01-20 is 70 days ago
    90 days     2025-12-31 is 90 days ago
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any, Literal

from core.records import Contact, MessageEvent, Order, OrderDiscount, Record
from tests.core.segments.cases import Case, cases

CURRENCY = "DKK"

Evidence = Literal["human", "probable", "machine"]


@dataclass(frozen=True)
class RecipeTable:
    """One of the twenty segments: its people, and the members of its recipes.

    The note above a case is the variation in the words of the paper; an option has none.
    """

    number: int
    records: tuple[Record, ...]
    table: str = field(repr=False)

    @cached_property
    def cases(self) -> tuple[Case, ...]:
        """Recipe, parameters and members, counted by hand."""
        return tuple(cases(self.table))


def gathered(*parts: Record | Iterable[Record]) -> tuple[Record, ...]:
    """Records and lists of records as one list."""
    return tuple(
        record for part in parts for record in ([part] if isinstance(part, Record) else part)
    )


def persons(names: str) -> Iterator[Contact]:
    """Contacts of whom only the id is known."""
    return (Contact(id=name) for name in names.split())


def moment(written: str) -> date | datetime:
    """A date, or an instant where a time is written."""
    return datetime.fromisoformat(written) if "T" in written else date.fromisoformat(written)


def bought(person: str | None, days: str, total: str = "100", **more: Any) -> Iterator[Order]:
    """One order on each of the days (or instants), which are divided by blanks."""
    for number, day in enumerate(days.split(), 1):
        yield Order(
            id=f"{person or 'nobody'} {total} {day} {number}",
            contact=person,
            placed_at=moment(day),
            total=Decimal(total),
            currency=CURRENCY,
            **more,
        )


def coupon(code: str = "SPRING") -> dict[str, Any]:
    """An order's discount for which a code was entered."""
    return {"discounts": (OrderDiscount(code=code, amount=Decimal(10)),)}


def sent(person: str, first: str, number: int, message: str = "letter") -> Iterator[MessageEvent]:
    """So many messages, one a day from the first day on, at noon in London."""
    start = datetime.fromisoformat(f"{first}T12:00:00+00:00")
    for count in range(number):
        yield MessageEvent(
            message=f"{message}-{count + 1:02}",
            contact=person,
            kind="delivered",
            at=start + timedelta(days=count),
        )


def did(
    person: str,
    kind: Literal["opened", "clicked", "unsubscribed"],
    messages: Iterable[int],
    day: str,
    evidence: Evidence = "human",
    message: str = "letter",
) -> Iterator[MessageEvent]:
    """Opens, clicks or unsubscribes of numbered messages, at noon in London of a day."""
    for number in messages:
        yield MessageEvent(
            message=f"{message}-{number:02}",
            contact=person,
            kind=kind,
            at=datetime.fromisoformat(f"{day}T12:00:00+00:00"),
            evidence=evidence,
        )
