"""The values that a `for_each` segment has in the store: one segment each."""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from core.errors import Misconfigured, Mistake
from core.segments.compile.profile_fields import TEXT_FIELDS
from core.segments.definition import Segment
from core.store.keys import fold
from core.store.shop import Shop
from core.store.tables import (
    CATEGORIES,
    COMPANIES,
    INTERESTS,
    LINES,
    ORDERS,
    PROFILE_FIELDS,
    PROFILES,
)

MOST_VALUES = 500


def expand(transaction: sa.Connection, shop: Shop, segments: Iterable[Segment]) -> list[Segment]:
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
        year = sa.select(PROFILES.c.birth_year).where(PROFILES.c.birth_year.is_not(None)).limit(1)
        # Whatever the date of the evaluation: every decade that birth years can come to.
        known = transaction.execute(year).scalar() is not None
        return [str(decade) for decade in range(0, 120, 10)] if known else []
    found = transaction.execute(_select(each).limit(MOST_VALUES + 1))
    rows = sorted((row.key, row.shown) for row in found)
    if each == "brand":
        # Called as the config calls it, whatever spelling came in.
        return [shop.brand_aliases.get(fold(shown), shown) for _, shown in rows]
    return [str(shown) for _, shown in rows]


def _select(each: str) -> sa.Select[Any]:
    """The distinct values, and the spelling of each that is shown."""
    match each:
        case "category":
            return _looked_up(CATEGORIES.c.key, CATEGORIES.c.title)
        case "brand":
            return _looked_up(LINES.c.brand_key, LINES.c.brand)
        case "store":
            return _looked_up(ORDERS.c.store_key, ORDERS.c.store_external_id)
        case "topic":
            return _looked_up(INTERESTS.c.topic, INTERESTS.c.title)
        case "gender" | "language" | "country":
            return _scanned(PROFILES.c[each])
    if each.startswith("company."):
        return _scanned(COMPANIES.c[each.removeprefix("company.")])
    if each in TEXT_FIELDS or each.startswith("custom."):
        fields = PROFILE_FIELDS
        return _looked_up(fields.c.value, fields.c.text, fields.c.field == each)
    raise Misconfigured([Mistake("for_each", f"{each} has no list of values")])


def _scanned(column: Any) -> sa.Select[Any]:
    """Every value of a column that is spelt in one way; there is a row per person at most."""
    return sa.select(column.label("key"), column.label("shown")).where(column > "").distinct()


def _looked_up(key: Any, spelling: Any, *where: Any) -> sa.Select[Any]:
    """Every key with its first spelling, by a few looks into an index per key.

    What an evaluation costs must not follow the facts that are stored.
    """
    values = sa.select(sa.func.min(key).label("key")).where(key > "", *where).cte(recursive=True)
    after = sa.select(sa.func.min(key)).where(key > values.c.key, *where).scalar_subquery()
    values = values.union_all(sa.select(after).where(values.c.key.is_not(None)))
    first = sa.select(sa.func.min(spelling)).where(key == values.c.key, *where).scalar_subquery()
    return sa.select(values.c.key, first.label("shown")).where(values.c.key.is_not(None))
