"""Order lines, and the categories of their products."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.selectable import Subquery

from core.records import Order
from core.segments.compile.sql.aggregates import FactSource, Predicate, Temporary, ValueJoin
from core.segments.compile.sql.comparisons import Quantity, text_condition
from core.segments.compile.sql.context import EvaluationContext
from core.segments.compile.sql.vocabulary import StoredValues, Vocabulary, words_of
from core.segments.compile.subjects.attributes import (
    Attribute,
    GroupBy,
    Joins,
    RowCondition,
    channel_key,
    code,
    connection,
    flag,
    number,
    store,
    text,
)
from core.segments.compile.subjects.orders import ORDERED
from core.segments.compile.subjects.own_fields import own_field
from core.segments.compile.subjects.subject import Subject
from core.segments.rules.conditions import TextComparisons
from core.store.keys import fold
from core.store.money import SCALE
from core.store.tables import (
    ANCESTORS,
    CATEGORIES,
    LINE_BRANDS,
    LINE_CATEGORIES,
    LINES,
    PRODUCTS,
)

CATEGORY_NAMES = StoredValues(CATEGORIES.c.key, CATEGORIES.c.title, indexed=True)
BRANDS_SOLD = (
    StoredValues(LINES.c.brand_key, LINES.c.brand, indexed=True),
    StoredValues(LINE_BRANDS.c.key, LINE_BRANDS.c.brand, indexed=True),
)
_PRODUCTS = (
    sa.select(PRODUCTS.c.id)
    .where(
        PRODUCTS.c.connection_id == LINES.c.connection_id,
        PRODUCTS.c.external_id.in_([LINES.c.product_external_id, LINES.c.variant_external_id]),
    )
    .correlate(LINES)
)
"""The product of a line, and its variant."""


def items(context: EvaluationContext) -> Subject:
    """Lines of valid orders that were not returned in full."""
    always = (
        LINES.c.valid,
        context.past(LINES.c.placed_at, ORDERED),
        *context.configured(LINES.c.connection_id),
    )
    return Subject(
        context,
        FactSource("items", LINES, LINES.c.profile_id, always),
        LINES.c.placed_at,
        LINES.c.day,
        {
            "category": _category(context),
            "brand": _brand(context.brand_key),
            "product": code(
                LINES.c.product_external_id,
                LINES.c.product_key,
                StoredValues(PRODUCTS.c.external_id),
            ),
            "variant": code(LINES.c.variant_external_id, LINES.c.variant_key),
            "sku": code(LINES.c.sku, LINES.c.sku_key, StoredValues(PRODUCTS.c.sku)),
            "on_sale": flag(LINES.c.on_sale),
            "markdown": number(Quantity(LINES.c.markdown, SCALE)),
            "price": number(Quantity(LINES.c.total_shop, per=sa.func.nullif(LINES.c.quantity, 0))),
            "store": store(context, LINES.c.store_key),
            "channel": text(LINES.c.channel, channel_key, words=words_of(Order, "channel")),
            "connection": connection(context.connections, LINES.c.connection_id),
        },
        amount=LINES.c.total_shop,
        stored=(ORDERED,),
        custom=lambda name: own_field(name, LINES, (LINES, LINES.c.id), (PRODUCTS, _PRODUCTS)),
    )


def _brand(key: Callable[[str], str]) -> Attribute:
    """The brand of a line, or all of them: only lines with several have rows of `line_brand`."""
    own = LINES.c.brand_key

    def any_of(condition: TextComparisons) -> Predicate:
        mine = LINE_BRANDS.alias("further")
        further = sa.exists().where(
            mine.c.line_id == LINES.c.id, text_condition(mine.c.key, condition, key)
        )
        several = sa.and_(LINES.c.several_brands, further.correlate(LINES))
        return sa.or_(text_condition(own, condition, key), several)

    def compiled(condition: TextComparisons) -> RowCondition:
        if condition.known is False:
            return RowCondition(text_condition(own, condition, key))
        required, excluded = required_and_excluded(condition, "a brand")
        parts = [] if required is None else [any_of(required)]
        parts += [] if excluded is None else [sa.not_(any_of(excluded))]
        return RowCondition(sa.and_(*parts))

    def by_value(values: Temporary) -> ValueJoin:
        mine = LINE_BRANDS.alias("each_brand")
        several = sa.and_(LINES.c.several_brands, mine.c.line_id == LINES.c.id)
        brand = sa.func.coalesce(mine.c.key, own)
        return ValueJoin(values, values.c.key == brand, values.c.number, values, ((mine, several),))

    return Attribute(
        lambda condition, _bind: compiled(condition),
        RowCondition(own.is_not(None)),
        group_by=GroupBy(key, by_value),
        vocabulary=Vocabulary(key, (*BRANDS_SOLD, StoredValues(PRODUCTS.c.brand))),
    )


def _category(context: EvaluationContext) -> Attribute:
    """The categories of a line, with all categories above them."""

    def joined(statement: sa.Select[Any], name: str) -> tuple[Subquery, Predicate]:
        if context.people is not None:
            mine = LINES.alias("mine")
            selected = sa.select(mine.c.id).where(*context.selected(mine.c.profile_id))
            statement = statement.where(LINE_CATEGORIES.c.line_id.in_(selected))
        rows = context.derived(statement.distinct(), name)
        return rows, rows.c.line_id == LINES.c.id

    above = LINE_CATEGORIES.join(
        ANCESTORS, ANCESTORS.c.category_id == LINE_CATEGORIES.c.category_id
    ).join(CATEGORIES, CATEGORIES.c.id == ANCESTORS.c.ancestor_id)

    def by_value(values: Temporary) -> ValueJoin:
        matching = above.join(values, values.c.key == CATEGORIES.c.key)
        line = sa.select(LINE_CATEGORIES.c.line_id, values.c.number).select_from(matching)
        rows, on = joined(line, "categories")
        return ValueJoin(rows, on, rows.c.number, values)

    def in_any(condition: TextComparisons) -> RowCondition:
        matches = text_condition(CATEGORIES.c.key, condition)
        if context.people is None:
            line = sa.select(LINE_CATEGORIES.c.line_id).select_from(above)
            rows, on = joined(line.where(matches), "category")
            return RowCondition(rows.c.line_id.is_not(None), ((rows, on),))
        # For some people, line by line: gathering their lines first costs more. The sum hides the
        # column from its index, so that a line's few categories are read, not all that match.
        category = LINE_CATEGORIES.c.category_id + 0
        below = sa.select(ANCESTORS.c.category_id).where(
            ANCESTORS.c.ancestor_id == CATEGORIES.c.id, matches
        )
        has_match = sa.exists().where(LINE_CATEGORIES.c.line_id == LINES.c.id, category.in_(below))
        return RowCondition(has_match.correlate(LINES))

    def compiled(condition: TextComparisons) -> RowCondition:
        required, excluded = required_and_excluded(condition)
        joins: Joins = ()
        predicates: list[Predicate] = []
        if required is not None:
            has = in_any(required)
            joins += has.joins
            predicates.append(has.condition)
        if excluded is not None:
            lacks = in_any(excluded)
            joins += lacks.joins
            predicates += [sa.not_(lacks.condition), has_any]
        return RowCondition(sa.and_(*predicates), joins)

    # Line by line: nearly every line has a category, and a table of them all costs more.
    has_any = sa.exists().where(LINE_CATEGORIES.c.line_id == LINES.c.id).correlate(LINES)
    return Attribute(
        lambda condition, _bind: compiled(condition),
        RowCondition(has_any),
        group_by=GroupBy(fold, by_value),
        vocabulary=Vocabulary(fold, (CATEGORY_NAMES,)),
    )


def required_and_excluded(
    condition: TextComparisons, name: str = "a category"
) -> tuple[TextComparisons | None, TextComparisons | None]:
    """A condition on a many-valued attribute, split: any of these values, none of those."""
    has = {
        name: value
        for name in ("is_", "in_", "contains", "starts_with")
        if (value := getattr(condition, name)) is not None
    }
    if condition.known:
        has["known"] = True
    lacks: dict[str, Any] = {}
    if condition.is_not is not None:
        lacks["in_"] = (condition.is_not, *(condition.not_in or ()))
    elif condition.not_in is not None:
        lacks["in_"] = condition.not_in
    if condition.known is False:
        raise ValueError(f"`known = false` does not go with {name}")
    return (TextComparisons(**has) if has else None, TextComparisons(**lacks) if lacks else None)
