"""Laws that hold of any rules at all, whatever they mean."""

import random
from typing import Any

import pytest
import sqlalchemy as sa

from core.segments.compile.sql.context import EvaluationContext
from core.segments.evaluate.evaluation import evaluate
from core.segments.validate import segments_of
from core.store.database import Database
from core.store.tables import STAYS
from tests.laws.budget import named, seeds
from tests.laws.judging import hub_verdicts, kept_verdicts, segments
from tests.laws.rules import KNOWN, drawn_rule, drawn_segments
from tests.laws.worlds import TAKEN, drawn_shop, saved

Tables = dict[str, dict[str, Any]]
SEEDS = seeds(1, start=3_000_000)


class Judged:
    """One random shop, some random rules, and what came of them."""

    def __init__(self, transaction: sa.Connection, seed: int) -> None:
        drawn = drawn_shop(seed, people=6)
        self.transaction = transaction
        self.world: EvaluationContext = drawn.world(saved(transaction, drawn))
        self.tables: Tables = drawn_segments(seed, drawn.calendar.day, 14)
        draw = random.Random(seed)
        self.trees = [drawn_rule(draw, drawn.calendar.day, 3) for _ in range(5)]
        self.verdicts = hub_verdicts(transaction, self.world, self.tables)

    def of(self, tables: Tables) -> dict[str, dict[int, bool | None]]:
        return hub_verdicts(self.transaction, self.world, tables)


@pytest.mark.parametrize("seed", SEEDS, ids=named)
def test_any_rules_keep_the_laws_of_logic(database: Database, seed: int) -> None:
    with database.transaction() as transaction:
        judged = Judged(transaction, seed)
        say_nothing_twice(judged)
        two_negations_are_none(judged)
        groups_are_kleene(judged)
        order_does_not_matter(judged)
        company_does_not_matter(judged)
        evaluating_twice_changes_nothing(judged)


def say_nothing_twice(judged: Judged) -> None:
    """Member, not and unknown share the population out; `kept_verdicts` refuses two at once."""
    people = set(judged.transaction.scalars(sa.text("SELECT id FROM profile")))
    assert people
    assert all(set(truths) == people for truths in judged.verdicts.values())


def two_negations_are_none(judged: Judged) -> None:
    found = judged.of(
        {
            **{f"plain{number}": tree for number, tree in enumerate(judged.trees)},
            **{f"not{number}": {"not": tree} for number, tree in enumerate(judged.trees)},
            **{
                f"again{number}": {"not": {"not": tree}} for number, tree in enumerate(judged.trees)
            },
        }
    )
    for number in range(len(judged.trees)):
        plain = found[f"plain{number}"]
        assert found[f"again{number}"] == plain
        assert found[f"not{number}"] == {
            person: None if truth is None else not truth for person, truth in plain.items()
        }


def groups_are_kleene(judged: Judged) -> None:
    one, other, third = judged.trees[:3]
    found = judged.of(
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


def order_does_not_matter(judged: Judged) -> None:
    turned = {name: backwards(judged.tables[name]) for name in reversed(judged.tables)}
    assert judged.of(turned) == judged.verdicts


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


def company_does_not_matter(judged: Judged) -> None:
    """A segment alone is what it is among others."""
    independent = [name for name in judged.tables if "segment" not in repr(judged.tables[name])]
    for name in independent[:3]:
        assert judged.of({name: judged.tables[name]})[name] == judged.verdicts[name]
    assert judged.of(judged.tables) == judged.verdicts


def evaluating_twice_changes_nothing(judged: Judged) -> None:
    everything = sa.select(STAYS).order_by(STAYS.c.segment_id, STAYS.c.profile_id, STAYS.c.id)
    before = judged.transaction.execute(everything).all()
    again = evaluate(judged.transaction, judged.world, segments(judged.tables), TAKEN)
    assert judged.transaction.execute(everything).all() == before
    assert not any(again.entered.values())
    assert not any(again.left.values())
    assert kept_verdicts(judged.transaction) == judged.verdicts


ANYBODY: dict[str, Any] = {"orders": "count", "at_least": 1}


@pytest.mark.parametrize(
    ("tables", "way"),
    [
        ({"a": {"segment": "a"}}, "a -> a"),
        ({"a": {"segment": "b"}, "b": {"not": {"segment": "a"}}}, "a -> b -> a"),
        (
            {
                "a": {"all": [ANYBODY, {"segment": "b"}]},
                "b": {"any": [{"segment": "c"}, ANYBODY]},
                "c": {"segment": "a"},
            },
            "a -> b -> c -> a",
        ),
    ],
)
def test_segments_that_ask_for_each_other_in_a_circle_are_refused(tables: Tables, way: str) -> None:
    _, wrong = segments_of(tables, KNOWN)
    assert any(way in str(each) for each in wrong)


def test_a_segment_may_ask_for_one_that_is_written_later(database: Database) -> None:
    drawn = drawn_shop(4, people=5)
    with database.transaction() as transaction:
        world = drawn.world(saved(transaction, drawn))
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
    drawn = drawn_shop(5, people=5)
    nobody = {"field": "email", "known": True}
    with database.transaction() as transaction:
        world = drawn.world(saved(transaction, drawn))
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
