"""Grouped verdicts: members of a `for_each` family computed at once, by profile and value.

A group is formed by members whose rules differ in the value alone, and name it only where rows
can be joined to the values of the whole family. All others are computed each by its own rule.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql import visitors

from core.segments.compile.sql.aggregates import (
    AggregateQueries,
    AggregateQuery,
    Expression,
    Predicate,
    Temporary,
    id_column,
)
from core.segments.compile.sql.context import EvaluationContext
from core.segments.compile.subjects.registry import subject_of
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
    is_relative,
)
from core.segments.rules.conditions import ForEachValues, TextComparisons
from core.store.tables import PROFILES

RowFilter = Callable[[Expression], Predicate]
"""From the column of a verdict to whether its row is wanted."""
FEWEST = 2
"""Members that are worth a query of their own."""
_TOPIC_CONDITIONS = ("is_", "is_not", "in_", "not_in", "contains", "only")
_NO_VALUE = 0
"""Number for all values without rows of a profile; the values themselves count from 1."""


@dataclass(frozen=True)
class Group:
    """Members of a family whose verdicts one rule computes."""

    names: tuple[str, ...]
    """The segments, in the order of the values in the rule."""
    rule: Rule


def groups(segments: Iterable[Segment], context: EvaluationContext) -> list[Group]:
    """The groups among some segments; a segment in none of them is computed by itself."""
    alike: dict[tuple[str, str], dict[str, Segment]] = {}
    for segment in segments:
        rule = _rule_for(segment, ForEachValues(values=()), context) if segment.family else None
        if rule is not None:
            alike.setdefault((segment.family, repr(rule)), {})[segment.name] = segment
    formed: list[Group] = []
    for members in alike.values():
        values = ForEachValues(values=tuple(member.value for member in members.values()))
        rule = _rule_for(next(iter(members.values())), values, context)
        if rule is not None and len(members) >= FEWEST:
            formed.append(Group(tuple(members), rule))
    return formed


def _rule_for(segment: Segment, values: ForEachValues, context: EvaluationContext) -> Rule | None:
    """The segment's rule with `values` in place of its value; None where it has no such place."""
    if segment.rule is None:
        return None
    rule = _replaced(segment.rule, segment.value, values, context)
    return None if rule == segment.rule else rule


def _replaced(rule: Rule, value: str, values: ForEachValues, context: EvaluationContext) -> Rule:
    match rule:
        case AllRule():
            parts = tuple(_replaced(part, value, values, context) for part in rule.all)
            return rule.model_copy(update={"all": parts})
        case AnyOfRule():
            parts = tuple(_replaced(part, value, values, context) for part in rule.any)
            return rule.model_copy(update={"any": parts})
        case NotRule():
            return rule.model_copy(update={"not_": _replaced(rule.not_, value, values, context)})
        case InterestsRule():
            return _replaced_topic(rule, value, values)
        case Measured():
            return _replaced_condition(rule, value, values, context)
    return rule


def _replaced_topic(rule: InterestsRule, value: str, values: ForEachValues) -> Rule:
    stated = {name: word for name in _TOPIC_CONDITIONS if (word := getattr(rule, name)) is not None}
    match list(stated.items()):
        case [(name, str(word))] if word == value:
            changes: dict[str, object] = {name: "", "values": values.values}
        case [(name, (word,))] if word == value:
            changes = {name: ("",), "values": values.values}
        case _:
            return rule
    return EachInterestsRule.model_construct(**{**dict(rule), **changes})


def _replaced_condition(
    rule: Measured, value: str, values: ForEachValues, context: EvaluationContext
) -> Rule:
    where = getattr(rule, "where", None)
    if where is None:
        return rule
    places = [name for name in type(where).model_fields if _is(getattr(where, name), value)]
    if len(places) != 1 or not _is_grouped_sum(rule):
        return rule
    attribute = subject_of(rule, context).attributes.get(places[0])
    if attribute is None or attribute.group_by is None:
        return rule
    return rule.model_copy(update={"where": where.model_copy(update={places[0]: values})})


def _is_grouped_sum(rule: Measured) -> bool:
    """Whether the measure is made of grouped sums alone, without a population per value."""
    last = isinstance(rule, MessagesRule) and rule.of_last is not None
    return not (last or rule.measure == "gap" or rule.of is not None or is_relative(rule, {}))


def _is(condition: object, value: str) -> bool:
    """Whether a condition requires the value and nothing else."""
    if not isinstance(condition, TextComparisons):
        return False
    names = type(condition).model_fields
    stated = {name: word for name in names if (word := getattr(condition, name)) is not None}
    return stated in ({"is_": value}, {"in_": (value,)})


@dataclass(frozen=True, eq=False)
class GroupedVerdicts:
    """Verdicts by profile and value: true is a member, NULL unknown, and no row is not a member.

    A verdict that holds for a profile and every value without rows is one row, of no value.
    """

    table: Temporary
    names: tuple[str, ...]
    """The segments, in the order of their values."""
    queries: Sequence[AggregateQuery]
    """Those by profile and value; they hold the values of which a profile has rows."""

    def members(self, name: str) -> sa.Select[Any]:
        """The profiles in one segment."""
        number = sa.literal(self.names.index(name) + 1, sa.BigInteger)
        has_verdict = sa.or_(self.table.c.number == number, self._is_without_rows(number))
        return sa.select(self.table.c.profile_id).where(has_verdict, self.table.c.holds)

    def rows(
        self, segment_ids: Mapping[str, int], wanted: RowFilter
    ) -> Iterator[sa.CompoundSelect[Any]]:
        """Queries for the wanted verdicts: segment id, profile id, verdict."""
        columns = sa.column("number", sa.BigInteger), sa.column("segment_id", sa.BigInteger)
        numbered = [(number, segment_ids[name]) for number, name in enumerate(self.names, 1)]
        members = sa.values(*columns, name="members").data(numbered).cte("members")
        with_rows = self.table.c.number == members.c.number
        without_rows = self._is_without_rows(members.c.number)
        row = members.c.segment_id, self.table.c.profile_id, self.table.c.holds
        yield sa.union_all(
            *(
                sa.select(*row).join_from(members, self.table, on).where(wanted(self.table.c.holds))
                for on in (with_rows, without_rows)
            )
        )

    def _is_without_rows(self, number: Expression) -> Predicate:
        """Whether a verdict is that of no value, and the profile has no row of this one."""
        has_rows = [
            sa.exists().where(
                each.table.c.key == self.table.c.profile_id, each.table.c.number == number
            )
            for each in self.queries
        ]
        return sa.and_(self.table.c.number == _NO_VALUE, sa.not_(sa.or_(*has_rows)))


def queries_used(queries: AggregateQueries, verdict: Predicate) -> list[AggregateQuery]:
    """The aggregate queries whose columns a verdict reads."""
    tables = {part.table for part in visitors.iterate(verdict) if isinstance(part, sa.ColumnClause)}
    return [each for each in queries.all() if each.table in tables]


def compute_grouped_verdicts(
    transaction: sa.Connection,
    table_name: str,
    names: Sequence[str],
    verdict: Predicate,
    queries: Sequence[AggregateQuery],
    values: Mapping[str, Any],
    people: sa.Select[Any] | None,
) -> GroupedVerdicts:
    """The verdicts about everybody, or about some people, in a new temporary table.

    `values` are the population figures to bind. A profile gets a verdict for every value of which
    it has rows, and one for all other values.
    """
    keys = sa.column("number", sa.Integer), id_column("profile_id")
    table = Temporary(table_name, keys, [sa.column("holds", sa.Boolean)])
    table.create(transaction)
    verdicts = _verdicts(verdict, queries, people)
    stored = sa.select(*verdicts.c).where(sa.or_(verdicts.c.holds, verdicts.c.holds.is_(None)))
    columns = ["number", "profile_id", "holds"]
    transaction.execute(sa.insert(table).from_select(columns, stored), values)
    return GroupedVerdicts(table, tuple(names), _by_value(queries))


def _verdicts(
    verdict: Predicate, queries: Sequence[AggregateQuery], people: sa.Select[Any] | None
) -> sa.Subquery:
    by_value = _by_value(queries)
    sources = [
        *(sa.select(each.table.c.key, each.table.c.number) for each in by_value),
        sa.select(PROFILES.c.id, sa.literal(_NO_VALUE, sa.BigInteger)),
    ]
    if people is not None:
        sources = [each.where(each.selected_columns[0].in_(people)) for each in sources]
    pairs = sa.union(*sources).subquery("pair")
    joined: Any = pairs.join(PROFILES, PROFILES.c.id == pairs.c.key)
    for each in queries:
        key = PROFILES.c.company_id if each.by_company else PROFILES.c.id
        on = each.table.c.key == key
        if each in by_value:
            on = sa.and_(on, each.table.c.number == pairs.c.number)
        joined = joined.outerjoin(each.table, on)
    holds = sa.type_coerce(verdict, sa.Boolean).label("holds")
    return sa.select(pairs.c.number, PROFILES.c.id, holds).select_from(joined).subquery("verdicts")


def _by_value(queries: Sequence[AggregateQuery]) -> list[AggregateQuery]:
    return [each for each in queries if each.source.value_join is not None]
