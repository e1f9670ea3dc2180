"""Values that a broken vendor may send in the place of any other."""

from decimal import Decimal
from random import Random
from typing import Any

POISON: list[Any] = [
    None,
    "",
    "x" * 70_000,
    "NaN",
    "1e999999999",
    -1,
    10**30,
    10**5000,
    True,
    [],
    {},
    [None],
    {"id": {}},
    "\x00",
    "\ud800",
    Decimal("NaN"),
    "2024-13-45T99:99:99",
    "0001-01-01T00:00:00+23:59",
]


def poisoned(value: Any, chance: Random) -> Any:
    """The same value with one part of it spoilt or taken away."""
    if isinstance(value, dict) and value and chance.random() < 0.9:
        name = chance.choice(sorted(value))
        rest = {each: value[each] for each in value if each != name}
        return rest if chance.random() < 0.2 else {**rest, name: poisoned(value[name], chance)}
    if isinstance(value, list) and value and chance.random() < 0.9:
        return [poisoned(value[0], chance), *value[1:]]
    return chance.choice(POISON)
