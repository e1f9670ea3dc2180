"""Words for gender, channel, kind, yes and no in four languages."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from core.records import Child, Consent, Contact, Message, Order

AT = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("word", "gender"),
    [
        ("K", "female"),
        ("kvinna", "female"),
        ("Mand", "male"),
        (" MANN ", "male"),
        ("annan", "other"),
    ],
)
def test_a_gender_is_understood(word: str, gender: str) -> None:
    assert Contact.model_validate({"id": "1", "gender": word}).gender == gender


def test_a_gender_that_is_not_understood_is_emptied() -> None:
    contact = Contact.model_validate({"id": "1", "gender": "Hr."})
    assert (contact.gender, contact.emptied) == (None, ("gender",))


@pytest.mark.parametrize(
    ("word", "channel"), [("Butik", "pos"), ("Nettbutikk", "web"), ("KASSA", "pos")]
)
def test_a_channel_is_understood(word: str, channel: str) -> None:
    stated = {"id": "1", "placed_at": AT, "total": Decimal(1), "channel": word}
    assert Order.model_validate(stated).channel == channel


@pytest.mark.parametrize(
    ("word", "means"),
    [("Ja", True), ("nej", False), ("NEI", False), ("sann", True), (True, True), (0, False)],
)
def test_yes_and_no_are_understood(word: object, means: bool) -> None:
    consent = {"contact": "1", "channel": "email", "granted": word, "at": AT}
    assert Consent.model_validate(consent).granted is means
    assert Child.model_validate({"id": "1", "contact": "1", "none": word}).none is means


@pytest.mark.parametrize(("word", "kind"), [("Kampagne", "campaign"), ("Nyhetsbrev", "campaign")])
def test_the_kind_of_a_message_is_understood(word: str, kind: str) -> None:
    assert Message.model_validate({"id": "1", "kind": word}).kind == kind
