"""What all recorded raws together tell of their fields, before one of them is scrubbed."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sync.scaffold.field_names import IDS, has_word, is_persons_name

LABELS: Final = ("key", "name", "field")
"""Where an object with a value in it says what the value is: `{"key": "size", "value": 42}`."""
ENOUGH: Final = 3
"""Objects of one place, before anything follows from which keys they have."""
_SHORTEST_NAME: Final = 3
_DIGIT: Final = re.compile(r"\d")
_LETTERS: Final = re.compile(r"[^\W\d_]+")

Place = tuple[str, ...]
"""Where an object stands: its list, and the keys that lead there."""


@dataclass
class Survey:
    """Counts of keys and texts, and the names of people."""

    objects: Counter[Place] = field(default_factory=Counter)
    keys: dict[Place, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    texts: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """The different texts under each name."""
    labels: Counter[str] = field(default_factory=Counter)
    ids: set[str] = field(default_factory=set)
    """Those that no word could be."""
    people: set[str] = field(default_factory=set)
    """The words of people's names, in lower case."""

    def look(self, value: Any, place: Place, name: str = "", around: str = "") -> None:
        """Take note of a value and of all in it."""
        if isinstance(value, Mapping):
            label = label_of(value)
            self.objects[place] += 1
            self.keys[place].update(list(value))
            self.labels.update([label] if label else [])
            for key, each in value.items():
                called = label if label and is_value(key) else key
                self.look(each, (*place, key), called, name)
        elif isinstance(value, list):
            for each in value:
                self.look(each, place, name, around)
        elif isinstance(value, str):
            self.texts[name].add(value)
            if has_word(name, IDS) and _DIGIT.search(value):
                self.ids.add(value)
            if is_persons_name(f"{around}_{name}"):
                self.people.update(_words(value))

    def in_all(self, key: str, place: Place) -> bool:
        """Whether every object of a place has the key."""
        return self.objects[place] >= ENOUGH and self.keys[place][key] == self.objects[place]

    def is_data(self, key: str, place: Place) -> bool:
        """Whether the keys of a place are no names of fields: most come once, and this one too."""
        times = self.keys[place]
        once = sum(number == 1 for number in times.values())
        return self.objects[place] >= ENOUGH and times[key] == 1 and once * 2 > len(times)

    def names_somebody(self, text: str) -> bool:
        """Whether a word of the text is in somebody's name."""
        return not self.people.isdisjoint(_words(text))


def label_of(raw: Mapping[str, Any]) -> str:
    """What an object says of the value in it; "" where it holds none."""
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
