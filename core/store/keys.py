"""Normalization of keys that people type; never left to a database."""

import unicodedata
from functools import lru_cache

import phonenumbers

SEPARATOR = "\x1f"
"""Between the parts of a composed key; no text that people type contains it."""


@lru_cache(maxsize=65536)
def fold(text: str) -> str:
    """A text as rules compare it: composed, case-folded, single spaces; accents stay."""
    composed = unicodedata.normalize("NFC", text).casefold()
    return " ".join(unicodedata.normalize("NFC", composed).split())


@lru_cache(maxsize=65536)
def code_key(code: str) -> str | None:
    """A code as `fold` writes it; None for an ASCII code that only needs lower case.

    Most codes are plain, and are then not stored twice.
    """
    folded = fold(code)
    return None if code.isascii() and folded == code.lower() else folded


def email_key(email: str) -> str:
    """An address as it joins people: composed and case-folded; accents and plus-tags stay."""
    return fold(email).replace(" ", "")


@lru_cache(maxsize=65536)
def phone_key(phone: str, country: str | None) -> str | None:
    """A phone number in E.164, read as one of `country` (two letters); None if it is none."""
    try:
        number = phonenumbers.parse(phone, country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def is_country(text: str) -> bool:
    """Whether a text is the two-letter code of a country."""
    return text.upper() in phonenumbers.SUPPORTED_REGIONS


def loyalty_key(number: str) -> str:
    """A loyalty number without the spaces and dashes that cards print."""
    return "".join(letter for letter in fold(number) if letter.isalnum())


def postcode_key(postcode: str) -> str:
    """A postcode without spaces and dashes."""
    return "".join(letter for letter in fold(postcode) if letter.isalnum())
