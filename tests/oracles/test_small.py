"""All twenty segments over a made-up shop, against plain loops over its facts."""

import random
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from core.segments.recipes import catalogue
from core.store.database import Database
from sync.evaluation import member_ids
from tests.counting import Held
from tests.oracles.hubs import config, evaluated, pulled
from tests.oracles.small.answers import Shop, answers
from tests.oracles.small.drawing import drawn
from tests.oracles.small.files import write
from tests.oracles.small.world import EARLIER, TODAY, World

SEED = 20_260_331
CONFIG = Path(__file__).parent / "small" / "config.toml"
REQUIRED: Mapping[str, Mapping[str, Any]] = {
    "brand_fans": {"brand": "Acme"},
    "category_customers": {"category": "Sport"},
    "interested_in": {"topic": "Crime"},
    "store_customers": {"store": "s1"},
}
"""Parameters that every variation of a recipe needs."""
OPTIONS: tuple[tuple[str, Mapping[str, Any]], ...] = (
    ("recent_buyers", {"within": "6 months", "channel": "pos"}),
    ("recent_buyers", {"from": date(2025, 3, 1), "to": date(2025, 5, 31)}),
    ("frequent_buyers", {"orders": 3, "within": "12 months", "count_by": "days"}),
    ("coupon_lovers", {"orders": 3, "within": "12 months"}),
    ("category_customers", {"category": "Shoes", "orders": 4, "within": "12 months",
                            "count_by": "units"}),
    ("category_customers", {"category": "Shoes", "orders": 2, "count_by": "lines"}),
    ("big_spenders", {"over": "40%", "orders": 2, "within": "ever"}),
    ("big_spenders", {"over": "20%", "orders": 2, "baseline": "median"}),
    ("vip", {"at_least": 3000}),
    ("vip", {"top": "10%"}),
    ("deal_hunters", {}),
    ("deal_hunters", {"items": 3, "within": "12 months", "share": "50%"}),
    ("deal_hunters", {"items": 4, "count_by": "lines"}),
    ("one_time_buyers", {"within": "6 months", "scope": "window"}),
    ("brand_fans", {"brand": "nordlys", "items": 2, "share": "50%"}),
    ("brand_fans", {"brand": "Acme", "items": 2, "within": "6 months", "count_by": "lines"}),
    ("gender", {"is": "male", "or_bought_category": "Toys"}),
    ("store_customers", {"store": "s1", "by": "chosen"}),
    ("store_customers", {"store": "s2", "orders": 2, "within": "12 months", "channel": "pos"}),
    ("store_customers", {"store": "s2", "by": "lives_near"}),
    ("store_customers", {"store": "s3", "by": "lives_near", "km": 150}),
    ("birthday", {}),
    ("birthday", {"within_next": "14 days"}),
    ("parents", {}),
    ("parents", {"gender": "female", "age": [5, 11]}),
    ("parents", {"age": [5, 11], "half_open": True}),
    ("parents", {"birthday_within_next": "14 days"}),
    ("new_members", {"within": "6 months", "list": "club"}),
    ("inactive", {"no_open_for": "70 days", "spare_recent_buyers": "90 days"}),
    ("active_clickers", {"level": "low", "literal": True}),
    ("opened_recently", {"of_last": 3, "at_least": 1}),
)  # fmt: skip
"""Variations beyond those of the recipes' catalogue."""


def _questions() -> dict[str, tuple[str, dict[str, Any]]]:
    paper = [
        (name, {**REQUIRED.get(name, {}), **variation.parameters})
        for name, recipe in catalogue().items()
        for variation in recipe.variations
    ]
    every = [*paper, *((name, dict(given)) for name, given in OPTIONS)]
    return {f"{name}_{place}": (name, given) for place, (name, given) in enumerate(every)}


QUESTIONS = _questions()


@cache
def _world() -> World:
    return drawn(SEED)


@cache
def _counted(day: date) -> dict[str, list[str]]:
    shop = Shop(_world(), day)
    return {name: answers(shop, recipe, given) for name, (recipe, given) in QUESTIONS.items()}


@pytest.fixture
def file(database_url: str, tmp_path: Path) -> Path:
    """The config of the made-up shop, with its files beside it."""
    write(_world(), tmp_path)
    segments = {name: {"recipe": recipe, **given} for name, (recipe, given) in QUESTIONS.items()}
    return config(tmp_path, CONFIG, database_url, tmp_path, segments)


def test_all_twenty_are_asked_in_every_variation() -> None:
    asked = {recipe for recipe, _ in QUESTIONS.values()}
    assert {catalogue()[recipe].number for recipe in asked} == set(range(1, 21))


@pytest.mark.parametrize("day", [EARLIER, TODAY], ids=str)
def test_a_question_that_nobody_or_everybody_answers_asks_nothing(day: date) -> None:
    everybody = sum(1 + (person.also is not None) for person in _world().people)
    flat = {name: len(ids) for name, ids in _counted(day).items() if not 0 < len(ids) < everybody}
    assert not flat


def test_the_hub_finds_whom_plain_loops_find(file: Path, held: Held) -> None:
    with pulled(file) as hub:
        for day in (EARLIER, TODAY):
            evaluated(hub, day)
            found = {name: member_ids(hub, name, "shop") for name in QUESTIONS}
            wrong = {
                (name, str(QUESTIONS[name][1])): sorted(set(ids) ^ set(found[name]))
                for name, ids in _counted(day).items()
                if ids != found[name]
            }
            assert not wrong, day
            held.oracle(len(QUESTIONS))

        stored = _stored(hub.database)
        for name in random.Random(SEED).sample(sorted(QUESTIONS), 5):
            assert member_ids(hub, name, "shop", as_of=EARLIER) == _counted(EARLIER)[name]
        assert _stored(hub.database) == stored


def _stored(database: Database) -> dict[str, list[str]]:
    with database.read() as transaction:
        return {
            table: sorted(map(str, transaction.execute(sa.text(f"SELECT * FROM {table}"))))
            for table in sa.inspect(transaction).get_table_names()
        }
