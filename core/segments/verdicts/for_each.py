"""The values of a `for_each` segment that the store holds, and one segment for each of them."""

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from core.errors import Misconfigured, Mistake
from core.segments.compile.profile_fields import COMPANY_FIELDS, company_column
from core.segments.definition import Segment
from core.store.keys import fold
from core.store.people.profile_fields import TEXT_FIELDS
from core.store.shop import Shop
from core.store.tables import (
    CATEGORIES,
    COMPANIES,
    GROUPS,
    INTERESTS,
    LINE_BRANDS,
    LINES,
    LOYALTIES,
    ORDERS,
    PROFILE_FIELDS,
    PROFILES,
    VISITS,
)

MOST_VALUES = 500
_INDEXED: Mapping[str, tuple[sa.Column[Any], sa.Column[Any]]] = {
    "category": (CATEGORIES.c.key, CATEGORIES.c.title),
    "brand": (LINES.c.brand_key, LINES.c.brand),
    "store": (ORDERS.c.store_key, ORDERS.c.store_external_id),
    "topic": (INTERESTS.c.topic, INTERESTS.c.title),
    "group": (GROUPS.c.title_key, GROUPS.c.title),
    "event": (VISITS.c.event, VISITS.c.event),
    "loyalty.tier": (LOYALTIES.c.tier_key, LOYALTIES.c.tier),
}
"""Value of `for_each` -> column of its values, with which an index begins, and of a spelling."""


def expand(transaction: sa.Connection, shop: Shop, segments: Iterable[Segment]) -> list[Segment]:
    """All segments, each `for_each` segment replaced by one per value that the store holds.

    Raises Misconfigured where one has more than `MOST_VALUES` values.
    """
    expanded: list[Segment] = []
    for segment in segments:
        if segment.for_each is None:
            expanded.append(segment)
            continue
        values = _values(transaction, shop, segment.for_each, MOST_VALUES + 1)
        if len(values) > MOST_VALUES:
            number = len(_values(transaction, shop, segment.for_each))
            message = (
                f"{segment.for_each} has {number} values, at most {MOST_VALUES} fit; "
                "write a segment for each of those that you need"
            )
            raise Misconfigured([Mistake(f"segments.{segment.name}.for_each", message)])
        expanded += [segment.for_value(value) for value in values]
    return expanded


def _values(
    transaction: sa.Connection, shop: Shop, field: str, most: int | None = None
) -> list[str]:
    """The values of a field, `most` at the most."""
    if field == "birth_month":
        return [str(month) for month in range(1, 13)]
    if field == "decade":
        year = sa.select(PROFILES.c.birth_year).where(PROFILES.c.birth_year.is_not(None)).limit(1)
        # Every decade of life, so that the segments do not depend on the evaluation's date.
        has_years = transaction.execute(year).scalar() is not None
        return [str(decade) for decade in range(0, 120, 10)] if has_years else []
    rows = transaction.execute(_distinct_values(field).limit(most))
    found = {row.key: row.shown for row in rows}
    if field == "brand":
        further = _by_index(LINE_BRANDS.c.key, LINE_BRANDS.c.brand).limit(most)
        for row in transaction.execute(further):
            found[row.key] = min(row.shown, found.get(row.key, row.shown))
    pairs = sorted(found.items())
    if field == "brand":
        # The config's name for a brand comes before any spelling that came in.
        return [shop.brand_aliases.get(fold(shown), shown) for _, shown in pairs]
    return [str(shown) for _, shown in pairs]


def _distinct_values(field: str) -> sa.Select[Any]:
    """Columns `key`, the distinct normalized values, and `shown`, one spelling of each."""
    if field in _INDEXED:
        return _by_index(*_INDEXED[field])
    if field in {"gender", "language", "country"}:
        return _by_scan(PROFILES.c[field], PROFILES.c[field])
    if field in COMPANY_FIELDS and field != "company.revenue":
        key, shown = company_column(field), COMPANIES.c[field.removeprefix("company.")]
        return _by_scan(sa.cast(key, sa.String), sa.cast(shown, sa.String))
    if field in TEXT_FIELDS or field.startswith("custom."):
        fields = PROFILE_FIELDS
        return _by_index(fields.c.value, fields.c.text, fields.c.field == field)
    raise Misconfigured([Mistake("for_each", f"{field} has no list of values; name another field")])


def _by_scan(key: Any, spelling: Any) -> sa.Select[Any]:
    """The values of a column with at most a row per person, and one spelling of each value."""
    shown = sa.func.min(spelling).label("shown")
    return sa.select(key.label("key"), shown).where(key > "").group_by(key)


def _by_index(key: Any, spelling: Any, *where: Any) -> sa.Select[Any]:
    """Every key with its first spelling, by a few looks into an index per key.

    The cost must follow the number of values, not of the facts that are stored.
    """
    values = sa.select(sa.func.min(key).label("key")).where(key > "", *where).cte(recursive=True)
    after = sa.select(sa.func.min(key)).where(key > values.c.key, *where).scalar_subquery()
    values = values.union_all(sa.select(after).where(values.c.key.is_not(None)))
    first = sa.select(sa.func.min(spelling)).where(key == values.c.key, *where).scalar_subquery()
    return sa.select(values.c.key, first.label("shown")).where(values.c.key.is_not(None))
