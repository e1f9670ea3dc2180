"""Names explain themselves, and some words must never be sent or shipped."""

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tests.house.project import ROOT, files, modules, shown, tree

SAYS_NOTHING = {
    "base",
    "common",
    "helper",
    "helpers",
    "manager",
    "managers",
    "misc",
    "util",
    "utils",
}
"""File names that would not tell what is inside."""

MAILCHIMP = [
    file for file in modules("connectors") if "mailchimp" in file.relative_to(ROOT).as_posix()
]


@pytest.mark.parametrize("file", modules(), ids=shown)
def test_a_file_is_named_after_what_it_holds(file: Path) -> None:
    assert not SAYS_NOTHING & {*file.relative_to(ROOT).with_suffix("").parts}


@pytest.mark.parametrize("file", modules("connectors"), ids=shown)
def test_no_connector_knows_how_to_subscribe_anyone(file: Path) -> None:
    text = file.read_text("utf-8")
    assert "status_if_new" not in text
    assert "sync_tags" not in text


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


@pytest.mark.parametrize("file", modules("connectors", "core", "sync"), ids=shown)
def test_nothing_is_printed_past_the_log(file: Path) -> None:
    printed = [
        node.lineno
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
