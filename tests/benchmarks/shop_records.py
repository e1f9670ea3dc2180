"""Rows of a made-up shop as the records that a source would have yielded."""

import sqlite3
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
from pydantic_core import from_json

from core import records
from core.store.money import units
from core.store.tables.types import EPOCH

Rows = list[dict[str, Any]]


class ShopRecords:
    """The facts of a database file, connection by connection."""

    def __init__(self, file: Path) -> None:
        self._store = sqlite3.connect(file)
        self._store.row_factory = sqlite3.Row
        self._names = {row["id"]: row["external_id"] for row in self._rows("contact")}

    def close(self) -> None:
        """Close the file."""
        self._store.close()

    def shop(self) -> list[records.Record]:
        """The shop's records: people, purchases, refunds."""
        return [*self._contacts(1), *self._orders(), *self._refunds()]

    def news(self) -> list[records.Record]:
        """The email tool's records: people and lists, interests and children, events."""
        return [
            *self._contacts(2),
            *self._list_members(),
            *self._interests(),
            *self._children(),
            *self._events(),
        ]

    def _rows(self, table: str) -> Rows:
        return [dict(row) for row in self._store.execute(f"SELECT * FROM {table} ORDER BY 1, 2")]

    def _contacts(self, connection: int) -> Iterator[records.Record]:
        for row in self._rows("contact"):
            if row["connection_id"] != connection:
                continue
            stated = from_json(row["stated"])
            stated.pop("created_day", None)
            if "birthday" in stated:
                stated["birthday"] = date.fromisoformat(stated["birthday"]["date"])
            if row["created_at"] is not None:
                stated["created"] = at(row["created_at"])
            yield records.Contact(id=row["external_id"], **stated)

    def _orders(self) -> Iterator[records.Record]:
        lines: dict[int, list[records.Line]] = {}
        for row in self._rows("order_line"):
            lines.setdefault(row["order_id"], []).append(_line(row))
        codes = {row["order_id"]: row["code"] for row in self._rows("order_coupon")}
        for row in self._rows("orders"):
            code = codes.get(row["id"])
            yield records.Order(
                id=row["external_id"],
                contact=self._names.get(row["contact_id"]),
                placed_at=at(row["placed_at"]),
                status=row["status"],
                channel=row["channel"],
                store=row["store_external_id"],
                currency=row["currency"],
                lines=tuple(lines[row["id"]]),
                discounts=(records.OrderDiscount(code=code),) if code else (),
            )

    def _refunds(self) -> Iterator[records.Record]:
        for row in self._rows("refund"):
            parts = [
                records.RefundLine(
                    line=part["line"], quantity=units(part["quantity"]), total=units(part["total"])
                )
                for part in orjson.loads(row["lines"])
            ]
            yield records.Refund(
                id=row["external_id"],
                order=row["order_external_id"],
                at=at(row["at"]),
                total=units(row["total"]),
                lines=tuple(parts),
            )

    def _list_members(self) -> Iterator[records.Record]:
        for row in self._rows("list_member"):
            yield records.ListMember(
                contact=self._names[row["contact_id"]],
                list=row["list"],
                title="Newsletter",
                status=row["status"],
                subscribed_at=None if row["at"] is None else at(row["at"]),
            )

    def _interests(self) -> Iterator[records.Record]:
        for row in self._rows("interest"):
            yield records.Interest(
                contact=self._names[row["contact_id"]], topic=row["title"], source=row["source"]
            )

    def _children(self) -> Iterator[records.Record]:
        for row in self._rows("child"):
            born = row["birth_day_number"]
            yield records.Child(
                id=row["external_id"],
                contact=self._names[row["contact_id"]],
                gender=row["gender"],
                birthday=None if born is None else date.fromordinal(born),
                none=bool(row["none"]),
            )

    def _events(self) -> Iterator[records.Record]:
        messages = {row["id"]: row["external_id"] for row in self._rows("message")}
        grades = {3: "human", 2: "probable", 1: "machine"}
        for row in self._rows("message_event"):
            yield records.MessageEvent(
                id=row["external_id"],
                message=messages[row["message_id"]],
                contact=self._names[row["contact_id"]],
                kind=row["kind"],
                at=at(row["at"]),
                evidence=grades[row["evidence"]],
                link=row["link"],
            )


def at(microseconds: int) -> datetime:
    """A stored instant, aware."""
    return EPOCH + timedelta(microseconds=microseconds)


def _line(row: dict[str, Any]) -> records.Line:
    return records.Line(
        id=row["external_id"],
        product=row["product_external_id"],
        quantity=units(row["quantity"]),
        total=units(row["stated_total"]),
        discount=Decimal(row["discount"]) / 10_000,
        coupon_discount=Decimal(row["coupon_discount"]) / 10_000,
    )
