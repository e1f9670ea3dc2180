"""A module is around 100 lines and seldom over 300; a folder is seen at a glance."""

from collections import Counter
from pathlib import Path

from tests.house.project import modules, shown

LONGEST = 300
FULLEST = 15

LARGER: dict[str, tuple[int, str]] = {
    "core/contract.py": (370, "the whole contract of connectors and hub, on one page to read"),
    "core/records.py": (720, "every noun that a source may yield, in one list to read"),
    "core/store/migrations/versions/0001_first.py": (640, "every table of the first version"),
}
"""Modules that may be longer: how long, and why. The list only shrinks."""


def lines(file: Path) -> int:
    """Lines of a file, blank ones too."""
    return len(file.read_text("utf-8").splitlines())


def longest(name: str) -> int:
    """Lines that a module may have."""
    return LARGER[name][0] if name in LARGER else LONGEST


def test_a_module_is_short() -> None:
    lengths = {shown(file): lines(file) for file in modules()}
    assert [name for name, length in lengths.items() if length > longest(name)] == []


def test_every_exception_is_still_needed() -> None:
    lengths = {shown(file): lines(file) for file in modules()}
    assert [name for name in LARGER if lengths.get(name, 0) <= LONGEST] == []


def test_no_folder_is_crowded() -> None:
    crowd = Counter(file.parent for file in modules())
    assert [shown(folder) for folder, number in crowd.items() if number > FULLEST] == []
