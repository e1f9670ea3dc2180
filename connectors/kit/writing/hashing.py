"""People as ad platforms know them: addresses in each platform's own form, hashed."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from core.contract import Identifier, Person

_GMAIL = frozenset({"gmail.com", "googlemail.com"})


@dataclass(frozen=True)
class HashRules:
    """The rules by which a platform normalizes addresses before it hashes them (SHA-256, hex)."""

    email: str
    """The platform's name of an email address."""
    phone: str
    """The platform's name of a phone number."""
    plain_email: Callable[[str], str]
    """An address in the platform's form, "" for one that it refuses."""
    plain_phone: Callable[[str], str]
    """A number in E.164 in the platform's form, "" for one that it refuses."""


def identifiers(person: Person, rules: HashRules) -> Sequence[Identifier]:
    """Identify a person by each address and each number of theirs, hashed; without repeats."""
    emails = {sha256_of(plain): rules.email for each in person.emails
              if (plain := rules.plain_email(each))}  # fmt: skip
    phones = {sha256_of(plain): rules.phone for each in person.phones
              if (plain := rules.plain_phone(each))}  # fmt: skip
    return [{name: hashed} for hashed, name in (emails | phones).items()]


def sha256_of(plain: str) -> str:
    """Return the SHA-256 of a text, as lower-case hexadecimal digits."""
    return sha256(plain.encode()).hexdigest()


def _lowered(address: str) -> str:
    local, _, domain = address.strip().lower().partition("@")
    # As Meta's own package tells an address from anything else: letters on both sides of a dot.
    return f"{local}@{domain}" if local and re.fullmatch(r"[^.@]+(\.[^.@]+)+", domain) else ""


def _without_dots(address: str) -> str:
    local, _, domain = re.sub(r"\s", "", address.lower()).partition("@")
    if domain in _GMAIL:
        local = local.partition("+")[0].replace(".", "")
    return f"{local}@{domain}" if local and domain else ""


def _digits(number: str) -> str:
    digits = re.sub(r"\D", "", number)
    return digits.lstrip("0") if number.strip() else ""


def _with_plus(number: str) -> str:
    digits = _digits(number)
    return f"+{digits}" if digits else ""


META = HashRules("EMAIL", "PHONE", _lowered, _digits)
"""https://developers.facebook.com/docs/marketing-api/audiences/guides/custom-audiences#hash"""
GOOGLE = HashRules("email", "phone", _without_dots, _with_plus)
"""https://developers.google.com/data-manager/api/devguides/concepts/formatting"""
