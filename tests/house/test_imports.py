"""Imports run one way, and each library has one home."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.project import inside, modules, name_of, shown, tree

MAY_IMPORT = {
    # who (the longest name that fits)  which of ours
    "connectors": ("connectors.kit",),
    "connectors.kit": (
        "connectors.kit",
        "core.contract",
        "core.errors",
        "core.log",
        "core.records",
        "core.tokens",
    ),
    "core": ("core",),
    "sandbox": ("sandbox",),
    "sync": ("core", "sync"),
    "sync.demo": ("core", "sandbox", "sync"),
}
"""Rooms and what they may know. A connector may also import its own parts."""

ORDER_IN_CORE = (
    "core.words",
    "core.errors",
    "core.log",
    "core.shapes",
    "core.mistakes",
    "core.hub_key",
    "core.records",
    "core.tokens",
    "core.contract",
    "core.plugins",
    "core.broken_connector",
    "core.plugin_faults",
    "core.store",
    "core.segments",
    "core.audience",
    "core.config",
)
"""What stands left may not import what stands right of it."""

HOMES = {
    "alembic": ("core.store",),
    "apscheduler": ("sync",),
    "cryptography": ("connectors.kit", "core.hub_key"),
    "dateutil": ("core", "connectors"),
    "defusedxml": ("connectors.kit",),
    "email_validator": ("core.records",),
    "graphql": ("connectors.kit.testing",),
    "httpcore": ("connectors.kit",),
    "httpx": ("connectors.kit",),
    "jsonschema": ("connectors.kit.testing",),
    "msgspec": ("connectors.kit",),
    "orjson": ("connectors.kit", "core", "sync"),
    "phonenumbers": ("core.store",),
    "psycopg": ("core.store",),
    "pydantic": ("connectors", "core"),
    "pydantic_core": ("core",),
    "pytest": ("connectors.kit.testing",),
    "referencing": ("connectors.kit.testing",),
    "respx": ("connectors.kit.testing",),
    "rich": ("sync",),
    "sqlalchemy": ("core",),
    "sqlmodel": ("core.store",),
    "structlog": ("core.log",),
    "tenacity": ("connectors.kit",),
    "typer": ("sync",),
}
"""Libraries and the rooms that may use them."""

ROOMS = ("connectors", "core", "sandbox", "sync", "tests")


def imported(module: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and full name of everything that a module imports."""
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                yield node.lineno, "." * node.level + (node.module or "")
            else:
                for alias in node.names:
                    yield node.lineno, f"{node.module}.{alias.name}"


def stranger(importer: str, name: str) -> str:
    """Why `importer` may not import `name`; empty where it may."""
    if name.startswith("."):
        return "write the full name of what you import"
    top = name.partition(".")[0]
    if top in ROOMS:
        return _stranger_of_ours(importer, name)
    if top in sys.stdlib_module_names:
        return ""
    if top not in HOMES:
        return f"{top} has no home yet; give it one in HOMES, or do without"
    if any(inside(importer, home) for home in HOMES[top]):
        return ""
    return f"{top} is at home in {' and '.join(HOMES[top])}"


def _stranger_of_ours(importer: str, name: str) -> str:
    parts = importer.split(".")
    if parts[0] == "connectors" and len(parts) > 1 and inside(name, ".".join(parts[:2])):
        return ""
    room = max((each for each in MAY_IMPORT if inside(importer, each)), key=len)
    if not any(inside(name, allowed) for allowed in MAY_IMPORT[room]):
        return f"{room} may only import {', '.join(MAY_IMPORT[room])}"
    here, there = _place(importer), _place(name)
    if here is not None and there is not None and there > here:
        return f"{ORDER_IN_CORE[there]} stands above {ORDER_IN_CORE[here]}"
    return ""


def _place(name: str) -> int | None:
    for place, part in enumerate(ORDER_IN_CORE):
        if inside(name, part):
            return place
    return None


@pytest.mark.parametrize("file", modules(), ids=shown)
def test_a_module_imports_only_what_it_may(file: Path) -> None:
    strangers = [
        f"{shown(file)}:{line} imports {name}: {why}"
        for line, name in imported(tree(file))
        if (why := stranger(name_of(file), name))
    ]
    assert strangers == []


def test_every_part_of_core_has_its_place() -> None:
    homeless = [
        shown(file)
        for file in modules("core")
        if name_of(file) != "core" and _place(name_of(file)) is None
    ]
    assert homeless == []


def test_only_one_module_reads_entry_points() -> None:
    readers = [
        shown(file)
        for file in modules()
        if any(
            name.startswith("importlib.metadata.entry_points") for _, name in imported(tree(file))
        )
    ]
    assert readers == ["core/plugins.py"]


def test_nothing_is_imported_by_a_name_in_a_text() -> None:
    hidden = [
        f"{shown(file)}:{node.lineno}"
        for file in modules()
        for node in ast.walk(tree(file))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).rpartition(".")[2] in ("import_module", "__import__")
    ]
    assert hidden == []


@pytest.mark.parametrize(
    ("importer", "code", "why"),
    [
        ("connectors.shop", "import httpx", "at home in connectors.kit"),
        ("connectors.shop", "from core.store import keys", "may only import connectors.kit"),
        ("connectors.shop", "from connectors.csv import Csv", "may only import connectors.kit"),
        ("connectors.kit.http.client", "from core.store import keys", "may only import"),
        ("core.store.keys", "from core.config import load", "core.config stands above core.store"),
        ("core.store.keys", "import sync.pull", "may only import core"),
        ("core", "from connectors import kit", "may only import core"),
        ("sandbox.shop", "from core import errors", "may only import sandbox"),
        ("sync.pull", "from connectors.kit import Client", "may only import core, sync"),
        ("sync.pull", "import sandbox", "may only import core, sync"),
        ("sync.pull", "from . import push", "full name"),
        ("sync.pull", "import numpy", "no home yet"),
    ],
)
def test_a_breach_is_seen(importer: str, code: str, why: str) -> None:
    ((_, name),) = imported(ast.parse(code))
    assert why in stranger(importer, name)


@pytest.mark.parametrize(
    ("importer", "code"),
    [
        ("connectors.shop", "from connectors.kit import RestSource"),
        ("connectors.shop.orders", "from connectors.shop import words"),
        ("connectors.kit.http.client", "import tenacity"),
        ("core.config.load", "from core import segments"),
        ("sync.demo.world", "import sandbox"),
    ],
)
def test_what_is_allowed_passes(importer: str, code: str) -> None:
    ((_, name),) = imported(ast.parse(code))
    assert stranger(importer, name) == ""
