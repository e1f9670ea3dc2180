"""Each connector has all its parts: entry point, words, tests and an example."""

import inspect
import tomllib
from importlib.metadata import entry_points

import pytest

from connectors.kit import OrderStatuses
from core import plugins
from tests.house.project import ROOT

ROOM = ROOT / "connectors"
DECLARED: dict[str, str] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"][
    "entry-points"
][plugins.GROUP]

each_connector = pytest.mark.parametrize("kind", sorted(DECLARED))


def test_declared_and_installed_connectors_are_the_same() -> None:
    ours = {
        offer.name: offer.value
        for offer in entry_points(group=plugins.GROUP)
        if offer.dist is not None and offer.dist.name == "segmenthub"
    }
    assert ours == DECLARED


def test_every_module_beside_the_kit_is_a_declared_connector() -> None:
    present = {
        path.stem
        for path in ROOM.iterdir()
        if (path.suffix == ".py" or (path / "__init__.py").exists())
        and path.stem not in ("__init__", "kit")
    }
    assert present == {value.partition(":")[0].split(".")[1] for value in DECLARED.values()}


@each_connector
def test_it_can_be_found_by_its_kind(kind: str) -> None:
    assert plugins.find(kind).kind == kind


@each_connector
def test_its_module_is_named_after_its_kind(kind: str) -> None:
    assert DECLARED[kind].startswith(f"connectors.{kind}:")


@each_connector
def test_nothing_of_it_is_left_to_be_written(kind: str) -> None:
    assert not inspect.isabstract(plugins.find(kind))


@each_connector
def test_it_says_what_it_is_and_what_each_setting_means(kind: str) -> None:
    connector = plugins.find(kind)
    assert inspect.cleandoc(connector.__dict__.get("__doc__") or "")
    silent = [name for name, field in connector.model_fields.items() if not field.description]
    assert silent == []


WITHOUT_STATUSES = {"zettle": "a receipt is always paid"}
"""Sources whose orders have no status, and why."""


@each_connector
def test_a_source_of_orders_has_the_setting_for_their_statuses(kind: str) -> None:
    connector = plugins.find(kind)
    methods = [
        each
        for base in connector.__mro__
        for each in vars(base).values()
        if inspect.isfunction(each)
    ]
    yielded = [str(each.__annotations__.get("return")) for each in methods]
    if kind not in WITHOUT_STATUSES and any("records.Order" in each for each in yielded):
        assert issubclass(connector, OrderStatuses)


@each_connector
def test_it_has_tests_of_its_own(kind: str) -> None:
    tests = ROOT / "tests" / "connectors"
    assert (tests / f"test_{kind}.py").is_file() or any((tests / kind).glob("test_*.py"))


@each_connector
def test_it_stands_in_the_example_config(kind: str) -> None:
    example = tomllib.loads((ROOT / "config.example.toml").read_text("utf-8"))
    assert kind in {connection["kind"] for connection in example["connections"].values()}
