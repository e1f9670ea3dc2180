"""A store that tests fill with pages and read back without row numbers."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import Connection, select

from core.contract import Page
from core.records import Record
from core.store import checkpoints
from core.store.bulk import table_of
from core.store.checkpoints import Reading
from core.store.connections import connection_id
from core.store.database import Database
from core.store.ingest import save
from core.store.shop import Shop
from core.store.tables import METADATA, people, trade

NOW = datetime(2024, 6, 1, 12, tzinfo=UTC)
SHOP = Shop(
    ZoneInfo("Europe/Copenhagen"),
    "DKK",
    "DK",
    brand_aliases={"lego a/s": "Lego"},
    precedence=("crm", "shop", "till"),
    joins_nobody=("@shop.example",),
)
_HOUSEKEEPING = {"id", "seen", "content", "stream", "origin", "holdout"}
_NOT_COMPARED = {
    "checkpoint", "quarantine", "touched", "run", "run_step", "setting", "alembic_version",
}  # fmt: skip


@dataclass
class FilledStore:
    """One transaction on a store, and the readings that its connections have begun."""

    transaction: Connection
    shop: Shop = SHOP
    readings: dict[tuple[str, str], Reading] = field(default_factory=dict)

    def reading(self, connection: str = "shop", stream: str = "all") -> Reading:
        """The reading of a stream, begun when it is first asked for."""
        if (connection, stream) not in self.readings:
            self.begin(connection, stream)
        return self.readings[connection, stream]

    def begin(self, connection: str = "shop", stream: str = "all") -> Reading:
        """Begin a further reading of a stream."""
        number = connection_id(self.transaction, connection, "test")
        reading = checkpoints.begin(self.transaction, number, stream, NOW)
        self.readings[connection, stream] = reading
        return reading

    def take(
        self, *records: Record, connection: str = "shop", stream: str = "all", **page: Any
    ) -> Counter[str]:
        """Save one page."""
        return self.save(Page(records, **page), connection, stream)

    def save(self, page: Page, connection: str = "shop", stream: str = "all") -> Counter[str]:
        """Save a page as it is."""
        return save(self.transaction, self.shop, self.reading(connection, stream), page, NOW)

    def rows(self, model: type[Any], **where: object) -> list[dict[str, Any]]:
        """Rows of a table, by number."""
        table = table_of(model)
        query = select(table).filter_by(**where).order_by(*table.primary_key.columns)
        return [dict(row) for row in self.transaction.execute(query).mappings()]

    def row(self, model: type[Any], **where: object) -> dict[str, Any]:
        """The only such row."""
        (found,) = self.rows(model, **where)
        return found

    def profile_of(self, contact: str, connection: str = "shop") -> int | None:
        """The profile of a contact, by id."""
        number = connection_id(self.transaction, connection, "test")
        found = self.row(people.Contact, connection_id=number, external_id=contact)
        profile: int | None = found["profile_id"]
        return profile

    def order(self, name: str = "o1") -> dict[str, Any]:
        """An order, by id."""
        return self.row(trade.Order, external_id=name)

    def with_shop(self, **settings: Any) -> "FilledStore":
        """The same store under other settings."""
        return replace(self, shop=replace(self.shop, **settings))

    def groups(self) -> set[frozenset[str]]:
        """Contacts of each profile, as sets of `connection/id`."""
        names = {row["id"]: row["name"] for row in self.rows(people.Connection)}
        found: dict[int, set[str]] = defaultdict(set)
        for row in self.rows(people.Contact):
            found[row["profile_id"]].add(f"{names[row['connection_id']]}/{row['external_id']}")
        return {frozenset(each) for each in found.values()}

    def canonical(self) -> dict[str, list[str]]:
        """Every row of every table without its number, references replaced by what they name."""
        names = self._names()
        found: dict[str, list[str]] = {}
        for name, table in METADATA.tables.items():
            if name in _NOT_COMPARED:
                continue
            rows = self.transaction.execute(select(table)).mappings()
            found[name] = sorted(_plain(name, row, names) for row in rows)
        return found

    def _names(self) -> Mapping[str, Mapping[int, object]]:
        names: dict[str, dict[int, object]] = {
            "connection": {row["id"]: row["name"] for row in self.rows(people.Connection)}
        }
        for name in ("contact", "orders", "product", "category", "message", "company", "store",
                     "discount", "cart"):  # fmt: skip
            table = METADATA.tables[name]
            columns = (table.c.id, table.c.connection_id, table.c.external_id)
            names[name] = {
                number: f"{names['connection'][connection]}/{text}"
                for number, connection, text in self.transaction.execute(select(*columns))
            }
        line = METADATA.tables["order_line"]
        names["line"] = {
            number: f"{names['orders'][order]}#{text}"
            for number, order, text in self.transaction.execute(
                select(line.c.id, line.c.order_id, line.c.external_id)
            )
        }
        members: dict[int, list[object]] = defaultdict(list)
        for row in self.rows(people.Contact):
            members[row["profile_id"]].append(names["contact"][row["id"]])
        names["profile"] = {number: sorted(map(str, each)) for number, each in members.items()}
        return names


def _plain(table: str, row: Mapping[Any, Any], names: Mapping[str, Mapping[int, object]]) -> str:
    plain: dict[str, object] = {}
    for column, value in row.items():
        if column in _HOUSEKEEPING and not (table == "profile" and column == "id"):
            continue
        kind = {
            "contact_id": "contact", "profile_id": "profile", "order_id": "orders",
            "product_id": "product", "category_id": "category", "ancestor_id": "category",
            "message_id": "message", "company_id": "company", "store_id": "store",
            "discount_id": "discount", "cart_id": "cart", "line_id": "line",
            "connection_id": "connection",
        }.get(str(column))  # fmt: skip
        if table == "profile" and column == "id":
            kind = "profile"
        if column == "owner_id":
            kind = {"order_line": "line"}.get(row["owner"], row["owner"])
        plain[str(column)] = value if kind is None or value is None else names[kind].get(value)
    return orjson.dumps(plain, default=str, option=orjson.OPT_SORT_KEYS).decode()


class Undo(Exception):
    """Ends a transaction without keeping it."""


def undone(database: Database) -> "_Undone":
    """A hub whose transaction is undone at the end, so that one store serves many examples."""
    return _Undone(database)


class _Undone:
    def __init__(self, database: Database) -> None:
        self._transaction = database.transaction()

    def __enter__(self) -> FilledStore:
        return FilledStore(self._transaction.__enter__())

    def __exit__(self, *error: object) -> None:
        try:
            self._transaction.__exit__(Undo, Undo(), None)
        except Undo:
            return


def paged(records: Iterable[Record], size: int) -> Sequence[Sequence[Record]]:
    """Records in pages of a size."""
    every = list(records)
    return [every[start : start + size] for start in range(0, len(every), size)]
