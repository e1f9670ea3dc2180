"""The values of a `for_each` segment that the store holds, and one segment for each of them."""

from collections.abc import Iterable

import sqlalchemy as sa

from core.errors import Misconfigured, Mistake
from core.segments.compile.groups import GROUP_TITLES
from core.segments.compile.interests import TOPICS
from core.segments.compile.profile_fields import field_values
from core.segments.compile.sql.vocabulary import StoredValues
from core.segments.compile.subjects.attributes import STORES_OF_ORDERS
from core.segments.compile.subjects.lines import BRANDS_SOLD, CATEGORY_NAMES
from core.segments.definition import Segment
from core.store.keys import fold
from core.store.shop import Shop
from core.store.tables import PROFILES, VISITS

MOST_VALUES = 500
_OF_FACTS = {
    "category": (CATEGORY_NAMES,),
    "brand": BRANDS_SOLD,
    "store": (STORES_OF_ORDERS,),
    "topic": (TOPICS,),
    "group": (GROUP_TITLES,),
    "event": (StoredValues(VISITS.c.event, indexed=True),),
}
"""Values that are no fields of a profile."""


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
    found: dict[str, str] = {}
    for each in _OF_FACTS.get(field) or filter(None, [field_values(field)]):
        for row in transaction.execute(each.query().limit(most)):
            found[row.key] = min(row.shown, found.get(row.key, row.shown))
    pairs = sorted(found.items())
    if field == "brand":
        # The config's name for a brand comes before any spelling that came in.
        return [shop.brand_aliases.get(fold(shown), shown) for _, shown in pairs]
    return [shown for _, shown in pairs]
