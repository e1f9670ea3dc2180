"""A survey of all recorded rows, taken before any of them is scrubbed."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sync.scaffold.field_names import IDS, has_word, is_personal_name

LABELS: Final = ("key", "name", "field")
"""Keys that label the value of an object: `{"key": "size", "value": 42}`."""
FEWEST_OBJECTS: Final = 3
"""Objects needed in one place before their keys are compared."""
_SHORTEST_NAME: Final = 3
_DIGIT: Final = re.compile(r"\d")
_LETTERS: Final = re.compile(r"[^\W\d_]+")

Place = tuple[str, ...]
"""Path of an object: its list, and the keys that lead to it."""


@dataclass
class Survey:
    """Counts of keys and texts, and the words of personal names."""

    objects: Counter[Place] = field(default_factory=Counter)
    keys: dict[Place, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    texts: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """Field -> its different texts."""
    labels: Counter[str] = field(default_factory=Counter)
    ids: set[str] = field(default_factory=set)
    """Ids with a digit in them."""
    name_words: set[str] = field(default_factory=set)
    """Words of personal names, in lower case."""

    def add(self, value: Any, place: Place, name: str = "", around: str = "") -> None:
        """Add a value and everything in it."""
        if isinstance(value, Mapping):
            label = label_of(value)
            self.objects[place] += 1
            self.keys[place].update(list(value))
            self.labels.update([label] if label else [])
            for key, each in value.items():
                field_name = label if label and is_value(key) else key
                self.add(each, (*place, key), field_name, name)
        elif isinstance(value, list):
            for each in value:
                self.add(each, place, name, around)
        elif isinstance(value, str):
            self.texts[name].add(value)
            if has_word(name, IDS) and _DIGIT.search(value):
                self.ids.add(value)
            if is_personal_name(f"{around}_{name}"):
                self.name_words.update(_words(value))

    def in_all(self, key: str, place: Place) -> bool:
        """Whether every object of a place has the key."""
        return (
            self.objects[place] >= FEWEST_OBJECTS and self.keys[place][key] == self.objects[place]
        )

    def is_data(self, key: str, place: Place) -> bool:
        """Whether the keys of a place are data, not field names: most occur once, as this one."""
        times = self.keys[place]
        once = sum(number == 1 for number in times.values())
        return self.objects[place] >= FEWEST_OBJECTS and times[key] == 1 and once * 2 > len(times)

    def has_personal_name(self, text: str) -> bool:
        """Whether the text contains a word of a personal name."""
        return not self.name_words.isdisjoint(_words(text))


def label_of(raw: Mapping[str, Any]) -> str:
    """The label of an object's value; "" where it has none."""
    if any(is_value(key) for key in raw):
        for key in LABELS:
            if isinstance(raw.get(key), str):
                return str(raw[key])
    return ""


def is_value(key: str) -> bool:
    """Whether a key of a labelled object holds its value: `value`, `string_value`."""
    return key.casefold().endswith(("value", "values"))


def _words(text: str) -> Iterator[str]:
    return (word.casefold() for word in _LETTERS.findall(text) if len(word) >= _SHORTEST_NAME)
