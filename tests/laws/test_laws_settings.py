"""A change of settings leaves the store as if it had been filled under the new ones."""

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from core.hub_key import HubKey
from core.records import Record
from core.segments.compile.sql.clock import Clock
from core.segments.compile.sql.context import EvaluationContext
from core.segments.evaluate import evaluate
from core.store.database import Database
from core.store.rederive import apply_settings
from core.store.shop import Shop
from core.store.tables import METADATA
from core.store.upsert.timestamps import placed
from tests.budget import named, seeds
from tests.laws.full_evaluation import state
from tests.laws.random_rules import random_segments
from tests.laws.random_shops import SAVED_AT, RandomShop, random_shop, save_page
from tests.laws.verdicts import segments

PEOPLE = 6
_SETTING = METADATA.tables["setting"]
_OWN = frozenset({"setting", "touched", "alembic_version"})
"""Tables that tell how a store came to be as it is."""
_NUMBERS = frozenset({("delivery", "id"), ("identifier", "id"), ("consent", "id")})
_ALONE = frozenset({"Consent", "Answer", "Message"})
"""Nouns that keep an instant without a date: a date that they state stays where it was put."""
Rows = list[tuple[Any, ...]]
Tables = dict[str, Rows]


def changes(drawn: RandomShop) -> dict[str, Shop]:
    """The shop under other settings."""
    shop = drawn.shop
    zone = ZoneInfo("Pacific/Auckland" if str(shop.zone) != "Pacific/Auckland" else "UTC")
    return {
        "zone": replace(shop, zone=zone),
        "currency": replace(shop, currency="EUR"),
        "everything": replace(
            shop, zone=zone, currency="JPY", country="SE", brand_aliases={"acme": "Lego"},
            precedence=shop.precedence[::-1], joins_nobody=("@x.dk",),
        ),
    }  # fmt: skip


def pages(drawn: RandomShop) -> Iterator[tuple[str, Sequence[Record]]]:
    """The pages of a shop, with everything that other settings would need."""
    for connection, page in drawn.pages:
        yield connection, [plain(each, drawn.shop.zone) for each in page]


def plain(record: Record, zone: ZoneInfo) -> Record:
    """The record with its currency named, and with no moment that could be taken for a date."""
    changed: dict[str, Any] = {}
    for name in record.model_fields_set:
        value = getattr(record, name)
        if isinstance(value, datetime) and value == placed(value.astimezone(zone).date(), zone)[0]:
            changed[name] = value + timedelta(seconds=1)
        elif type(value) is date and type(record).__name__ in _ALONE:
            changed[name] = datetime.combine(value, time(12), UTC)
    if hasattr(record, "currency") and record.currency is None:
        changed["currency"] = "DKK"
    return record.model_copy(update=changed)


def stored(transaction: sa.Connection) -> Tables:
    """Everything that was stored, but the numbers of what is made anew."""
    found: Tables = {}
    for name, table in METADATA.tables.items():
        if name not in _OWN:
            columns = [each for each in table.c if (name, each.name) not in _NUMBERS]
            rows = transaction.execute(sa.select(*columns))
            found[name] = sorted((tuple(row) for row in rows), key=repr)
    return found


def lived(url: str, drawn: RandomShop, first: Shop, last: Shop) -> tuple[Tables, Tables, object]:
    """Stored rows under the first settings, under the last, and the evaluation of segments."""
    database = Database(url).with_key(HubKey(bytes(32)))
    numbers: dict[str, int] = {}
    with database.transaction() as transaction:
        # Each store has a key of its own; these two are compared.
        transaction.execute(sa.insert(_SETTING).values(name="holdout salt", value="00" * 32))
        apply_settings(transaction, first)
        for connection, page in pages(drawn):
            numbers[connection] = save_page(transaction, first, connection, page)
        before = stored(transaction)
        apply_settings(transaction, last)
        rederived = stored(transaction)
        world = EvaluationContext(
            last,
            Clock.at(drawn.calendar.now, last.zone),
            {name: numbers[name] for name in drawn.configured},
            drawn.delivered,
            stale=len(numbers) > len(drawn.configured),
        )
        rules = segments(random_segments(drawn.seed, drawn.calendar.day, 8))
        found = state(transaction, evaluate(transaction, world, rules, SAVED_AT))
    database.close()
    return before, rederived, found


@pytest.mark.parametrize("seed", seeds(1), ids=named)
@pytest.mark.parametrize("setting", ["zone", "currency", "everything"])
def test_a_changed_setting_leaves_no_trace(
    migrated_sqlite: Path, tmp_path: Path, seed: int, setting: str
) -> None:
    drawn = random_shop(seed, people=PEOPLE)
    last = changes(drawn)[setting]
    found: list[tuple[Tables, Tables, object]] = []
    for first in (drawn.shop, last):
        file = tmp_path / f"{len(found)}.db"
        shutil.copy(migrated_sqlite, file)
        found.append(lived(f"sqlite:///{file}", drawn, first, last))
    (before, rederived, evaluation), (fresh, still, expected) = found
    for name, rows in fresh.items():
        assert rederived[name] == rows, f"{name}: {unlike(rederived[name], rows)}"
    assert evaluation == expected
    assert fresh == still
    assert before != rederived


def unlike(found: Rows, expected: Rows) -> str:
    """The first few rows that only one of them has."""
    more, less = set(found) - set(expected), set(expected) - set(found)
    only = [sorted(each, key=repr)[:3] for each in (more, less)]
    return f"only when rederived {only[0]}, only afresh {only[1]}"
