"""Postcodes near a store, by the straight line between their centres."""

import math

import sqlalchemy as sa

from core.segments.sql.tables import POSTCODES, STORES
from core.store.keys import fold

EARTH_KM = 6371.0
DEGREES = 10**7
"""The store keeps ten-millionths of a degree."""


def postcodes_near(transaction: sa.Connection, store: str, km: float) -> list[str] | None:
    """The postcodes of the store's country at most `km` away; None where it has no place."""
    stores, places = STORES, POSTCODES
    meant = sa.or_(stores.c.key == fold(store), stores.c.title_key == fold(store))
    here = transaction.execute(
        sa.select(places.c.latitude, places.c.longitude, places.c.country)
        .join(
            stores,
            sa.and_(places.c.postcode == stores.c.postcode, places.c.country == stores.c.country),
        )
        .where(meant, places.c.latitude.is_not(None), places.c.longitude.is_not(None))
    ).first()
    if here is None:
        return None
    latitude, longitude, country = here
    around = transaction.execute(
        sa.select(places.c.postcode, places.c.latitude, places.c.longitude).where(
            places.c.country == country,
            places.c.latitude.is_not(None),
            places.c.longitude.is_not(None),
        )
    )
    return sorted(
        postcode
        for postcode, north, east in around
        if distance_km(latitude, longitude, north, east) <= km
    )


def distance_km(north: int, east: int, other_north: int, other_east: int) -> float:
    """Great-circle distance between two points in ten-millionths of a degree."""
    a, b = math.radians(north / DEGREES), math.radians(other_north / DEGREES)
    across = math.radians((other_east - east) / DEGREES)
    half = math.sin((b - a) / 2) ** 2 + math.cos(a) * math.cos(b) * math.sin(across / 2) ** 2
    return 2 * EARTH_KM * math.asin(math.sqrt(half))
