"""Keys: normalized from what people type, never by a database; and the ids of records."""

import unicodedata
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cache, lru_cache
from hashlib import blake2b
from typing import Any, NamedTuple

import orjson
import phonenumbers
from babel.core import Locale, get_global
from pydantic import BaseModel

from core.records import Record

SEPARATOR = "\x1f"
"""Between the parts of a composed key; no text that people type contains it."""
_IN_A_ROW = "1234567890" * 2
LANGUAGES = ("en", "da", "nb", "sv")
"""Languages in which names of countries are understood."""


class Identified(NamedTuple):
    """An identifier of a contact."""

    kind: str
    value: str
    """Normalized."""
    names: str = ""
    """Of a phone: the names that stand beside it, as `Identifier.names`."""
    main: bool = True
    """Of addresses: whether it is the one that is written to."""


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
def phone_key(phone: str, *countries: str | None) -> str | None:
    """A phone number in E.164, read as one of the first known country; None if it is none."""
    codes = (country_code(text) for text in countries if text)
    country = next((code for code in codes if code), None)
    try:
        number = phonenumbers.parse(phone, country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


@lru_cache(maxsize=65536)
def is_placeholder(phone: str) -> bool:
    """Whether a number in E.164 only fills a form: one digit repeated, or digits in a row."""
    national = str(phonenumbers.parse(phone).national_number)
    return len(set(national)) == 1 or national in _IN_A_ROW or national in _IN_A_ROW[::-1]


@lru_cache(maxsize=4096)
def country_code(text: str) -> str | None:
    """The two-letter code of a country, by a code or a name in any case; None if it is none."""
    code = text.strip().upper()
    if code in phonenumbers.SUPPORTED_REGIONS:
        return code
    return _countries().get(fold(text))


def country_key(text: str) -> str:
    """A country's two-letter code; a text that names no country only becomes upper-case."""
    return country_code(text) or text.upper()


@cache
def _countries() -> Mapping[str, str]:
    """Folded name, or three-letter or former code, -> two letters."""
    aliases = get_global("territory_aliases").items()
    codes = {fold(alias): found[0] for alias, found in aliases if len(found) == 1}
    for language in LANGUAGES:
        codes |= {fold(name): code for code, name in Locale(language).territories.items()}
    return {name: code for name, code in codes.items() if code in phonenumbers.SUPPORTED_REGIONS}


def loyalty_key(number: str) -> str:
    """A loyalty number without the spaces and dashes that cards print."""
    return "".join(letter for letter in fold(number) if letter.isalnum())


def postcode_key(postcode: str) -> str:
    """A postcode without spaces and dashes."""
    return "".join(letter for letter in fold(postcode) if letter.isalnum())


def external_id(record: Record) -> str:
    """The id within connection and noun: as given, else made of the fields that name it."""
    given = getattr(record, "id", None)
    if given is not None:
        return str(given)
    return SEPARATOR.join(_text(getattr(record, name)) for name in record.named_by)


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else value or ""


def row_name(record: Record) -> str:
    """A name by which a person finds the record, without an address in it."""
    given = getattr(record, "id", None)
    if given is not None and "@" not in str(given):
        return str(given)
    return f"{type(record).__name__} {content_hash(record)}"


def content_hash(record: Record) -> str:
    """A short hash of the fields that are set; equal for equal statements."""
    given = record.model_fields_set
    stated = {name: value for name, value in record.__dict__.items() if name in given}
    return blake2b(orjson.dumps(stated, default=_plain), digest_size=12).hexdigest()


def _plain(value: Any) -> Any:
    if value.__class__ is Decimal:
        return str(value)
    # A part of a record is replaced as a whole: not set there is the same as empty.
    return value.__dict__ if isinstance(value, BaseModel) else str(value)
