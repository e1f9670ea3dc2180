"""People are pushed under the first segment of a ladder, and nobody who is held out."""

import itertools
import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from core.audience.binding import CARRIED, SEGMENT_NAMES, Binding, Bindings
from core.audience.brake.restrictions import DiffCounts, Restrictions
from core.audience.diff import planned_changes
from core.audience.ledger import known_connection_id
from core.audience.scope import PlanContext, scope_of
from core.audience.spool import Spool
from core.config.bindings import BindableSegments
from core.contract import Target
from core.segments.evaluate import evaluate
from core.store.bulk import table_of
from core.store.database import Database
from core.store.tables import CONTACTS, PROFILES
from core.store.tables.ledger import Ledger, LedgerTarget
from tests.budget import named, seeds
from tests.core.audience.seeded_shop import NOW, Tool
from tests.laws.audience.ladders import complete_ladders, is_held_out, laddered, pushed
from tests.laws.random_shops import SAVED_AT, random_shop, save_shop
from tests.laws.verdicts import Table, hub_verdicts, segments

SEGMENTS_OF_A_SHOP = 9


@dataclass
class Pushing:
    """A random shop whose people are pushed to its newsletter tool."""

    transaction: sa.Connection
    tables: Mapping[str, Table]
    members: Mapping[str, set[int]] = field(default_factory=dict)
    numbers: Mapping[int, int] = field(default_factory=dict)
    """Person -> the number that a holdout is drawn by."""
    keys: Mapping[str, int] = field(default_factory=dict)
    """Key of everybody who may be written to -> person."""

    def wanted(self) -> dict[str, set[str]]:
        """Segment -> keys that must be pushed under it."""
        persons = pushed(self.tables, self.members, self.numbers)
        return {
            name: {key for key, person in self.keys.items() if person in persons[name]}
            for name in self.tables
        }

    def carriers(self, *names: str, at_first: frozenset[str] = frozenset()) -> set[str]:
        """Carriers of a tag of some segments in the end, where some carried it at first."""
        target = Target("tag", " ".join(names))
        number = self._ledger(target, at_first) if at_first else 0
        carrying = set(at_first)
        for move in self._moves(Binding(target, names, requires="none"), number):
            assert move.action in {"enter", "leave"}
            (carrying.add if move.action == "enter" else carrying.remove)(move.key)
        return carrying

    def listed(self) -> dict[str, str | None]:
        """Values of a field that names the segments of people, by key."""
        target = Target("field", "SEGMENTS")
        binding = Binding(target, tuple(self.tables), SEGMENT_NAMES, requires="none")
        return {move.key: move.value for move in self._moves(binding, 0)}

    def _moves(self, binding: Binding, target: int) -> Iterator[Any]:
        terms = BindableSegments.of(self.tables, segments(self.tables)).terms
        scope = scope_of(
            self.transaction,
            Tool(shop=True),
            Bindings("news", (binding,), terms=terms),
            PlanContext(NOW, ZoneInfo("UTC")),
        )
        return planned_changes(
            self.transaction, scope, 0, binding, target, Restrictions(), DiffCounts(), Spool()
        )

    def _ledger(self, target: Target, keys: frozenset[str]) -> int:
        targets, ledger = table_of(LedgerTarget), table_of(Ledger)
        connection = known_connection_id(self.transaction, "news")
        row = {"connection_id": connection, "kind": target.kind, "name": target.name}
        done = self.transaction.execute(sa.insert(targets).values(row)).inserted_primary_key
        assert done is not None
        rows = [
            Ledger(
                target_id=done[0], key=key, state="delivered", value=CARRIED,
                profile_id=self.keys[key], at=SAVED_AT,
            ).model_dump()
            for key in sorted(keys)
        ]  # fmt: skip
        self.transaction.execute(sa.insert(ledger), rows)
        return int(done[0])


@contextmanager
def pushing(database: Database, seed: int) -> Iterator[Pushing]:
    """A random shop with random ladders, evaluated."""
    drawn = random_shop(seed, people=8)
    with database.transaction() as transaction:
        numbers = save_shop(transaction, drawn)
        tables = laddered(seed, drawn.calendar.day, SEGMENTS_OF_A_SHOP)
        # Some were in a segment before and are no more.
        earlier = drawn.calendar.as_of - timedelta(days=200)
        evaluate(transaction, drawn.world(numbers, earlier), segments(tables), SAVED_AT)
        world = drawn.world(numbers)
        verdicts = hub_verdicts(transaction, world, tables)
        people = transaction.execute(sa.select(PROFILES.c.id, PROFILES.c.holdout))
        contacts = transaction.execute(
            sa.select(CONTACTS.c.external_id, CONTACTS.c.profile_id).where(
                CONTACTS.c.connection_id == world.connections["news"],
                ~CONTACTS.c.bare,
                CONTACTS.c.merged_into.is_(None),
            )
        )
        yield Pushing(
            transaction,
            tables,
            {name: {who for who in truths if truths[who]} for name, truths in verdicts.items()},
            {row.id: row.holdout for row in people},
            {row.external_id: row.profile_id for row in contacts},
        )


@pytest.mark.parametrize("seed", seeds(1, start=7_000_000), ids=named)
def test_a_push_sends_exactly_the_expected_people(database: Database, seed: int) -> None:
    with pushing(database, seed) as shop:
        wanted = shop.wanted()
        assert {name: shop.carriers(name) for name in shop.tables} == wanted
        everybody_is_on_one_step_of_a_ladder(shop, wanted)
        nobody_held_out_is_sent(shop, wanted)
        a_field_names_the_same_segments(shop, wanted)
        earlier_deliveries_end_the_same(shop, wanted, random.Random(seed))
        held_out_people_stay_so_as_the_share_grows(shop, wanted)


def everybody_is_on_one_step_of_a_ladder(shop: Pushing, wanted: Mapping[str, set[str]]) -> None:
    """Of a ladder whose steps all exclude each other: the first that holds, and no other."""
    every = complete_ladders(shop.tables)
    assert any(len(ladder) >= 3 for ladder in every)
    for ladder in every:
        for key, person in shop.keys.items():
            holding = [name for name in ladder if person in shop.members[name]]
            pushed_under = {name for name in ladder if key in wanted[name]}
            first = holding[:1]
            if first and is_held_out(shop.tables, first[0], shop.numbers[person]):
                first = []
            assert pushed_under == set(first)


def nobody_held_out_is_sent(shop: Pushing, wanted: Mapping[str, set[str]]) -> None:
    for name, keys in wanted.items():
        assert not any(is_held_out(shop.tables, name, shop.numbers[shop.keys[key]]) for key in keys)
        if shop.tables[name].get("holdout") == "100%":
            assert keys == set()


def a_field_names_the_same_segments(shop: Pushing, wanted: Mapping[str, set[str]]) -> None:
    names = {key: sorted(name for name in wanted if key in wanted[name]) for key in shop.keys}
    joined = Tool.separator.join
    assert shop.listed() == {key: joined(each) for key, each in names.items() if each}


def earlier_deliveries_end_the_same(
    shop: Pushing, wanted: Mapping[str, set[str]], draw: random.Random
) -> None:
    for name in draw.sample(list(wanted), 3):
        some = frozenset(draw.sample(sorted(shop.keys), len(shop.keys) // 2))
        assert shop.carriers(name, at_first=some) == wanted[name]
    # A tag of several segments is carried by whoever is pushed under one of them.
    one, other = draw.sample(list(wanted), 2)
    some = frozenset(draw.sample(sorted(shop.keys), len(shop.keys) // 2))
    assert shop.carriers(one, other, at_first=some) == wanted[one] | wanted[other]


def held_out_people_stay_so_as_the_share_grows(
    shop: Pushing, wanted: Mapping[str, set[str]]
) -> None:
    name = max(wanted, key=lambda each: len(shop.members[each]))
    tables, sent = shop.tables, []
    for share in ("0%", "10%", "20%", "50%", "100%"):
        shop.tables = {**tables, name: {**tables[name], "holdout": share}}
        sent.append(shop.carriers(name))
        assert sent[-1] == shop.wanted()[name]
    shop.tables = tables
    assert all(more <= less for less, more in itertools.pairwise(sent))
    assert sent[-1] == set()
