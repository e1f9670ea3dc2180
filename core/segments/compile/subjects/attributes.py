"""Attributes that `where` may name: conditions on a row, and the words that there are."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.selectable import FromClause

from core.segments.compile.sql.aggregates import (
    Expression,
    Predicate,
    Temporary,
    ValueJoin,
)
from core.segments.compile.sql.comparisons import Bind, Quantity, number_condition, text_condition
from core.segments.compile.sql.context import EvaluationContext
from core.segments.compile.sql.vocabulary import StoredValues, Vocabulary
from core.segments.compile.sql.window_edges import BirthDates
from core.segments.rules.conditions import BirthdayComparisons, TextComparisons
from core.segments.rules.values import Duration
from core.store.keys import fold
from core.store.tables import ORDERS, STORES
from core.words import CHANNELS, GENDERS, understood

Joins = tuple[tuple[FromClause, Predicate], ...]


@dataclass(frozen=True, eq=False)
class RowCondition:
    """A condition on a row, and the outer joins that it needs."""

    condition: Predicate
    joins: Joins = ()


@dataclass(frozen=True, eq=False)
class GroupBy:
    """How rows are grouped by the values of a `for_each` segment."""

    key: Callable[[str], str]
    """Writes a value as rows hold it."""
    join: Callable[[Temporary], ValueJoin]
    """Joins the table of values; a row once for each value that it has."""


@dataclass(frozen=True, eq=False)
class Attribute:
    """An attribute that `where` may name."""

    condition: Callable[[Any, Bind], RowCondition]
    present: RowCondition | None = None
    """Whether a row has a value; None where every row has."""
    compares: bool = False
    """Whether a comparison may be unknown, as with a figure of an empty population."""
    group_by: GroupBy | None = None
    """None where rows cannot be grouped by all values at once."""
    vocabulary: Vocabulary | None = None
    """None where any word makes sense."""


def _without_joins(compiled: Callable[[Any], Predicate]) -> Callable[[Any, Bind], RowCondition]:
    return lambda condition, _bind: RowCondition(compiled(condition))


def text(
    column: Expression,
    key: Callable[[str], str] = fold,
    *,
    always: bool = False,
    words: tuple[str, ...] = (),
) -> Attribute:
    """A text column of the row; `key` writes a word as the column holds it.

    `words` are all that there are; without them the column's values are the vocabulary.
    """
    return Attribute(
        _without_joins(lambda condition: text_condition(column, condition, key)),
        None if always else RowCondition(column.is_not(None)),
        group_by=GroupBy(key, join_on(column)),
        vocabulary=Vocabulary(key, () if words else (StoredValues(column),), words),
    )


def free_text(column: Expression) -> Attribute:
    """A text of which any word makes sense: an address, or what was searched for."""
    return replace(text(column), vocabulary=None)


def joined(attribute: Attribute, rows: FromClause, on: Predicate) -> Attribute:
    """An attribute of rows that must be joined first; a segment of each value asks by itself."""
    present = attribute.present
    join = ((rows, on),)
    return Attribute(
        lambda condition, bind: replace(attribute.condition(condition, bind), joins=join),
        None if present is None else replace(present, joins=join),
        attribute.compares,
        vocabulary=attribute.vocabulary,
    )


def join_on(column: Expression) -> Callable[[Temporary], ValueJoin]:
    """Joins values to a column of the row."""
    return lambda values: ValueJoin(values, values.c.key == column, values.c.number, values)


def understood_key(table: Mapping[str, object]) -> Callable[[str], str]:
    """Writes a word of a table, in any of its languages, as rows hold it."""
    read = understood(table)
    return lambda word: fold(str(read(word)))


channel_key = understood_key(CHANNELS)
gender_key = understood_key(GENDERS)


def code(column: Expression, folded: Expression, *further: StoredValues) -> Attribute:
    """An id or an article number: case matters, except in `contains` and `starts_with`.

    `folded` is NULL where folding is lower-casing a to z; `further` are known beside the rows'.
    """
    loosely = sa.func.coalesce(folded, sa.func.lower(column))
    return Attribute(
        _without_joins(
            lambda condition: text_condition(column, condition, str.strip, loosely=loosely)
        ),
        RowCondition(column.is_not(None)),
        group_by=GroupBy(str.strip, join_on(column)),
        vocabulary=Vocabulary(str.strip, (StoredValues(column), *further)),
    )


def named(*columns: Expression) -> Attribute:
    """Something that rules name by its id or by its title."""

    def compiled(condition: TextComparisons) -> Predicate:
        if condition.is_not is not None or condition.not_in is not None or condition.known is False:
            return sa.and_(*(sa.or_(c.is_(None), text_condition(c, condition)) for c in columns))
        return sa.or_(*(text_condition(column, condition) for column in columns))

    return Attribute(
        _without_joins(compiled),
        RowCondition(sa.or_(*(c.is_not(None) for c in columns))),
        vocabulary=Vocabulary(fold, tuple(map(StoredValues, columns))),
    )


STORE_NAMES = (
    StoredValues(STORES.c.title_key, STORES.c.title),
    StoredValues(STORES.c.key, STORES.c.external_id),
)
STORES_OF_ORDERS = StoredValues(ORDERS.c.store_key, ORDERS.c.store_external_id, indexed=True)


def store(context: EvaluationContext, column: Expression, *further: StoredValues) -> Attribute:
    """A store, named by its id or by its title.

    `further` are the stores of rows that may name others than orders do.
    """

    def compiled(condition: TextComparisons) -> Predicate:
        by_id = text_condition(column, condition)
        title = text_condition(STORES.c.title_key, condition)
        if condition.known is not None:
            return by_id
        if condition.is_not is not None or condition.not_in is not None:
            others = sa.and_(STORES.c.title_key.is_not(None), sa.not_(title))
            return sa.and_(by_id, column.not_in(sa.select(STORES.c.key).where(others)))
        return sa.or_(by_id, column.in_(sa.select(STORES.c.key).where(title)))

    def by_value(values: Temporary) -> ValueJoin:
        titled = values.join(STORES, STORES.c.title_key == values.c.key)
        # A union, so that a store whose title is its id is matched once.
        matching = sa.union(
            sa.select(values.c.key.label("key"), values.c.number.label("number")),
            sa.select(STORES.c.key, values.c.number).select_from(titled),
        )
        rows = context.derived(matching, "store")
        return ValueJoin(rows, rows.c.key == column, rows.c.number, values)

    return Attribute(
        _without_joins(compiled),
        RowCondition(column.is_not(None)),
        group_by=GroupBy(fold, by_value),
        vocabulary=Vocabulary(fold, (*STORE_NAMES, STORES_OF_ORDERS, *further)),
    )


def connection(numbers: Mapping[str, int], column: Expression) -> Attribute:
    """A connection, named as in the config."""

    def compiled(condition: TextComparisons) -> Predicate:
        chosen = [number for name, number in numbers.items() if _matches(name, condition)]
        return column.in_(sorted(chosen))

    return Attribute(_without_joins(compiled))


def _matches(name: str, condition: TextComparisons) -> bool:
    folded = fold(name)
    return all(
        (
            condition.is_ is None or folded == fold(condition.is_),
            condition.is_not is None or folded != fold(condition.is_not),
            condition.in_ is None or folded in {fold(word) for word in condition.in_},
            condition.not_in is None or folded not in {fold(word) for word in condition.not_in},
            condition.contains is None or fold(condition.contains) in folded,
            condition.starts_with is None or folded.startswith(fold(condition.starts_with)),
            condition.known is not False,
        )
    )


def number(quantity: Quantity) -> Attribute:
    """A number, a share or an amount of the row."""
    return Attribute(
        lambda condition, bind: RowCondition(number_condition(quantity, condition, bind)),
        compares=True,
    )


def flag(column: Expression) -> Attribute:
    """A boolean of the row."""
    return Attribute(
        _without_joins(lambda wanted: column if wanted else sa.not_(column)),
        RowCondition(column.is_not(None)),
    )


def birthday(context: EvaluationContext, born: BirthDates) -> Attribute:
    """A birthday, and whether it comes soon."""

    def compiled(condition: BirthdayComparisons) -> Predicate:
        predicates: list[Predicate] = []
        if condition.within_next is not None:
            predicates.append(has_birthday(context, born, condition.within_next))
        if condition.known is not None:
            predicates.append(born.month.is_not(None) if condition.known else born.month.is_(None))
        return sa.and_(*predicates)

    return Attribute(_without_joins(compiled), RowCondition(born.month.is_not(None)))


def has_birthday(context: EvaluationContext, born: BirthDates, ahead: Duration) -> Predicate:
    """Whether a birthday lies within a duration from today on."""
    now = context.clock.birthdays_within(ahead)
    if context.before is not None:
        # Birthdays that entered the window or left it since the previous evaluation.
        then = context.before.birthdays_within(ahead)
        context.window_edges.birthdays(born, set(now) ^ set(then))
    return (born.month * 100 + born.day).in_(now)
