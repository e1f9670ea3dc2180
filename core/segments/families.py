"""The values that a `for_each` segment has in the store: one segment each."""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from core.errors import Misconfigured, Mistake
from core.segments.definition import Segment
from core.segments.sql.tables import (
    CATEGORIES,
    COMPANIES,
    INTERESTS,
    LINES,
    ORDERS,
    PROFILE_FIELDS,
    PROFILES,
)
from core.segments.traits.fields import TEXT_FIELDS
from core.store.keys import fold
from core.store.shop import Shop

MOST_VALUES = 500


def expanded(transaction: sa.Connection, shop: Shop, segments: Iterable[Segment]) -> list[Segment]:
    """Every segment, families replaced by one segment per value that the store holds.

    Raises Misconfigured where a family has too many values.
    """
    found: list[Segment] = []
    for segment in segments:
        if segment.for_each is None:
            found.append(segment)
            continue
        values = _values(transaction, shop, segment.for_each)
        if len(values) > MOST_VALUES:
            message = f"{segment.for_each} has {len(values)} values; at most {MOST_VALUES} fit"
            raise Misconfigured([Mistake(f"segments.{segment.name}.for_each", message)])
        found += [segment.of(value) for value in values]
    return found


def _values(transaction: sa.Connection, shop: Shop, each: str) -> list[str]:
    if each == "birth_month":
        return [str(month) for month in range(1, 13)]
    if each == "decade":
        years = sa.select(sa.func.min(PROFILES.c.birth_year))
        first = transaction.execute(years).scalar_one()
        # Whatever the date of the evaluation: every decade that such birth years can come to.
        return [] if first is None else [str(decade) for decade in range(0, 120, 10)]
    rows = transaction.execute(_select(each).limit(MOST_VALUES + 1)).scalars()
    if each == "brand":
        # Called as the config calls it, whatever spelling came in.
        return [shop.brand_aliases.get(fold(value), value) for value in rows]
    return [str(value) for value in rows]


def _select(each: str) -> sa.Select[Any]:
    """The distinct values, in the spelling that is shown."""

    def shown(key: Any, spelling: Any) -> sa.Select[Any]:
        return (
            sa.select(sa.func.min(spelling))
            .where(key.is_not(None), key != "")
            .group_by(key)
            .order_by(key)
        )

    match each:
        case "category":
            return shown(CATEGORIES.c.key, CATEGORIES.c.title)
        case "brand":
            return shown(LINES.c.brand_key, LINES.c.brand)
        case "store":
            return shown(ORDERS.c.store_key, ORDERS.c.store_external_id)
        case "topic":
            return shown(INTERESTS.c.topic, INTERESTS.c.title)
        case "gender" | "language" | "country":
            return shown(PROFILES.c[each], PROFILES.c[each])
    if each.startswith("company."):
        column = COMPANIES.c[each.removeprefix("company.")]
        return shown(column, column)
    if each in TEXT_FIELDS or each.startswith("custom."):
        fields = PROFILE_FIELDS
        return shown(fields.c.value, fields.c.text).where(fields.c.field == each)
    raise Misconfigured([Mistake("for_each", f"{each} has no list of values")])
