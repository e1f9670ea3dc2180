"""People as ad platforms know them, held against published and computed vectors."""

import pytest

from connectors.kit import GOOGLE, META, HashRules, Person, identifiers
from connectors.kit.writing.hashing import sha256_of

ANN = "509e933019bb285a134a9334b8bb679dff79d0ce023d529af4bd744d47b4fd8a"
"""SHA-256 of alexz@example.com, as Google publishes it."""


def known_as(rules: HashRules, *, email: str = "", phone: str = "") -> list[str]:
    """The hashes of a person with one address or one number."""
    person = Person(emails=(email,) if email else (), phones=(phone,) if phone else ())
    return [value for each in identifiers(person, rules) for value in each.values()]


@pytest.mark.parametrize(
    ("rules", "email", "plain"),
    [
        (META, " AlexZ@Example.com ", "alexz@example.com"),
        (META, "Jo.Doe+news@gmail.com", "jo.doe+news@gmail.com"),
        (GOOGLE, "Jo.Doe+news@gmail.com", "jodoe@gmail.com"),
        (GOOGLE, "Jo.Doe@googlemail.com", "jodoe@googlemail.com"),
        (GOOGLE, "jo.doe+news@example.com", "jo.doe+news@example.com"),
        (GOOGLE, " jo doe @example.com", "jodoe@example.com"),
    ],
)
def test_an_address_is_hashed_in_the_form_of_the_platform(
    rules: HashRules, email: str, plain: str
) -> None:
    assert known_as(rules, email=email) == [sha256_of(plain)]


def test_a_hash_is_the_published_one() -> None:
    assert known_as(META, email="AlexZ@example.com") == [ANN]
    assert known_as(GOOGLE, email="AlexZ@example.com") == [ANN]


@pytest.mark.parametrize(
    ("rules", "plain"), [(META, "4512345678"), (GOOGLE, "+4512345678")], ids=["meta", "google"]
)
def test_a_number_is_hashed_with_its_country(rules: HashRules, plain: str) -> None:
    assert known_as(rules, phone="+45 12 34-56 78") == [sha256_of(plain)]


@pytest.mark.parametrize("rules", [META, GOOGLE], ids=["meta", "google"])
@pytest.mark.parametrize("email", ["", " ", "quinn", "@example.com"])
def test_what_is_no_address_is_nobody(rules: HashRules, email: str) -> None:
    assert known_as(rules, email=email) == []


def test_a_person_is_known_by_each_address_once() -> None:
    person = Person(emails=("a@b.dk", "A@b.dk", "c@d.dk"), phones=("+4512345678",))
    assert [*map(list, identifiers(person, META))] == [["EMAIL"], ["EMAIL"], ["PHONE"]]
