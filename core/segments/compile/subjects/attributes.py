"""What a key of `where` asks of one row."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.selectable import FromClause

from core.segments.compile.sql.aggregates import Expression, Predicate, ValueJoin
from core.segments.compile.sql.comparisons import Bind, Quantity, number_condition, text_condition
from core.segments.compile.sql.context import EvaluationContext
from core.segments.compile.sql.temporary import Temporary
from core.segments.compile.sql.window_edges import BirthDates
from core.segments.rules.conditions import BirthdayComparisons, TextComparisons
from core.segments.rules.values import Duration
from core.store.keys import fold
from core.store.tables import STORES

Joins = tuple[tuple[FromClause, Predicate], ...]


@dataclass(frozen=True, eq=False)
class RowCondition:
    """A condition on a row, and the filters that it needs beside the rows."""

    condition: Predicate
    joins: Joins = ()


@dataclass(frozen=True, eq=False)
class GroupBy:
    """How rows are put beside every value of a family at once."""

    key: Callable[[str], str]
    """Writes a value as rows carry it."""
    beside: Callable[[Temporary], ValueJoin]
    """Takes the table of the values; a row stands beside each of its own once."""


@dataclass(frozen=True, eq=False)
class Attribute:
    """Something that `where` may name."""

    ask: Callable[[Any, Bind], RowCondition]
    present: RowCondition | None = None
    """Whether a row has it; None where every row has."""
    compares: bool = False
    """Whether comparing it may itself say nothing, as with a population figure of nobody."""
    spread: GroupBy | None = None
    """None where only one value is asked for at a time."""


def _always(condition: Callable[[Any], Predicate]) -> Callable[[Any, Bind], RowCondition]:
    return lambda asked, _bind: RowCondition(condition(asked))


def text(
    column: Expression, key: Callable[[str], str] = fold, *, always: bool = False
) -> Attribute:
    """A text that stands on the row; `key` writes a word as the column does."""
    return Attribute(
        _always(lambda asked: text_condition(column, asked, key)),
        None if always else RowCondition(column.is_not(None)),
        spread=GroupBy(key, carried(column)),
    )


def carried(column: Expression) -> Callable[[Temporary], ValueJoin]:
    """Rows whose value stands on them."""
    return lambda values: ValueJoin(values, values.c.key == column, values.c.number, values)


def code(column: Expression, folded: Expression) -> Attribute:
    """An id or an article number: its case matters, except in `contains` and `starts_with`.

    `folded` is empty where small letters of a to z are all that folding does.
    """
    loosely = sa.func.coalesce(folded, sa.func.lower(column))
    return Attribute(
        _always(lambda asked: text_condition(column, asked, str.strip, loosely=loosely)),
        RowCondition(column.is_not(None)),
        spread=GroupBy(str.strip, carried(column)),
    )


def named(*columns: Expression) -> Attribute:
    """Something that a person may call by its id or by its title."""

    def condition(asked: TextComparisons) -> Predicate:
        if asked.is_not is not None or asked.not_in is not None or asked.known is False:
            return sa.and_(*(sa.or_(c.is_(None), text_condition(c, asked)) for c in columns))
        return sa.or_(*(text_condition(column, asked) for column in columns))

    return Attribute(_always(condition), RowCondition(sa.or_(*(c.is_not(None) for c in columns))))


def store(context: EvaluationContext, column: Expression) -> Attribute:
    """A store, by its id or by its title."""

    def condition(asked: TextComparisons) -> Predicate:
        here = text_condition(column, asked)
        title = text_condition(STORES.c.title_key, asked)
        if asked.known is not None:
            return here
        if asked.is_not is not None or asked.not_in is not None:
            meant = sa.and_(STORES.c.title_key.is_not(None), sa.not_(title))
            return sa.and_(here, column.not_in(sa.select(STORES.c.key).where(meant)))
        return sa.or_(here, column.in_(sa.select(STORES.c.key).where(title)))

    def beside(values: Temporary) -> ValueJoin:
        titled = values.join(STORES, STORES.c.title_key == values.c.key)
        # A union, so that a store that is called by its own id is named once.
        meant = sa.union(
            sa.select(values.c.key.label("key"), values.c.number.label("number")),
            sa.select(STORES.c.key, values.c.number).select_from(titled),
        )
        rows = context.derived(meant, "store")
        return ValueJoin(rows, rows.c.key == column, rows.c.number, values)

    return Attribute(
        _always(condition), RowCondition(column.is_not(None)), spread=GroupBy(fold, beside)
    )


def connection(numbers: Mapping[str, int], column: Expression) -> Attribute:
    """A connection, by its name in the config."""

    def condition(asked: TextComparisons) -> Predicate:
        chosen = [number for name, number in numbers.items() if _means(name, asked)]
        return column.in_(sorted(chosen))

    return Attribute(_always(condition))


def _means(name: str, asked: TextComparisons) -> bool:
    folded = fold(name)
    return all(
        (
            asked.is_ is None or folded == fold(asked.is_),
            asked.is_not is None or folded != fold(asked.is_not),
            asked.in_ is None or folded in {fold(word) for word in asked.in_},
            asked.not_in is None or folded not in {fold(word) for word in asked.not_in},
            asked.contains is None or fold(asked.contains) in folded,
            asked.starts_with is None or folded.startswith(fold(asked.starts_with)),
            asked.known is not False,
        )
    )


def number(quantity: Quantity) -> Attribute:
    """A number, a share or an amount that stands on the row."""
    return Attribute(
        lambda asked, bind: RowCondition(number_condition(quantity, asked, bind)),
        compares=True,
    )


def flag(column: Expression) -> Attribute:
    """A yes or no that stands on the row."""
    return Attribute(
        _always(lambda asked: column if asked else sa.not_(column)),
        RowCondition(column.is_not(None)),
    )


def birthday(context: EvaluationContext, born: BirthDates) -> Attribute:
    """A birthday that comes soon."""

    def condition(asked: BirthdayComparisons) -> Predicate:
        found: list[Predicate] = []
        if asked.within_next is not None:
            found.append(has_birthday(context, born, asked.within_next))
        if asked.known is not None:
            found.append(born.month.is_not(None) if asked.known else born.month.is_(None))
        return sa.and_(*found)

    return Attribute(_always(condition), RowCondition(born.month.is_not(None)))


def has_birthday(context: EvaluationContext, born: BirthDates, ahead: Duration) -> Predicate:
    """Whether a birthday lies that far ahead."""
    now = context.clock.birthdays_within(ahead)
    if context.before is not None:
        # Those that came into the window, and those that left it.
        then = context.before.birthdays_within(ahead)
        context.crossings.birthdays(born, set(now) ^ set(then))
    return (born.month * 100 + born.day).in_(now)
