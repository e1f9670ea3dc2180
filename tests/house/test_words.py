"""Names explain themselves, and some words must never be sent or shipped."""

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tests.house.project import ROOMS, ROOT, files, modules, shown, tree

SAYS_NOTHING = {
    "base", "common", "helper", "helpers", "manager", "managers", "misc", "util", "utils",
}  # fmt: skip
"""File names that say nothing about the content."""

MAILCHIMP = [
    file for file in modules("connectors") if "mailchimp" in file.relative_to(ROOT).as_posix()
]


def test_a_file_is_named_after_its_content() -> None:
    vague = [
        shown(file)
        for file in modules()
        if SAYS_NOTHING & {*file.relative_to(ROOT).with_suffix("").parts}
    ]
    assert vague == []


def test_no_connector_knows_how_to_subscribe_anyone() -> None:
    knowing = [
        shown(file)
        for file in modules("connectors")
        if re.search("status_if_new|sync_tags", file.read_text("utf-8"))
    ]
    assert knowing == []


def written_keys(module: ast.Module) -> Iterator[str]:
    """Every key that a module puts into a dictionary."""
    for node in ast.walk(module):
        if isinstance(node, ast.Dict):
            yield from _texts(node.keys)
        elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store):
            yield from _texts([node.slice])
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in ("dict", "setattr"):
            yield from (keyword.arg for keyword in node.keywords if keyword.arg)


def _texts(nodes: Iterable[ast.expr | None]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def test_no_request_to_mailchimp_carries_a_status() -> None:
    guilty = [shown(file) for file in MAILCHIMP if "status" in written_keys(tree(file))]
    assert guilty == []


@pytest.mark.parametrize(
    "code", ['x = {"status": "subscribed"}', 'x["status"] = 1', 'dict(status="subscribed")']
)
def test_a_status_that_is_written_is_seen(code: str) -> None:
    assert "status" in written_keys(ast.parse(code))


def test_a_status_that_is_read_is_allowed() -> None:
    assert "status" not in written_keys(ast.parse('x = raw["status"]'))


def test_nothing_is_printed_past_the_log() -> None:
    printed = [
        f"{shown(file)}:{node.lineno}"
        for file in modules("connectors", "core", "sync")
        for node in ast.walk(tree(file))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "print"
    ]
    assert printed == []


def test_no_file_names_the_machine_that_it_was_written_on() -> None:
    places = [str(ROOT).encode(), str(Path.home()).encode() + b"/"]
    naming = [shown(file) for file in files() if any(at in file.read_bytes() for at in places)]
    assert naming == []


def test_the_constraints_name_packages_and_versions_only() -> None:
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    strange = [line for line in lines if not re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][\w.!+]*", line)]
    assert strange == []


def test_no_file_says_where_packages_come_from() -> None:
    # Spelt in parts, so that this file does not say it either.
    option = re.compile(rb"\b(?:index|extra.index|find)" + rb"[-_](?:url|links)\b")
    naming = [shown(file) for file in files() if option.search(file.read_bytes())]
    assert naming == []


OUTSIDE = ("api-specs", "../shared", "design/")
"""Folders beside the project, which only tests may read."""
STILL_NAMING = {
    "connectors/heyloyalty/__init__.py",
    "connectors/heyloyalty/signing.py",
    "connectors/mailchimp/__init__.py",
    "connectors/mailchimp/changes.py",
    "connectors/square/__init__.py",
    "connectors/square/account.py",
    "connectors/square/money.py",
    "connectors/woocommerce/__init__.py",
    "connectors/woocommerce/destination.py",
    "connectors/woocommerce/raws.py",
    "docs/connectors/heyloyalty.md",
    "docs/connectors/mailchimp.md",
    "docs/connectors/square.md",
    "docs/connectors/woocommerce.md",
}
"""Files that name one of them still. The list only shrinks."""


def test_vendors_are_cited_by_their_own_address() -> None:
    naming = {
        shown(file)
        for file in files()
        if not file.is_relative_to(ROOT / "tests")
        and any(folder.encode() in file.read_bytes() for folder in OUTSIDE)
    }
    assert naming - STILL_NAMING == set()


TEST_ROOMS = sorted(shown(each) for each in (ROOT / "tests").iterdir() if each.is_dir())
RIDDLE = re.compile(r"\s*(?:Who|Whom|Whose|What)\b")


def docstrings(module: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and text of every docstring, those below attributes and constants too."""
    for node in ast.walk(module):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield from ((node.lineno, text) for text in _texts([node.value]))


@pytest.mark.parametrize("room", [*ROOMS, "benchmarks", *TEST_ROOMS])
def test_a_docstring_is_no_riddle(room: str) -> None:
    riddles = [
        f"{shown(file)}:{line} {text.splitlines()[0]}"
        for file in modules(room)
        for line, text in docstrings(tree(file))
        if RIDDLE.match(text)
    ]
    assert riddles == []


STILL_ASKING = {
    "tests/conftest.py",
    "tests/connectors/held.py",
    "tests/connectors/kit/test_description.py",
    "tests/connectors/kit/test_description_forms.py",
    "tests/connectors/test_heyloyalty.py",
    "tests/connectors/test_heyloyalty_destination.py",
    "tests/connectors/test_mailchimp.py",
    "tests/connectors/test_mailchimp_destination.py",
    "tests/connectors/test_square.py",
    "tests/connectors/test_woocommerce.py",
    "tests/connectors/test_woocommerce_destination.py",
    "tests/core/config/test_schema.py",
    "tests/core/segments/recipes/test_recipes.py",
    "tests/descriptions.py",
    "tests/sync/scaffold/test_recording.py",
}
"""Files elsewhere that ask for `shared` still. The list only shrinks."""


def test_only_tests_of_the_outside_read_more_than_descriptions() -> None:
    asking = {
        shown(file)
        for file in modules("tests")
        for node in ast.walk(tree(file))
        if isinstance(node, ast.FunctionDef) and "shared" in (arg.arg for arg in node.args.args)
    }
    rooms = {name for name in asking if not name.startswith("tests/external/")}
    assert rooms - STILL_ASKING == set()
