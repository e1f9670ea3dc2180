"""References that lead nowhere: unknown segments, fields and connections, and circles."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from core.errors import Mistake
from core.mistakes import dotted
from core.segments import rules
from core.segments.compile.profile_fields import FIELDS
from core.segments.definition import KnownNames, Segment
from core.segments.rules import Rule
from core.words import unknown

CUSTOM = "custom."
_NUMERIC = ("at_least", "over", "at_most", "under", "between")


def all_rules(rule: Rule | None) -> Iterator[Rule]:
    """A rule and everything inside it."""
    if rule is not None:
        yield rule
        for part in rules.parts(rule):
            yield from all_rules(part)


def wrong_names(segments: Iterable[Segment], tables: Mapping[str, Any]) -> Iterator[Mistake]:
    """References to segments that do not exist, and circles of references."""
    segments = list(segments)
    named = {segment.name: segment.rule for segment in segments if segment.rule is not None}
    families = {segment.name for segment in segments if segment.for_each}
    for segment in segments:
        path = dotted("segments", [segment.name])
        for other in (*segment.exclusive_with, *_referenced(segment.rule)):
            family, _, value = other.partition(":")
            exists = other in tables and other not in families
            if not exists and not (value and family in families):
                yield Mistake(path, unknown("segment", other, tables))
        if circle := _circle(segment.name, named, (segment.name,)):
            yield Mistake(path, f"refers to itself: {' -> '.join(circle)}; break the circle")


def _referenced(rule: Rule | None) -> list[str]:
    return [part.segment for part in all_rules(rule) if isinstance(part, rules.SegmentRule)]


def _circle(name: str, named: Mapping[str, Rule], way: tuple[str, ...]) -> tuple[str, ...]:
    for other in _referenced(named.get(name)):
        if other == way[0]:
            return (*way, other)
        if other not in way and (circle := _circle(other, named, (*way, other))):
            return circle
    return ()


def wrong_fields(segments: Iterable[Segment], known: KnownNames) -> Iterator[Mistake]:
    """Fields that do not exist or do not fit, and connections that the config does not name."""
    for segment in segments:
        path = dotted("segments", [segment.name])
        for rule in all_rules(segment.rule):
            if isinstance(rule, rules.FieldRule):
                yield from _wrong_field(rule, path, known)
            condition = getattr(getattr(rule, "where", None), "connection", None)
            for word in (*(condition.in_ or ()), condition.is_) if condition else ():
                if word is not None and known.connections and word not in known.connections:
                    yield Mistake(path, unknown("connection", word, known.connections))


def _wrong_field(rule: rules.FieldRule, path: str, known: KnownNames) -> Iterator[Mistake]:
    custom = rule.field.removeprefix(CUSTOM)
    is_custom = custom != rule.field
    if rule.field not in FIELDS and not is_custom:
        yield Mistake(f"{path}.field", unknown("field", rule.field, [*FIELDS, "custom.<name>"]))
    is_compared = any(getattr(rule, name) is not None for name in _NUMERIC)
    if is_compared and is_custom and known.custom_fields.get(custom) == "text":
        yield Mistake(
            path,
            f"{rule.field} is a text and cannot be compared with a number; "
            "write `number = true` where its connection maps it",
        )
