"""Rules about places: whether a person lives near a store, or in the area of a store."""

import math
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from core.segments.compile.sql.aggregates import Expression, FactSource, Predicate, greatest
from core.segments.compile.sql.comparisons import unknown
from core.segments.compile.sql.context import Compilation
from core.segments.rules import LivesRule
from core.segments.rules.values import Number
from core.store.keys import fold
from core.store.tables import POSTCODES, PROFILE_FIELDS, PROFILES, STORE_AREAS, STORES

EARTH_KM = 6371.0
DEGREES = 10**7
"""The store keeps ten-millionths of a degree."""


def lives_verdict(rule: LivesRule, compilation: Compilation) -> Predicate:
    """Whether a person lives in a store's own area, or within a distance of the store."""
    shop_country = compilation.context.shop.country
    fields = FactSource("fields", PROFILE_FIELDS, PROFILE_FIELDS.c.profile_id)

    def field(name: str) -> Expression:
        value = greatest(PROFILE_FIELDS.c.value, PROFILE_FIELDS.c.field == name)
        return compilation.queries.trait(fields, value)

    postcode, city = field("postcode"), field("city")
    # A person without a country lives in the shop's; where the shop has none, it may be any.
    home = sa.func.coalesce(PROFILES.c.country, sa.cast(shop_country, sa.String))
    if rule.lives == "near":
        return _near(rule, postcode, home, compilation)
    country = _store_country(shop_country)
    areas = sa.select(STORE_AREAS.c.postcode, country.label("country")).join(
        STORES, STORES.c.id == STORE_AREAS.c.store_id
    )
    own_area = areas.where(_is_store(rule.store))
    cities = sa.select(STORES.c.city_key, country.label("country"))
    own_city = cities.where(_is_store(rule.store), STORES.c.city_key.is_not(None))
    return sa.case(
        (sa.exists(own_area), _lies_in(postcode, home, own_area, shop_country)),
        (sa.exists(own_city), _lies_in(city, home, own_city, shop_country)),
    )


def _near(
    rule: LivesRule, postcode: Expression, home: Expression, compilation: Compilation
) -> Predicate:
    """Whether a postcode, in the country where the person lives, lies near the store."""
    if not isinstance(rule.km, Number) or compilation.transaction is None:
        return unknown()
    km, country = float(rule.km.value), compilation.context.shop.country
    near = postcodes_near(compilation.transaction, rule.store, km, country)
    if near is None:
        return unknown()
    places = (
        sa.and_(sa.or_(home.is_(None), home == name), postcode.in_(codes))
        for name, codes in near.items()
    )
    return sa.case((postcode.is_not(None), sa.or_(*places)))


def _lies_in(
    place: Expression, home: Expression, places: sa.Select[Any], shop_country: str | None
) -> Predicate:
    """Whether a person's postcode or city is one of `places`, each of them with its country."""
    lies: Predicate = sa.tuple_(place, home).in_(places)
    if shop_country is None:
        # Where no country is known, of the person or of the store, the name alone must match.
        name, country = places.selected_columns
        names = places.with_only_columns(name)
        lies = sa.or_(
            sa.func.coalesce(lies, sa.false()),
            sa.and_(home.is_(None), place.in_(names)),
            place.in_(names.where(country.is_(None))),
        )
    return sa.case((place.is_not(None), lies))


def _store_country(shop_country: str | None) -> sa.ColumnElement[str]:
    """The country of a store, by default the shop's."""
    return sa.func.coalesce(STORES.c.country, sa.cast(shop_country, sa.String))


def _is_store(name: str) -> Predicate:
    """Whether a store has this id or title."""
    return sa.or_(STORES.c.key == fold(name), STORES.c.title_key == fold(name))


def postcodes_near(
    transaction: sa.Connection, store: str, km: float, shop_country: str | None
) -> Mapping[str, list[str]] | None:
    """Postcodes at most `km` from a store, by country; None where the store has no coordinates.

    By country, because the same digits are another place in another country. Distances are
    measured between the centres of postcodes.
    """
    places = POSTCODES
    has_place = sa.and_(places.c.latitude.is_not(None), places.c.longitude.is_not(None))
    at_store = sa.and_(
        places.c.postcode == STORES.c.postcode, places.c.country == _store_country(shop_country)
    )
    stores: dict[str, set[tuple[int, int]]] = defaultdict(set)
    query = sa.select(places.c.country, places.c.latitude, places.c.longitude)
    for row in transaction.execute(query.join(STORES, at_store).where(_is_store(store), has_place)):
        stores[row.country].add((row.latitude, row.longitude))
    if not stores:
        return None
    near: dict[str, list[str]] = {country: [] for country in stores}
    for row in transaction.execute(
        query.add_columns(places.c.postcode)
        .where(places.c.country.in_(sorted(stores)), has_place)
        .order_by(places.c.postcode)
    ):
        place = (row.latitude, row.longitude)
        if any(distance_km(*own, *place) <= km for own in stores[row.country]):
            near[row.country].append(row.postcode)
    return near


def distance_km(north: int, east: int, other_north: int, other_east: int) -> float:
    """Great-circle distance between two points in ten-millionths of a degree."""
    a, b = math.radians(north / DEGREES), math.radians(other_north / DEGREES)
    across = math.radians((other_east - east) / DEGREES)
    half = math.sin((b - a) / 2) ** 2 + math.cos(a) * math.cos(b) * math.sin(across / 2) ** 2
    return 2 * EARTH_KM * math.asin(math.sqrt(half))
