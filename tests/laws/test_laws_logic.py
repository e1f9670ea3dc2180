"""Laws that hold of any rules at all, whatever they mean."""

import random
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from core.segments.compile.sql.context import EvaluationContext
from core.segments.evaluate import evaluate
from core.store.database import Database
from core.store.tables import STAYS
from tests.budget import named, seeds
from tests.laws.random_rules import random_rule, random_segments
from tests.laws.random_shops import SAVED_AT, random_shop, rolled_back, save_shop
from tests.laws.verdicts import hub_verdicts, segments, stored_verdicts

Tables = dict[str, dict[str, Any]]
SEEDS = seeds(1, start=3_000_000)


class EvaluatedShop:
    """One random shop, some random rules, and what came of them."""

    def __init__(self, transaction: sa.Connection, seed: int) -> None:
        drawn = random_shop(seed, people=6)
        self.transaction = transaction
        self.world: EvaluationContext = drawn.world(save_shop(transaction, drawn))
        self.tables: Tables = random_segments(seed, drawn.calendar.day, 14)
        draw = random.Random(seed)
        self.trees = [random_rule(draw, drawn.calendar.day, 3) for _ in range(5)]
        self.verdicts = hub_verdicts(transaction, self.world, self.tables)

    def of(self, tables: Tables) -> dict[str, dict[int, bool | None]]:
        return hub_verdicts(self.transaction, self.world, tables)


@pytest.mark.parametrize("seed", SEEDS, ids=named)
def test_any_rules_keep_the_laws_of_logic(database: Database, seed: int) -> None:
    with database.transaction() as transaction:
        evaluated = EvaluatedShop(transaction, seed)
        every_person_has_one_verdict(evaluated)
        two_negations_are_none(evaluated)
        groups_are_kleene(evaluated)
        order_does_not_matter(evaluated)
        other_segments_do_not_matter(evaluated)
        evaluating_twice_changes_nothing(evaluated)


def every_person_has_one_verdict(evaluated: EvaluatedShop) -> None:
    """Member, not and unknown share the population out; `kept_verdicts` refuses two at once."""
    people = set(evaluated.transaction.scalars(sa.text("SELECT id FROM profile")))
    assert people
    assert all(set(truths) == people for truths in evaluated.verdicts.values())


def two_negations_are_none(evaluated: EvaluatedShop) -> None:
    found = evaluated.of(
        {
            **{f"plain{number}": tree for number, tree in enumerate(evaluated.trees)},
            **{f"not{number}": {"not": tree} for number, tree in enumerate(evaluated.trees)},
            **{
                f"again{number}": {"not": {"not": tree}}
                for number, tree in enumerate(evaluated.trees)
            },
        }
    )
    for number in range(len(evaluated.trees)):
        plain = found[f"plain{number}"]
        assert found[f"again{number}"] == plain
        assert found[f"not{number}"] == {
            person: None if truth is None else not truth for person, truth in plain.items()
        }


def groups_are_kleene(evaluated: EvaluatedShop) -> None:
    one, other, third = evaluated.trees[:3]
    found = evaluated.of(
        {
            "one": one,
            "other": other,
            "third": third,
            "all": {"all": [one, other, third]},
            "any": {"any": [one, other, third]},
            "by the other": {"not": {"any": [{"not": one}, {"not": other}, {"not": third}]}},
        }
    )
    for person in found["one"]:
        truths = [found[name][person] for name in ("one", "other", "third")]
        every = False if False in truths else None if None in truths else True
        some = True if True in truths else None if None in truths else False
        assert found["all"][person] is every
        assert found["by the other"][person] is every
        assert found["any"][person] is some


def order_does_not_matter(evaluated: EvaluatedShop) -> None:
    turned = {name: backwards(evaluated.tables[name]) for name in reversed(evaluated.tables)}
    assert evaluated.of(turned) == evaluated.verdicts


def backwards(table: Any) -> Any:
    """A rule with the parts of its groups and its keys in the opposite order."""
    match table:
        case {"all": parts}:
            return {"all": [backwards(part) for part in reversed(parts)]}
        case {"any": parts}:
            return {"any": [backwards(part) for part in reversed(parts)]}
        case {"not": part}:
            return {"not": backwards(part)}
    return {key: table[key] for key in reversed(table)}


def other_segments_do_not_matter(evaluated: EvaluatedShop) -> None:
    """A segment alone is what it is among others."""
    independent = [
        name for name in evaluated.tables if "segment" not in repr(evaluated.tables[name])
    ]
    for name in independent[:3]:
        assert evaluated.of({name: evaluated.tables[name]})[name] == evaluated.verdicts[name]
    assert evaluated.of(evaluated.tables) == evaluated.verdicts


def evaluating_twice_changes_nothing(evaluated: EvaluatedShop) -> None:
    everything = sa.select(STAYS).order_by(STAYS.c.segment_id, STAYS.c.profile_id, STAYS.c.id)
    before = evaluated.transaction.execute(everything).all()
    again = evaluate(evaluated.transaction, evaluated.world, segments(evaluated.tables), SAVED_AT)
    assert evaluated.transaction.execute(everything).all() == before
    assert not any(again.entered.values())
    assert not any(again.left.values())
    assert stored_verdicts(evaluated.transaction) == evaluated.verdicts


ANYBODY: dict[str, Any] = {"orders": "count", "at_least": 1}


def test_a_segment_may_ask_for_one_that_is_written_later(database: Database) -> None:
    drawn = random_shop(4, people=5)
    with database.transaction() as transaction:
        world = drawn.world(save_shop(transaction, drawn))
        found = hub_verdicts(
            transaction,
            world,
            {
                "first": {"not": {"segment": "second"}},
                "second": {"all": [{"segment": "third"}, {"field": "email", "known": True}]},
                "third": ANYBODY,
                "spelt out": {"not": {"all": [ANYBODY, {"field": "email", "known": True}]}},
            },
        )
    assert found["first"] == found["spelt out"]


def test_segments_of_negations_alone_hold_everybody_else(database: Database) -> None:
    drawn = random_shop(5, people=5)
    nobody = {"field": "email", "known": True}
    with database.transaction() as transaction:
        world = drawn.world(save_shop(transaction, drawn))
        found = hub_verdicts(
            transaction,
            world,
            {
                "negative": {"not": nobody},
                "all of them": {"all": [{"not": nobody}, {"not": {"field": "phone", "known": 1}}]},
                "plain": {"field": "email", "known": False},
            },
        )
    assert found["negative"] == found["plain"]
    assert True in found["negative"].values()
    assert set(found["all of them"].values()) <= {True, False}


@pytest.mark.parametrize("seed", seeds(1, start=4_000_000), ids=named)
def test_back_and_forth_in_time_is_the_same_as_being_there(database: Database, seed: int) -> None:
    drawn = random_shop(seed, people=5)
    tables = random_segments(seed, drawn.calendar.day, 10)
    moments = [drawn.calendar.as_of + timedelta(days=days) for days in (0, 31, -45, 31, 1, 0)]
    with database.transaction() as transaction:
        numbers = save_shop(transaction, drawn)
        fresh = {}
        for moment in set(moments):
            with rolled_back(transaction):
                fresh[moment] = hub_verdicts(transaction, drawn.world(numbers, moment), tables)
        for moment in moments:
            assert hub_verdicts(transaction, drawn.world(numbers, moment), tables) == fresh[moment]
