"""Rules about places: whether a person lives near a store, or in the area of a store."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from core.segments.compile.sql.aggregates import Expression, FactSource, Predicate, greatest
from core.segments.compile.sql.comparisons import unknown
from core.segments.compile.sql.context import Compilation
from core.segments.rules import FieldRule, LivesRule, Rule, all_rules
from core.segments.rules.values import Number
from core.store.keys import fold
from core.store.tables import POSTCODES, PROFILE_FIELDS, PROFILES, STORE_AREAS, STORES

EARTH_KM = 6371.0
DEGREES = 10**7
"""The store keeps ten-millionths of a degree."""
REGION = "region"
"""The field that follows from country and postcode where nobody states it."""
Centre = tuple[int, int]
"""Latitude and longitude."""
_HAS_PLACE = sa.and_(POSTCODES.c.latitude.is_not(None), POSTCODES.c.longitude.is_not(None))


def asks_for_places(rule: Rule | None) -> bool:
    """Whether any part of a rule asks for what follows from a postcode."""
    return any(
        (isinstance(part, FieldRule) and part.field == REGION)
        or (isinstance(part, LivesRule) and part.lives == "near")
        for part in all_rules(rule)
    )


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
        return _near(rule, postcode, city, home, compilation)
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
    rule: LivesRule,
    postcode: Expression,
    city: Expression,
    home: Expression,
    compilation: Compilation,
) -> Predicate:
    """Whether a person's postcode, else town, in the country where they live, is near the store.

    Unknown where neither the postcode nor the town has coordinates.
    """
    if not isinstance(rule.km, Number) or compilation.transaction is None:
        return unknown()
    country = compilation.context.shop.country
    near = places_near(compilation.transaction, rule.store, float(rule.km.value), country)
    if near is None:
        return unknown()
    located = sa.select(POSTCODES.c.postcode, POSTCODES.c.country).where(_HAS_PLACE)
    town = sa.select(POSTCODES.c.city_key, POSTCODES.c.country).where(
        _HAS_PLACE, POSTCODES.c.city_key.is_not(None)
    )
    return sa.case(
        (_lies_in(postcode, home, located, country), _is_among(postcode, home, near.postcodes)),
        (_lies_in(city, home, town, country), _is_among(city, home, near.towns)),
    )


def _is_among(
    place: Expression, home: Expression, by_country: Mapping[str, Sequence[str]]
) -> Predicate:
    places = (
        sa.and_(sa.or_(home.is_(None), home == country), place.in_(names))
        for country, names in by_country.items()
    )
    return sa.or_(sa.false(), *places)


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


@dataclass(frozen=True)
class Near:
    """Places at most so far from a store, by country."""

    postcodes: Mapping[str, Sequence[str]]
    towns: Mapping[str, Sequence[str]]
    """Folded names."""


def places_near(
    transaction: sa.Connection, store: str, km: float, shop_country: str | None
) -> Near | None:
    """Postcodes and towns at most `km` from a store, on either side of a border.

    None where neither the store's postcode nor its town has coordinates. Distances are measured
    between the centres of postcodes; the centre of a town is the mean of those of its postcodes.
    """
    postcodes = _located(transaction, POSTCODES.c.postcode)
    towns = _located(transaction, POSTCODES.c.city_key)
    country = _store_country(shop_country)
    query = sa.select(STORES.c.postcode, STORES.c.city_key, country.label("country"))
    centres = [
        centre
        for row in transaction.execute(query.where(_is_store(store)))
        if (
            centre := postcodes.get((row.country, row.postcode))
            or towns.get((row.country, row.city_key))
        )
    ]
    if not centres:
        return None
    return Near(_within(postcodes, centres, km), _within(towns, centres, km))


def _located(transaction: sa.Connection, name: Expression) -> dict[tuple[str, str], Centre]:
    """Centres of the postcodes, or of the towns, by country and name."""
    north, east = POSTCODES.c.latitude, POSTCODES.c.longitude
    key = POSTCODES.c.country, name
    sums = [sa.func.sum(each, type_=sa.BigInteger) for each in (north, east)]
    query: sa.Select[Any] = sa.select(*key, *sums, sa.func.count()).where(
        _HAS_PLACE, name.is_not(None)
    )
    return {
        (country, each): (int(norths) // number, int(easts) // number)
        for country, each, norths, easts, number in transaction.execute(query.group_by(*key))
    }


def _within(
    places: Mapping[tuple[str, str], Centre], centres: Sequence[Centre], km: float
) -> Mapping[str, Sequence[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for (country, name), place in sorted(places.items()):
        if any(distance_km(*centre, *place) <= km for centre in centres):
            found[country].append(name)
    return found


def distance_km(north: int, east: int, other_north: int, other_east: int) -> float:
    """Great-circle distance between two points in ten-millionths of a degree."""
    a, b = math.radians(north / DEGREES), math.radians(other_north / DEGREES)
    across = math.radians((other_east - east) / DEGREES)
    half = math.sin((b - a) / 2) ** 2 + math.cos(a) * math.cos(b) * math.sin(across / 2) ** 2
    return 2 * EARTH_KM * math.asin(math.sqrt(half))
