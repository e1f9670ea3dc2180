"""A holdout is drawn once for a person, by whom was known first, and is as large as it says."""

import random

import pytest
import sqlalchemy as sa

from core.hub_key import HubKey
from core.records import Contact, Deleted, Record
from core.store.database import Database
from core.store.people.reassign import split
from core.store.shop import Shop
from core.store.tables import CONTACTS, PROFILES
from tests.budget import named, seeds
from tests.core.segments.cases import ZONE
from tests.laws.audience.ladders import MILLION, drawn_number, first_known, give_key
from tests.laws.random_shops import SAVED_AT, later_pages, random_shop, save_page


def numbers(transaction: sa.Connection) -> dict[int, int]:
    return dict(map(tuple, transaction.execute(sa.select(PROFILES.c.id, PROFILES.c.holdout))))


@pytest.mark.parametrize("seed", seeds(1, start=8_000_000), ids=named)
def test_a_persons_number_is_that_of_the_first_known_contact(database: Database, seed: int) -> None:
    draw = random.Random(seed)
    drawn = random_shop(seed, people=6)
    pages: list[tuple[str, list[Record]]] = [
        *((connection, list(page)) for connection, page in drawn.pages),
        *later_pages(drawn, seed, people=6),
    ]
    draw.shuffle(pages)
    with database.transaction() as transaction:
        give_key(transaction)
        for connection, page in pages:
            save_page(transaction, drawn.shop, connection, _some(draw, page))
            if draw.random() < 0.5:
                contacts = transaction.execute(sa.select(CONTACTS.c.id)).scalars().all()
                split(transaction, drawn.shop, draw.choice(contacts), SAVED_AT)
            # Whoever else came or went or turned out to be the same, in whatever order.
            first = first_known(transaction)
            assert numbers(transaction) == {who: drawn_number(*first[who]) for who in first}


def _some(draw: random.Random, page: list[Record]) -> list[Record]:
    """People and a part of the rest in any order, and now and then somebody who is gone."""
    contacts = [each for each in page if isinstance(each, Contact)]
    gone = [Deleted(noun="Contact", id=each.id) for each in contacts if draw.random() < 0.1]
    rest = [each for each in page if not isinstance(each, Contact) and draw.random() < 0.2]
    draw.shuffle(rest)
    return [*draw.sample(contacts, len(contacts)), *rest, *gone]


def test_a_holdout_is_the_share_that_it_says(sqlite_url: str) -> None:
    people = 500
    shop = Shop(zone=ZONE, currency="DKK")
    database = Database(sqlite_url).with_key(HubKey(bytes(32)))
    with database.transaction() as transaction:
        give_key(transaction)
        save_page(transaction, shop, "shop", [Contact(id=str(number)) for number in range(people)])
        drawn = numbers(transaction).values()
    database.close()
    assert len(drawn) == people
    assert all(0 <= number < MILLION for number in drawn)
    for percent in (10, 25, 50, 90):
        held = sum(number < percent * MILLION // 100 for number in drawn)
        # The key is fixed, so that this is so every time; a fair draw is seldom 5 % off.
        assert abs(held / people - percent / 100) < 0.05
