"""Postcodes near a store, by the straight line between their centres."""

import math
from collections import defaultdict
from collections.abc import Mapping

import sqlalchemy as sa

from core.store.keys import fold
from core.store.tables import POSTCODES, STORES

EARTH_KM = 6371.0
DEGREES = 10**7
"""The store keeps ten-millionths of a degree."""


def store_country(shop_country: str | None) -> sa.ColumnElement[str]:
    """The country that a store stands in: its own, or else the shop's."""
    return sa.func.coalesce(STORES.c.country, sa.cast(shop_country, sa.String))


def is_meant(store: str) -> sa.ColumnElement[bool]:
    """Whether a store is the one that a rule names, by its id or by its title."""
    return sa.or_(STORES.c.key == fold(store), STORES.c.title_key == fold(store))


def postcodes_near(
    transaction: sa.Connection, store: str, km: float, shop_country: str | None
) -> Mapping[str, list[str]] | None:
    """Country -> its postcodes at most `km` away from a store there; None where it has no place.

    The same digits are another place in another country, so postcodes stand under theirs.
    """
    places = POSTCODES
    has_place = sa.and_(places.c.latitude.is_not(None), places.c.longitude.is_not(None))
    of_store = sa.and_(
        places.c.postcode == STORES.c.postcode, places.c.country == store_country(shop_country)
    )
    homes: dict[str, set[tuple[int, int]]] = defaultdict(set)
    query = sa.select(places.c.country, places.c.latitude, places.c.longitude)
    for row in transaction.execute(query.join(STORES, of_store).where(is_meant(store), has_place)):
        homes[row.country].add((row.latitude, row.longitude))
    if not homes:
        return None
    near: dict[str, list[str]] = {country: [] for country in homes}
    for row in transaction.execute(
        query.add_columns(places.c.postcode)
        .where(places.c.country.in_(sorted(homes)), has_place)
        .order_by(places.c.postcode)
    ):
        here = (row.latitude, row.longitude)
        if any(distance_km(*home, *here) <= km for home in homes[row.country]):
            near[row.country].append(row.postcode)
    return near


def distance_km(north: int, east: int, other_north: int, other_east: int) -> float:
    """Great-circle distance between two points in ten-millionths of a degree."""
    a, b = math.radians(north / DEGREES), math.radians(other_north / DEGREES)
    across = math.radians((other_east - east) / DEGREES)
    half = math.sin((b - a) / 2) ** 2 + math.cos(a) * math.cos(b) * math.sin(across / 2) ** 2
    return 2 * EARTH_KM * math.asin(math.sqrt(half))
