"""The reference of the rule language: of today, complete, and every example runs."""

import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest

from core.config import load
from core.hub_key import HubKey
from core.segments.compile.profile_fields import FIELDS
from core.segments.definition import SegmentOptions
from core.segments.evaluate import evaluate
from core.segments.recipes import catalogue
from core.segments.rules import KINDS, Measured
from core.segments.rules.conditions import NumberComparisons, TextComparisons
from core.store.database import Database
from sync.pages import with_tables
from sync.segment_reference import PAGE, tables, where_keys
from tests.house.project import ROOT
from tests.laws.random_shops import SAVED_AT, random_shop, save_shop
from tests.laws.test_laws_reference import disagreements

TEXT = (ROOT / PAGE).read_text("utf-8")
EXAMPLES = "".join(re.findall(r"^```toml\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL))
SEGMENTS: dict[str, dict[str, Any]] = tomllib.loads(EXAMPLES)["segments"]
HUB = '[hub]\ntimezone = "Europe/Copenhagen"\ncurrency = "DKK"\n'
MEASURED = {word: kind for word, kind in KINDS.items() if issubclass(kind, Measured)}


def every_table(value: object) -> Iterator[dict[str, Any]]:
    """Every table inside the examples, whatever its depth."""
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from every_table(each)


TABLES = list(every_table(list(SEGMENTS.values())))


def test_its_tables_are_those_of_today() -> None:
    assert with_tables(TEXT, tables()) == TEXT, "run: make docs"
    named = re.findall(r"^<!-- table: (\w+) -->$", TEXT, re.MULTILINE)
    assert Counter(named) == Counter(tables().keys())


@pytest.mark.parametrize("word", MEASURED)
def test_every_measure_has_a_meaning_and_an_example(word: str) -> None:
    kind = MEASURED[word]
    words = set(get_args(kind.model_fields[word].annotation))
    assert set(kind.measures) == words
    assert {table[word] for table in TABLES if word in table} >= words


@pytest.mark.parametrize("word", [word for word, kind in KINDS.items() if where_keys(kind)])
def test_every_filter_has_a_meaning_and_an_example(word: str) -> None:
    keys = where_keys(KINDS[word])
    assert all(keys.values()), keys
    shown = {key for table in TABLES if word in table for key in table.get("where", {})}
    own = {key for key in shown if key.startswith("custom.")}
    assert shown - own | {"custom.<name>" for _ in own} == keys.keys()


def test_every_kind_of_rule_field_comparison_and_recipe_has_an_example() -> None:
    keys = {key for table in TABLES for key in table}
    assert keys >= KINDS.keys()
    compared = {
        field.alias or name
        for model in (TextComparisons, NumberComparisons)
        for name, field in model.model_fields.items()
    }
    assert keys >= compared | {"only", "within", "before", "from", "to", "within_next", "of_last"}
    assert keys >= {"baseline_within", "of", "then", "then_no", "evidence", "min_delivered"}
    fields = {str(table["field"]) for table in TABLES if "field" in table}
    assert fields >= FIELDS.keys()
    assert any(field.startswith("custom.") for field in fields)
    assert {table["recipe"] for table in TABLES if "recipe" in table} == catalogue().keys()


def test_every_example_loads(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(HUB + EXAMPLES, "utf-8")
    assert {each.name for each in load(file, {}).segments} == SEGMENTS.keys()


def test_every_example_is_evaluated(tmp_path: Path, sqlite_url: str) -> None:
    file = tmp_path / "config.toml"
    file.write_text(HUB + EXAMPLES, "utf-8")
    shop = random_shop(11)
    database = Database(sqlite_url).with_key(HubKey(bytes(32)))
    with database.transaction() as transaction:
        context = shop.world(save_shop(transaction, shop))
        result = evaluate(transaction, context, load(file, {}).segments, SAVED_AT)
    database.close()
    families = {each.name.partition(":")[0] for each in result.segments}
    assert families >= {n for n, each in SEGMENTS.items() if "for_each" not in each}
    assert sum(result.entered.values()) > len(SEGMENTS)


def test_the_reference_evaluator_agrees_about_every_rule_shown(sqlite_url: str) -> None:
    rules = {
        name: {key: value for key, value in each.items() if key not in SegmentOptions.model_fields}
        for name, each in SEGMENTS.items()
        if "recipe" not in each and "connection" not in repr(each)
    }
    database = Database(sqlite_url).with_key(HubKey(bytes(32)))
    with database.transaction() as transaction:
        assert disagreements(transaction, random_shop(11), rules) == []
    database.close()
