"""Random rules over every subject, as tables that a config could hold.

`random_rule(draw, day)` is one valid rule tree; `random_segments(seed, day)` names some of them
by "s0", "s1", ..., where later ones may ask for earlier ones; `RULES` gives trees to hypothesis.
What the config would refuse (see `core.segments.segments_of`) is drawn again, so that every
rule that comes out is one that people can write.
"""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from core.segments.definition import KnownNames
from core.segments.validate import segments_of
from tests.laws.generators.conditions import dates, number, text, window
from tests.laws.generators.measured_rules import (
    carts,
    children,
    deals,
    items,
    lists,
    messages,
    orders,
    own_fields,
    refunds,
    support,
    visits,
)
from tests.laws.generators.recipes import drawn_recipe
from tests.laws.generators.vocabulary import (
    ANSWERS,
    CITIES,
    CONNECTIONS,
    DAYS,
    POSTCODES,
    QUESTIONS,
    STORES,
    TIERS,
    TOPICS,
    WORDS,
)

Table = dict[str, Any]
KNOWN = KnownNames(connections=frozenset(CONNECTIONS))
SHALLOW, DEEP = 2, 6


def random_segments(seed: int, day: date, number: int) -> dict[str, Table]:
    """So many segments by name, recipes among them; `day` is where absolute dates lie."""
    draw = random.Random(seed)
    found: dict[str, Table] = {}
    while len(found) < number:
        if draw.random() < 0.2:
            drawn = drawn_recipe(draw)
        else:
            depth = draw.choice((0, 0, 0, SHALLOW, SHALLOW, DEEP))
            drawn = random_rule(draw, day, depth, tuple(found))
        if not mistakes(drawn):
            found[f"s{len(found)}"] = drawn
    return found


def random_rule(
    draw: random.Random, day: date, depth: int = 0, others: Sequence[str] = ()
) -> Table:
    """One rule, or a tree of at most `depth` groups, that may ask for `others` by name."""
    if depth == 0 or draw.random() < 0.15:
        return _single(draw, day, others)
    match draw.randrange(5):
        case 0 | 1:
            return {"all": _some(draw, day, depth, others)}
        case 2 | 3:
            return {"any": _some(draw, day, depth, others)}
        case _:
            return {"not": random_rule(draw, day, depth - 1, others)}


def mistakes(rule: Mapping[str, Any]) -> list[str]:
    """Mistakes that a config would report in a rule; empty where it is valid."""
    others = {name: {"field": "email", "known": True} for name in _asked(rule)}
    _, wrong = segments_of({**others, "drawn": rule}, KNOWN)
    return [str(each) for each in wrong]


RULES = st.builds(
    lambda seed, depth: random_rule(random.Random(seed), DAYS[seed % len(DAYS)], depth),
    st.integers(0, 2**32 - 1),
    st.integers(0, DEEP),
)
"""Random rule trees that ask for no other segment."""


def _asked(rule: Any) -> Iterator[str]:
    """Names of the segments that a rule asks for."""
    match rule:
        case {"segment": str(name)}:
            yield name
        case {"all": parts} | {"any": parts}:
            for part in parts:
                yield from _asked(part)
        case {"not": part}:
            yield from _asked(part)


def _some(draw: random.Random, day: date, depth: int, others: Sequence[str]) -> list[Table]:
    return [random_rule(draw, day, depth - 1, others) for _ in range(draw.choice((1, 2, 2, 3)))]


def _single(draw: random.Random, day: date, others: Sequence[str]) -> Table:
    if others and draw.random() < 0.12:
        return {"segment": draw.choice(others)}
    kind = draw.choice(_SUBJECTS)
    while True:
        rule = kind(draw, day)
        if not mistakes(rule):
            return rule


def _field(draw: random.Random, day: date) -> Table:
    match draw.choice(
        ("text", "age", "company", "birthday", "month", "created", "custom", "custom")
    ):
        case "text":
            if draw.random() < 0.1:
                return {"field": "postcode", "between": [5000, draw.choice((5000, 8000, 8999))]}
            name, words = draw.choice(_TEXT_FIELDS)
            return {"field": name, **text(draw, words)}
        case "age":
            age = draw.randrange(15, 62)
            return {
                "field": "age",
                **draw.choice(
                    (
                        {"between": [age, age + draw.choice((0, 5, 10))]},
                        {"at_least": age},
                        {"under": age},
                        {"over": age, "at_most": age + 9},
                        {"is": age},
                        {"is_not": age},
                        {"in": [age, age + 1, 30]},
                        {"known": draw.choice((True, False))},
                    )
                ),
            }
        case "company":
            name, numbers = draw.choice(
                (("employees", (5, 9, 50)), ("revenue", (10, "99.5")), ("founded", (1990, 2001)))
            )
            return {"field": f"company.{name}", **number(draw, numbers)}
        case "birthday":
            ahead = draw.choice(("1 day", "14 days", "1 month", "30 days", "12 months", "2 weeks"))
            condition = draw.choice(
                ({"within_next": ahead}, {"within_next": ahead}, {"known": True})
            )
            return {"field": "birthday", **condition}
        case "month":
            month = draw.choice(("this month", "this month", draw.randrange(1, 13)))
            word = draw.choice(("is", "is_not", "in"))
            return {"field": "birth_month", word: [month, 2] if word == "in" else month}
        case "created":
            condition = window(draw, day) if draw.random() < 0.7 else dates(draw, day)
            return {"field": "created", **(condition or {"known": True})}
        case _:
            return _custom(draw, day)


def _custom(draw: random.Random, day: date) -> Table:
    match draw.randrange(6):
        case 0:
            return {"field": "custom.level", **text(draw, WORDS)}
        case 4:
            only = draw.choice((draw.choice(WORDS), draw.sample(WORDS, 2)))
            return {"field": "custom.level", "only": only}
        case 5:
            name, condition = draw.choice([*own_fields(draw).items()])
            stated = condition()
            compared = stated if isinstance(stated, dict) else {"is": stated}
            in_ = {"in": stated} if isinstance(stated, list) else compared
            return {"field": f"company.{name}", **in_}
        case 1:
            points = draw.choice((5, 5.5, "5.5", 10, 7))
            word = draw.choice(("at_least", "over", "at_most", "under", "is", "is_not"))
            return {"field": "custom.points", word: points}
        case 2:
            near = day - timedelta(days=draw.choice((0, 1, 30, 181, 182, 365)))
            word = draw.choice(("at_least", "over", "at_most", "under"))
            return {"field": "custom.since", word: near.isoformat()}
        case _:
            return {"field": "custom.insider", "is": draw.choice((True, False))}


_TEXT_FIELDS: Sequence[tuple[str, Sequence[str]]] = (
    ("gender", ("female", "male", "other", "Female")),
    ("email", ("p1@x.dk", "P2@X.dk", "@y.dk", "p")),
    ("phone", ("20304051", "+4520304052", "+45")),
    ("language", ("da", "EN")),
    ("country", ("DK", "se")),
    ("city", CITIES),
    ("postcode", (*POSTCODES, "DK 8000", "80-00")),
    ("region", ("Midt", "syd")),
    ("store", STORES),
    ("income", ("high", "HIGH")),
    ("job_role", ("owner",)),
    ("company.industry", ("Fishing", "trade")),
    ("company.size", ("1-9",)),
    ("company.country", ("DK", "se")),
    ("company.name", ("k1", "K2")),
    ("company.city", CITIES),
    ("company.postcode", (*POSTCODES, "80-00")),
)


def _interests(draw: random.Random, _day: date) -> Table:
    rule: Table = {"interests": "topics"}
    if draw.random() < 0.4:
        rule["where"] = {"source": draw.choice(("stated", "inferred", ["stated", "inferred"]))}
    match draw.randrange(4):
        case 0:
            return rule | {"only": draw.choice((draw.choice(TOPICS), draw.sample(TOPICS, 2)))}
        case 1:
            return rule | {"known": draw.choice((True, False))}
        case 2:
            return rule | {draw.choice(("in", "not_in")): draw.sample(TOPICS, 2)}
        case _:
            return rule | {draw.choice(("is", "is_not", "contains")): draw.choice(TOPICS)}


def _groups(draw: random.Random, _day: date) -> Table:
    names = ("g1", "G2", "club 1", "Club 2", "staff")
    rule: Table = {"groups": "names"}
    if draw.random() < 0.3:
        rule["where"] = {"connection": draw.choice(CONNECTIONS)}
    word = draw.choice(("is", "is_not", "contains", "in", "not_in", "only", "known"))
    several = word in {"in", "not_in"} or (word == "only" and draw.random() < 0.5)
    value: Any = draw.sample(names, 2) if several else draw.choice(names)
    return rule | {word: draw.choice((True, False)) if word == "known" else value}


def _loyalty(draw: random.Random, _day: date) -> Table:
    if draw.random() < 0.5:
        return {"field": "loyalty.tier", **text(draw, TIERS)}
    word = draw.choice(("at_least", "over", "at_most", "under", "is", "is_not", "known"))
    return {"field": "loyalty.points", word: True if word == "known" else draw.choice((0, 100, 99))}


def _answers(draw: random.Random, _day: date) -> Table:
    return {"answers": draw.choice((*QUESTIONS, "COLOUR", "never")), **text(draw, ANSWERS)}


def _lives(draw: random.Random, _day: date) -> Table:
    store = draw.choice((*STORES, "aarhus c"))
    if draw.random() < 0.5:
        return {"lives": "in_area", "store": store}
    # 0.1 degrees of a meridian are some 11.1 km.
    return {"lives": "near", "store": store, "km": draw.choice((1, 11, 12, "20", 22, 23))}


_SUBJECTS: Sequence[Callable[[random.Random, date], Table]] = (
    _field, _field, _field, orders, orders, orders, items, items, items, refunds,
    messages, messages, messages, visits, visits, carts, lists, children, children, _groups,
    _loyalty, _interests, _answers, support, deals, _lives,
)  # fmt: skip
