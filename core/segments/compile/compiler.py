"""From rules to SQL: every rule asks for traits and becomes a boolean expression over them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache, partial

import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement

from core.segments import rules
from core.segments.compile import measures
from core.segments.compile.interests import StatedRules
from core.segments.compile.profile_fields import Fields
from core.segments.compile.sql.aggregates import AggregateQueries, Predicate
from core.segments.compile.sql.baselines import Baselines
from core.segments.compile.sql.comparisons import unknown
from core.segments.compile.sql.context import EvaluationContext
from core.segments.compile.subjects.behaviour import may_be_sent_again


@dataclass(eq=False)
class Compiler:
    """Compiles the rules of one evaluation, so that they share their traits."""

    context: EvaluationContext
    named: Mapping[str, rules.Rule]
    """Rules of every segment by name, for rules that ask for another segment."""
    transaction: sa.Connection | None = None
    """For the few rules that must look something up before they can be written."""
    queries: AggregateQueries = field(default_factory=AggregateQueries)
    row_baselines: Baselines = field(default_factory=lambda: Baselines("rows"))
    person_baselines: Baselines = field(default_factory=lambda: Baselines("persons"))
    _done: dict[str, Predicate] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Set the parts up that compile one kind of rule each."""
        if self.transaction is not None and self.context.people is None:
            # Looked up where everybody's rows are read, and looking is less than telling apart.
            again = cache(partial(may_be_sent_again, self.transaction))
            self.context = replace(self.context, sent_again=again)
        self._measures = measures.Measures(
            self.context, self.queries, self.row_baselines, self.person_baselines
        )
        self._fields = Fields(self.context, self.queries)
        self._stated = StatedRules(self.context, self.queries, self.transaction)

    def verdict(self, rule: rules.Rule) -> ColumnElement[bool]:
        """True, false, or NULL for unknown, per profile."""
        match rule:
            case rules.AllRule():
                return sa.and_(*map(self.verdict, rule.all))
            case rules.AnyOfRule():
                return sa.or_(*map(self.verdict, rule.any))
            case rules.NotRule():
                return sa.not_(self.verdict(rule.not_))
            case rules.SegmentRule():
                return self._other(rule.segment)
            case rules.FieldRule():
                return self._fields.field(rule)
            case rules.InterestsRule():
                return self._stated.interests(rule)
            case rules.AnswersRule():
                return self._stated.answers(rule)
            case rules.LivesRule():
                return self._stated.lives(rule)
            case rules.Measured():
                return self._measures.verdict(rule)
        raise TypeError(f"no meaning is written for {type(rule).__name__}")

    def _other(self, name: str) -> Predicate:
        if name not in self.named:
            return unknown()
        if name not in self._done:
            self._done[name] = self.verdict(self.named[name])
        return self._done[name]


def needs(rule: rules.Rule, named: Mapping[str, rules.Rule]) -> frozenset[str]:
    """The nouns that a rule rests on; without them it can say nothing."""
    match rule:
        case rules.SegmentRule():
            # Who asks for itself in a circle is told elsewhere; here the circle only has to end.
            others = {name: each for name, each in named.items() if name != rule.segment}
            return needs(named[rule.segment], others) if rule.segment in named else frozenset()
        case rules.FieldRule() | rules.LivesRule():
            return frozenset({"Contact"})
        case rules.InterestsRule():
            return frozenset({"Interest"})
        case rules.AnswersRule():
            return frozenset({"Answer"})
        case rules.Measured():
            return measures.needs(rule)
    found: frozenset[str] = frozenset()
    for part in rules.parts(rule):
        found |= needs(part, named)
    return found
