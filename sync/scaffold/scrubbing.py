"""Scrub personal data from recorded rows: replace every value that is not known to be harmless."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite
from typing import Any, Final

from sync.scaffold.field_names import (
    BIRTH,
    IDS,
    MEASURES,
    PERSONAL,
    TIMESTAMPS,
    has_word,
    is_enumeration,
    is_postal_address,
)
from sync.scaffold.pseudonyms import DAY, EMAIL, Pseudonymizer
from sync.scaffold.survey import LABELS, Place, Survey, is_value, label_of

MOST_WORDS: Final = 12
"""Different words of one field; more than these are free text."""
LONGEST_NUMBER: Final = 6
"""Digits of a number that stays whatever its field; a longer one may be personal."""
FINEST_NUMBER: Final = 4
"""Its decimals; more may be a geographical position."""
SHORTEST_SECRET: Final = 4
YEARS_OF_BIRTH: Final = range(1880, 2101)
_SECONDS: Final = range(631_152_000, 4_102_444_800)
"""Since 1970, from 1990 to 2100."""
_NUMBER: Final = re.compile(r"-?\d+(?P<decimals>\.\d+)?")
_WORD: Final = re.compile(r"(?=.{1,40}$)[A-Za-z][A-Za-z0-9]*([_./:+-][A-Za-z0-9]+)*")
_MANY_DIGITS: Final = re.compile(r"\d{5,}")
_KEY: Final = re.compile(r"[@$]?[A-Za-z_][A-Za-z0-9_.:$-]*")
_CAPITALISED: Final = re.compile(r"[A-Z][a-z]+")


@dataclass(frozen=True)
class Field:
    """The field of a value."""

    place: Place
    name: str = ""
    """Name of the field; of a labelled value, the label."""
    around: str = ""
    """Name of the object that holds the field."""
    in_address: bool = False
    """Whether that object is a postal address."""

    def has_word(self, words: frozenset[str]) -> bool:
        """Whether its name or the name of its object contains one of these words."""
        return has_word(self.name, words) or has_word(self.around, words)


class Scrubber:
    """Replaces personal data by pseudonyms, equal for equal values, so that ids still join.

    `keep` names harmless fields and keys; addresses and secrets are replaced even there.
    """

    def __init__(
        self,
        *,
        keep: Iterable[str] = (),
        hidden: Iterable[str] = (),
        pseudonymizer: Pseudonymizer | None = None,
    ) -> None:
        """Take the names to keep, and secrets to remove everywhere."""
        self._keep = frozenset(keep)
        self._hidden = [each for each in hidden if len(each) >= SHORTEST_SECRET]
        self._pseudonymizer = pseudonymizer or Pseudonymizer()
        self._survey = Survey()

    def id(self, value: str) -> str:
        """The pseudonym of an id, the same everywhere."""
        return self._pseudonymizer.text(value)

    def scrubbed(self, lists: Sequence[tuple[str, Sequence[Any]]]) -> list[list[Any]]:
        """Scrub all lists together, because a name in one may also occur in another.

        Each list comes with a name; lists of one name are treated alike.
        """
        for name, raws in lists:
            self._survey.add(list(raws), (name,))
        return [[self._value(raw, Field((name,))) for raw in raws] for name, raws in lists]

    def _value(self, value: Any, field: Field) -> Any:
        if isinstance(value, Mapping):
            return dict(self._fields(value, field))
        if isinstance(value, list):
            return [self._value(each, field) for each in value]
        if value is None or isinstance(value, bool):
            return value
        return self._text(value, field) if isinstance(value, str) else self._number(value, field)

    def _fields(self, raw: Mapping[str, Any], field: Field) -> Iterator[tuple[str, Any]]:
        label, in_address = label_of(raw), is_postal_address(raw)
        for key, each in raw.items():
            inner = Field((*field.place, key), key, field.name, in_address)
            if label and key in LABELS and isinstance(each, str):
                yield key, each if self._is_label(each) else self._pseudonymizer.text(each)
                continue
            if label and is_value(key):
                inner = replace(inner, name=label)
            yield self._key(key, field.place), self._value(each, inner)

    def _key(self, key: str, place: Place) -> str:
        """Keep a key that is a field name; replace one that is data."""
        if key in self._keep:
            return key
        plain = _KEY.fullmatch(key) and not _MANY_DIGITS.search(key)
        if plain and key not in self._survey.ids:
            odd = _CAPITALISED.fullmatch(key) or self._is_personal(key)
            if self._survey.in_all(key, place) or not (odd or self._survey.is_data(key, place)):
                return key
        return self._pseudonymizer.text(key)

    def _is_label(self, label: str) -> bool:
        if label in self._keep:
            return True
        plain = _KEY.fullmatch(label) and not _MANY_DIGITS.search(label)
        odd = _CAPITALISED.fullmatch(label) or self._is_personal(label)
        return bool(plain) and not odd and self._survey.labels[label] > 1

    def _text(self, value: str, field: Field) -> str:
        if field.name in self._keep and not EMAIL.search(value) and not self._is_hidden(value):
            return value
        if self._is_word(value, field):
            return value
        if field.has_word(BIRTH):
            return self._pseudonymizer.day(value)
        personal = field.has_word(PERSONAL)
        if number := _NUMBER.fullmatch(value):
            short = number["decimals"] and len(number["decimals"]) <= FINEST_NUMBER + 1
            harmless = has_word(field.name, MEASURES) or (
                short and len(value) <= LONGEST_NUMBER + 3
            )
            return value if harmless and not personal else self._pseudonymizer.text(value)
        if DAY.fullmatch(value):
            timestamp = has_word(field.name, TIMESTAMPS) and not personal
            return value if timestamp else self._pseudonymizer.day(value)
        return self._pseudonymizer.text(value)

    def _is_word(self, value: str, field: Field) -> bool:
        return (
            is_enumeration(field.name, in_address=field.in_address)
            and _WORD.fullmatch(value) is not None
            and not _MANY_DIGITS.search(value)
            and len(self._survey.texts[field.name]) <= MOST_WORDS
            and not self._is_personal(value)
        )

    def _number(self, value: float, field: Field) -> int | float:
        if field.name in self._keep or not isfinite(value):
            return value
        if field.has_word(BIRTH) and value in YEARS_OF_BIRTH:
            return self._pseudonymizer.year(int(value))
        if field.has_word(PERSONAL) or has_word(field.name, IDS):
            return self._pseudonymizer.number(value)
        instant = int(value) in _SECONDS or int(value) // 1000 in _SECONDS
        if has_word(field.name, MEASURES) or (instant and has_word(field.name, TIMESTAMPS)):
            return value
        fine = round(value, FINEST_NUMBER) != value
        return (
            self._pseudonymizer.number(value) if fine or abs(value) >= 10**LONGEST_NUMBER else value
        )

    def _is_personal(self, value: str) -> bool:
        return self._survey.has_personal_name(value) or self._is_hidden(value)

    def _is_hidden(self, value: str) -> bool:
        return any(each in value for each in self._hidden)
