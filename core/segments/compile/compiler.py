"""Compile rules to SQL: boolean expressions over traits, one expression per rule."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, partial
from typing import Any

import sqlalchemy as sa

from core.segments import rules
from core.segments.compile.geography import lives_verdict
from core.segments.compile.groups import LOYALTY_FIELDS, groups_verdict
from core.segments.compile.interests import answers_verdict, interests_verdict
from core.segments.compile.measures import measured_verdict
from core.segments.compile.profile_fields import field_verdict
from core.segments.compile.sql.aggregates import Predicate
from core.segments.compile.sql.comparisons import unknown
from core.segments.compile.sql.context import Compilation
from core.segments.compile.subjects import registry
from core.segments.compile.subjects.messages import may_be_sent_again
from core.store.people.permission import may_have_refused_tracking

_SINGLE_RULES: Mapping[type[rules.Rule], Callable[[Any, Compilation], Predicate]] = {
    rules.FieldRule: field_verdict,
    rules.GroupsRule: groups_verdict,
    rules.InterestsRule: interests_verdict,
    rules.AnswersRule: answers_verdict,
    rules.LivesRule: lives_verdict,
    rules.Measured: measured_verdict,
}


@dataclass(eq=False)
class Compiler(Compilation):
    """Compiles the rules of one evaluation; equal traits are computed once."""

    _verdicts: dict[str, Predicate] = field(default_factory=dict)
    """Verdicts of segments that other rules refer to, by name."""

    def __post_init__(self) -> None:
        """Let the store say what rules about messages may leave out.

        Whether deliveries can be duplicates is asked when everybody is evaluated: everybody's
        deliveries are read then, and the lookup costs less than deduplicating them.
        """
        if self.transaction is None:
            return
        refuses_tracking = cache(partial(may_have_refused_tracking, self.transaction))
        self.context = replace(self.context, refuses_tracking=refuses_tracking)
        if self.context.people is None:
            sent_again = cache(partial(may_be_sent_again, self.transaction))
            self.context = replace(self.context, sent_again=sent_again)

    def verdict(self, rule: rules.Rule) -> Predicate:
        """True, false, or NULL for unknown, per profile.

        Raises ValueError where the parts of a rule do not go together.
        """
        match rule:
            case rules.AllRule():
                return sa.and_(*map(self.verdict, rule.all))
            case rules.AnyOfRule():
                return sa.or_(*map(self.verdict, rule.any))
            case rules.NotRule():
                return sa.not_(self.verdict(rule.not_))
            case rules.SegmentRule():
                return self._segment(rule.segment)
        for kind, compiled in _SINGLE_RULES.items():
            if isinstance(rule, kind):
                return compiled(rule, self)
        raise TypeError(f"{type(rule).__name__} has no compiling function")

    def _segment(self, name: str) -> Predicate:
        if name not in self.named:
            return unknown()
        if name not in self._verdicts:
            self._verdicts[name] = self.verdict(self.named[name])
        return self._verdicts[name]


def needs(rule: rules.Rule, named: Mapping[str, rules.Rule]) -> frozenset[str]:
    """The nouns that a rule rests on; while none of them is delivered it is unknown."""
    match rule:
        case rules.SegmentRule():
            # Validation reports segments that refer to each other in a circle; this must only end.
            others = {name: each for name, each in named.items() if name != rule.segment}
            return needs(named[rule.segment], others) if rule.segment in named else frozenset()
        case rules.FieldRule() if rule.field in LOYALTY_FIELDS:
            return frozenset({"Loyalty"})
        case rules.FieldRule() | rules.LivesRule():
            return frozenset({"Contact"})
        case rules.GroupsRule():
            return frozenset({"GroupMember"})
        case rules.InterestsRule():
            return frozenset({"Interest"})
        case rules.AnswersRule():
            return frozenset({"Answer"})
        case rules.Measured():
            return registry.needs(rule)
    return frozenset[str]().union(*(needs(part, named) for part in rules.parts(rule)))
