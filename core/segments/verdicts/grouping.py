"""Which members of a family are judged together: by one rule that names all values at once.

They are those whose rules differ in the value alone, and name it only where rows can be put
beside every value of the family. All others are judged each by its own rule.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from core.segments.compile.sql.context import EvaluationContext
from core.segments.compile.subjects.kinds import subject_of
from core.segments.definition import Segment
from core.segments.rules import (
    AllRule,
    AnyOfRule,
    EachInterestsRule,
    InterestsRule,
    Measured,
    MessagesRule,
    NotRule,
    Rule,
)
from core.segments.rules.conditions import ForEachValues, TextComparisons
from core.segments.rules.tree import is_relative

FEWEST = 2
"""Members that are worth a pass of their own."""
_OF_TOPICS = ("is_", "is_not", "in_", "not_in", "contains", "only")


@dataclass(frozen=True)
class Group:
    """Members of a family that differ in their values alone."""

    names: tuple[str, ...]
    """The segments, in the order of the values that the rule names."""
    rule: Rule


def groups(segments: Iterable[Segment], context: EvaluationContext) -> list[Group]:
    """The segments that are judged together; who is in none of these is judged alone."""
    alike: dict[tuple[str, str], dict[str, Segment]] = {}
    for segment in segments:
        rule = _spread(segment, ForEachValues(values=()), context) if segment.family else None
        if rule is not None:
            alike.setdefault((segment.family, repr(rule)), {})[segment.name] = segment
    found: list[Group] = []
    for members in alike.values():
        each = ForEachValues(values=tuple(member.value for member in members.values()))
        rule = _spread(next(iter(members.values())), each, context)
        if rule is not None and len(members) >= FEWEST:
            found.append(Group(tuple(members), rule))
    return found


def _spread(segment: Segment, each: ForEachValues, context: EvaluationContext) -> Rule | None:
    """The segment's rule with `each` in place of its value; None where that stands nowhere."""
    if segment.rule is None:
        return None
    rule = _replaced(segment.rule, segment.value, each, context)
    return None if rule == segment.rule else rule


def _replaced(rule: Rule, value: str, each: ForEachValues, context: EvaluationContext) -> Rule:
    match rule:
        case AllRule():
            parts = tuple(_replaced(part, value, each, context) for part in rule.all)
            return rule.model_copy(update={"all": parts})
        case AnyOfRule():
            parts = tuple(_replaced(part, value, each, context) for part in rule.any)
            return rule.model_copy(update={"any": parts})
        case NotRule():
            return rule.model_copy(update={"not_": _replaced(rule.not_, value, each, context)})
        case InterestsRule():
            return _of_topics(rule, value, each)
        case Measured():
            return _of_rows(rule, value, each, context)
    return rule


def _of_topics(rule: InterestsRule, value: str, each: ForEachValues) -> Rule:
    said = {name: word for name in _OF_TOPICS if (word := getattr(rule, name)) is not None}
    match list(said.items()):
        case [(name, str(word))] if word == value:
            changes: dict[str, object] = {name: "", "values": each.values}
        case [(name, (word,))] if word == value:
            changes = {name: ("",), "values": each.values}
        case _:
            return rule
    return EachInterestsRule.model_construct(**{**dict(rule), **changes})


def _of_rows(rule: Measured, value: str, each: ForEachValues, context: EvaluationContext) -> Rule:
    where = getattr(rule, "where", None)
    if where is None:
        return rule
    places = [name for name in type(where).model_fields if _is(getattr(where, name), value)]
    if len(places) != 1 or _needs_its_own(rule):
        return rule
    attribute = subject_of(rule, context).attributes.get(places[0])
    if attribute is None or attribute.group_by is None:
        return rule
    return rule.model_copy(update={"where": where.model_copy(update={places[0]: each})})


def _needs_its_own(rule: Measured) -> bool:
    """Whether more than grouped sums is made of the rows, or a population of each value."""
    last = isinstance(rule, MessagesRule) and rule.of_last is not None
    return last or rule.measure == "gap" or rule.of is not None or is_relative(rule, {})


def _is(asked: object, value: str) -> bool:
    """Whether a condition asks for the value and for nothing else."""
    if not isinstance(asked, TextComparisons):
        return False
    names = type(asked).model_fields
    said = {name: word for name in names if (word := getattr(asked, name)) is not None}
    return said in ({"is_": value}, {"in_": (value,)})
