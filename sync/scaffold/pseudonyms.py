"""Pseudonyms: invented values in place of real ones, with the same shape, equal for equal ones."""

import hashlib
import re
import secrets
from random import Random
from typing import Final

EMAIL: Final = re.compile(r"(?<![^\s@<>,;:\"'()])[^\s@<>,;:\"'()]+@[^\s@<>,;:\"'()]+")
DAY: Final = re.compile(
    r"""
    (?P<day> \d{4}[-/.]\d\d[-/.]\d\d | \d{1,2}[-/.]\d{1,2}([-/.](\d{4}|\d\d))? )
    (?P<time> [T ]\d\d:\d\d[\d:.]*([+-]\d\d:?\d\d|Z)? )?
    """,
    re.VERBOSE,
)
"""A date as people and systems write it, perhaps without a year, perhaps with a time."""
_YEAR: Final = re.compile(r"(18|19|20)\d\d")
_URL: Final = re.compile(r"[a-z][a-z0-9+.-]*://\S+|www\.\S+", re.IGNORECASE)
_IPV4: Final = re.compile(r"\d{1,3}(\.\d{1,3}){3}")
_IPV6: Final = re.compile(r"(?=(.*:){2})[0-9a-f:]{3,39}", re.IGNORECASE)
_PHONE: Final = re.compile(r"(?P<country>\+\d\d)?[\d\s().\-/]+")
_CODE: Final = re.compile(r"\S*[\d_]\S*|[A-Z]+")
"""An identifier of a system: an id, a number, an article code."""
_HEX: Final = re.compile(r"(?=.*\d)[0-9a-f-]{8,}", re.IGNORECASE)
_CONSONANTS: Final = "bdfgklmnprstv"
_VOWELS: Final = "aeiou"
_YEARS: Final = (1992, 2009)
_MOST_WORDS: Final = 12
_TRIES: Final = 50


class Pseudonymizer:
    """Replaces each value by a pseudonym; two values never get the same one.

    A pseudonym follows from the value and from a random key that is never stored, so that values
    cannot be recovered by trying.
    """

    def __init__(self, key: bytes | None = None) -> None:
        """Draw a random key; tests pass one."""
        self._key = key or secrets.token_bytes(32)
        self._pseudonyms: dict[str, str] = {}
        self._taken: set[str] = set()

    def text(self, value: str) -> str:
        """The pseudonym of a text: an address for an address, an id for an id, words for words.

        Blank texts and zeros stay, because they mean that there is no value.
        """
        known = value.strip()
        if not known.strip("0"):
            return value
        if "@" in known:
            # The same address, in whatever case it is written.
            known = known.casefold()
        if known not in self._pseudonyms:
            self._pseudonyms[known] = self._new(known)
        return self._pseudonyms[known]

    def number(self, value: float) -> int | float:
        """A number with the same number of digits."""
        size = abs(value)
        if size == int(size):
            found: float = int(self.text(str(int(size))))
        else:
            found = float(self.text(f"{size:f}"))
        return -found if value < 0 else found

    def day(self, value: str) -> str:
        """Another date in the same format, at midnight; without a year if the date has none."""
        if _YEAR.fullmatch(value.strip()):
            return str(self.year(int(value)))
        found = DAY.fullmatch(value.strip())
        if found is None:
            return self.text(value)
        draw = self._draw(value, 0)
        day = re.sub(r"\d+", lambda part: _part(part[0], draw), found["day"])
        return day + re.sub(r"\d", "0", found["time"] or "")

    def year(self, value: int) -> int:
        """Another year, such as a year of birth."""
        return self._draw(str(value), 0).randint(*_YEARS)

    def _new(self, value: str) -> str:
        found = ""
        for attempt in range(_TRIES):
            draw = self._draw(value, attempt)
            found = _like(value, draw)
            if attempt > _TRIES // 2:
                # Too few values have this shape: append a digit.
                found += str(draw.randint(1, 9))
            if found not in self._taken and found.casefold() != value.casefold():
                break
        self._taken.add(found)
        return found

    def _draw(self, value: str, attempt: int) -> Random:
        seed = hashlib.blake2b(f"{attempt}:{value}".encode(), key=self._key).digest()
        return Random(seed)  # noqa: S311 - without the key the seed is unknown


def _like(value: str, draw: Random) -> str:
    """A value of the same shape."""
    if EMAIL.fullmatch(value):
        return f"{_word(draw)}.{_word(draw)}{draw.randint(10, 9999)}@example.com"
    if _URL.fullmatch(value):
        return f"https://example.com/{_word(draw)}{draw.randint(1000, 999999)}"
    if _IPV4.fullmatch(value):
        # A range reserved for benchmarks (RFC 2544).
        return f"198.18.{draw.randint(0, 255)}.{draw.randint(1, 254)}"
    if _IPV6.fullmatch(value):
        return f"2001:db8::{draw.randint(1, 0xFFFF):x}:{draw.randint(1, 0xFFFF):x}"
    if phone := _PHONE.fullmatch(value):
        country = phone["country"] or ""
        return country + _digits(value.removeprefix(country), draw)
    if _CODE.fullmatch(value):
        return _code(value, draw)
    return " ".join(_cased(_word(draw), word) for word in value.split()[:_MOST_WORDS])


def _code(value: str, draw: Random) -> str:
    small = "abcdef" if _HEX.fullmatch(value) else "abcdefghijklmnopqrstuvwxyz"
    letters = "".join(
        draw.choice(small.upper() if letter.isupper() else small) if letter.isalpha() else letter
        for letter in value
    )
    return _digits(letters, draw)


def _digits(value: str, draw: Random) -> str:
    # No zeros: numbers do not begin with one, and amounts would lose a trailing one.
    return "".join(str(draw.randint(1, 9)) if sign.isdigit() else sign for sign in value)


def _word(draw: Random) -> str:
    return "".join(
        draw.choice(_CONSONANTS) + draw.choice(_VOWELS) for _ in range(draw.randint(2, 4))
    )


def _cased(word: str, like: str) -> str:
    if like.isupper():
        return word.upper()
    return word.capitalize() if like[:1].isupper() else word


def _part(digits: str, draw: Random) -> str:
    """A part of a date: a year of zeros stays, and day and month are valid in either order."""
    if len(digits) < len("1992"):
        return f"{draw.randint(1, 12 if len(digits) > 1 else 9):0{len(digits)}}"
    return str(draw.randint(*_YEARS)) if digits.strip("0") else digits
