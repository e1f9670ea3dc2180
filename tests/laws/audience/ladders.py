"""Random ladders and holdouts over random segments, and a reference for the people that are pushed.

It shares no code with the push: whose tag it is follows from the tables of the config, from who
is a member, and from each person's number between 0 and a million.
"""

import hmac
import random
from collections.abc import Collection, Mapping
from datetime import date
from fractions import Fraction
from hashlib import sha256
from typing import Any

import sqlalchemy as sa

from core.store.tables import CONTACTS
from tests.laws.random_rules import random_segments

Table = Mapping[str, Any]
MILLION = 1_000_000
SHARES = ("0%", "10%", "12.5%", "33.3%", "50%", "90%", "100%")
KEY = "5e" * 32
"""The salt of a store whose draws are known beforehand."""


def laddered(seed: int, day: date, number: int) -> dict[str, dict[str, Any]]:
    """Random segments, most of them on a ladder of two to four, some with a holdout.

    The first ladder has three steps, which all exclude each other.
    """
    draw = random.Random(seed)
    tables: dict[str, dict[str, Any]] = {
        name: dict(table) for name, table in random_segments(seed, day, number).items()
    }
    names = list(tables)
    draw.shuffle(names)
    while names:
        length = 3 if len(names) == number else draw.choice((1, 2, 3, 3, 4))
        steps = [names.pop() for _ in range(min(len(names), length))]
        # Whoever writes a config names the others from one side, and perhaps not every one.
        complete = len(names) + length == number or draw.random() < 0.6
        for place, name in enumerate(steps):
            others = steps[:place] if complete else draw.sample(steps[:place], min(place, 1))
            if others:
                tables[name]["exclusive_with"] = others
            if draw.random() < 0.7:
                tables[name]["priority"] = draw.choice((1, 2, 2, 3))
    for name in draw.sample(list(tables), len(tables) // 2):
        tables[name]["holdout"] = draw.choice(SHARES)
    return tables


def excluded(tables: Mapping[str, Table], name: str) -> set[str]:
    """The other segments of a ladder, whichever of the two names the other."""
    named = set(tables[name].get("exclusive_with", ()))
    return named | {other for other in tables if name in tables[other].get("exclusive_with", ())}


def place(tables: Mapping[str, Table], name: str) -> tuple[bool, int, int]:
    """Order of a ladder: by priority, the lowest first, else as it is written."""
    priority = tables[name].get("priority")
    return priority is None, priority or 0, list(tables).index(name)


def complete_ladders(tables: Mapping[str, Table]) -> list[list[str]]:
    """The ladders whose steps all exclude each other, each from its first step to its last."""
    ladders = {frozenset({name, *excluded(tables, name)}) for name in tables}
    return [
        sorted(ladder, key=lambda name: place(tables, name))
        for ladder in ladders
        if all({name, *excluded(tables, name)} == ladder for name in ladder)
    ]


def is_held_out(tables: Mapping[str, Table], name: str, number: int) -> bool:
    """Whether somebody with this number is in the part that is never pushed."""
    share = Fraction(tables[name].get("holdout", "0%").removesuffix("%")) / 100
    return Fraction(number, MILLION) < share


def pushed(
    tables: Mapping[str, Table], members: Mapping[str, Collection[int]], numbers: Mapping[int, int]
) -> dict[str, set[int]]:
    """Segment -> persons who are pushed under it: the first of their ladder, and not held out."""
    return {
        name: {
            person
            for person in members[name]
            if not any(
                person in members[other] and place(tables, other) < place(tables, name)
                for other in excluded(tables, name)
            )
            and not is_held_out(tables, name, numbers[person])
        }
        for name in tables
    }


def drawn_number(connection: str, contact: str) -> int:
    """The number that the keyed hash of a contact gives: the same in every store with the key."""
    message = f"holdout\x1f{connection}\x1f{contact}".encode()
    return int(hmac.new(bytes.fromhex(KEY), message, sha256).hexdigest(), 16) % MILLION


def give_key(transaction: sa.Connection) -> None:
    """Let a store draw with the known key; before anything is taken in."""
    statement = sa.text("INSERT INTO setting (name, value) VALUES ('holdout salt', :key)")
    transaction.execute(statement, {"key": KEY})


def first_known(transaction: sa.Connection) -> dict[int, tuple[str, str]]:
    """Person -> connection and id of the contact who was known first."""
    rows = transaction.execute(
        sa.select(CONTACTS.c.profile_id, sa.text("connection.name"), CONTACTS.c.external_id)
        .join(sa.text("connection"), sa.text("connection.id = contact.connection_id"))
        .order_by(CONTACTS.c.id.desc())
    )
    return {person: (connection, contact) for person, connection, contact in rows}
