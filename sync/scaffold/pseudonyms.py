"""Invented values that stand for real ones: of their shape, and the same for the same."""

import hashlib
import re
import secrets
from random import Random
from typing import Final

EMAIL: Final = re.compile(r"[^\s@<>,;:\"'()]+@[^\s@<>,;:\"'()]+")
DAY: Final = re.compile(
    r"""
    (?P<day> \d{4}[-/.]\d\d[-/.]\d\d | \d{1,2}[-/.]\d{1,2}([-/.](\d{4}|\d\d))? )
    (?P<time> [T ]\d\d:\d\d[\d:.]*([+-]\d\d:?\d\d|Z)? )?
    """,
    re.VERBOSE,
)
"""A day as people and systems write it, perhaps without its year, perhaps with a time."""
_YEAR: Final = re.compile(r"(18|19|20)\d\d")
_URL: Final = re.compile(r"[a-z][a-z0-9+.-]*://\S+|www\.\S+", re.IGNORECASE)
_IPV4: Final = re.compile(r"\d{1,3}(\.\d{1,3}){3}")
_IPV6: Final = re.compile(r"(?=(.*:){2})[0-9a-f:]{3,39}", re.IGNORECASE)
_PHONE: Final = re.compile(r"(?P<country>\+\d\d)?[\d\s().\-/]+")
_CODE: Final = re.compile(r"\S*[\d_]\S*|[A-Z]+")
"""What systems make up: an id, a number, an article's name in the books."""
_HEX: Final = re.compile(r"(?=.*\d)[0-9a-f-]{8,}", re.IGNORECASE)
_CONSONANTS: Final = "bdfgklmnprstv"
_VOWELS: Final = "aeiou"
_YEARS: Final = (1992, 2009)
_MOST_WORDS: Final = 12
_TRIES: Final = 50


class Pseudonymizer:
    """Gives each value another one in its place; two values never get the same.

    What comes out follows from what goes in and from a key that is forgotten with the inventor,
    so that nobody finds the way back by trying.
    """

    def __init__(self, key: bytes | None = None) -> None:
        """Draw a key; a test gives one."""
        self._key = key or secrets.token_bytes(32)
        self._given: dict[str, str] = {}
        self._taken: set[str] = set()

    def text(self, value: str) -> str:
        """A text in place of another: an address for an address, an id for an id, words for words.

        Blank texts and zeros stay: they say that there is nothing.
        """
        known = value.strip()
        if not known.strip("0"):
            return value
        if "@" in known:
            # It is the same address however it is typed.
            known = known.casefold()
        if known not in self._given:
            self._given[known] = self._new(known)
        return self._given[known]

    def number(self, value: float) -> int | float:
        """A number of as many digits."""
        size = abs(value)
        if size == int(size):
            found: float = int(self.text(str(int(size))))
        else:
            found = float(self.text(f"{size:f}"))
        return -found if value < 0 else found

    def day(self, value: str) -> str:
        """Another day in the same form, at midnight; of a day without its year another such one."""
        if _YEAR.fullmatch(value.strip()):
            return str(self.year(int(value)))
        found = DAY.fullmatch(value.strip())
        if found is None:
            return self.text(value)
        draw = self._draw(value, 0)
        day = re.sub(r"\d+", lambda part: _part(part[0], draw), found["day"])
        return day + re.sub(r"\d", "0", found["time"] or "")

    def year(self, value: int) -> int:
        """Another year, of a birth say."""
        return self._draw(str(value), 0).randint(*_YEARS)

    def _new(self, value: str) -> str:
        found = ""
        for attempt in range(_TRIES):
            draw = self._draw(value, attempt)
            found = _like(value, draw)
            if attempt > _TRIES // 2:
                # So few values have this shape that it takes one more sign.
                found += str(draw.randint(1, 9))
            if found not in self._taken and found.casefold() != value.casefold():
                break
        self._taken.add(found)
        return found

    def _draw(self, value: str, attempt: int) -> Random:
        seed = hashlib.blake2b(f"{attempt}:{value}".encode(), key=self._key).digest()
        return Random(seed)  # noqa: S311 - who has no key cannot know the seed


def _like(value: str, draw: Random) -> str:
    """A value of the same shape."""
    if EMAIL.fullmatch(value):
        return f"{_word(draw)}.{_word(draw)}{draw.randint(10, 9999)}@example.com"
    if _URL.fullmatch(value):
        return f"https://example.com/{_word(draw)}{draw.randint(1000, 999999)}"
    if _IPV4.fullmatch(value):
        # A range for measurements, where nobody lives.
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
    # No zero: numbers do not begin with one, and amounts would lose it at their end.
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
    """Of a day: a year that says nothing stays so; a month and a day hold in either order."""
    if len(digits) < len("1992"):
        return f"{draw.randint(1, 12 if len(digits) > 1 else 9):0{len(digits)}}"
    return str(draw.randint(*_YEARS)) if digits.strip("0") else digits
