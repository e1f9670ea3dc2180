"""Carts, and what lies in them."""

from collections.abc import Callable

import sqlalchemy as sa

from core.records import Cart
from core.segments.compile.sql.aggregates import Expression, Predicate
from core.segments.compile.sql.comparisons import text_condition
from core.segments.compile.sql.context import EvaluationContext
from core.segments.compile.sql.vocabulary import StoredValues, Vocabulary, words_of
from core.segments.compile.subjects.attributes import (
    Attribute,
    Joins,
    RowCondition,
    connection,
    free_text,
    text,
)
from core.segments.compile.subjects.lines import required_and_excluded
from core.segments.compile.subjects.subject import Subject, dated
from core.segments.rules.conditions import TextComparisons
from core.store.keys import fold
from core.store.tables import CART_LINES, CARTS


def carts(context: EvaluationContext) -> Subject:
    """Carts and checkouts that were begun, whatever became of them."""
    attributes = {
        "status": text(CARTS.c.status, always=True, words=words_of(Cart, "status")),
        "category": _of_lines(context, CART_LINES.c.category_key),
        "brand": _of_lines(context, CART_LINES.c.brand_key, context.brand_key),
        "product": _of_lines(context, CART_LINES.c.product_key),
        "url": free_text(CARTS.c.url_key),
        "connection": connection(context.connections, CARTS.c.connection_id),
    }
    return dated(context, CARTS, "carts", attributes, amount=CARTS.c.total_shop)


def _of_lines(
    context: EvaluationContext, column: Expression, key: Callable[[str], str] = fold
) -> Attribute:
    """A text of the lines: a cart has it where any of its lines has."""

    def among_lines(condition: Predicate) -> RowCondition:
        mine = sa.select(CART_LINES.c.cart_id).where(condition)
        if context.people is not None:
            selected = sa.select(CARTS.c.id).where(*context.selected(CARTS.c.profile_id))
            mine = mine.where(CART_LINES.c.cart_id.in_(selected))
        rows = context.derived(mine.distinct(), "cart_lines")
        return RowCondition(rows.c.cart_id.is_not(None), ((rows, rows.c.cart_id == CARTS.c.id),))

    present = among_lines(column.is_not(None))

    def compiled(condition: TextComparisons) -> RowCondition:
        required, excluded = required_and_excluded(condition, "what lies in a cart")
        joins: Joins = ()
        predicates: list[Predicate] = []
        if required is not None:
            has = among_lines(text_condition(column, required, key))
            joins += has.joins
            predicates.append(has.condition)
        if excluded is not None:
            lacks = among_lines(text_condition(column, excluded, key))
            joins += lacks.joins + present.joins
            predicates += [sa.not_(lacks.condition), present.condition]
        return RowCondition(sa.and_(*predicates), joins)

    return Attribute(
        lambda condition, _bind: compiled(condition),
        present,
        vocabulary=Vocabulary(key, (StoredValues(column),)),
    )
