"""Files that people copy load, and the schema that editors use agrees."""

import json
import shutil
import tomllib
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from core.config import load, schema
from tests.core.config.stanzas import ENVIRONMENT

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    """Holds documents against the schema."""
    found = schema()
    Draft202012Validator.check_schema(found)
    return Draft202012Validator(found)


@pytest.mark.parametrize("name", ["cdnow.toml", "adventureworks.toml"])
def test_the_shared_examples_load_and_follow_the_schema(
    shared: Path, tmp_path: Path, validator: Draft202012Validator, name: str
) -> None:
    folder = tmp_path / "design" / "examples"
    shutil.copytree(shared / "design" / "examples", folder)
    (tmp_path / "data").symlink_to(shared / "data")
    config = load(folder / name, {})
    document = _document(folder / name)
    assert [each.name for each in config.segments] == list(document["segments"])
    assert list(config.connections) == list(document["connections"])
    validator.validate(document)


def test_the_example_is_the_whole_product_and_loads(tmp_path: Path) -> None:
    shutil.copy(ROOT / "config.example.toml", tmp_path / "config.toml")
    (tmp_path / "till").mkdir()
    config = load(tmp_path / "config.toml", ENVIRONMENT)
    assert {each.kind for each in config.connections.values()} == {
        "activecampaign", "bigcommerce", "brevo", "campaignmonitor", "csv", "heyloyalty", "klaviyo",
        "lightspeed", "magento", "mailchimp", "mailerlite", "meta", "omnisend", "shopify", "square",
        "woocommerce", "zettle",
    }  # fmt: skip
    news = config.connections["news"].push
    assert news is not None
    assert {"vip", "loyal", "brand_fans", "lapsed"} <= news.segments
    assert config.aliases


def test_the_example_follows_the_schema(validator: Draft202012Validator) -> None:
    validator.validate(_document(ROOT / "config.example.toml"))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["hub", "timezon"], "UTC"),
        (["hub", "currency"], "DKR"),
        (["connections", "shop", "kind"], "woocomerce"),
        (["connections", "shop", "ulr"], "x"),
        (["connections", "shop", "key"], "ck_literal"),
        (["connections", "shop", "pull"], {"evry": "1 day"}),
        (["connections", "pos", "push"], {"tags": {"loyal": "L"}}),
        (["connections", "news", "push", "tag"], {}),
        (["connections", "till", "orders", "lins"], {}),
        (["segments", "loyal", "recipe"], "frequent_byers"),
        (["segments", "loyal", "oders"], 3),
        (["segments", "loyal", "orders"], "many"),
        (["segments", "vip_asleep", "all"], [{"orders": "cuont", "at_least": 1}]),
        (["segments", "vip_asleep", "nte"], "x"),
        (["aliases", "brnd"], {}),
    ],
)
def test_the_schema_refuses_a_typo(
    validator: Draft202012Validator, path: list[str], value: object
) -> None:
    document = _document(ROOT / "config.example.toml")
    assert validator.is_valid(document)
    inner = document
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    assert not validator.is_valid(document)


def test_the_schema_is_plain_json() -> None:
    assert json.loads(json.dumps(schema())) == schema()


def _document(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))
