"""A list of people, and the two days on which different ones of them live in one town."""

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

HERE, ELSEWHERE = "Aarhus", "Ribe"


@dataclass(frozen=True)
class Crowd:
    """How many are on the list, and how many enter and leave the segment of one town."""

    people: int = 50_000
    entering: int = 10_000
    leaving: int = 2_000

    @property
    def moving(self) -> int:
        """How many enter or leave: the first ones."""
        return self.entering + self.leaving

    def town(self, number: int, *, later: bool) -> str:
        """Where a person lives: those who leave come first, then those who enter."""
        if number < self.leaving:
            return ELSEWHERE if later else HERE
        return HERE if later and number < self.moving else ELSEWHERE


@dataclass(frozen=True)
class Somebody:
    """One person on the list, as the vendor knows them."""

    key: str
    email: str


def mailchimp(crowd: Crowd) -> Sequence[Somebody]:
    """Members whose key is the hash of their address."""
    emails = [_email(number) for number in range(crowd.people)]
    hashed = (hashlib.md5(each.encode(), usedforsecurity=False).hexdigest() for each in emails)
    return [Somebody(key, email) for key, email in zip(hashed, emails, strict=True)]


def heyloyalty(crowd: Crowd) -> Sequence[Somebody]:
    """Members whose key is drawn by the vendor."""
    return [
        Somebody(str(uuid.uuid5(uuid.NAMESPACE_OID, str(number))), _email(number))
        for number in range(crowd.people)
    ]


def woocommerce(crowd: Crowd) -> Sequence[Somebody]:
    """Customers, who are numbered."""
    return [Somebody(str(number + 1), _email(number)) for number in range(crowd.people)]


def _email(number: int) -> str:
    return f"person{number}@mail.example"
