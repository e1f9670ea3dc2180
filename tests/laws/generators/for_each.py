"""Random segments that are one per value: of a brand, a category, a store, a topic and others."""

import random
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from tests.laws.generators.measured_rules import children, items, messages, orders, visits
from tests.laws.random_rules import mistakes, random_rule

Table = dict[str, Any]
VALUE = "{value}"


def drawn_families(seed: int, day: date, number: int) -> dict[str, Table]:
    """So many families by name; `day` is where absolute dates lie."""
    draw = random.Random(seed)
    found: dict[str, Table] = {}
    while len(found) < number:
        each = draw.choice(list(_RULES))
        drawn = {"for_each": each, **_around(draw, day, each)}
        if not mistakes(drawn):
            found[f"family {len(found)}"] = drawn
    return found


def member(family: Mapping[str, Any], value: str) -> Table:
    """The rule of a family's member, written out."""

    def put(table: Any) -> Any:
        match table:
            case Mapping():
                return {key: put(each) for key, each in table.items() if key != "for_each"}
            case list():
                return [put(each) for each in table]
        return value if table == VALUE else table

    found: Table = put(family)
    return found


def _around(draw: random.Random, day: date, each: str) -> Table:
    """A rule that names the value, most often with other rules around it."""
    rule = _named(draw, day, each)
    match draw.randrange(6):
        case 0:
            return {"not": rule}
        case 1:
            return {"all": [rule, random_rule(draw, day, draw.choice((0, 2)))]}
        case 2:
            return {"any": [random_rule(draw, day), {"not": rule}]}
        case 3:
            return {"all": [rule, {"not": _named(draw, day, each)}]}
    return rule


def _named(draw: random.Random, day: date, each: str) -> Table:
    while True:
        rule = draw.choice(_RULES[each])(draw, day)
        if not mistakes({"for_each": each, **rule}):
            return rule


def _where(subject: Callable[[random.Random, date], Table], key: str) -> Callable[..., Table]:
    """Rules of a subject in which a key of `where` is the value."""

    def rule(draw: random.Random, day: date) -> Table:
        found = subject(draw, day)
        here = draw.choice((VALUE, VALUE, {"is": VALUE}, [VALUE], {"is_not": VALUE}))
        return {**found, "where": {**found.get("where", {}), key: here}}

    return rule


def _topics(draw: random.Random, _day: date) -> Table:
    compared = draw.choice(
        (
            {"contains": VALUE}, {"is": VALUE}, {"in": [VALUE]}, {"only": [VALUE]},
            {"only": VALUE}, {"is_not": VALUE}, {"not_in": [VALUE, "Crime"]},
        )
    )  # fmt: skip
    where = draw.choice(({}, {"where": {"source": "stated"}}))
    return {"interests": "topics", **where, **compared}


_RULES: Mapping[str, Sequence[Callable[[random.Random, date], Table]]] = {
    "brand": [_where(items, "brand")],
    "category": [_where(items, "category"), _where(visits, "category")],
    "store": [_where(orders, "store"), _where(items, "store")],
    "topic": [_topics, _where(messages, "topic")],
    "gender": [_where(children, "gender"), lambda *_: {"field": "gender", "is": VALUE}],
    "custom.level": [
        _where(items, "sku"),
        _where(items, "brand"),
        lambda *_: {"field": "custom.level", "is": VALUE},
        lambda *_: {"field": "custom.level", "only": VALUE},
    ],
    "event": [_where(visits, "event")],
}
"""Attributes that name a value, by the word of `for_each`."""
