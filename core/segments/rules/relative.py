"""What a segment asks for anywhere in its rules, other segments that it asks for included."""

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import BaseModel

from core.segments import rules
from core.segments.rules import Measured, Rule
from core.segments.rules.values import Relative, Top

Named = Mapping[str, Rule]
"""Rules of every segment by name."""


def is_relative(rule: Rule, named: Named) -> bool:
    """Whether anybody, or anything, is compared with the population."""
    return _some(rule, named, lambda part: isinstance(part, Relative | Top), frozenset())


def asks_for_colleagues(rule: Rule, named: Named) -> bool:
    """Whether rows of others at the person's company count."""
    return _some(
        rule, named, lambda part: isinstance(part, Measured) and part.of == "company", frozenset()
    )


def _some(part: Any, named: Named, holds: Callable[[Any], bool], seen: frozenset[str]) -> bool:
    if holds(part):
        return True
    match part:
        case rules.SegmentRule(segment=name) if name in named and name not in seen:
            return _some(named[name], named, holds, seen | {name})
        case BaseModel():
            values = (getattr(part, name) for name in type(part).model_fields)
            return any(_some(each, named, holds, seen) for each in values)
        case tuple():
            return any(_some(each, named, holds, seen) for each in part)
    return False
