"""The rules of a segment as a config writes them, one class per kind; and trees of rules."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from core.segments.rules.measured import (
    DATE_MEASURES,
    CartsRule,
    ChildrenRule,
    DealsRule,
    ItemsRule,
    ListsRule,
    Measured,
    MessagesRule,
    OrdersRule,
    RefundsRule,
    Rule,
    SupportRule,
    VisitsRule,
)
from core.segments.rules.rule_union import (
    KINDS,
    AllRule,
    AnswersRule,
    AnyOfRule,
    AnyRule,
    EachInterestsRule,
    FieldRule,
    GroupsRule,
    InterestsRule,
    LivesRule,
    NamesRule,
    NotRule,
    SegmentRule,
)
from core.segments.rules.values import Relative, Top

__all__ = [
    "DATE_MEASURES", "DEEPEST", "KINDS", "MOST", "AllRule", "AnswersRule", "AnyOfRule",
    "AnyRule", "CartsRule", "ChildrenRule", "DealsRule", "EachInterestsRule", "FieldRule",
    "GroupsRule", "InterestsRule", "ItemsRule", "ListsRule", "LivesRule", "Measured",
    "MessagesRule", "NamesRule", "NotRule", "OrdersRule", "RefundsRule", "Rule", "SegmentRule",
    "SupportRule", "VisitsRule", "all_rules", "depth", "parts", "size",
]  # fmt: skip


DEEPEST = 20
"""Levels of groups that a segment may have."""
MOST = 500
"""Rules that one segment may have."""

Named = Mapping[str, Rule]
"""Rules of every segment by name."""


def parts(rule: Rule) -> tuple[Rule, ...]:
    """The rules directly inside a group; none for a single rule."""
    match rule:
        case AllRule():
            return rule.all
        case AnyOfRule():
            return rule.any
        case NotRule():
            return (rule.not_,)
        case _:
            return ()


def all_rules(rule: Rule | None) -> Iterator[Rule]:
    """A rule and everything inside it."""
    if rule is not None:
        yield rule
        for part in parts(rule):
            yield from all_rules(part)


def depth(rule: Rule) -> int:
    """Levels of groups around the deepest rule."""
    return 1 + max((depth(part) for part in parts(rule)), default=0)


def size(rule: Rule) -> int:
    """Number of single rules in a rule."""
    return sum(map(size, parts(rule))) or 1


def is_relative(rule: Rule, named: Named) -> bool:
    """Whether a value anywhere in the rule is compared with the population.

    Segments that the rule refers to are included.
    """
    return _occurs(lambda part: isinstance(part, Relative | Top), rule, named, frozenset())


def counts_colleagues(rule: Rule, named: Named) -> bool:
    """Whether the rule, or a segment that it refers to, counts rows of the person's company."""

    def is_of_company(part: object) -> bool:
        return isinstance(part, Measured) and part.of == "company"

    return _occurs(is_of_company, rule, named, frozenset())


def _occurs(
    holds: Callable[[object], bool], part: Any, named: Named, visited: frozenset[str]
) -> bool:
    if holds(part):
        return True
    match part:
        case SegmentRule(segment=name) if name in named and name not in visited:
            return _occurs(holds, named[name], named, visited | {name})
        case BaseModel():
            values = (getattr(part, name) for name in type(part).model_fields)
            return any(_occurs(holds, each, named, visited) for each in values)
        case tuple():
            return any(_occurs(holds, each, named, visited) for each in part)
        case Mapping():
            return any(_occurs(holds, each, named, visited) for each in part.values())
    return False
