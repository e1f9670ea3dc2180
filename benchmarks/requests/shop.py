"""A WooCommerce shop of any size whose rows are made as they are asked for."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.server import Answer, Credentials, Request

OPENED = datetime(2023, 1, 2, 8, tzinfo=UTC)
OPEN_FOR = timedelta(days=900)
"""Time from the first order to the last, just under thirty months."""
ROOT = "/wp-json/wc/v3"
TOWNS = ("Aarhus", "Odense", "Ribe")
REFUNDED = 100
"""One order in so many is given back."""

Row = dict[str, Any]


@dataclass(frozen=True)
class Rows:
    """A list whose rows are numbered from 1 in the order of their dates, evenly spread."""

    count: int
    make: Callable[[int, str], Row]
    """Number and instant -> the row."""

    def at(self, number: int) -> datetime:
        """When a row was saved."""
        return OPENED + timedelta(seconds=round(OPEN_FOR.total_seconds() * number / self.count))

    def row(self, number: int) -> Row:
        """One row."""
        return self.make(number, self.at(number).replace(tzinfo=None).isoformat())

    def narrowed(self, query: Mapping[str, str]) -> Sequence[int]:
        """The numbers of the rows that a request asks for, in its order."""
        if query.get("status") == "trash":
            return ()
        if named := query.get("include"):
            return [int(each) for each in named.split(",")]
        first = 1
        for name in ("after", "modified_after"):
            if since := query.get(name):
                first = max(first, self._first_after(datetime.fromisoformat(since)))
        until = self.count
        for name in ("before", "modified_before"):
            if end := query.get(name):
                until = min(until, self._first_after(datetime.fromisoformat(end)) - 1)
        numbers = range(first, until + 1)
        return numbers[::-1] if query.get("order") == "desc" else numbers

    def _first_after(self, instant: datetime) -> int:
        since = instant.replace(tzinfo=UTC)
        number = max(1, int(self.count * (since - OPENED) / OPEN_FOR) - 1)
        while number <= self.count and self.at(number) <= since:
            number += 1
        return number


NOTHING = Rows(0, lambda number, _: {"id": number})


class LargeShop:
    """The API without its sockets; of writing, only customers' notes."""

    most_at_once: int | None = None

    def __init__(self, customers: int, orders: int) -> None:
        """Everybody has an account, and nobody carries a note."""
        self.notes: dict[int, dict[str, str]] = {}
        """Customer -> key -> value."""
        self._customers = customers
        self._lists = {
            "/products/categories": Rows(1, lambda number, _: {"id": number, "name": "Goods"}),
            "/products": Rows(1, _product),
            "/customers": Rows(customers, self._customer),
            "/orders": Rows(orders, self._order),
            "/refunds": Rows(orders // REFUNDED, _refund),
        }

    def answer(self, request: Request, credentials: Credentials) -> Answer:  # noqa: ARG002
        """One page of a list, or the customers that were written."""
        if request.method == "POST":
            return self._written(request.body["update"])
        query = request.query
        rows = self._lists.get(request.path.removeprefix(ROOT), NOTHING)
        numbers = rows.narrowed(query)
        size = int(query.get("per_page", "10"))
        begin = int(query.get("offset", (int(query.get("page", "1")) - 1) * size))
        some = [rows.row(number) for number in numbers[begin : begin + size]]
        if fields := query.get("_fields"):
            some = [{name: row[name] for name in fields.split(",") if name in row} for row in some]
        pages = -(-len(numbers) // size)
        headers = {"X-WP-Total": str(len(numbers)), "X-WP-TotalPages": str(pages)}
        return Answer(body=some, headers=headers)

    def refusal(self, status: int) -> Answer:
        """An error."""
        return Answer(status, {})

    def _customer(self, number: int, at: str) -> Row:
        return {
            **self._noted(number),
            "date_created_gmt": at,
            "date_modified_gmt": at,
            "email": f"person{number}@mail.example",
            "billing": {"city": TOWNS[number % len(TOWNS)], "country": "DK"},
        }

    def _written(self, updates: Sequence[Row]) -> Answer:
        for row in updates:
            notes = {note["key"]: note["value"] for note in row["meta_data"]}
            self.notes.setdefault(row["id"], {}).update(notes)
        return Answer(body={"update": [self._noted(row["id"]) for row in updates]})

    def _noted(self, number: int) -> Row:
        notes = self.notes.get(number, {}).items()
        meta_data = [{"id": 1, "key": key, "value": value} for key, value in notes]
        return {"id": number, "meta_data": meta_data}

    def _order(self, number: int, at: str) -> Row:
        return {
            "id": number,
            "customer_id": 1 + number * 7919 % self._customers,
            "status": "completed",
            "currency": "DKK",
            "prices_include_tax": True,
            "date_created_gmt": at,
            "date_modified_gmt": at,
            "total": "100.00",
            "line_items": [
                {
                    "id": number, "name": "Plaid", "product_id": 1, "quantity": 1,
                    "subtotal": "80.00", "subtotal_tax": "20.00", "total": "80.00",
                    "total_tax": "20.00",
                }
            ],
            "coupon_lines": [],
            "refunds": [] if number % REFUNDED else [{"id": number // REFUNDED}],
        }  # fmt: skip


def _product(number: int, at: str) -> Row:
    return {"id": number, "name": "Plaid", "date_modified_gmt": at, "categories": [{"id": 1}]}


def _refund(number: int, at: str) -> Row:
    return {
        "id": number,
        "parent_id": number * REFUNDED,
        "amount": "100.00",
        "date_created_gmt": at,
        "line_items": [],
    }
