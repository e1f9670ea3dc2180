"""Rules about groups and loyalty accounts."""

from typing import Any

import sqlalchemy as sa

from core.segments.compile.sql.aggregates import (
    Expression,
    FactSource,
    Predicate,
    all_of,
    counted,
    greatest,
)
from core.segments.compile.sql.comparisons import (
    Quantity,
    excluded,
    no_population,
    number_condition,
    several_texts,
    text_condition,
    unknown,
)
from core.segments.compile.sql.context import Compilation
from core.segments.compile.sql.vocabulary import StoredValues, Vocabulary
from core.segments.compile.sql.window_edges import DatedRows
from core.segments.compile.subjects.attributes import connection
from core.segments.rules import FieldRule, GroupsRule
from core.segments.rules.conditions import TextComparisons
from core.store.keys import fold
from core.store.money import SCALE
from core.store.tables import GROUPS, LOYALTIES

LOYALTY_FIELDS = {
    "loyalty.points": "the largest balance of the person's loyalty accounts",
    "loyalty.tier": "the tier; of several accounts, any of theirs",
}
"""Fields of loyalty accounts, with their meaning."""
TIERS = StoredValues(LOYALTIES.c.tier_key, LOYALTIES.c.tier, indexed=True)
GROUP_TITLES = StoredValues(GROUPS.c.title_key, GROUPS.c.title, indexed=True)
GROUP_NAMES = Vocabulary(fold, (GROUP_TITLES, StoredValues(GROUPS.c.group_key, GROUPS.c.group)))


def groups_verdict(rule: GroupsRule, compilation: Compilation) -> Predicate:
    """The groups of a person, by id or title; no row is no group, once groups are delivered."""
    if "GroupMember" not in compilation.context.delivered:
        return unknown()
    source = _begun(compilation, "groups", GROUPS)
    counts: Predicate = sa.true()
    if rule.where is not None and rule.where.connection is not None:
        named = connection(compilation.context.connections, GROUPS.c.connection_id)
        counts = named.condition(rule.where.connection, no_population).condition

    def number(matching: Predicate) -> Expression:
        trait = compilation.queries.trait(source, counted(all_of(counts, matching)))
        return sa.func.coalesce(trait, 0)

    def is_any(names: tuple[str, ...]) -> Predicate:
        keys = sorted({fold(name) for name in names})
        return sa.or_(GROUPS.c.group_key.in_(keys), GROUPS.c.title_key.in_(keys))

    def has(*names: str) -> Predicate:
        return number(is_any(names)) > 0

    single = [(each,) for each in (rule.is_, rule.contains) if each is not None]
    conditions = [has(*names) for names in (*single, rule.in_) if names is not None]
    if ruled_out := excluded(rule):
        conditions.append(sa.not_(has(*ruled_out)))
    if rule.only is not None:
        only = (rule.only,) if isinstance(rule.only, str) else rule.only
        conditions += [has(name) for name in only]
        conditions.append(number(sa.not_(is_any(only))) == 0)
    if rule.known is not None:
        some = number(sa.true()) > 0
        conditions.append(some if rule.known else sa.not_(some))
    return sa.and_(*conditions)


def loyalty_verdict(rule: FieldRule, compilation: Compilation) -> Predicate:
    """A field of the person's loyalty accounts; without an account it is unknown."""
    source = _begun(compilation, "loyalty", LOYALTIES)
    if rule.field == "loyalty.points":
        points = compilation.queries.trait(source, greatest(LOYALTIES.c.points, sa.true()))
        comparisons = rule.numbers
        if comparisons is None:
            return unknown()
        return number_condition(Quantity(points, SCALE), comparisons, no_population)
    tier = LOYALTIES.c.tier_key
    with_tier = compilation.queries.trait(source, counted(tier.is_not(None)))
    is_known = sa.func.coalesce(with_tier, 0) > 0

    def has(**comparisons: Any) -> Predicate:
        matching = text_condition(tier, TextComparisons(**comparisons))
        number = compilation.queries.trait(source, counted(matching))
        return sa.case((is_known, number > 0))

    texts = rule.texts
    conditions = several_texts(texts, has)
    if texts.known is not None:
        conditions.append(is_known if texts.known else sa.not_(is_known))
    return sa.and_(*conditions)


def _begun(compilation: Compilation, name: str, table: sa.Table) -> FactSource:
    """Rows that have begun; one that does not say when always has."""
    context = compilation.context
    begun = context.past(table.c.at, DatedRows(table.c.profile_id, table.c.at, table.c.day))
    always = (
        sa.or_(table.c.at.is_(None), begun), *context.configured(table.c.connection_id),
    )  # fmt: skip
    return FactSource(name, table, table.c.profile_id, always)
