"""Writes a made-up shop: the few rows through ingest, the many as bulk SQL."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

from benchmarks.evaluate.shop import settings
from benchmarks.evaluate.statements import statements
from core.contract import Page
from core.records import Record
from core.store import checkpoints
from core.store.connections import connection_id
from core.store.database import Database
from core.store.ingest import save
from core.store.tables.types import microseconds

FACTS = (
    "contact", "profile", "profile_field", "identifier", "list_member", "interest", "child",
    "orders", "order_line", "line_category", "order_coupon", "refund", "message_event", "delivery",
)  # fmt: skip
"""Tables that are written in bulk."""
_COUNTED = ("orders", "order_line", "message_event", "delivery")
_CARELESS = (
    "journal_mode = OFF",
    "synchronous = OFF",
    "foreign_keys = OFF",
    "cache_size = -500000",
)
_ODD = 0x9E3779B97F4A7C15
_SPREAD = 0xBF58476D1CE4E5B9
_64_BITS = (1 << 64) - 1


def write_shop(file: Path, customers: int) -> None:
    """Make a database file with a shop of so many customers."""
    found_shop(file)
    fill_shop(file, customers)


def found_shop(file: Path) -> None:
    """Make a database file with a shop that nobody has bought in yet."""
    database = Database(f"sqlite:///{file}")
    database.migrate()
    with database.transaction() as transaction:
        for name in settings.CONNECTIONS:
            connection_id(transaction, name, "made up")
    ingest(database, "shop", [*settings.products(), *settings.stores()])
    ingest(database, "news", list(settings.messages()))
    database.close()


def fill_shop(file: Path, customers: int) -> None:
    """Write so many customers, and what they did in three years."""
    with _bulk(file) as store, _without_indexes(store):
        for script in ("plans", "people", "history", "purchases", "mailings"):
            _run(store, script, _numbers(store, customers))


def write_news(
    file: Path, customers: int, chosen: int, round_: int, begin: datetime = settings.NOW
) -> None:
    """Let so many customers each buy once and read one message within the hour from `begin`.

    Who it is differs from round to round. They are marked as ingest would mark them.
    """
    name = f"N{round_:04}"
    database = Database(f"sqlite:///{file}")
    # A message of the ordinary kind; receipts would count nowhere.
    ingest(database, "news", [settings.message(name, begin, 3)])
    database.close()
    with _bulk(file) as store:
        numbers = _numbers(store, customers)
        spacing = max(customers // chosen, 1)
        numbers |= {
            "chosen": chosen,
            "apart": spacing,
            "round": round_,
            "now": microseconds(begin),
        }
        for script in ("plans", "news", "purchases", "mailings"):
            _run(store, script, numbers)


def draw(number: int, salt: int) -> int:
    """Chance that is always the same: 62 bits that look like anything."""
    mixed = (number * _ODD + salt * _SPREAD) & _64_BITS
    mixed = ((mixed ^ (mixed >> 30)) * _SPREAD) & _64_BITS
    mixed = ((mixed ^ (mixed >> 27)) * _ODD) & _64_BITS
    return (mixed ^ (mixed >> 31)) >> 2


def ingest(database: Database, name: str, records: Sequence[Record]) -> None:
    """Store records of one connection as a read of it would."""
    with database.transaction() as transaction:
        reading = checkpoints.begin(
            transaction, settings.CONNECTIONS[name], "everything", settings.NOW
        )
        save(transaction, settings.SHOP, reading, Page(records), settings.NOW)


@contextmanager
def _bulk(file: Path) -> Iterator[sqlite3.Connection]:
    """A connection that trusts its input; what it leaves behind is checked by a test."""
    store = sqlite3.connect(file, isolation_level=None)
    store.create_function("draw", 2, draw, deterministic=True)
    # The file is made anew after any failure; a log of its rows would be as large as they are.
    for setting in _CARELESS:
        store.execute(f"PRAGMA {setting}")
    store.execute("BEGIN IMMEDIATE")
    yield store
    store.execute("COMMIT")
    store.execute("PRAGMA journal_mode = WAL")
    store.close()


@contextmanager
def _without_indexes(store: sqlite3.Connection) -> Iterator[None]:
    """Indexes are made at the end, which is several times faster than row by row."""
    rows = store.execute("SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'index'")
    # Indexes of constraints have no text of their own, and stay.
    made = [(name, text) for name, table, text in rows if table in FACTS and text]
    for name, _ in made:
        store.execute(f"DROP INDEX {name}")
    yield
    for _, text in made:
        store.execute(text)


def _numbers(store: sqlite3.Connection, customers: int) -> dict[str, Any]:
    """Parameters of the scripts; each script uses those that it names."""
    highest = {
        table: store.execute(f"SELECT coalesce(max(id), 0) FROM {table}").fetchone()[0]  # noqa: S608 - our own names
        for table in _COUNTED
    }
    now: datetime = settings.NOW
    return {
        "customers": customers,
        "today": settings.TODAY.toordinal(),
        "now": microseconds(now),
        "messages": settings.CAMPAIGNS,
        "products": settings.PRODUCTS,
        "orders": highest["orders"],
        "lines": highest["order_line"],
        "events": highest["message_event"],
        "deliveries": highest["delivery"],
    }


def _run(store: sqlite3.Connection, script: str, numbers: Mapping[str, Any]) -> None:
    for statement in _statements(script):
        store.execute(statement, dict(numbers))


def _statements(script: str) -> list[str]:
    return statements((files(__package__) / f"{script}.sql").read_text("utf-8"))
