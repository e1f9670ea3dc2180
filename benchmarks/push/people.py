"""People on a list, some of whom move into or out of one town between two days."""

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

HERE, ELSEWHERE = "Aarhus", "Ribe"


@dataclass(frozen=True)
class Scenario:
    """Numbers of people on the list, and of those who enter and leave the segment of one town."""

    people: int = 50_000
    entering: int = 10_000
    leaving: int = 2_000

    @property
    def moving(self) -> int:
        """Number of people who enter or leave; they come first on the list."""
        return self.entering + self.leaving

    def town(self, number: int, *, later: bool) -> str:
        """Town of a person; people who leave come first, then people who enter."""
        if number < self.leaving:
            return ELSEWHERE if later else HERE
        return HERE if later and number < self.moving else ELSEWHERE


@dataclass(frozen=True)
class Person:
    """One person on the list, with the vendor's key."""

    key: str
    email: str


def mailchimp(scenario: Scenario) -> Sequence[Person]:
    """Members whose key is the hash of their address."""
    emails = [_email(number) for number in range(scenario.people)]
    hashed = (hashlib.md5(each.encode(), usedforsecurity=False).hexdigest() for each in emails)
    return [Person(key, email) for key, email in zip(hashed, emails, strict=True)]


def heyloyalty(scenario: Scenario) -> Sequence[Person]:
    """Members whose key is drawn by the vendor."""
    return [
        Person(str(uuid.uuid5(uuid.NAMESPACE_OID, str(number))), _email(number))
        for number in range(scenario.people)
    ]


def numbered(scenario: Scenario) -> Sequence[Person]:
    """Customers and contacts who are numbered."""
    return [Person(str(number + 1), _email(number)) for number in range(scenario.people)]


def hashed(scenario: Scenario) -> Sequence[Person]:
    """People whom a platform knows by the SHA-256 of their address."""
    emails = [_email(number) for number in range(scenario.people)]
    return [Person(hashlib.sha256(each.encode()).hexdigest(), each) for each in emails]


def _email(number: int) -> str:
    return f"person{number}@mail.example"
