"""Fields of a source's own: of people, companies and the rows that rules count."""

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

import sqlalchemy as sa

from core.records import LARGEST_AMOUNT
from core.segments.compile.sql.aggregates import Expression, Predicate
from core.segments.compile.sql.comparisons import (
    Quantity,
    no_population,
    number_condition,
    several_texts,
    text_condition,
)
from core.segments.compile.subjects.attributes import Attribute, RowCondition
from core.segments.rules import FieldRule
from core.segments.rules.conditions import CustomComparisons, NumberComparisons, TextComparisons
from core.segments.rules.values import Number
from core.store.keys import fold
from core.store.money import SCALE, ten_thousandths, units
from core.store.tables import CUSTOM_VALUES

Owner = tuple[sa.Table, Expression | sa.Select[Any]]
"""A table whose rows have fields, and the number of such a row, or a query of several."""
Comparisons = CustomComparisons | FieldRule
Has = Callable[[Predicate], Predicate]
"""Whether any value meets a condition."""


def own_field(name: str, rows: sa.FromClause, *owners: Owner) -> Attribute:
    """A field that a row has where one of its owners states it."""

    def any_value(matching: Predicate) -> Predicate:
        return sa.or_(
            *(
                sa.exists()
                .where(
                    CUSTOM_VALUES.c.owner == table.name,
                    CUSTOM_VALUES.c.field == name,
                    CUSTOM_VALUES.c.owner_id.in_(number)
                    if isinstance(number, sa.Select)
                    else CUSTOM_VALUES.c.owner_id == number,
                    matching,
                )
                .correlate(rows)
                for table, number in owners
            )
        )

    is_known = any_value(sa.true())

    def condition(rule: Comparisons, _bind: object) -> RowCondition:
        found: list[Predicate] = []
        if texts := value_conditions(CUSTOM_VALUES, rule, any_value):
            found.append(sa.case((is_known, sa.and_(*texts))))
        if rule.ordering is not None:
            compared = ordered(CUSTOM_VALUES, rule.ordering, lambda column: column)
            # A text is neither more nor less than a number.
            found.append(sa.case((any_value(compared.is_not(None)), any_value(compared))))
        if rule.known is not None:
            found.append(is_known if rule.known else sa.not_(is_known))
        return RowCondition(sa.and_(*found))

    return Attribute(condition, RowCondition(is_known), compares=True)


def value_conditions(values: sa.Table, rule: Comparisons, has: Has) -> list[Predicate]:
    """The comparisons of a field with words, of which it may have several."""

    def is_any(**comparisons: Any) -> Predicate:
        compared = TextComparisons(**comparisons)
        return text_condition(as_written(values.c.value, values.c.number, compared), compared)

    found = several_texts(rule.texts, lambda **comparisons: has(is_any(**comparisons)))
    if rule.only is not None:
        only = (rule.only,) if isinstance(rule.only, str) else rule.only
        found += [has(is_any(is_=word)) for word in only]
        found.append(sa.not_(has(sa.not_(is_any(in_=only)))))
    return found


def ordered(
    values: sa.Table,
    comparisons: NumberComparisons,
    value_of: Callable[[Expression], Expression],
) -> Predicate:
    """The comparisons of order, of a number or a date."""
    is_date = any(not isinstance(each, Number) for each in _thresholds(comparisons))
    quantity = Quantity(value_of(values.c["day" if is_date else "number"]), 1 if is_date else SCALE)
    return number_condition(quantity, comparisons, no_population)


def as_written(
    text: Expression,
    number: Expression,
    texts: TextComparisons,
    key: Callable[[str], str] = fold,
) -> Expression:
    """The text of a field, or the rule's spelling of an equal number: 5.5 equals 5.50."""
    words = [texts.is_, texts.is_not, *(texts.in_ or ()), *(texts.not_in or ())]
    numbers = {key(word): _read_number(word) for word in words if word is not None}
    spelt = [(number == read, word) for word, read in sorted(numbers.items()) if read is not None]
    return sa.case(*spelt, else_=text) if spelt else text


def _read_number(word: str) -> int | None:
    """A word as ten-thousandths; None where it is no number that the store can hold."""
    try:
        number = Decimal(word.strip())
    except InvalidOperation:
        return None
    if not number.is_finite() or abs(number) > LARGEST_AMOUNT:
        return None
    stored = ten_thousandths(number)
    return stored if units(stored) == number else None


def _thresholds(comparisons: NumberComparisons) -> list[Any]:
    thresholds: list[Any] = []
    for name in comparisons.model_fields_set:
        value = getattr(comparisons, name)
        thresholds += value if isinstance(value, tuple) else [value]
    return thresholds
