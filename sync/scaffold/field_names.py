"""Clues in the name of a field to its values: personal data, ids, measures, timestamps."""

import re
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from typing import Any, Final

_WORDS: Final = {
    name: frozenset(str(words).split())
    for name, words in tomllib.loads(
        (files("sync.scaffold") / "words.toml").read_text("utf-8")
    ).items()
}
PERSONAL: Final = _WORDS["personal"]
BIRTH: Final = _WORDS["birth"]
IDS: Final = _WORDS["ids"]
MEASURES: Final = _WORDS["measures"]
TIMESTAMPS: Final = _WORDS["timestamps"]
_PARTS: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+|\d+")


def parts(name: str) -> tuple[str, ...]:
    """Split a name into words: `dateOf_Birth` is date, of, birth."""
    return tuple(part.lower() for part in _PARTS.findall(name))


def has_word(name: str, words: frozenset[str]) -> bool:
    """Whether the name contains one of the words."""
    return not words.isdisjoint(parts(name))


def is_enumeration(name: str, *, in_address: bool = False) -> bool:
    """Whether the field holds one of a few fixed words: a status, a currency, a type."""
    # A `country_code` is like a `country`.
    last = (parts(name.removesuffix("_code").removesuffix("Code")) or ("",))[-1]
    return last in _WORDS["enumerations"] and not (in_address and last == "state")


def is_postal_address(raw: Mapping[str, Any]) -> bool:
    """Whether an object is somebody's postal address."""
    return any(
        has_word(name, _WORDS["address"])
        and not has_word(name, _WORDS["no_address"])
        and isinstance(value, str | int)
        for name, value in raw.items()
    )


def is_personal_name(name: str) -> bool:
    """Whether the field holds the name of a person."""
    return has_word(name, _WORDS["personal_name"]) or (
        "name" in parts(name) and has_word(name, _WORDS["before_name"])
    )
