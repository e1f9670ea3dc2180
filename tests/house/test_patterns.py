"""No pattern of ours takes more than linear time, whatever the text is."""

import ast
import importlib
import re
import time
from collections.abc import Iterator

import pytest

from tests.house.project import modules, name_of, tree

LETTERS = 1_000_000
SECOND = 1.0
PARTS = ("a", "1 ", "a@a.", "a%40", "://a:", "\n ")
"""Parts that patterns repeat; a text of nothing else makes them try again and again."""
WAYS = frozenset({"findall", "finditer", "fullmatch", "match", "search", "split", "sub"})


def uses() -> Iterator[tuple[str, re.Pattern[str], str]]:
    """Place and value of each pattern of the product, once for each way in which it is applied."""
    for file in modules("connectors", "core", "sync"):
        module = tree(file)
        named = {
            (node.value.id, node.attr)
            for node in ast.walk(module)
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
            if node.attr in WAYS
        }
        if not named:
            continue
        values = vars(importlib.import_module(name_of(file)))
        for name, way in sorted(named):
            if isinstance(values.get(name), re.Pattern):
                yield f"{name_of(file)}.{name}.{way}", values[name], way


USES = list(uses())


@pytest.mark.parametrize(
    ("pattern", "way"), [pytest.param(*rest, id=place) for place, *rest in USES]
)
def test_a_long_text_is_searched_in_linear_time(pattern: re.Pattern[str], way: str) -> None:
    """A megabyte within a second; text from outside may be as long as it likes."""
    for part in PARTS:
        text = part * (LETTERS // len(part))
        begun = time.process_time()
        found = pattern.sub("", text) if way == "sub" else getattr(pattern, way)(text)
        if way == "finditer":
            list(found)
        assert time.process_time() - begun < SECOND, f"{part!r} again and again"
