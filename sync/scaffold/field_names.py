"""What the name of a field says of the values in it: that they tell of nobody, or of somebody."""

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
PERSONAL: Final = _WORDS["of_somebody"]
BIRTH: Final = _WORDS["birth"]
IDS: Final = _WORDS["ids"]
MEASURES: Final = _WORDS["measures"]
TIMESTAMPS: Final = _WORDS["moments"]
_PARTS: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+|\d+")


def parts(name: str) -> tuple[str, ...]:
    """The words of a name: `dateOf_Birth` is date, of, birth."""
    return tuple(part.lower() for part in _PARTS.findall(name))


def has_word(name: str, words: frozenset[str]) -> bool:
    """Whether one of the words is in the name."""
    return not words.isdisjoint(parts(name))


def is_enumeration(name: str, *, at_home: bool = False) -> bool:
    """Whether the field holds one word of a few: a status, a currency, a type."""
    # A `country_code` is one like a `country`.
    last = (parts(name.removesuffix("_code").removesuffix("Code")) or ("",))[-1]
    return last in _WORDS["kinds"] and not (at_home and last == "state")


def is_home(raw: Mapping[str, Any]) -> bool:
    """Whether an object says where somebody lives."""
    return any(
        has_word(name, _WORDS["home"])
        and not has_word(name, _WORDS["no_home"])
        and isinstance(value, str | int)
        for name, value in raw.items()
    )


def is_persons_name(name: str) -> bool:
    """Whether the field holds what somebody is called."""
    return has_word(name, _WORDS["persons_name"]) or (
        "name" in parts(name) and has_word(name, _WORDS["before_name"])
    )
