"""The stored rows as facts: whose, when, how much, and by which attributes rules name them.

Read with plain SELECTs of whole tables; everything that follows is plain Python.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import sqlalchemy as sa

from tests.laws.reference.comparisons import folded

Row = Mapping[str, Any]
SCALE = 10_000


@dataclass(frozen=True)
class Fact:
    """One row that a rule may count."""

    profile: int | None
    instant: int | None
    day: int | None
    names: Mapping[str, Collection[str] | None] = field(default_factory=dict)
    """Attribute -> the texts that it goes by; None where the row lacks it."""
    numbers: Mapping[str, Fraction | None] = field(default_factory=dict)
    """Attribute -> number; None where the row lacks it."""
    coupons: Collection[str] = ()
    amount: Fraction | None = None
    has_amount: bool = True
    """Whether an amount that is None is unknown."""
    units: Fraction = Fraction(0)
    what: Any = None
    """Key for distinct counts: an order, a message."""
    company: int | None = None
    """The company that the row names itself."""
    owners: Collection[tuple[str, int]] = ()
    """Rows whose own fields are the row's: itself, and an item's product and variant."""
    row: Row = field(default_factory=dict)


class Stored:
    """All rows of a store, those of connections that the config names where it matters."""

    def __init__(self, transaction: sa.Connection, connections: Mapping[str, int]) -> None:
        """Read everything at once."""
        self._transaction = transaction
        self._names = {number: name for name, number in connections.items()}
        self.profiles = {row["id"]: row for row in self.table("profile")}
        self.fields: dict[int, dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
        for row in self.table("profile_field"):
            self.fields[row["profile_id"]][row["field"]].append(row)
        self.custom: dict[tuple[str, int], dict[str, list[Row]]] = defaultdict(
            lambda: defaultdict(list)
        )
        for row in self.table("custom_value"):
            self.custom[row["owner"], row["owner_id"]][row["field"]].append(row)
        self.companies = {row["id"]: row for row in self.table("company")}
        numbers = {
            (row["connection_id"], row["external_id"]): row["id"] for row in self.companies.values()
        }
        self.stores = self.table("store")
        self.areas = self.table("store_postcode")
        self.places = self.table("postcode")
        self.facts: Mapping[str, list[Fact]] = {
            "orders": list(self._orders()),
            "coupons": list(self._coupons_alone()),
            "items": list(self._items()),
            "refunds": [
                self._fact(
                    row, amount=_units(row["goods_shop"]), reason=row["reason"],
                    store=self._store(row["store_key"]), channel=row["channel"],
                )
                for row in self._mine("refund")
            ],
            "visits": list(self._visits()),
            "carts": list(self._carts()),
            "support": [
                self._fact(row, status=row["status"], topic=row["topic"])
                for row in self._mine("support")
            ],
            "deals": [
                self._fact(
                    row, amount=_units(row["amount_shop"]), status=row["status"],
                    company=numbers.get((row["connection_id"], row["company_external_id"])),
                    stage=row["stage"], owner=row["owner"],
                    numbers={
                        name: None if row[f"{name}_day"] is None else Fraction(row[f"{name}_day"])
                        for name in ("closed", "expected")
                    },
                )
                for row in self._mine("deal")
            ],
            "lists": [
                self._fact(row, list={row["list_key"], *_one(row["title_key"])})
                for row in self._mine("list_member")
                if row["status"] == "subscribed"
            ],
            "deliveries": list(self._messages("delivery")),
            "events": list(self._messages("message_event")),
        }  # fmt: skip
        self.untracked = self._untracked()
        self.groups = self._mine("group_member")
        self.loyalties = self._mine("loyalty")
        self.children = self._mine("child")
        self.interests = self._mine("interest")
        self.answers = self._mine("answer")

    def table(self, name: str) -> list[Row]:
        """Every row of a table."""
        rows = self._transaction.execute(sa.text(f"SELECT * FROM {name}"))
        return [dict(row) for row in rows.mappings()]

    def connection(self, row: Row) -> set[str]:
        """The name of the connection that a row came from."""
        return {folded(self._names[row["connection_id"]])}

    def _mine(self, name: str) -> list[Row]:
        """Rows of connections that the config names."""
        return [row for row in self.table(name) if row["connection_id"] in self._names]

    def _fact(
        self,
        row: Row,
        *,
        amount: Fraction | None = None,
        numbers: Mapping[str, Fraction | None] | None = None,
        coupons: Collection[str] = (),
        units: Fraction = Fraction(0),
        what: Any = None,
        has_amount: bool = True,
        company: int | None = None,
        owners: Collection[tuple[str, int]] = (),
        **names: str | Collection[str] | None,
    ) -> Fact:
        texts = {
            name: _one(value) or None if value is None or isinstance(value, str) else value
            for name, value in names.items()
        }
        at = "placed_at" if "placed_at" in row else "at"
        return Fact(
            row["profile_id"], row[at], row["day"],
            {**texts, "connection": self.connection(row)},
            numbers or {}, coupons, amount, has_amount, units, what, company, owners, row,
        )  # fmt: skip

    def _store(self, key: str | None) -> Collection[str] | None:
        """A store goes by its id and by its title."""
        if key is None:
            return None
        return {key} | {
            row["title_key"] for row in self.stores if row["key"] == key and row["title_key"]
        }

    def _orders(self) -> Iterator[Fact]:
        codes: dict[int, set[str]] = defaultdict(set)
        for row in self.table("order_coupon"):
            if row["order_id"] is not None:
                codes[row["order_id"]].add(row["code"])
        for row in self._mine("orders"):
            if row["valid"]:
                net = _units(row["net_shop"])
                yield self._fact(
                    row, amount=net, numbers={"total": net}, coupons=codes[row["id"]],
                    what=row["id"], owners=[("orders", row["id"])],
                    store=self._store(row["store_key"]), channel=row["channel"],
                    currency=folded(row["currency"]), ship_country=_folded(row["ship_country"]),
                    source=row["source_key"], campaign=row["campaign_key"],
                    subscription=row["subscription"], gift_card=_flag(row["gift_card_paid"]),
                )  # fmt: skip

    def _coupons_alone(self) -> Iterator[Fact]:
        for row in self._mine("order_coupon"):
            if row["order_id"] is None:
                yield self._fact(
                    row, numbers={"total": None}, coupons={row["code"]}, what=-row["id"],
                    has_amount=False,
                    store=None, channel=None, currency=None, ship_country=None, source=None,
                    campaign=None, subscription=None, gift_card=None,
                )  # fmt: skip

    def _items(self) -> Iterator[Fact]:
        titles = {row["id"]: row["key"] for row in self.table("category")}
        above: dict[int, set[int]] = defaultdict(set)
        for row in self.table("category_ancestor"):
            above[row["category_id"]].add(row["ancestor_id"])
        shelves: dict[int, set[str]] = defaultdict(set)
        for row in self.table("line_category"):
            shelves[row["line_id"]] |= {titles[each] for each in above[row["category_id"]]}
        brands: dict[int, set[str]] = defaultdict(set)
        for row in self.table("line_brand"):
            brands[row["line_id"]].add(row["key"])
        products = {
            (row["connection_id"], row["external_id"]): ("product", row["id"])
            for row in self.table("product")
        }
        for row in self._mine("order_line"):
            if not row["valid"]:
                continue
            sold = (row["product_external_id"], row["variant_external_id"])
            places = [(row["connection_id"], name) for name in sold]
            owners = [("order_line", row["id"]), *(products[p] for p in places if p in products)]
            total, quantity = _units(row["total_shop"]), _units(row["quantity"])
            on_sale = None if row["on_sale"] is None else folded(bool(row["on_sale"]))
            yield self._fact(
                row, amount=total, units=_units(row["kept"]) or Fraction(0), what=row["order_id"],
                owners=owners,
                numbers={
                    "markdown": _units(row["markdown"]),
                    "price": total / quantity if total is not None and quantity else None,
                },
                category=shelves[row["id"]] or None,
                brand=brands[row["id"]] or row["brand_key"],
                product=row["product_external_id"], variant=row["variant_external_id"],
                sku=row["sku"], on_sale=on_sale,
                store=self._store(row["store_key"]), channel=row["channel"],
            )  # fmt: skip

    def _untracked(self) -> set[int]:
        """People whose newest statement about tracking, at any contact, is a withdrawal."""
        person = {row["id"]: row["profile_id"] for row in self.table("contact")}
        holders: dict[tuple[str, str], set[int]] = defaultdict(set)
        for row in self.table("identifier"):
            holders[row["kind"], row["value"]].add(person[row["contact_id"]])
        stated: dict[int, list[tuple[int, bool]]] = defaultdict(list)
        for row in self.table("consent"):
            for each in holders[row["kind"], row["value"]]:
                stated[each] += _on_tracking(row)
        for row in self.table("pending_consent"):
            stated[person[row["contact_id"]]] += _on_tracking(row)
        return {each for each, found in stated.items() if found and max(found)[1]}

    def _visits(self) -> Iterator[Fact]:
        for row in self._mine("visit"):
            yield self._fact(
                row, numbers={"value": _units(row["value"])}, kind=row["kind"],
                event=row["event"], url=row["url"], category=row["category_key"],
                product=row["product_key"], query=row["query"], source=row["source"],
                campaign=row["campaign"], device=row["device"],
            )  # fmt: skip

    def _carts(self) -> Iterator[Fact]:
        lines: dict[int, list[Row]] = defaultdict(list)
        for row in self.table("cart_line"):
            lines[row["cart_id"]].append(row)
        for row in self._mine("cart"):
            category, brand, product = (
                {text for line in lines[row["id"]] for text in _one(line[name])} or None
                for name in ("category_key", "brand_key", "product_key")
            )
            yield self._fact(
                row, amount=_units(row["total_shop"]), status=row["status"], url=row["url_key"],
                category=category, brand=brand, product=product,
            )  # fmt: skip

    def _messages(self, table: str) -> Iterator[Fact]:
        """Transactional ones never count."""
        written = {row["id"]: row for row in self.table("message")}
        for row in self._mine(table):
            message = written[row["message_id"]]
            if message["kind"] != "transactional":
                yield self._fact(
                    row, what=row["message_id"], link=row.get("link"), kind=message["kind"],
                    channel=message["channel"], variant=message["variant_key"],
                    topic=message["topic_key"],
                    campaign={message["key"], *_one(message["title_key"])},
                )  # fmt: skip


def _on_tracking(row: Row) -> list[tuple[int, bool]]:
    """When a statement about tracking was made, and whether it is a withdrawal."""
    permits = row["granted"] and row["permission"] in {None, True}
    counts = row["channel"] == "tracking" and (permits or not row["granted"])
    return [(row["at"], not row["granted"])] if counts else []


def _units(stored: int | None) -> Fraction | None:
    """Ten-thousandths as the exact number."""
    return None if stored is None else Fraction(stored, SCALE)


def _folded(text: str | None) -> str | None:
    return None if text is None else folded(text)


def _flag(amount: int | None) -> str | None:
    """Whether there is any of it, as a rule writes it."""
    return None if amount is None else folded(amount > 0)


def _one(text: str | None) -> set[str]:
    """A text that may be missing, as the names of something."""
    return set() if text is None else {text}
