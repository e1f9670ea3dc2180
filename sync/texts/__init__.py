"""Sentences for people, in the languages of the hub: one file per language."""

import tomllib
from collections.abc import Iterator, Mapping
from datetime import date
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any, TypeGuard


class Language(StrEnum):
    """The languages of `[hub] language`."""

    english = "en"
    danish = "da"
    norwegian = "nb"
    swedish = "sv"


class Texts:
    """The sentences of one language."""

    def __init__(self, language: Language) -> None:
        """Read the file of the language."""
        self.language = language
        self._sentences = sentences(language)

    def say(self, key: str, **values: object) -> str:
        """A sentence by its dotted key, with placeholders filled; raises KeyError if unknown."""
        shown = {name: self.number(v) if _is_count(v) else v for name, v in values.items()}
        return self._sentences[key].format(**shown)

    def knows(self, key: str) -> bool:
        """Whether there is such a sentence."""
        return key in self._sentences

    def number(self, count: int) -> str:
        """A count with the thousands separator of the language."""
        return f"{count:,}".replace(",", self._sentences["numbers.thousands"])

    def date(self, day: date) -> str:
        """A date in the format of the language."""
        month = self._sentences[f"months.m{day.month}"]
        return self._sentences["numbers.date"].format(day=day.day, month=month, year=day.year)


@cache
def sentences(language: Language) -> Mapping[str, str]:
    """Dotted key -> sentence of a language."""
    written = files(__name__).joinpath(f"{language}.toml").read_text(encoding="utf-8")
    return dict(_flat(tomllib.loads(written), ""))


def _flat(table: Mapping[str, Any], path: str) -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{path}{key}.")
        else:
            yield f"{path}{key}", value


def _is_count(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)
