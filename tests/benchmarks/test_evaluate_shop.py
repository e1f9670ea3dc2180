"""A made-up shop has the rows that ingest would write for the same facts."""

import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from benchmarks.evaluate.shop.writing import FACTS, fill_shop, found_shop, ingest, write_news
from core.store.database import Database
from tests.benchmarks.shop_records import ShopRecords

CUSTOMERS = 40
NOT_COMPARED = {
    "content": "a hash of the record",
    "seen": "the number of the read",
    "holdout": "drawn with the store's own key",
}


@pytest.fixture(scope="module")
def shops(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A shop written in bulk with an hour of new facts, and the same facts through ingest."""
    folder = tmp_path_factory.mktemp("shops")
    bulk, ingested = folder / "bulk.db", folder / "ingested.db"
    shutil.copy(migrated_sqlite, bulk)
    found_shop(bulk)
    shutil.copy(bulk, ingested)
    fill_shop(bulk, CUSTOMERS)
    write_news(bulk, CUSTOMERS, 5, 1)
    with sqlite3.connect(bulk) as store:
        message = store.execute("SELECT * FROM message ORDER BY id DESC LIMIT 1").fetchone()
    with sqlite3.connect(ingested) as store:
        places = ", ".join("?" * len(message))
        store.execute(f"INSERT INTO message VALUES ({places})", message)
    shop_records = ShopRecords(bulk)
    database = Database(f"sqlite:///{ingested}")
    ingest(database, "shop", shop_records.shop())
    ingest(database, "news", shop_records.news())
    database.close()
    shop_records.close()
    return bulk, ingested


def rows(file: Path, table: str) -> list[tuple[Any, ...]]:
    """Rows of a table, sorted."""
    with sqlite3.connect(file) as store:
        columns = [row[1] for row in store.execute(f"PRAGMA table_info({table})")]
        left_out = {*NOT_COMPARED, *(("id",) if table == "delivery" else ())}
        chosen = ", ".join(column for column in columns if column not in left_out)
        return sorted(store.execute(f"SELECT {chosen} FROM {table}"), key=repr)


@pytest.mark.parametrize("table", [*FACTS, "daily_orders"])
def test_a_shop_holds_what_ingest_would_have_written(shops: tuple[Path, Path], table: str) -> None:
    bulk, ingested = shops
    assert rows(bulk, table) == rows(ingested, table)
    assert rows(bulk, table)


def test_people_with_new_facts_are_marked(shops: tuple[Path, Path]) -> None:
    bulk, _ = shops
    with sqlite3.connect(bulk) as store:
        marked = store.execute("SELECT count(DISTINCT profile_id) FROM touched").fetchone()
    assert marked == (5,)
